/** What decides, built in the order in which one asks the other: load-shedding, batteries, what they hold, relays. */
import { type Control, createControl } from './app-control.ts';
import type { Device } from './app-devices.ts';
import { type BatteryEnergy, createEnergy } from './app-energy.ts';
import type { RelayLines } from './app-lines.ts';
import { createBoard } from './app-relays.ts';
import type { SafeMode } from './app-safe-mode.ts';
import { createShedding, type Shedding } from './app-shedding.ts';
import type { Voice } from './app-voice.ts';
import { relayTeller } from './app-words.ts';
import type { LoadedConfig } from './config/types.ts';
import type { RelayBoard } from './control/relays.ts';
import { createSnapshot, type Snapshot } from './control/snapshot.ts';
import type { Log } from './log.ts';
import type { Clock, Ports } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface Deciders {
  readonly snapshot: Snapshot;
  readonly shedding: Shedding;
  readonly control: Control;
  readonly energy: BatteryEnergy;
  readonly board: RelayBoard;
}
interface Ground {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly random: () => number;
  readonly ports: Pick<Ports, 'subscriptions'>;
  readonly devices: readonly Device[];
  readonly lines: RelayLines;
  readonly store: Store;
  readonly safeMode: SafeMode;
  readonly voice: Voice;
}

export function createDeciders({ devices, lines, store, safeMode, voice, ...ground }: Ground): Deciders {
  const { loaded, clock, signal, log, random } = ground;
  const periodOf = periodsOf(devices);
  const snapshot = createSnapshot(periodOf);
  const common = { house: loaded.house, snapshot, store, clock, log, onValues: voice.publish };
  const shedding = createShedding({ ...common, random, subscriptions: ground.ports.subscriptions });
  // Each asks the other: what is counted takes part in the charge, and what guards a battery is told of its energy.
  let energy: BatteryEnergy | undefined;
  const control = createControl({
    ...{ ...common, shedOf: shedding.of, countedOf: (id) => energy?.counted(id) },
    onAlarm: (id, { cause, level, value }) =>
      log(level === 'warning' ? 'warning' : 'error', `${id}: ${level}, ${cause} (${value ?? 'unknown'})`),
  });
  energy = createEnergy({ ...common, signal, guarded: control.devices, periodOf });
  const tell = relayTeller(loaded.house, clock);
  const board = createBoard({
    ...{ opened: lines.opened, store, clock, log, outlook: safeMode.over(control.outlook), latches: control.orphans },
    onChange: (state) => voice.publish(state.id, tell(state)),
  });
  return { snapshot, shedding, control, energy, board };
}

/** Usual pause between samples of a device, ms. */
function periodsOf(devices: readonly Device[]): (deviceId: string) => number {
  const periods = new Map(devices.map(({ config, description }) => [config.id, description.periodMs]));
  return (id) => periods.get(id) ?? 10_000;
}
