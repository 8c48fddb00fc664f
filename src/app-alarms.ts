/** Ties the alarms to the house: reads what they watch, keeps their state, tells Home Assistant, the mail and the buzzer. */
import { houseRules } from './app-alarm-rules.ts';
import type { Control } from './app-control.ts';
import { explain } from './app-devices.ts';
import { type MailAccount, openPost, type Post } from './app-post.ts';
import { SHEDDING_ID, type Shedding } from './app-shedding.ts';
import type { BuzzerConfig } from './config/alarm-house.ts';
import type { HouseConfig } from './config/types.ts';
import { type AlarmSubject, CUT_OFF, DEFECT } from './control/alarm-defaults.ts';
import { ALARM_DEVICE_ID, ALARM_DEVICE_NAME, ALARM_EVENTS, alarmEvents, alarmValues, describeAlarms } from './control/alarm-device.ts';
import { readAlarmRecord } from './control/alarm-record.ts';
import { type ActiveAlarm, type AlarmChange, createAlarms, type Instant, type ReadValue } from './control/alarms.ts';
import { createBuzzer } from './control/buzzer.ts';
import { relayValues } from './control/relay-device.ts';
import type { RelayBoard } from './control/relays.ts';
import type { Snapshot } from './control/snapshot.ts';
import { APP_DEVICE_ID, isWrong, type Problems } from './homeassistant/app-device.ts';
import type { Happening } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Value } from './model.ts';
import type { Clock, Gpio, OutputLine, Ports } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface AlarmOptions {
  readonly house: HouseConfig;
  /** All that is announced: the app, the devices, the relays. */
  readonly subjects: readonly AlarmSubject[];
  readonly read: ReadValue;
  readonly mailAccount?: MailAccount;
  readonly buzzerLine: OutputLine | undefined;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly log: Log;
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
  /** An alarm was raised, acknowledged or is over: said once. */
  tell(deviceId: string, key: string, what: Happening): void;
}
export interface AlarmDesk {
  readonly announced: AlarmSubject;
  /** A sample came: what hangs on that device is judged at once. */
  sample(deviceId: string): void;
  press(key: string): void;
  /** A person has seen what is the matter with this device. */
  acknowledge(deviceId: string): void;
  /** The buzzer falls silent, what must be kept is handed to the store. */
  leave(): void;
}

const TICK_MS = 1_000;
const RETELL_TICKS = 5;
const FACT = 'alarms';

/** Opened silent; a line that can not be had costs the sound, nothing else. */
export async function openBuzzer(config: BuzzerConfig | undefined, gpio: Gpio, log: Log): Promise<OutputLine | undefined> {
  if (config === undefined) return undefined;
  const { chip, line, activeLow } = config;
  try {
    return await gpio.openOutput({ chip, line, activeLow, initial: false });
  } catch (error) {
    log('error', `buzzer: ${explain(error)}`);
    return undefined;
  }
}

/** Starts its own tick of 1 s; nothing here delays or stops the control of the relays. */
export function startAlarms(options: AlarmOptions): AlarmDesk {
  const { house, subjects, clock, store, signal, log, mailAccount: account = {} } = options;
  const { rules, faults } = houseRules(house, subjects);
  for (const text of faults) log('warning', `alarm ${text}`);
  const alarms = createAlarms(rules, readAlarmRecord(store.initial.facts[FACT]));
  const now = (): Instant => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  const { mail } = options.ports;
  const post: Post | undefined =
    house.mail && openPost({ ...options, mail, account, config: house.mail, language: house.language, now, standing: alarms.active() });
  const sound = house.buzzer && createSound(house.buzzer, options);

  const tell = (): void => {
    const buzzer = sound && { on: sound.calling, silenced: sound.silenced };
    options.publish(ALARM_DEVICE_ID, alarmValues({ rules, active: alarms.active(), stateOf: alarms.state, mail: post?.state, buzzer }));
  };
  const changed = (changes: readonly AlarmChange[]): void => {
    if (changes.length === 0) return;
    for (const { rule, after, before } of changes) {
      const level = after === 'active' ? 'warning' : 'info';
      if (after !== 'pending' && before !== 'pending') log(level, `alarm ${rule.id}: ${after}`);
      else if (after === 'active') log(level, `alarm ${rule.id}: active`);
    }
    store.saveFact(FACT, JSON.stringify(alarms.record()));
    post?.note(changes);
    tell();
    for (const event of alarmEvents(changes, house.language)) options.tell(ALARM_DEVICE_ID, ALARM_EVENTS, event);
  };
  let ticks = 0;
  let told = '';
  const tick = (): void => {
    if (signal.aborted) return;
    clock.after(TICK_MS, tick);
    guarded(() => {
      changed(alarms.evaluate(options.read, now()));
      post?.tick(alarms.active());
      sound?.tick(alarms.active());
      // Changes are told at once; the rest again before it expires.
      const state = JSON.stringify([post?.state, sound?.calling, sound?.silenced]);
      if (state !== told || ticks % RETELL_TICKS === 0) tell();
      told = state;
      ticks += 1;
    });
  };
  // Whatever goes wrong here must not look like a fault of the device whose sample it was.
  const guarded = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      log('error', `alarms: ${String(error)}`);
    }
  };
  signal.addEventListener('abort', () => sound?.off(), { once: true });
  clock.after(TICK_MS, tick);
  const parts = { mail: post !== undefined, buzzer: sound !== undefined };
  return {
    announced: { id: ALARM_DEVICE_ID, name: ALARM_DEVICE_NAME[house.language], description: describeAlarms(rules, parts) },
    sample: (deviceId) => guarded(() => changed(alarms.evaluate(options.read, now(), deviceId))),
    press(key) {
      log('info', `alarms: ${key} pressed`);
      if (key === 'acknowledge') changed(alarms.acknowledge(now()));
      if (key === 'silence') sound?.silence(alarms.active());
      if (key === 'test_mail') post?.test();
    },
    acknowledge(deviceId) {
      const isMine = concernedBy(house, deviceId);
      for (const { rule } of alarms.active().filter(isMine)) changed(alarms.acknowledge(now(), rule.id));
    },
    leave() {
      sound?.close();
      store.saveFact(FACT, JSON.stringify(alarms.record()));
      post?.save();
    },
  };
}

