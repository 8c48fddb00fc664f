/** When the pending is written: at intervals, at once when asked, again with growing pauses after a failure; one batch at a time. */
import type { Clock } from '../ports/types.ts';
import type { HealthReport } from './health-report.ts';
import { limited } from './limited.ts';
import type { Pending } from './pending.ts';
import type { WriterThread } from './writer-thread.ts';

export interface FlusherParts {
  readonly pending: Pending;
  readonly thread: WriterThread;
  readonly clock: Clock;
  readonly report: HealthReport;
  readonly flushIntervalMs: number;
  /** What is stored is unknown: until the first success, facts do not replace stored ones. */
  readonly blind: boolean;
}
export interface Flusher {
  /** True once all that was pending at the call is durable, false when the disk refused or does not answer in time. */
  flush(): Promise<boolean>;
  /** As soon as the disk allows; while it refuses, with the next attempt. */
  soon(): void;
  /** Last flush, then the given work; later calls of `flush` are refused. */
  close(then: () => Promise<void>): Promise<void>;
}

/** Pauses before the 1st, 2nd, … new attempt when the disk refuses (ms). */
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];
/** A caller is not kept longer than this (ms); the batch itself stays on its way. */
const ANSWER_LIMIT_MS = 10_000;
/** At the end the program has 5 s for everything. */
const LAST_LIMIT_MS = 3_000;

/** Starts the interval. */
export function createFlusher({ pending, thread, clock, report, flushIntervalMs, blind }: FlusherParts): Flusher {
  let running: Promise<boolean> | undefined;
  // Everyone who asks while a batch is under way shares the one after it.
  let next: Promise<boolean> | undefined;
  let attempts = 0;
  let unread = blind;
  let cancelTimer: () => void = () => undefined;
  let closing: Promise<void> | undefined;

  function schedule(ms: number): void {
    cancelTimer();
    if (closing === undefined) cancelTimer = clock.after(ms, () => void asked(ANSWER_LIMIT_MS));
  }
  async function writeOnce(): Promise<boolean> {
    // After a failure an empty batch finds out whether the disk is back.
    if (pending.empty && report.failure === '') {
      schedule(flushIntervalMs);
      return true;
    }
    const batch = pending.take(unread);
    const answer = await thread.write(batch);
    const written = answer.failure === null;
    if (!written) pending.putBack(batch);
    else unread = false;
    schedule(written ? flushIntervalMs : (RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] ?? flushIntervalMs));
    attempts = written ? 0 : attempts + 1;
    report.heard(answer);
    return written;
  }
  function begin(): Promise<boolean> {
    next = undefined;
    running = writeOnce().finally(() => {
      running = undefined;
    });
    return running;
  }
  function asked(limitMs: number): Promise<boolean> {
    if (next === undefined && running !== undefined) next = running.then(begin);
    const work = next ?? begin();
    return limited(clock, limitMs, work, () => {
      report.failed('the disk does not answer');
      return false;
    });
  }

  schedule(report.failure === '' ? flushIntervalMs : (RETRY_MS[0] ?? flushIntervalMs));
  return {
    flush: () => (closing === undefined ? asked(ANSWER_LIMIT_MS) : Promise.resolve(false)),
    soon() {
      if (closing === undefined && report.failure === '') void asked(ANSWER_LIMIT_MS);
    },
    close(then) {
      closing ??= asked(LAST_LIMIT_MS).then(() => {
        cancelTimer();
        return then();
      });
      return closing;
    },
  };
}
