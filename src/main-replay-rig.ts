/** The program's own control without its devices: the same snapshot, batteries, arbiter and relay board, on lines in memory. */
import { createControl, wishFrom } from './app-control.ts';
import { resolveDevices } from './app-devices.ts';
import { type BatteryEnergy, createEnergy } from './app-energy.ts';
import { createBoard, openSafely } from './app-relays.ts';
import { createShedding } from './app-shedding.ts';
import type { HouseConfig } from './config/types.ts';
import type { RelayOutlook } from './control/relay-types.ts';
import { createSnapshot } from './control/snapshot.ts';
import type { AnyDriver } from './drivers/driver.ts';
import { drivers as allDrivers } from './drivers/index.ts';
import { openLedger } from './energy/ledger.ts';
import type { Description, Entity, Reading } from './model.ts';
import { simulatedGpio } from './ports/sim/gpio.ts';
import { simulatedKeepers } from './ports/sim/keeper.ts';
import type { Gpio } from './ports/types.ts';
import type { HandClock } from './replay/hand-clock.ts';
import type { RememberedState } from './replay/recording.ts';
import type { Rig, RiggedBattery, RiggedValue } from './replay/types.ts';
import type { JournalEntry, Store } from './store/types.ts';

export interface RigOptions {
  readonly house: HouseConfig;
  readonly clock: HandClock;
  readonly state: RememberedState;
  /** Devices do not speak more often than this (ms). */
  readonly leastPeriodMs?: number;
  /** Absent: all. */
  readonly drivers?: readonly AnyDriver[];
  onDecision?(entry: JournalEntry): void;
}

export async function buildRig({ house, clock, state, leastPeriodMs = 0, drivers = allDrivers, onDecision }: RigOptions): Promise<Rig> {
  const devices = resolveDevices(house.devices, drivers, house.language);
  const descriptions = new Map(devices.map(({ config, description }) => [config.id, description]));
  const names = new Map(devices.map(({ config, name }) => [config.id, name]));
  const periodOf = (id: string): number => Math.max(descriptions.get(id)?.periodMs ?? 10_000, leastPeriodMs);
  const snapshot = createSnapshot(periodOf);
  const alarms: Record<string, number> = {};
  let decisions = 0;
  const store = memoryStore(state, (entry) => {
    decisions += 1;
    onDecision?.(entry);
  });
  const common = { store, clock, log: () => undefined };
  const opened = await openSafely(house.relays, { gpio: linesOf(house, clock), keepers: simulatedKeepers(clock) }, common.log);
  const parts = { house, snapshot, ...common };
  const shedding = createShedding({ ...parts, random: () => 0.5 });
  let energy: BatteryEnergy | undefined;
  const control = createControl({
    ...{ ...parts, shedOf: shedding.of, onValues: () => undefined, countedOf: (id) => energy?.counted(id) },
    onAlarm(_, { level }) {
      alarms[level] = (alarms[level] ?? 0) + 1;
    },
  });
  // The counted charge takes part in the control, so it is counted here too.
  energy = createEnergy({ ...parts, onValues: () => undefined, guarded: control.devices, signal: new AbortController().signal, periodOf });
  const judgedOn = new Map<string, RelayOutlook>();
  const outlook = (relayId: string): RelayOutlook => {
    const found = control.outlook(relayId);
    judgedOn.set(relayId, found);
    return found;
  };
  const board = createBoard({ ...common, opened, outlook, latches: control.orphans, onChange: () => undefined });
  const obey = wishFrom(board, control, { press: () => undefined, acknowledge: () => undefined }, { store, clock });
  const totals = createTotals(descriptions, (id, key) => named(names.get(id) ?? id, key, descriptions.get(id)?.entities[key], house));
  const read = (deviceId: string, key: string): Reading | undefined => lively(snapshot.read(deviceId, key, clock.monotonicMs()));

  return {
    relays: house.relays.map(({ id, name }) => ({ id, name: name ?? id })),
    powers: [...descriptions].flatMap(([id, { entities }]) => {
      const found = Object.entries(entities).find(([, entity]) => isPower(entity));
      return found === undefined ? [] : [{ deviceId: id, key: found[0], ...named(names.get(id) ?? id, found[0], found[1], house) }];
    }),
    remember(sample) {
      snapshot.remember(sample);
      totals.ledger.apply(sample);
    },
    tick() {
      shedding.step(board.states);
      control.step(board.states);
      board.tick(clock.monotonicMs());
      energy.tick(board.states);
    },
    command: obey,
    opened: (deviceId) => totals.ledger.reopened(deviceId),
    states: board.states,
    outlook: (relayId) => judgedOn.get(relayId),
    batteries: () =>
      control.words().map(({ id, name, word }): RiggedBattery => {
        const sources = house.batteries.find((battery) => battery.id === id)?.temperatures ?? [];
        const values = sources
          .flatMap(({ deviceId, key }) => read(deviceId, key)?.value ?? [])
          .filter((value) => typeof value === 'number');
        return { id, name, word, hottestC: values.length === 0 ? undefined : Math.max(...values) };
      }),
    value: (deviceId, key) => read(deviceId, key)?.value,
    grown: totals.grown,
    alarms: () => alarms,
    get decisions() {
      return decisions;
    },
  };
}

