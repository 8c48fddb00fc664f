/** The writer's thread as promises: started, asked, started again when it dies. Nothing here throws. */
import { Worker } from 'node:worker_threads';
import { type Answer, type Batch, EMPTY_STATE, type FromWriter, type Opening, type ToWriter } from './batch.ts';
import type { StoredState } from './types.ts';

export interface WriterThread {
  /** What the first opening found. Unanswered while the disk hangs. */
  readonly opened: Promise<Opening>;
  /** What can be said before that, from the vital copy alone. */
  unopened(why: string): Opening;
  write(batch: Batch): Promise<Answer>;
  /** Resolves when the file is closed. */
  close(): Promise<void>;
  /** Leaves without waiting: a thread that hangs in the disk keeps nobody. */
  abandon(): void;
}
/** The part of a Worker that is used. */
export interface WriterPort {
  on(event: 'message', listener: (message: FromWriter) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  postMessage(message: ToWriter): void;
  terminate(): Promise<number>;
  unref(): void;
}
export type SpawnWriter = (directory: string) => WriterPort;

/** Starts the real thread, from the same file as .ts in the sources and as .js when compiled. */
export function spawnWriter(directory: string): WriterPort {
  const url = new URL(`./writer${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };
  // Options of the main thread (a debugger, a script given as text) are not the writer's.
  return new Worker(url, { workerData: { directory }, resourceLimits, execArgv: [] });
}

/** Starts the thread; a dead one is started again by the next write. */
export function startWriter(directory: string, spawn: SpawnWriter): WriterThread {
  const waiting = new Map<number, (answer: Answer) => void>();
  const opened = Promise.withResolvers<Opening>();
  const ended = new Set<() => void>();
  let copy: StoredState | undefined;
  let lastId = 0;
  let worker = start();

  function start(): WriterPort | undefined {
    try {
      const thread = spawn(directory);
      thread.on('message', hear);
      thread.on('error', (error) => fail(`the writer failed: ${error.message}`));
      thread.on('exit', () => {
        worker = undefined;
        fail('the writer ended');
        for (const tell of ended) tell();
      });
      return thread;
    } catch (error) {
      fail(`the writer cannot be started: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
  function hear(message: FromWriter): void {
    if (message.kind === 'copy') copy = message.state;
    else if (message.kind === 'opened') opened.resolve(message.opening);
    else settle(message.id, message.answer);
  }
  function settle(id: number, answer: Answer): void {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  }
  function fail(why: string): void {
    for (const id of [...waiting.keys()]) settle(id, { failure: why, notice: '', copyFailure: '' });
    opened.resolve(unopened(why));
  }
  function unopened(why: string): Opening {
    return { state: copy ?? EMPTY_STATE, blind: copy === undefined, failure: why, notice: '', copyFailure: '' };
  }

  return {
    opened: opened.promise,
    unopened,
    write(batch) {
      lastId += 1;
      const id = lastId;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.set(id, resolve);
      worker ??= start();
      try {
        worker?.postMessage({ id, batch });
      } catch (error) {
        fail(`the writer takes nothing: ${error instanceof Error ? error.message : String(error)}`);
      }
      return promise;
    },
    close: () =>
      new Promise((resolve) => {
        if (worker === undefined) return resolve();
        ended.add(resolve);
        worker.postMessage({ close: true });
      }),
    abandon() {
      worker?.unref();
      void worker?.terminate();
    },
  };
}
