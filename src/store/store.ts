/** The store as the program sees it: nothing blocks, nothing throws; one writer thread does the work, and its failures are shown. */
import type { Clock } from '../ports/types.ts';
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
/** Pauses before the 1st, 2nd, … new attempt when the disk refuses (ms). */
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];
const OPEN_LIMIT_MS = 10_000;
const ANSWER_LIMIT_MS = 10_000;

/** Opens the store; a directory that cannot be used gives a store in memory that says so and keeps trying. */
export async function openStore({ directory, clock, flushIntervalMs = FLUSH_MS, onHealth }: StoreOptions): Promise<Store> {
  const pending = createPending();
  const thread: WriterThread = startWriter(directory);
  const opened = await thread.opened(clock, OPEN_LIMIT_MS);
  let notice = opened.writable ? opened.notice : '';
  let failure = opened.writable ? '' : opened.notice;
  let attempts = 0;
  let flushing: Promise<boolean> | undefined;
  let cancelTimer: () => void = () => undefined;
  let closed = false;

  const health = (): StoreHealth => ({ degraded: failure !== '' || notice !== '', detail: [failure, notice].filter(Boolean).join('; '), dropped: pending.dropped });
  const setFailure = (text: string): void => {
    if (text === failure) return;
    failure = text;
    onHealth?.(health());
  };
  const schedule = (ms: number): void => {
    cancelTimer();
    if (!closed) cancelTimer = clock.after(ms, () => void flush());
  };
  const writeOnce = async (): Promise<boolean> => {
    const batch = pending.take();
    const result = await thread.write(batch, clock, ANSWER_LIMIT_MS, () => setFailure('the disk does not answer'));
    if (result === null) {
      attempts = 0;
      setFailure('');
      schedule(flushIntervalMs);
      return true;
    }
    pending.putBack(batch);
    setFailure(result);
    schedule(RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] ?? FLUSH_MS);
    attempts += 1;
    return false;
  };
  const flush = async (): Promise<boolean> => {
    // One batch at a time; what comes meanwhile goes with the next.
    await flushing;
    if (pending.empty) {
      schedule(flushIntervalMs);
      return failure === '';
    }
    flushing ??= writeOnce().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };
  const urgent = (): Promise<boolean> => flush();

  schedule(flushIntervalMs);
  if (failure !== '' || notice !== '') onHealth?.(health());
  return {
    initial: opened.opened,
    get health() {
      return health();
    },
    saveTotal: (total) => pending.total(total),
    saveRelay(relay) {
      pending.relay(relay);
      void urgent();
    },
    setLatch(latch) {
      pending.latch({ ...latch, set: true });
      return urgent();
    },
    clearLatch(relayId, cause) {
      pending.latch({ relayId, cause, sinceMs: 0, set: false });
      return urgent();
    },
    saveFact(name, value) {
      pending.fact(name, value);
      void urgent();
    },
    journal: (entry) => pending.journal(entry),
    flush,
    async close() {
      await flush();
      closed = true;
      cancelTimer();
      await thread.close();
    },
  };
}

