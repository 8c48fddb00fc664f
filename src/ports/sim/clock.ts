/** A clock that tests move: timers fire in order when time is advanced, nothing waits in real time. */
import type { Clock } from '../types.ts';

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: fires every timer that falls due, in order, and lets what it started settle before the next. */
  advance(ms: number): Promise<void>;
  /** Moves wall time only, as a time server or a missing battery does. */
  jumpWall(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Starts at monotonic 0 and the given wall time (ms since the epoch); `turns` of the event loop let what a timer started settle. */
export function virtualClock(startWallMs = Date.UTC(2026, 0, 1), turns = 4): VirtualClock {
  let nowMs = 0;
  let wallOffsetMs = startWallMs;
  let order = 0;
  const timers = new Set<Timer>();

  const after = (ms: number, task: () => void): (() => void) => {
    const timer: Timer = { dueMs: nowMs + Math.max(0, ms), order: order++, task };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const next = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue;
      if (first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) first = timer;
    }
    return first;
  };
  return {
    wallMs: () => nowMs + wallOffsetMs,
    monotonicMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        signal?.addEventListener('abort', abort, { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle(turns);
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.task();
        await settle(turns);
      }
      nowMs = untilMs;
      await settle(turns);
    },
    jumpWall(ms) {
      wallOffsetMs += ms;
    },
  };
}

/** Promise chains need several turns; a macrotask turn runs all microtasks, a few of them also what streams schedule. */
async function settle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
