/** The writer's thread as promises: started, asked, waited for with a limit, started again when it dies. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../ports/types.ts';
import { type Batch, EMPTY_STATE, type FromWriter, type ToWriter } from './batch.ts';

type Opening = Extract<FromWriter, { opened: unknown }>;
export interface WriterThread {
  /** What it found; an empty state when it does not answer in time. */
  opened(clock: Clock, limitMs: number): Promise<Opening>;
  /** Null when the batch is on disk, otherwise why not. `late` is called when the answer takes longer than the limit; it is still awaited. */
  write(batch: Batch, clock: Clock, limitMs: number, late: () => void): Promise<string | null>;
  close(): Promise<void>;
}

/** Starts the thread. */
export function startWriter(directory: string): WriterThread {
  const waiting = new Map<number, (failure: string | null) => void>();
  let lastId = 0;
  let closing: (() => void) | undefined;
  const openings: ((opening: Opening) => void)[] = [];
  let worker = start();

  function start(): Worker {
    // The same file as .ts from the sources and as .js when compiled.
    const url = new URL(`./writer${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const thread = new Worker(url, {
      workerData: { directory },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    thread.on('message', (message: FromWriter) => {
      if ('opened' in message) for (const resolve of openings.splice(0)) resolve(message);
      else if ('id' in message) answer(message.id, message.failure);
      else closing?.();
    });
    thread.on('error', (error) => fail(`the writer failed: ${error.message}`));
    thread.on('exit', () => {
      fail('the writer ended');
      closing?.();
    });
    return thread;
  }
  function answer(id: number, failure: string | null): void {
    waiting.get(id)?.(failure);
    waiting.delete(id);
  }
  function fail(why: string): void {
    for (const id of [...waiting.keys()]) answer(id, why);
    for (const resolve of openings.splice(0)) resolve({ opened: EMPTY_STATE, notice: why, writable: false });
  }

  return {
    opened: (clock, limitMs) =>
      new Promise((resolve) => {
        const cancel = clock.after(limitMs, () => resolve({ opened: EMPTY_STATE, notice: 'the disk does not answer', writable: false }));
        openings.push((opening) => {
          cancel();
          resolve(opening);
        });
      }),
    write(batch, clock, limitMs, late) {
      if (worker.threadId === -1) worker = start();
      lastId += 1;
      const id = lastId;
      const cancel = clock.after(limitMs, late);
      return new Promise((resolve) => {
        waiting.set(id, (failure) => {
          cancel();
          resolve(failure);
        });
        worker.postMessage({ id, batch } satisfies ToWriter);
      });
    },
    close: () =>
      new Promise((resolve) => {
        if (worker.threadId === -1) return resolve();
        closing = resolve;
        worker.postMessage({ close: true } satisfies ToWriter);
      }),
  };
}
