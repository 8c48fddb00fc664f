/** Keeps a source open: reopens it with growing pauses, gives up only when its configuration is wrong. */
import { ConfigError, DeviceError } from './model.ts';
import type { Clock } from './ports/types.ts';

export interface Supervised<T> {
  open(signal: AbortSignal): AsyncIterable<T>;
  onOpen(): void;
  onItem(item: T): void;
  /** First failure after it worked, or a different one: what lies between is not repeated. */
  onFailure(error: Error, permanent: boolean): void;
  onRecovery(): void;
}
export interface SuperviseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A source that says nothing for this long (ms) is closed and reopened. */
  readonly silenceMs: number;
}

const PAUSES_MS = [1_000, 5_000, 15_000, 60_000];

/** Pause (ms) before what failed `attempt` times in a row, from 0, is opened again. */
export function pauseMs(attempt: number): number {
  return PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 60_000;
}

/** Resolves when the signal aborts, or when the source failed for good (ConfigError). Never rejects. */
export async function supervise<T>(source: Supervised<T>, options: SuperviseOptions): Promise<void> {
  let attempt = 0;
  let failing: string | undefined;
  while (!options.signal.aborted) {
    const error = await runOnce(source, options, () => {
      attempt = 0;
      if (failing === undefined) return;
      failing = undefined;
      source.onRecovery();
    });
    if (options.signal.aborted) return;
    const permanent = error instanceof ConfigError;
    if (failing !== error.message) source.onFailure(error, permanent);
    failing = error.message;
    if (permanent) return;
    const waitMs = pauseMs(attempt);
    attempt += 1;
    await options.clock.sleep(waitMs, options.signal).catch(() => undefined);
  }
}

/** One life of the source, and the error that ended it. A driver that ignores its signal is left behind, not waited for. */
async function runOnce<T>(source: Supervised<T>, options: SuperviseOptions, onAlive: () => void): Promise<Error> {
  const life = new AbortController();
  const end = (): void => life.abort(options.signal.reason);
  options.signal.addEventListener('abort', end, { once: true });
  let iterator: AsyncIterator<T> | undefined;
  try {
    iterator = source.open(life.signal)[Symbol.asyncIterator]();
    source.onOpen();
    for (;;) {
      const result = await nextOrSilence(iterator, options, life.signal);
      if (result.done === true) return new DeviceError('the source ended');
      onAlive();
      source.onItem(result.value);
    }
  } catch (error) {
    return error instanceof Error ? error : new DeviceError(String(error));
  } finally {
    options.signal.removeEventListener('abort', end);
    life.abort(new DeviceError('closed'));
    void iterator?.return?.().catch(() => undefined);
  }
}

function nextOrSilence<T>(iterator: AsyncIterator<T>, options: SuperviseOptions, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new DeviceError('closed'));
    const silent = new DeviceError(`nothing heard for ${Math.round(options.silenceMs / 1000)} s`);
    const cancel = options.clock.after(options.silenceMs, () => reject(silent));
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      cancel();
      signal.removeEventListener('abort', abort);
    };
    iterator.next().then(
      (result) => {
        settled();
        resolve(result);
      },
      (error: unknown) => {
        settled();
        reject(error);
      },
    );
    if (signal.aborted) abort();
  });
}
