/** Charge, health and energy of the batteries in the flow: counts on samples and ticks, keeps itself, publishes. Guards nothing. */
import { countedBy, devicesOf, gaugeReadingsOf, gaugeSettingOf, idleBy, offeredBy } from './app-gauge.ts';
import type { BatteryConfig, HouseConfig } from './config/types.ts';
import type { RelayState } from './control/relay-types.ts';
import type { Snapshot } from './control/snapshot.ts';
import type { Counted as CountedSoc } from './control/soc-sight.ts';
import { type GaugeSetting, type GaugeState, keptGauge, newGauge, stepGauge } from './energy/gauge.ts';
import { bankValues, describeBank, gaugeEntities, gaugeValues } from './energy/gauge-device.ts';
import { type Ledger, openLedger } from './energy/ledger.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Description, Value } from './model.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface EnergyOptions {
  readonly house: Pick<HouseConfig, 'batteries'>;
  readonly snapshot: Snapshot;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** At its end everything is kept once more. */
  readonly signal: AbortSignal;
  /** The guarded batteries as they are announced. */
  readonly guarded: readonly AnnouncedDevice[];
  /** Usual pause between samples of a device, ms. */
  periodOf(deviceId: string): number;
  onValues(deviceId: string, values: Record<string, Value>): void;
}
export interface BatteryEnergy {
  /** The guarded batteries with what is counted of them, and the banks. */
  readonly devices: readonly AnnouncedDevice[];
  /** A device spoke: its batteries are counted at once. Never throws. */
  sampled(deviceId: string, relays: () => readonly RelayState[]): void;
  /** All batteries; call every second. Never throws. */
  tick(relays: () => readonly RelayState[]): void;
  /** The counted charge of a battery, for its control; undefined: nothing is counted, or the current is unknown. */
  counted(batteryId: string): CountedSoc | undefined;
}

interface Counted {
  readonly config: BatteryConfig;
  readonly setting: GaugeSetting;
  readonly description: Description;
  state: GaugeState;
  steppedMs: number;
  shownMs: number;
  savedMs: number;
  savedSoc: number | null;
  failed: boolean;
}

/** What a sample has just counted needs no tick. */
const LATELY_MS = 500;
const SHOW_MS = 5_000;
/** The card wears: at most once a minute, and an unchanged figure every quarter of an hour. */
const SAVE_MS = 60_000;
const SAVE_SAME_MS = 15 * 60_000;
const SAVE_STEP = 0.001;

export function createEnergy(options: EnergyOptions): BatteryEnergy {
  const { house, clock, log } = options;
  const batteries = house.batteries.flatMap((config) => countedOf(config, options));
  const banks = banksOf(batteries);
  const ledger = createLedger(options, batteries, banks);
  const concerned = new Map<string, Counted[]>();
  for (const battery of batteries)
    for (const device of devicesOf(battery.config)) concerned.set(device, [...(concerned.get(device) ?? []), battery]);
  let banksShownMs = Number.NEGATIVE_INFINITY;

  const stepOne = (battery: Counted, relays: () => readonly RelayState[]): void => {
    try {
      count(battery, relays, options);
      show(battery, ledger, options);
      save(battery, options, false);
      battery.failed = false;
    } catch (error) {
      if (!battery.failed) log('error', `${battery.config.id}: counting failed: ${String(error)}`);
      battery.failed = true;
    }
  };
  const showBanks = (): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - banksShownMs < SHOW_MS) return;
    banksShownMs = nowMs;
    for (const { id, packs, description } of banks) publish(id, description, bankValues(packs.map(({ state }) => state)), ledger, options);
  };
  const keep = (): void => {
    for (const battery of batteries) save(battery, options, true);
  };
  options.signal.addEventListener('abort', keep, { once: true });
  return {
    devices: [...options.guarded.map((device) => withGauge(device, batteries)), ...banks.map(announcedBank)],
    sampled(deviceId, relays) {
      for (const battery of concerned.get(deviceId) ?? []) stepOne(battery, relays);
    },
    tick(relays) {
      const nowMs = clock.monotonicMs();
      for (const battery of batteries) if (nowMs - battery.steppedMs >= LATELY_MS) stepOne(battery, relays);
      showBanks();
    },
    counted(batteryId) {
      const battery = batteries.find(({ config }) => config.id === batteryId);
      return battery === undefined || battery.failed ? undefined : countedBy(battery.state, battery.steppedMs);
    },
  };
}

