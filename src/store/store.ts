/** The store as the program sees it: nothing blocks, nothing throws; one writer thread does the work, and its failures are shown. */
import type { Clock } from '../ports/types.ts';
import { startFlusher } from './flusher.ts';
import { createPending } from './pending.ts';
import type { Store, StoreHealth } from './types.ts';
import { startWriter, type WriterThread } from './writer-thread.ts';

export interface StoreOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Totals are written this often; at most so much is lost in a power cut. */
  readonly flushIntervalMs?: number;
  onHealth?(health: StoreHealth): void;
}

const FLUSH_MS = 60_000;
const OPEN_LIMIT_MS = 10_000;

/** Opens the store; a directory that cannot be used gives a store in memory that says so and keeps trying. */
export async function openStore({ directory, clock, flushIntervalMs = FLUSH_MS, onHealth }: StoreOptions): Promise<Store> {
  const pending = createPending();
  const thread: WriterThread = startWriter(directory);
  const { opened, notice: found, writable } = await thread.opened(clock, OPEN_LIMIT_MS);
  const notice = writable ? found : '';
  let failure = writable ? '' : found;
  const health = (): StoreHealth => {
    const detail = [failure, notice].filter((text) => text !== '').join('; ');
    return { degraded: detail !== '', detail, dropped: pending.dropped };
  };
  const onOutcome = (text: string): void => {
    if (text === failure) return;
    failure = text;
    onHealth?.(health());
  };
  const { flush, stop } = startFlusher({ pending, thread, clock, intervalMs: flushIntervalMs, onOutcome });
  if (health().degraded) onHealth?.(health());

  return {
    initial: opened,
    get health() {
      return health();
    },
    saveTotal: (total) => pending.total(total),
    saveRelay(relay) {
      pending.relay(relay);
      void flush();
    },
    setLatch(latch) {
      pending.latch({ ...latch, set: true });
      return flush();
    },
    clearLatch(relayId, cause) {
      pending.latch({ relayId, cause, sinceMs: 0, set: false });
      return flush();
    },
    saveFact(name, value) {
      pending.fact(name, value);
      void flush();
    },
    journal: (entry) => pending.journal(entry),
    flush,
    async close() {
      await flush();
      stop();
      await thread.close();
    },
  };
}
