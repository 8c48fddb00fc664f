/** Brings what waits to the writer: one batch at a time, at intervals or at once, again with growing pauses when the disk refuses. */
import type { Clock } from '../ports/types.ts';
import type { Pending } from './pending.ts';
import type { WriterThread } from './writer-thread.ts';

export interface Flusher {
  /** Resolves false when the disk refused; what was to be written waits for the next attempt. */
  flush(): Promise<boolean>;
  stop(): void;
}
export interface FlusherOptions {
  readonly pending: Pending;
  readonly thread: WriterThread;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Why the last attempt failed; empty when it did not. */
  onOutcome(failure: string): void;
}

/** Pauses before the 1st, 2nd, … new attempt (ms). */
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];
const ANSWER_LIMIT_MS = 10_000;

export function startFlusher({ pending, thread, clock, intervalMs, onOutcome }: FlusherOptions): Flusher {
  let attempts = 0;
  let flushing: Promise<boolean> | undefined;
  let stopped = false;
  let cancelTimer: () => void = () => undefined;

  const schedule = (ms: number): void => {
    cancelTimer();
    if (!stopped) cancelTimer = clock.after(ms, () => void flush());
  };
  const writeOnce = async (): Promise<boolean> => {
    const batch = pending.take();
    const failure = await thread.write(batch, clock, ANSWER_LIMIT_MS, () => onOutcome('the disk does not answer'));
    onOutcome(failure ?? '');
    if (failure === null) {
      attempts = 0;
      schedule(intervalMs);
      return true;
    }
    pending.putBack(batch);
    schedule(RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] ?? intervalMs);
    attempts += 1;
    return false;
  };
  const flush = async (): Promise<boolean> => {
    // What comes while a batch is under way goes with the next.
    await flushing;
    if (pending.empty) {
      schedule(intervalMs);
      return attempts === 0;
    }
    flushing ??= writeOnce().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };
  schedule(intervalMs);
  return {
    flush,
    stop() {
      stopped = true;
      cancelTimer();
    },
  };
}
