/** Opens the relay lines in their safe state before anything else, and ties the board to the store and to whoever shows it. */
import { explain } from './app-devices.ts';
import type { RelayGuard } from './app-guard.ts';
import { readTimes } from './app-times.ts';
import type { RelayConfig } from './config/types.ts';
import type { Decision, RelayOutlook, RelaySetting, RelayState } from './control/relay-types.ts';
import { type RelayBoard, relayBoard } from './control/relays.ts';
import type { Log } from './log.ts';
import type { Clock, OutputLine, Ports } from './ports/types.ts';
import type { Store, StoredLatch } from './store/types.ts';

/** No relay leaves its safe state before this long after start (ms). */
const BOOT_HOLD_MS = 10_000;
const DAY_MS = 86_400_000;

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
    try {
      opened.push({ config, line: await openLine(config, gpio) });
    } catch (error) {
      const reason = explain(error);
      log('error', `${config.id}: ${reason}`);
      opened.push({ config, line: reason });
    }
  }
  return opened;
}

/** The line of one relay, driven to its safe level from the first moment; throws DeviceError, ConfigError. */
export async function openLine({ chip, line, activeLow, contact, safe }: RelayConfig, gpio: Ports['gpio']): Promise<OutputLine> {
  // A normally closed contact feeds its load while the coil rests: the line layer turns it, and nobody above needs to know.
  return gpio.openOutput({ chip, line, activeLow: activeLow !== (contact === 'nc'), initial: safe === 'on' });
}

export interface BoardOptions {
  readonly opened: RelayGuard['opened'];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** What guards and charge control say of a relay, from the frozen view of the last tick. */
  outlook(relayId: string): RelayOutlook;
  /** Latches of the store that belong to no guard. */
  readonly latches: readonly StoredLatch[];
  onChange(state: RelayState): void;
}

/** The relay board with its memory: modes and latches come from the store, every decision goes to the journal. */
export function createBoard({ opened, store, clock, log, outlook, latches, onChange }: BoardOptions): RelayBoard {
  const saved = new Map<string, number>();
  const remembered = new Map(store.initial.relays.map((row) => [row.relayId, row]));
  return relayBoard({
    relays: opened.map(({ config, line }) => {
      const setting = settingOf(config);
      const row = remembered.get(config.id);
      // What was switched by hand before the restart is not switched again by itself: the mode stays, the relay rests.
      const changes = readTimes(store.initial.facts[`changes:${config.id}`]).map((atMs) => atMs - offsetMs(clock));
      const memory =
        row === undefined ? undefined : { ...row, manualOn: config.safe === 'on', changes: recent(changes, clock.monotonicMs()) };
      return { setting, line, ...(memory !== undefined && { memory }) };
    }),
    latches,
    nowMs: clock.monotonicMs(),
    holdMs: BOOT_HOLD_MS,
    outlook,
    onLatch(relayId, cause) {
      log('error', `${relayId}: ${cause}, stays open until acknowledged`);
      void store.setLatch({ relayId, cause, sinceMs: clock.wallMs() });
    },
    onChange(state) {
      const { id: relayId, mode, manualOn, switches, onSeconds, changes } = state;
      const newest = changes.at(-1);
      if (newest !== undefined && newest !== saved.get(relayId)) {
        saved.set(relayId, newest);
        store.saveFact(`changes:${relayId}`, JSON.stringify(changes.map((atMs) => Math.round(atMs + offsetMs(clock)))));
      }
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

/** From monotonic to wall time. */
function offsetMs(clock: Clock): number {
  return clock.wallMs() - clock.monotonicMs();
}

/** A clock that was set meanwhile must neither forget a change nor put it in the future. */
function recent(changes: readonly number[], nowMs: number): number[] {
  return changes.map((atMs) => Math.min(atMs, nowMs)).filter((atMs) => nowMs - atMs < DAY_MS);
}

function settingOf(config: RelayConfig): RelaySetting {
  const { id, group, maxOnS, overrideMinutes } = config;
  return {
    id,
    safeOn: config.safe === 'on',
    leaseMs: config.leaseS * 1000,
    rules: {
      minOnMs: config.minOnS * 1000,
      minOffMs: config.minOffS * 1000,
      maxOnMs: maxOnS === undefined ? undefined : maxOnS * 1000,
      maxPerHour: config.maxChangesPerHour,
      maxPerDay: config.maxChangesPerDay,
    },
    ...(group !== undefined && { group, deadMs: config.deadTimeS * 1000 }),
    ...(overrideMinutes > 0 && { overrideMs: overrideMinutes * 60_000 }),
  };
}

function journalEntry(decision: Decision, atMs: number): Parameters<Store['journal']>[0] {
  const { relayId, before, after, reason, inputs } = decision;
  return { atMs, relayId, before, after, reason, inputs, detail: decision.detail ?? null, by: decision.by ?? null };
}
