/** The end: relays first, then what must be kept, then the goodbye; nobody may hold up the others. */
import type { AlarmDesk } from './app-alarms.ts';
import type { Announcer } from './app-broker.ts';
import type { RelayGuard } from './app-guard.ts';
import type { RelayLines } from './app-lines.ts';
import { Crash, type SafeMode } from './app-safe-mode.ts';
import type { RelayBoard } from './control/relays.ts';
import type { Log } from './log.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

const STOP_LIMIT_MS = 4_000;

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface Leaving {
  readonly board: RelayBoard;
  readonly alarms: AlarmDesk;
  readonly announcer: Announcer;
  readonly store: Store;
  readonly guard: RelayGuard;
  readonly safeMode: SafeMode;
  readonly signal: AbortSignal;
  readonly lines: RelayLines;
  readonly clock: Clock;
  readonly log: Log;
}

/** Within 5 s. */
export async function leave({ board, alarms, announcer, store, guard, safeMode, signal, lines, clock, log }: Leaving): Promise<void> {
  board.stop(clock.monotonicMs());
  alarms.leave();
  if (!(signal.reason instanceof Crash)) safeMode.endedWell();
  const late = clock.sleep(STOP_LIMIT_MS).then(() => log('warning', 'stopping took too long, leaving anyway'));
  const orderly = Promise.allSettled([store.flush().then(() => store.close()), announcer[Symbol.asyncDispose]()]);
  await Promise.race([orderly, late]);
  await guard.leave();
  lines.close();
}
