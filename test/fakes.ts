/** Stand-ins at the edge of the program: a broker in memory and a store in memory. */
import type { BrokerConnection, BrokerListener, Brokers } from '../src/ports/types.ts';
import { applyBatch, EMPTY_STATE } from '../src/store/batch.ts';
import { createPending } from '../src/store/pending.ts';
import type { JournalEntry, Store, StoredState } from '../src/store/types.ts';

export interface FakeBrokers extends Brokers {
  readonly connected: boolean;
  readonly sent: { readonly topic: string; readonly payload: string; readonly retain: boolean }[];
  /** Newest payload of a topic that ends so. */
  last(end: string): string | undefined;
  up(): void;
  down(): void;
  say(topic: string, payload: string, retained?: boolean): void;
}

export function fakeBrokers(): FakeBrokers {
  const sent: FakeBrokers['sent'] = [];
  let connected = true;
  let listener: BrokerListener | undefined;
  return {
    get connected() {
      return connected;
    },
    sent,
    last: (end) => sent.findLast(({ topic }) => topic.endsWith(end))?.payload,
    connect(_options, _subscriptions, heard): BrokerConnection {
      listener = heard;
      queueMicrotask(() => connected && heard.onConnect());
      return {
        get connected() {
          return connected;
        },
        backlogBytes: 0,
        subscribe: async () => undefined,
        unsubscribe: () => undefined,
        async publish(topic, payload, { retain }) {
          if (!connected) throw new Error('not connected');
          sent.push({ topic, payload, retain });
        },
        async [Symbol.asyncDispose]() {},
      };
    },
    up() {
      connected = true;
      listener?.onConnect();
    },
    down() {
      connected = false;
      listener?.onDisconnect('gone');
    },
    say: (topic, payload, retained = false) => listener?.onMessage({ topic, payload: Buffer.from(payload), retained }),
  };
}

export interface FakeStore extends Store {
  readonly state: () => StoredState;
  readonly journaled: JournalEntry[];
}
/** Keeps its state in `kept`, so that a second start finds what the first left. */
export function fakeStore(kept: { state: StoredState } = { state: EMPTY_STATE }, failure = ''): FakeStore {
  const pending = createPending('fake');
  const journaled: JournalEntry[] = [];
  const flush = async (): Promise<boolean> => {
    const batch = pending.take(false);
    journaled.push(...batch.journal.map(({ entry }) => entry));
    kept.state = applyBatch(kept.state, batch);
    return true;
  };
  return {
    initial: kept.state,
    state: () => kept.state,
    journaled,
    health: { degraded: failure !== '', detail: failure, dropped: 0 },
    saveTotal: pending.total,
    saveRelay: pending.relay,
    saveFact: pending.fact,
    journal: pending.journal,
    setLatch(latch) {
      pending.latch({ ...latch, set: true });
      return flush();
    },
    clearLatch(relayId, cause) {
      pending.latch({ relayId, cause, sinceMs: 0, set: false });
      return flush();
    },
    flush,
    close: async () => void (await flush()),
  };
}