/** Whoever has seen that a battery is hot has seen what its own sensors say. */
function concernedBy({ batteries }: HouseConfig, deviceId: string): (alarm: ActiveAlarm) => boolean {
  const sensors = batteries.find(({ id }) => id === deviceId)?.temperatures ?? [];
  return ({ rule }) => rule.deviceId === deviceId || sensors.some((one) => one.deviceId === rule.deviceId && one.key === rule.key);
}

export interface Readable {
  readonly snapshot: Snapshot;
  readonly board: RelayBoard;
  readonly control: Pick<Control, 'level' | 'defective'>;
  readonly shedding: Pick<Shedding, 'fault'>;
  readonly problems: Problems;
  readonly clock: Clock;
}

/** The app's own problems, the relays and the batteries' guards are known at any moment; a device's values have an age. */
export function alarmReader(sources: Readable): ReadValue {
  const { snapshot, board, clock } = sources;
  const relays = new Set(board.states().map(({ id }) => id));
  return (deviceId, key, monotonicMs) => {
    if (!isOurs(deviceId, relays, sources)) return snapshot.read(deviceId, key, monotonicMs);
    const value = ownValue(deviceId, key, sources);
    return value === undefined ? undefined : { value, quality: 'fresh', atMs: clock.wallMs(), monotonicMs };
  };
}

function isOurs(deviceId: string, relays: ReadonlySet<string>, { control }: Readable): boolean {
  return deviceId === APP_DEVICE_ID || deviceId === SHEDDING_ID || relays.has(deviceId) || control.level(deviceId) !== undefined;
}

function ownValue(deviceId: string, key: string, { board, control, shedding, problems, clock }: Readable): Value | undefined {
  const level = control.level(deviceId);
  if (level !== undefined && key === DEFECT) return control.defective(deviceId);
  if (level !== undefined) return key === CUT_OFF ? level !== 'none' && level !== 'warning' : level === key;
  if (deviceId === APP_DEVICE_ID) return isWrong(problems, key);
  if (deviceId === SHEDDING_ID) return shedding.fault(key);
  const relay = board.states().find(({ id }) => id === deviceId);
  return relay && relayValues(relay, () => clock.wallMs())[key];
}

interface Sound {
  readonly calling: boolean;
  readonly silenced: boolean;
  tick(active: Parameters<ReturnType<typeof createBuzzer>['level']>[0]): void;
  silence(active: Parameters<ReturnType<typeof createBuzzer>['silence']>[0]): void;
  off(): void;
  close(): void;
}

function createSound({ capS, quiet }: BuzzerConfig, { buzzerLine, clock, log }: AlarmOptions): Sound {
  const buzzer = createBuzzer({ capMs: capS * 1000, ...(quiet !== undefined && { quiet }) });
  let on = false;
  let told = false;
  const drive = (wanted: boolean): void => {
    try {
      if (wanted !== on) buzzerLine?.set(wanted);
      on = wanted && buzzerLine !== undefined;
    } catch (error) {
      if (!told) log('error', `buzzer: ${explain(error)}`);
      told = true;
    }
  };
  return {
    get calling() {
      return buzzer.calling && buzzerLine !== undefined;
    },
    get silenced() {
      return buzzer.silenced;
    },
    tick(active) {
      const local = new Date(clock.wallMs());
      drive(buzzer.level(active, { monotonicMs: clock.monotonicMs(), minuteOfDay: local.getHours() * 60 + local.getMinutes() }));
    },
    silence: (active) => buzzer.silence(active),
    off: () => drive(false),
    close() {
      drive(false);
      try {
        buzzerLine?.close();
      } catch {
        // The program is leaving: the kernel closes what is left.
      }
    },
  };
}
