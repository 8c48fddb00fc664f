/** Relay lines under guard: while their keeper is missing or this program stood still, they are safe and say why. */
import { type KeeperOptions, watchKeeper } from './app-keeper.ts';
import type { OpenedRelay } from './app-relays.ts';
import type { RelayConfig } from './config/types.ts';
import type { Line } from './control/relay-line.ts';
import type { Log } from './log.ts';
import { KEEPER_LIMIT_MS } from './ports/keeper-core.ts';
import type { Clock, Keepers, KeptLine, OutputLine } from './ports/types.ts';

export interface GuardOptions {
  readonly opened: readonly OpenedRelay[];
  readonly keepers: Keepers;
  readonly clock: Clock;
  readonly log: Log;
  /** The relays must be judged now. */
  onTrouble(): void;
  /** Why nobody would open the relays if this program died; empty: a keeper would. */
  onProblem(text: string): void;
}
export interface RelayGuard {
  /** As opened, each line with its `fault`. */
  readonly opened: readonly (Omit<OpenedRelay, 'line'> & { readonly line: (OutputLine & Line) | string })[];
  /** Beats, from the first relay that is driven out of its safe state, as long as control lives: `tickedMs` tells when its tick last completed (monotonic). Ends when it leaves. */
  live(tickedMs: () => number, signal: AbortSignal): void;
  /** A line that came late: watched and made safe like the others, without a moment in which these are not. */
  adopt(config: RelayConfig, line: OutputLine): OutputLine & Line;
  /** A line that is lost: its keeper must let it go too, or nobody could open it again. */
  drop(relayId: string): void;
  leave(): Promise<void>;
}

const BEAT_MS = 250;
/** A beat so late cannot be told from one that was missed: both sides act alike, whatever the order of events. */
const LATE_MS = KEEPER_LIMIT_MS - BEAT_MS;
/** Control that has not completed its tick for so long (three attempts failed) is not alive, even if the process is. */
const TICK_LIMIT_MS = 3_500;
/** Long enough for every relay's tick to see it; the board then keeps the fault for its own time. */
const TOLD_MS = 3_000;
/** After so many vain starts relays work without a keeper, as they would if there had never been one. */
const VAIN_STARTS = 3;

export function guardRelays(options: GuardOptions): RelayGuard {
  const { opened, keepers, clock, log, onProblem } = options;
  const kept = new Map(opened.flatMap(({ config, line }) => (typeof line === 'string' ? [] : [[config.id, keptLine(config, line)]])));
  const lines = (): KeptLine[] => [...kept.values()];
  const trust = createTrust(lines, clock, log);
  /** From the first relay that leaves its safe state: before, a slow start is no danger. */
  let armed = false;
  let left = false;
  let controlLives = (): boolean => false;
  const keeper = watchKeeper({
    ...{ keepers, lines: lines(), clock },
    ...reactions(trust, options),
    onReady() {
      trust.regain();
      log('info', 'relays: their keeper watches');
      onProblem('');
      beat();
    },
  });
  function beat(): void {
    if (!armed || !keeper.ready || !controlLives()) return;
    trust.fault();
    keeper.beat();
    // The beat may have found it dead: then there is no promise to be late for.
    trust.beaten(keeper.ready ? clock.monotonicMs() : undefined);
  }
  const arm = (): void => {
    if (armed) return;
    armed = true;
    beat();
  };
  return {
    opened: opened.map(({ config, line }) => ({ config, line: typeof line === 'string' ? line : guarded(line, config, trust, arm) })),
    live(tickedMs, signal) {
      // While leaving there is no tick any more, and nothing to be afraid of: every relay rests.
      controlLives = () => signal.aborted || clock.monotonicMs() - tickedMs() <= TICK_LIMIT_MS;
      const next = (): void => {
        if (left) return;
        clock.after(BEAT_MS, next);
        beat();
      };
      next();
    },
    adopt(config, line) {
      kept.set(config.id, keptLine(config, line));
      keeper.keep(lines());
      return guarded(line, config, trust, arm);
    },
    drop(relayId) {
      kept.delete(relayId);
      keeper.keep(lines());
      if (kept.size > 0) return;
      // Nobody is left to be late for.
      trust.beaten(undefined);
      onProblem('');
    },
    leave() {
      left = true;
      trust.beaten(undefined);
      return keeper.leave();
    },
  };
}

