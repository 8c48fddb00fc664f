/** Waiting for what cannot be interrupted, such as a file that takes its time, without holding up the end of the program. */

/** Starts `task` and settles as it does, or rejects with the signal's reason on abort; the task then runs on unheard. */
export async function abortable<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([task(), promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
