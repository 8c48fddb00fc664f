/** Brings the discovery documents to the broker: in order, one round at a time, and takes back what left. */
import type { Announcements, Publication } from './announcements.ts';
import type { DiscoveryDocument } from './discovery.ts';
import type { Outbox } from './outbox.ts';
import type { Topics } from './topics.ts';

export interface HeraldOptions {
  /** The app's own first, so that the others can hang below it. */
  readonly deviceIds: readonly string[];
  readonly topics: Topics;
  readonly outbox: Outbox;
  readonly announcements: Announcements;
  readonly connected: () => boolean;
  document(deviceId: string): DiscoveryDocument;
  /** `changed`: other than what was told before, or the first since the start. */
  onAnnounced(deviceId: string, changed: boolean): void;
}
export interface Herald {
  /** Everything anew. Asking again meanwhile makes one more round, not two at once. */
  announceAll(): void;
  announce(deviceId: string): void;
}

export function createHerald(options: HeraldOptions): Herald {
  const { deviceIds, topics, outbox, announcements, connected } = options;
  const waiting = new Set<string>();
  const told = new Map<string, string>();
  let working = false;
  let withdrawing = false;

  /** False when the connection went away: what is left begins anew with the next. */
  const leave = async (publications: readonly Publication[]): Promise<boolean> => {
    for (const publication of publications) {
      if (!(await outbox.sendInOrder({ ...publication, qos: 1, retain: true }))) return false;
    }
    return true;
  };
  const tell = async (deviceId: string): Promise<void> => {
    const topic = topics.discovery(deviceId);
    const document = options.document(deviceId);
    if (!(await leave(announcements.announce(topic, document)))) {
      announcements.notTaken(topic);
      return;
    }
    const text = JSON.stringify(document);
    options.onAnnounced(deviceId, told.get(deviceId) !== text);
    told.set(deviceId, text);
  };
  const withdraw = async (): Promise<void> => {
    for (const gone of announcements.withdraw(new Set(deviceIds.map(topics.discovery)))) {
      const besides = topics.besides(gone.topic).map((topic) => ({ topic, payload: '' }));
      if (!(await leave([gone, ...besides]))) announcements.notTaken(gone.topic);
    }
  };
  const work = async (): Promise<void> => {
    for (let next = first(); connected() && next !== undefined; next = first()) {
      waiting.delete(next);
      await tell(next);
    }
    if (!connected() || !withdrawing) return;
    withdrawing = false;
    await withdraw();
  };
  const first = (): string | undefined => deviceIds.find((id) => waiting.has(id));
  const start = (): void => {
    if (working || !connected()) return;
    working = true;
    void work().finally(() => {
      working = false;
      if (waiting.size > 0) start();
    });
  };
  return {
    announceAll() {
      for (const id of deviceIds) waiting.add(id);
      withdrawing = true;
      start();
    },
    announce(deviceId) {
      waiting.add(deviceId);
      start();
    },
  };
}
