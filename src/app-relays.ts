/** Opens the relay lines in their safe state before anything else, and ties the board to the store and to whoever shows it. */
import { explain } from './app-devices.ts';
import type { RelayGuard } from './app-guard.ts';
import type { RelayConfig } from './config/types.ts';
import { type Decision, type RelayBoard, type RelayState, relayBoard } from './control/relays.ts';
import type { Log } from './log.ts';
import type { Clock, OutputLine, Ports } from './ports/types.ts';
import type { Store } from './store/types.ts';

/** No relay leaves its safe state before this long after start (ms). */
const BOOT_HOLD_MS = 10_000;

export interface OpenedRelay {
  readonly config: RelayConfig;
  /** The reason when it could not be opened. */
  readonly line: OutputLine | string;
}

type RelayPorts = Pick<Ports, 'gpio' | 'keepers'>;

/** Drives every configured output to its safe level. A line that cannot be had is a fault of that relay alone. */
export async function openSafely(relays: readonly RelayConfig[], { gpio, keepers }: RelayPorts, log: Log): Promise<OpenedRelay[]> {
  // A program that died left its lines to its keeper, which gives them up only to this one.
  await keepers.release();
  const opened: OpenedRelay[] = [];
  for (const config of relays) {
    const { chip, line, activeLow } = config;
    try {
      opened.push({ config, line: await gpio.openOutput({ chip, line, activeLow, initial: config.safe === 'on' }) });
    } catch (error) {
      const reason = explain(error);
      log('error', `${config.id}: ${reason}`);
      opened.push({ config, line: reason });
    }
  }
  return opened;
}

export interface BoardOptions {
  readonly opened: RelayGuard['opened'];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  onChange(state: RelayState): void;
}

/** The relay board with its memory: modes and latches come from the store, every decision goes to the journal. */
export function createBoard({ opened, store, clock, log, onChange }: BoardOptions): RelayBoard {
  const remembered = new Map(store.initial.relays.map((row) => [row.relayId, row]));
  return relayBoard({
    relays: opened.map(({ config, line }) => {
      const setting = { id: config.id, safeOn: config.safe === 'on', leaseMs: config.leaseS * 1000 };
      const row = remembered.get(config.id);
      // What was switched by hand before the restart is not switched again by itself: the mode stays, the relay rests.
      const memory = row === undefined ? undefined : { ...row, manualOn: config.safe === 'on' };
      return { setting, line, ...(memory !== undefined && { memory }) };
    }),
    latches: store.initial.latches,
    nowMs: clock.monotonicMs(),
    holdMs: BOOT_HOLD_MS,
    onChange(state) {
      const { id: relayId, mode, manualOn, switches, onSeconds } = state;
      store.saveRelay({ relayId, mode, manualOn, switches, onSeconds: Math.round(onSeconds) });
      onChange(state);
    },
    onDecision(decision) {
      store.journal(journalEntry(decision, clock.wallMs()));
      const detail = decision.detail === undefined ? '' : ` (${decision.detail})`;
      log('info', `${decision.relayId}: ${decision.after ? 'on' : 'off'}, ${decision.reason}${detail}`);
    },
  });
}

function journalEntry(decision: Decision, atMs: number): Parameters<Store['journal']>[0] {
  const { relayId, before, after, reason, inputs } = decision;
  return { atMs, relayId, before, after, reason, inputs, detail: decision.detail ?? null, by: decision.by ?? null };
}

/** Closes the lines; their level is what was last driven: the safe one. */
export function closeLines(opened: readonly OpenedRelay[]): void {
  for (const { line } of opened) {
    try {
      if (typeof line !== 'string') line.close();
    } catch {
      // The program is leaving: a line that cannot be closed is closed by the kernel.
    }
  }
}
