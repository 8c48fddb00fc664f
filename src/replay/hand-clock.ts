/** A clock that stands where it is put: a replay has no timers, its events carry their time. */
import type { Clock } from '../ports/types.ts';

export interface HandClock extends Clock {
  /** Monotonic time never goes back: an earlier moment is taken as the present one. */
  set(monotonicMs: number, wallMs: number): void;
}

/** `sleep` and `after` throw: whoever asks for them is no part of control. */
export function handClock(monotonicMs: number, wallMs: number): HandClock {
  const now = { monotonicMs, wallMs };
  const refuse = (): never => {
    throw new Error('a replay has no timers');
  };
  return {
    wallMs: () => now.wallMs,
    monotonicMs: () => now.monotonicMs,
    sleep: refuse,
    after: refuse,
    set(toMs, wall) {
      now.monotonicMs = Math.max(now.monotonicMs, toMs);
      now.wallMs = wall;
    },
  };
}
