/** Waiting with a limit, on the program's own clock. */
import type { Clock } from '../ports/types.ts';

/** The work's result, or the other one when `limitMs` have passed first. The work itself goes on; it must not reject. */
export function limited<T>(clock: Clock, limitMs: number, work: Promise<T>, otherwise: () => T): Promise<T> {
  return new Promise((resolve) => {
    const cancel = clock.after(limitMs, () => resolve(otherwise()));
    void work.then((result) => {
      cancel();
      resolve(result);
    });
  });
}