function isPower({ quantity, diagnostic, setting, disabled, attributeOf }: Entity): boolean {
  const shown = !diagnostic && !setting && !disabled && attributeOf === undefined;
  return shown && (quantity === 'power' || quantity === 'apparentPower');
}

function named(device: string, key: string, entity: Entity | undefined, { language }: HouseConfig): Pick<RiggedValue, 'name' | 'quantity'> {
  return { name: `${device}: ${entity?.name[language] ?? key}`, quantity: entity?.quantity ?? 'text' };
}

function lively(reading: Reading | undefined): Reading | undefined {
  return reading?.quality === 'fresh' || reading?.quality === 'late' ? reading : undefined;
}

interface Totals {
  readonly ledger: ReturnType<typeof openLedger>;
  grown(): readonly (RiggedValue & { readonly growth: number })[];
}

function createTotals(
  descriptions: ReadonlyMap<string, Description>,
  name: (deviceId: string, key: string) => Pick<RiggedValue, 'name' | 'quantity'>,
): Totals {
  const grown = new Map<string, RiggedValue & { readonly first: number; last: number }>();
  const ledger = openLedger({
    ...{ descriptions, kept: [], digest: (serial) => serial, onEvent: () => undefined },
    memory: { load: () => undefined, save: () => undefined },
    onChange({ deviceId, key, total }) {
      const row = grown.get(`${deviceId}.${key}`) ?? { deviceId, key, first: total, last: total, ...name(deviceId, key) };
      row.last = total;
      grown.set(`${deviceId}.${key}`, row);
    },
  });
  return {
    ledger,
    grown: () => [...grown.values()].map(({ first, last, ...value }) => ({ ...value, growth: last - first })),
  };
}

/** One line for each relay, whatever chip it is on. */
function linesOf({ relays }: HouseConfig, clock: HandClock): Gpio {
  const gpio = simulatedGpio(clock);
  const numbers = new Map(relays.map(({ chip, line }, index) => [`${chip} ${line}`, index]));
  return { ...gpio, openOutput: (setting) => gpio.openOutput({ ...setting, line: numbers.get(`${setting.chip} ${setting.line}`) ?? -1 }) };
}

/** Everything is durable at once. */
function memoryStore(state: RememberedState, journal: (entry: JournalEntry) => void): Store {
  const durable = async (): Promise<boolean> => true;
  const nothing = (): void => undefined;
  return {
    initial: { totals: [], ...state },
    health: { degraded: false, detail: '', dropped: 0 },
    ...{ saveTotal: nothing, saveRelay: nothing, saveFact: nothing, setLatch: durable, clearLatch: durable, flush: durable },
    journal,
    close: async () => undefined,
  };
}
