/** What was announced and must be taken back: devices and entities that left the configuration, through restarts. */
import type { DiscoveryDocument } from './discovery.ts';
import type { BridgeMemory } from './types.ts';

export interface Publication {
  readonly topic: string;
  readonly payload: string;
}
export interface Announcements {
  /** What to publish for this document: if an entity left, first with its stub, then without. */
  announce(topic: string, document: DiscoveryDocument): Publication[];
  /** Empty payloads for the devices that are gone. */
  withdraw(present: ReadonlySet<string>): Publication[];
  /** The broker did not take what was meant for this topic: it is still as before and will be tried again. */
  notTaken(topic: string): void;
}

type Announced = Record<string, Record<string, string>>;
const FACT = 'announced';

/** Remembers by topic which components, of which platform, were announced. Only topics of ours are ever in it. */
export function createAnnouncements(memory: BridgeMemory): Announcements {
  const announced = recall(memory);
  const before = new Map<string, Record<string, string> | undefined>();
  const save = (): void => memory.save(FACT, JSON.stringify(announced));
  return {
    announce(topic, document) {
      const last = announced[topic] ?? {};
      before.set(topic, announced[topic]);
      const now = Object.fromEntries(Object.entries(document.components).map(([key, { platform }]) => [key, String(platform)]));
      const gone = Object.entries(last).filter(([key, platform]) => now[key] !== platform);
      if (gone.length > 0 || Object.keys(now).length !== Object.keys(last).length) {
        announced[topic] = now;
        save();
      }
      const final = { topic, payload: JSON.stringify(document) };
      if (gone.length === 0) return [final];
      const stubs = Object.fromEntries(gone.map(([key, platform]) => [key, { platform }]));
      return [{ topic, payload: JSON.stringify({ ...document, components: { ...document.components, ...stubs } }) }, final];
    },
    withdraw(present) {
      const gone = Object.keys(announced).filter((topic) => !present.has(topic));
      for (const topic of gone) {
        before.set(topic, announced[topic]);
        delete announced[topic];
      }
      if (gone.length > 0) save();
      return gone.map((topic) => ({ topic, payload: '' }));
    },
    notTaken(topic) {
      const last = before.get(topic);
      if (last === undefined) delete announced[topic];
      else announced[topic] = last;
      save();
    },
  };
}

function recall(memory: BridgeMemory): Announced {
  try {
    const data: unknown = JSON.parse(memory.load(FACT) ?? '{}');
    return typeof data === 'object' && data !== null ? Object.assign(Object.create(null), data) : Object.create(null);
  } catch {
    return Object.create(null);
  }
}
