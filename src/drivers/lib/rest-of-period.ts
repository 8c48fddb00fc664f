/** Pauses between two readings that keep the period, however long a reading takes. */
import type { Clock } from '../../ports/types.ts';

/** Others on the same line get their turn even when a reading takes longer than the period. */
const LEAST_MS = 100;

/** Sleeps what is left of the period of `seconds` that began at `startedMs` (monotonic). Rejects on abort. */
export function restOfPeriod(clock: Clock, signal: AbortSignal, startedMs: number, seconds: number): Promise<void> {
  return clock.sleep(Math.max(LEAST_MS, startedMs + seconds * 1000 - clock.monotonicMs()), signal);
}
