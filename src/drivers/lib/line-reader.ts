/** Text lines one by one, each with a limit to the waiting. */
import type { Clock, SerialLine } from '../../ports/types.ts';

export interface LineReader {
  /** The next line; `late` when none came before the deadline (monotonic ms), `end` once the port is closed. Rejects when it is lost. */
  next(deadlineMs: number): Promise<{ readonly line: string } | 'late' | 'end'>;
}

/** What was waited for in vain is still the next line: nothing is lost between two calls. */
export function lineReader(serial: SerialLine, clock: Clock): LineReader {
  const iterator = serial.lines()[Symbol.asyncIterator]();
  let coming: Promise<IteratorResult<string>> | undefined;
  return {
    async next(deadlineMs) {
      // Noise keeps lines coming: they must not put the deadline off.
      if (clock.monotonicMs() >= deadlineMs) return 'late';
      coming ??= iterator.next();
      const next = coming;
      const result = await new Promise<IteratorResult<string> | 'late'>((resolve, reject) => {
        const cancel = clock.after(deadlineMs - clock.monotonicMs(), () => resolve('late'));
        next.then(resolve, reject).finally(cancel);
      });
      if (result === 'late') return 'late';
      coming = undefined;
      return result.done === true ? 'end' : { line: result.value };
    },
  };
}
