/** What a serial line sends, up to a moment. */
import type { Clock, SerialLine } from '../../ports/types.ts';

/** The line's chunks until the deadline (monotonic ms), which may move while they come. Leaves no timer behind. */
export async function* chunksUntil(line: SerialLine, clock: Clock, deadlineMs: () => number): AsyncGenerator<Uint8Array> {
  const iterator = line.chunks()[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    const result = await new Promise<IteratorResult<Uint8Array> | 'late'>((resolve, reject) => {
      const cancel = clock.after(Math.max(0, deadlineMs() - clock.monotonicMs()), () => resolve('late'));
      next.then(resolve, reject).finally(cancel);
    });
    if (result === 'late') {
      next.catch(() => undefined);
      return;
    }
    if (result.done === true) return;
    yield result.value;
    // Noise keeps bytes coming: they must not put the deadline off.
    if (clock.monotonicMs() >= deadlineMs()) return;
  }
}