/** What bad news of the keeper leads to. */
function reactions(trust: Trust, { log, onTrouble, onProblem }: GuardOptions): Pick<KeeperOptions, 'onLost' | 'onRefused' | 'onSafe'> {
  return {
    onLost(reason, tries) {
      if (tries === 0) trust.lose(`the keeper of the relays is gone: ${reason}`, Number.POSITIVE_INFINITY);
      trust.beaten(undefined);
      if (tries === VAIN_STARTS) {
        trust.regain();
        log('error', `relays: no keeper can be started (${reason}): they would stay as they are if this program died`);
      }
      onProblem(`no keeper: ${reason}. Relays would stay as they are if this program died`);
      onTrouble();
    },
    onRefused(reason, tries) {
      if (tries !== VAIN_STARTS) return;
      log('error', `relays: no new keeper can be started (${reason}): the one at work does not know the lines that came late`);
      onProblem(`no keeper for every relay: ${reason}. The others would stay as they are if this program died`);
    },
    onSafe(failed) {
      if (failed > 0) log('error', `relays: ${failed} lines did not obey their keeper`);
      trust.lose(`the keeper heard nothing for ${KEEPER_LIMIT_MS / 1000} s`, TOLD_MS);
      onTrouble();
    },
  };
}

interface Trust {
  /** Makes the lines safe; they are not to be used for so long (ms), or until trust is regained. */
  lose(text: string, forMs: number): void;
  /** Ends an unlimited loss. */
  regain(): void;
  /** A beat was sent (monotonic ms); undefined: none is owed now. */
  beaten(atMs: number | undefined): void;
  /** Asked right before a relay is judged, too: after a standstill any event may come before the next beat. */
  fault(): string | undefined;
}

function createTrust(lines: () => readonly KeptLine[], clock: Clock, log: Log): Trust {
  let lost = { text: '', untilMs: Number.NEGATIVE_INFINITY };
  let beatMs: number | undefined;
  const lose = (text: string, forMs: number): void => {
    lost = { text, untilMs: clock.monotonicMs() + forMs };
    log('error', `relays: ${text}: they are made safe`);
    for (const kept of lines()) driveSafe(kept);
  };
  return {
    lose,
    regain() {
      beatMs = undefined;
      if (lost.untilMs === Number.POSITIVE_INFINITY) lost = { ...lost, untilMs: clock.monotonicMs() };
    },
    beaten(atMs) {
      beatMs = atMs;
    },
    fault() {
      const nowMs = clock.monotonicMs();
      const lateMs = beatMs === undefined ? 0 : nowMs - beatMs;
      if (lateMs > LATE_MS && nowMs >= lost.untilMs) lose(`the program stood still for ${(lateMs / 1000).toFixed(1)} s`, TOLD_MS);
      return nowMs < lost.untilMs ? lost.text : undefined;
    },
  };
}

/** The line, with its fault; the first use of it that is not safe begins the watch. */
function guarded(line: OutputLine, config: RelayConfig, { fault }: Trust, arm: () => void): OutputLine & Line {
  return {
    ...line,
    fault,
    set(active) {
      if (active !== (config.safe === 'on')) arm();
      line.set(active);
    },
  };
}

function keptLine({ safe }: RelayConfig, line: OutputLine): KeptLine {
  return { line, safe: safe === 'on' };
}

function driveSafe({ line, safe }: KeptLine): void {
  try {
    line.set(safe);
  } catch {
    // The board reads every line itself and tells its fault.
  }
}