function countedOf(config: BatteryConfig, { store, clock, periodOf }: EnergyOptions): Counted[] {
  const offered = offeredBy(config);
  if (!offered.energy && !offered.bms) return [];
  const now = { nowMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  const setting = gaugeSettingOf(config, periodOf);
  const state = newGauge(setting, read(store.initial.facts[factOf(config)]), now);
  const description = { manufacturer: 'Boxénergie', model: 'Battery', periodMs: 10_000, entities: gaugeEntities(offered) };
  const never = Number.NEGATIVE_INFINITY;
  const times = { steppedMs: never, shownMs: never, savedMs: now.nowMs, savedSoc: null, failed: false };
  return [{ config, setting, description, state, ...times }];
}

interface Bank {
  readonly id: string;
  readonly packs: readonly Counted[];
  readonly description: Description;
}

function banksOf(batteries: readonly Counted[]): Bank[] {
  const ids = new Set(batteries.flatMap(({ config }) => config.bank ?? []));
  return [...ids].map((id) => {
    const packs = batteries.filter(({ config }) => config.bank === id);
    return { id, packs, description: describeBank(packs.every(({ config }) => offeredBy(config).energy)) };
  });
}

function createLedger({ store }: EnergyOptions, batteries: readonly Counted[], banks: readonly Bank[]): Ledger {
  return openLedger({
    descriptions: new Map([
      ...batteries.map(({ config, description }) => [config.id, description] as const),
      ...banks.map(({ id, description }) => [id, description] as const),
    ]),
    kept: store.initial.totals,
    digest: (serial) => serial,
    onChange: (total) => store.saveTotal(total),
    memory: { load: (name) => store.initial.facts[name], save: store.saveFact },
    onEvent: () => undefined,
  });
}

function count(battery: Counted, relays: () => readonly RelayState[], { snapshot, clock }: EnergyOptions): void {
  const { config, setting, state } = battery;
  const nowMs = clock.monotonicMs();
  const idle = idleBy(config, (id) => relays().find((relay) => relay.id === id)?.on ?? null);
  battery.state = stepGauge(state, setting, gaugeReadingsOf(config, snapshot, nowMs, idle));
  battery.steppedMs = nowMs;
}

function show(battery: Counted, ledger: Ledger, options: EnergyOptions): void {
  const { config, setting, state, description } = battery;
  const nowMs = options.clock.monotonicMs();
  if (nowMs - battery.shownMs < SHOW_MS) return;
  battery.shownMs = nowMs;
  publish(config.id, description, gaugeValues(state, setting), ledger, options);
}

function publish(id: string, { entities }: Description, values: Record<string, Value>, ledger: Ledger, options: EnergyOptions): void {
  const offered = Object.fromEntries(Object.entries(values).filter(([key]) => key in entities));
  const { clock, onValues } = options;
  onValues(id, { ...ledger.apply({ deviceId: id, atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values: offered }).values });
}

function save(battery: Counted, { store, clock }: EnergyOptions, now: boolean): void {
  const { config, state } = battery;
  if (state.counted === undefined) return;
  const [nowMs, soc] = [clock.monotonicMs(), state.counted.soc.soc];
  const ageMs = nowMs - battery.savedMs;
  const moved = (soc === null) !== (battery.savedSoc === null) || Math.abs((soc ?? 0) - (battery.savedSoc ?? 0)) >= SAVE_STEP;
  if (!now && (ageMs < SAVE_MS || (!moved && ageMs < SAVE_SAME_MS))) return;
  battery.savedMs = nowMs;
  battery.savedSoc = soc;
  store.saveFact(factOf(config), JSON.stringify(keptGauge(state, clock.wallMs())));
}

function withGauge(device: AnnouncedDevice, batteries: readonly Counted[]): AnnouncedDevice {
  const mine = batteries.find(({ config }) => config.id === device.id);
  if (mine === undefined) return device;
  const { description } = device;
  return { ...device, description: { ...description, entities: { ...mine.description.entities, ...description.entities } } };
}

function announcedBank({ id, description }: Bank): AnnouncedDevice {
  return { id, name: id, description };
}

function factOf({ id }: BatteryConfig): string {
  return `gauge:${id}`;
}

function read(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
