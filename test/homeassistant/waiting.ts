/** For tests on real sockets: conditions with a deadline instead of pauses, and a clock that runs faster (fifty times). */
import type { Clock } from '../../src/ports/types.ts';

/** Resolves as soon as `condition` gives something true; rejects after `deadlineMs`, saying what did not come. */
export async function until<T>(what: string, condition: () => T | undefined | false, deadlineMs = 10_000): Promise<T> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const result = condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > giveUpAt) throw new Error(`${what}: did not come within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Every pause asked for is in `pausesMs`; it really lasts `speed` times less. */
export function hastyClock(speed = 50): Clock & { readonly pausesMs: readonly number[] } {
  const pausesMs: number[] = [];
  const monotonicMs = (): number => performance.now() * speed;
  const after = (ms: number, task: () => void): (() => void) => {
    pausesMs.push(ms);
    const timer = setTimeout(task, ms / speed);
    return () => clearTimeout(timer);
  };
  return {
    pausesMs,
    monotonicMs,
    wallMs: () => Date.now(),
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, () => resolve())),
  };
}
