/** Guards and charge control in the flow: one step over the frozen snapshot, then what it says of each relay. */
import type { AlarmDesk } from './app-alarms.ts';
import { belongsTo, type Keeper, keeperOf, readingsOf, relaysIn, settingOf } from './app-battery.ts';
import { sortedBy } from './app-labels.ts';
import { merge, seenOf, type Tied } from './app-outlook.ts';
import { type Mover, moverOf } from './app-thresholds.ts';
import { localTime } from './app-times.ts';
import type { HouseConfig } from './config/types.ts';
import { ALARM_DEVICE_ID } from './control/alarm-device.ts';
import { type AlarmLevel, type BatterySetting, type BatteryState, type BatteryStep, stepBattery } from './control/battery.ts';
import { ACKNOWLEDGE, batteryValues, describeBattery } from './control/battery-device.ts';
import { askFull } from './control/charge.ts';
import { CHARGE_FULL, STORAGE, stageValues } from './control/charge-stage.ts';
import { type ChargeWord, chargeWord } from './control/charge-state.ts';
import { CHEMISTRY_NAMES } from './control/chemistry.ts';
import { acknowledgeDefect } from './control/defect.ts';
import { acknowledge } from './control/guard.ts';
import { type Alarm, latchWord } from './control/latch.ts';
import type { RelayOutlook, RelayState } from './control/relay-types.ts';
import type { RelayBoard } from './control/relays.ts';
import type { Snapshot } from './control/snapshot.ts';
import type { Counted } from './control/soc-sight.ts';
import { type Ranges, rangesOf, thresholdValues } from './control/thresholds.ts';
import type { AnnouncedDevice, Command } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Language, Value } from './model.ts';
import type { Clock } from './ports/types.ts';
import type { Store, StoredLatch } from './store/types.ts';

export interface ControlOptions {
  readonly house: HouseConfig;
  readonly snapshot: Snapshot;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** For mails and the like: once, but critical heat every minute until acknowledged or cool. */
  onAlarm(batteryId: string, alarm: Alarm): void;
  onValues(batteryId: string, values: Record<string, Value>): void;
  /** What load-shedding says of a relay. */
  shedOf(relayId: string): RelayOutlook['shed'];
  /** The counted charge of a battery; absent: nothing is counted. */
  countedOf?(batteryId: string): Counted | undefined;
}
export interface Control {
  readonly devices: readonly AnnouncedDevice[];
  /** Latches of the store that no guard takes care of. */
  readonly orphans: readonly StoredLatch[];
  /** Judges every battery; call before the board's tick, with what its relays are. Never throws. */
  step(states: () => readonly RelayState[]): void;
  outlook(relayId: string): RelayOutlook;
  /** How bad it is; undefined for what is no battery. */
  level(batteryId: string): AlarmLevel | undefined;
  /** A deep discharge of it told of a defect, and nobody has acknowledged that. */
  defective(batteryId: string): boolean;
  /** Name and charge state of each battery, for the screen. */
  words(): readonly { readonly id: string; readonly name: string; readonly word: ChargeWord }[];
  /** For a person only. */
  acknowledge(batteryId: string): void;
  /** A limit moved from Home Assistant; bounded by the chemistry, kept over a restart. */
  move(batteryId: string, key: string, value: number): void;
  /** The storage mode on or off; a full charge asked for. */
  press(batteryId: string, key: string, on: boolean): void;
}

interface Battery extends Tied {
  readonly mover: Mover;
  readonly ranges: Ranges;
  setting: BatterySetting;
  readonly keeper: Keeper;
  state: BatteryState;
  step: BatteryStep | undefined;
  word: ChargeWord;
  failure: string | undefined;
  /** The limits as shown; they change only with the setting. */
  limits: Record<string, Value>;
  shown: Record<string, Value>;
}

