/** Notices afterwards that nothing of the program ran for a while: whoever blocked its event loop, it is recorded. */
import type { Log } from './log.ts';
import type { Clock } from './ports/types.ts';

export interface Stalls {
  count: number;
  /** s */
  longest: number;
}
export interface StallOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  onStall(ms: number): void;
}

const LOOK_MS = 250;
/** A timer so late was not delayed by honest work (ms). */
export const STALL_MS = 500;

export function watchStalls({ clock, signal, log, onStall }: StallOptions): void {
  const look = (): void => {
    const dueMs = clock.monotonicMs() + LOOK_MS;
    clock.after(LOOK_MS, () => {
      if (signal.aborted) return;
      const lateMs = clock.monotonicMs() - dueMs;
      look();
      if (lateMs <= STALL_MS) return;
      log('warning', `the event loop stood still for ${(lateMs / 1000).toFixed(1)} s`);
      onStall(lateMs);
    });
  };
  look();
}
