/** Waiting for what cannot be interrupted, such as a file that takes its time, without holding up the end of the program. */
import { DeviceError } from '../../model.ts';
import type { Clock } from '../../ports/types.ts';

/** How long to wait at most, and what is wrong then. */
export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  readonly problem: string;
  readonly mend: string;
}

/** Starts `task` and settles as it does, or rejects with the signal's reason on abort, or when patience ends; the task runs on unheard. */
export async function abortable<T>(task: () => Promise<T>, signal: AbortSignal, patience?: Patience): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const cancel = patience?.clock.after(patience.ms, () => reject(new DeviceError(patience.problem, { mend: patience.mend })));
  try {
    return await Promise.race([task(), promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    cancel?.();
  }
}
