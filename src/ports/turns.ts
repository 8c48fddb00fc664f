/** Turns on something only one can use at a time: round robin between users, in order within each, with a pause between two. */
import type { Clock } from './types.ts';

export interface TurnUser {
  /** Runs `task` when its turn has come. A task is never interrupted: who no longer wants it lets it return at once. */
  run<T>(task: () => Promise<T>): Promise<T>;
  leave(): void;
}
export interface Turns {
  join(): TurnUser;
  /** Nobody's turn begins before this moment of the monotonic clock. */
  notBefore(monotonicMs: number): void;
}

type Job = () => Promise<void>;
interface Queue {
  readonly jobs: Job[];
  left: boolean;
}

/** `gapMs` passes between the end of a task and the begin of the next. */
export function createTurns(clock: Clock, gapMs: number): Turns {
  const queues: Queue[] = [];
  let busy = false;
  let earliestMs = Number.NEGATIVE_INFINITY;

  const pump = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    for (let job = next(queues); job !== undefined; job = next(queues)) {
      const pauseMs = earliestMs - clock.monotonicMs();
      if (pauseMs > 0) await clock.sleep(pauseMs);
      await job();
      earliestMs = Math.max(earliestMs, clock.monotonicMs() + gapMs);
    }
    busy = false;
  };
  return {
    join() {
      const queue: Queue = { jobs: [], left: false };
      queues.push(queue);
      return {
        run: (task) =>
          new Promise((resolve, reject) => {
            queue.jobs.push(() => task().then(resolve, reject));
            void pump();
          }),
        leave() {
          queue.left = true;
          if (queue.jobs.length === 0 && queues.includes(queue)) queues.splice(queues.indexOf(queue), 1);
        },
      };
    },
    notBefore(monotonicMs) {
      earliestMs = Math.max(earliestMs, monotonicMs);
    },
  };
}

/** The first waiting user goes to the end of the row: whoever asks most waits as long as the others. */
function next(queues: Queue[]): Job | undefined {
  const at = queues.findIndex(({ jobs }) => jobs.length > 0);
  const [queue] = at < 0 ? [] : queues.splice(at, 1);
  const job = queue?.jobs.shift();
  if (queue !== undefined && !(queue.left && queue.jobs.length === 0)) queues.push(queue);
  return job;
}
