/** Relay lines over time: one that cannot be had, or is lost, is opened again with growing pauses; the other relays notice nothing. */
import { explain } from './app-devices.ts';
import type { RelayGuard } from './app-guard.ts';
import { openLine } from './app-relays.ts';
import type { RelayConfig } from './config/types.ts';
import type { Line } from './control/relay-line.ts';
import type { RelayBoard } from './control/relays.ts';
import type { Log } from './log.ts';
import { DeviceError } from './model.ts';
import type { Clock, Gpio, OutputLine } from './ports/types.ts';
import { pauseMs } from './supervise.ts';

export interface LineOptions {
  readonly guard: Pick<RelayGuard, 'opened' | 'adopt' | 'drop'>;
  readonly gpio: Gpio;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
}
export interface RelayLines {
  /** As the board takes them over: each tells when it is lost. */
  readonly opened: RelayGuard['opened'];
  /** From now on the board is told of lines that come and go, and what is missing is opened again. */
  keep(board: Pick<RelayBoard, 'attach' | 'detach'>): void;
  /** Their level stays what was last driven: the safe one. */
  close(): void;
}

/** A line that lasted so long (ms) and is lost then is tried again soon; one that comes and goes waits ever longer. */
const LASTED_MS = 60_000;

type GuardedLine = OutputLine & Line;
interface Kept {
  readonly config: RelayConfig;
  /** Undefined while there is none. */
  line: GuardedLine | undefined;
  sinceMs: number;
  /** Openings in vain since it last lasted. */
  attempt: number;
  reason: string;
}

export function keepLines({ guard, gpio, clock, signal, log }: LineOptions): RelayLines {
  let board: Pick<RelayBoard, 'attach' | 'detach'> | undefined;

  const hold = (kept: Kept, line: GuardedLine): GuardedLine => {
    kept.line = line;
    kept.sinceMs = clock.monotonicMs();
    // The board finds the loss amid its judgement; it is told, and the line closed, when that is over.
    return watched(line, (reason) => queueMicrotask(() => kept.line === line && lost(kept, line, reason)));
  };
  const lost = (kept: Kept, line: GuardedLine, reason: string): void => {
    if (signal.aborted) return;
    kept.line = undefined;
    if (clock.monotonicMs() - kept.sinceMs >= LASTED_MS) kept.attempt = 0;
    guard.drop(kept.config.id);
    letGo(line, kept.config.safe === 'on');
    missing(kept, reason);
  };
  const missing = (kept: Kept, reason: string): void => {
    if (reason !== kept.reason) log('error', `${kept.config.id}: ${reason}`);
    kept.reason = reason;
    board?.detach(kept.config.id, reason, clock.monotonicMs());
    clock.after(pauseMs(kept.attempt), () => void open(kept));
    kept.attempt += 1;
  };
  const open = async (kept: Kept): Promise<void> => {
    if (signal.aborted) return;
    const { config } = kept;
    try {
      const line = await openLine(config, gpio);
      if (signal.aborted) return line.close();
      const taken = hold(kept, guard.adopt(config, line));
      kept.reason = '';
      log('info', `${config.id}: its line is there`);
      board?.attach(config.id, taken, clock.monotonicMs());
    } catch (error) {
      missing(kept, explain(error));
    }
  };

  const relays = guard.opened.map(({ config, line }): Kept => {
    const reason = typeof line === 'string' ? line : '';
    return { config, line: typeof line === 'string' ? undefined : line, sinceMs: clock.monotonicMs(), attempt: 0, reason };
  });
  const opened = relays.map((kept) => ({ config: kept.config, line: kept.line === undefined ? kept.reason : hold(kept, kept.line) }));
  return {
    opened,
    keep(taker) {
      board = taker;
      for (const kept of relays) if (kept.line === undefined) missing(kept, kept.reason);
    },
    close() {
      for (const { line } of relays) if (line !== undefined) letGo(line);
    },
  };
}

/** Any failure of the line is its loss, told in words that carry the mend. */
function watched(line: GuardedLine, onLost: (reason: string) => void): GuardedLine {
  const onLine = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      const reason = explain(cause);
      onLost(reason);
      throw new DeviceError(reason, { cause });
    }
  };
  return { ...line, set: (active) => onLine(() => line.set(active)), get: () => onLine(() => line.get()) };
}

/** Closed by the kernel at the latest when the program ends. `safe`: first driven there, if it still obeys. */
function letGo(line: OutputLine, safe?: boolean): void {
  for (const act of [() => safe !== undefined && line.set(safe), () => line.close()]) {
    try {
      act();
    } catch {
      // It is lost: that is why it goes.
    }
  }
}