export function createControl(options: ControlOptions): Control {
  const { house, store, clock, log } = options;
  const batteries = house.batteries.map((config): Battery => {
    const mover = moverOf(config, store);
    const setting = settingOf(mover.config(), (message) => log('warning', message));
    const keeper = keeperOf(config, setting, store, clock);
    const ranges = rangesOf(settingOf(config, () => undefined));
    const fresh = { step: undefined, word: 'boot', failure: undefined, shown: {}, limits: thresholdValues(setting, ranges) } as const;
    return { config, mover, ranges, setting, keeper, state: keeper.state, ...fresh };
  });
  const named = (id: string): Battery | undefined => batteries.find(({ config }) => config.id === id);
  const relays = new Map(house.relays.map((relay) => [relay.id, relay]));
  const tied = Map.groupBy(
    batteries.flatMap((battery) => relaysIn(battery.config, 'all').map((relayId) => ({ relayId, battery }))),
    ({ relayId }) => relayId,
  );
  return {
    devices: batteries.map((battery) => announcedBattery(battery, house.language)),
    orphans: store.initial.latches.filter((row) => !batteries.some(({ config }) => belongsTo(row, config.id))),
    step(statesOf) {
      if (batteries.length === 0) return;
      const states = new Map(statesOf().map((state) => [state.id, state]));
      for (const battery of batteries) {
        try {
          stepOne(battery, states, options);
          battery.failure = undefined;
        } catch (error) {
          if (battery.failure === undefined) log('error', `${battery.config.id}: control failed: ${String(error)}`);
          battery.failure = 'control-failed';
        }
      }
    },
    outlook(relayId) {
      return {
        ...merge(tied.get(relayId)?.map(({ battery }) => battery) ?? [], relayId),
        shed: options.shedOf(relayId),
        seen: seenOf(relays.get(relayId), options.snapshot, clock.monotonicMs()),
      };
    },
    level: (batteryId) => named(batteryId)?.step?.level,
    defective: (batteryId) => (named(batteryId)?.state.defect.defect ?? 'none') !== 'none',
    words: () => batteries.map(({ config: { id, name }, word }) => ({ id, name: name ?? id, word })),
    acknowledge(batteryId) {
      const battery = named(batteryId);
      if (battery === undefined) return;
      log('info', `${batteryId}: acknowledged`);
      const { guard, defect } = battery.state;
      battery.state = { ...battery.state, guard: acknowledge(guard, clock.monotonicMs()), defect: acknowledgeDefect(defect) };
      battery.keeper.keep(battery.state);
    },
    move(batteryId, key, value) {
      const battery = named(batteryId);
      if (battery === undefined) return;
      log('info', `${batteryId}: ${key} set to ${value}`);
      battery.mover.move(key, value);
      setAnew(battery, (message) => log('warning', message));
    },
    press(batteryId, key, on) {
      const battery = named(batteryId);
      if (battery === undefined) return;
      log('info', `${batteryId}: ${key} ${on ? 'on' : 'off'}`);
      const { charge } = battery.state;
      if (key === CHARGE_FULL && charge !== undefined) battery.state = { ...battery.state, charge: askFull(charge) };
      if (key === STORAGE) battery.mover.store(on);
      setAnew(battery, () => undefined);
    },
  };
}

function stepOne(battery: Battery, states: ReadonlyMap<string, RelayState>, options: ControlOptions): void {
  const { snapshot, clock, onAlarm, onValues, countedOf } = options;
  const { config, setting } = battery;
  const nowMs = clock.monotonicMs();
  const charger = config.chargeRelays.flatMap((id) => states.get(id) ?? []);
  // Without a relay of ours somebody else charges it.
  const closed = config.chargeRelays.length === 0 || charger.some(({ on }) => on === true);
  const counted = config.controlSoc === 'auto' || config.controlSoc === 'counted' ? countedOf?.(config.id) : undefined;
  const step = stepBattery(
    battery.state,
    setting,
    { ...readingsOf(config, snapshot, nowMs), counted },
    { nowMs, closed, day: localTime(clock)?.day },
  );
  battery.step = step;
  battery.state = step.state;
  battery.keeper.keep(step.state);
  for (const alarm of step.alarms) onAlarm(config.id, alarm);
  const [first] = charger;
  const relay = first && { reason: first.verdict.reason.code, on: closed };
  const causes = step.standing.map(({ cause }) => cause);
  const { heat, volts } = step.state.guard;
  const latched = [...heat.latches, ...volts.latches].map(latchWord);
  battery.word = chargeWord(step.state.charge?.phase ?? 'idle', causes, relay);
  const values = {
    ...batteryValues(step, battery.word, latched, options.house.language),
    ...stageValues(step.state.charge, setting.charge),
    ...battery.limits,
  };
  if (isSame(values, battery.shown)) return;
  battery.shown = values;
  onValues(config.id, values);
}

function setAnew(battery: Battery, warn: (message: string) => void): void {
  battery.setting = settingOf(battery.mover.config(), warn);
  battery.limits = thresholdValues(battery.setting, battery.ranges);
}

function isSame(a: Readonly<Record<string, Value>>, b: Readonly<Record<string, Value>>): boolean {
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
}

function announcedBattery({ config, ranges, setting }: Battery, language: Language): AnnouncedDevice {
  const { id, name, chemistry } = config;
  return {
    id,
    name: name ?? id,
    ...sortedBy(config, chemistry === 'unknown' ? undefined : CHEMISTRY_NAMES[chemistry][language]),
    description: describeBattery(ranges, setting.charge, setting.reserve),
  };
}

/** The way of every wish: read strictly by the bridge, judged by the arbiter, shown as it really is. */
export function wishFrom(
  board: RelayBoard,
  control: Control,
  alarms: Pick<AlarmDesk, 'press' | 'acknowledge'>,
  { store, clock }: Pick<ControlOptions, 'store' | 'clock'>,
): (command: Command) => void {
  return ({ deviceId, key, on, value }) => {
    if (deviceId === ALARM_DEVICE_ID) return alarms.press(key);
    const nowMs = clock.monotonicMs();
    if (key === deviceId) board.wish({ relayId: deviceId, on, by: 'home-assistant' }, nowMs);
    if (key === `au_${deviceId}`) board.setMode(deviceId, on ? 'auto' : 'manual', nowMs);
    if (value !== undefined) control.move(deviceId, key, value);
    if (key === STORAGE || key === CHARGE_FULL) control.press(deviceId, key, on);
    if (key === ACKNOWLEDGE) {
      control.acknowledge(deviceId);
      alarms.acknowledge(deviceId);
    }
    if (key !== `${deviceId}_${ACKNOWLEDGE}`) return;
    const latches = board.states().find(({ id }) => id === deviceId)?.latches ?? [];
    for (const cause of latches) {
      // First from the disk: a relay never closes on a latch that a power cut could bring back.
      void store.clearLatch(deviceId, cause).then(() => board.unlatch(deviceId, cause, clock.monotonicMs()));
    }
  };
}
