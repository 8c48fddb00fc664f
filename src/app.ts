/** The whole program: builds every room, and the one visible flow of a sample and of a wish. The only file that knows them all. */
import { createHmac } from 'node:crypto';
import { type Announcer, announce, type BrokerAccess } from './app-broker.ts';
import { type Control, createControl, wishFrom } from './app-control.ts';
import { type Device, resolveDevices, runDevices } from './app-devices.ts';
import { type BatteryEnergy, createEnergy } from './app-energy.ts';
import { type Installation, installationOf } from './app-identity.ts';
import { closeLines, createBoard, type OpenedRelay, openSafely } from './app-relays.ts';
import { type AppView, createView } from './app-view.ts';
import type { LoadedConfig } from './config/types.ts';
import { describeRelay, relayValues } from './control/relay-device.ts';
import type { RelayState } from './control/relay-types.ts';
import type { RelayBoard } from './control/relays.ts';
import { createSnapshot } from './control/snapshot.ts';
import type { AnyDriver } from './drivers/driver.ts';
import { type Ledger, openLedger } from './energy/ledger.ts';
import { APP_DEVICE_ID, appValues, describeApp } from './homeassistant/app-device.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Sample, Value } from './model.ts';
import type { Clock, Ports } from './ports/types.ts';
import type { Store, StoreHealth } from './store/types.ts';

export interface AppOptions {
  readonly loaded: LoadedConfig;
  readonly drivers: readonly AnyDriver[];
  readonly ports: Ports;
  readonly clock: Clock;
  /** Ends the program: relays go to their safe state at once. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly version: string;
  readonly random: () => number;
  openStore(onHealth: (health: StoreHealth) => void): Promise<Store>;
  /** Where the broker is; may take its time. Undefined: run without one. */
  findBroker(signal: AbortSignal): Promise<BrokerAccess | undefined>;
  /** Told once, when there is something to see. */
  onView(view: AppView): void;
}

/** Control runs this often, whatever the sources do (design: control on a 1 s tick). */
const TICK_MS = 1_000;
/** What the app says of itself and of its relays is said again this often, so that it does not expire. */
const RETELL_MS = 25_000;
const STOP_LIMIT_MS = 4_000;

/** Runs until the signal aborts; then everything is safe, kept and said goodbye to within 5 s. */
export async function run(options: AppOptions): Promise<void> {
  const { loaded, ports, clock, signal, log } = options;
  const opened = await openSafely(loaded.house.relays, ports.gpio, log);
  const problems = { configuration: describeProblems(loaded), storage: '', devices: new Map<string, string>() };
  let announcer: Announcer | undefined;
  const started = new Date(clock.wallMs()).toISOString();
  const tell = (): void => {
    const { refusedCommands: refused_commands = 0, reconnects: mqtt_reconnections = 0 } = announcer?.stats ?? {};
    announcer?.publish(APP_DEVICE_ID, { ...appValues(problems), started, refused_commands, mqtt_reconnections });
  };
  const store = await options.openStore((health) => {
    problems.storage = health.degraded ? health.detail : '';
    tell();
  });
  problems.storage = store.health.degraded ? store.health.detail : '';
  const installation = installationOf(store);
  const devices = resolveDevices(loaded.house.devices, options.drivers, loaded.house.language);
  for (const { config } of devices) problems.devices.set(config.id, '');

  const periodOf = periodsOf(devices);
  const snapshot = createSnapshot(periodOf);
  const ledger = createLedger(devices, store, installation, log);
  const onValues = (id: string, values: Record<string, Value>): void => announcer?.publish(id, values);
  const control = createControl({
    ...{ house: loaded.house, snapshot, store, clock, log, onValues },
    onAlarm: (id, { cause, level, value }) =>
      log(level === 'warning' ? 'warning' : 'error', `${id}: ${level}, ${cause} (${value ?? 'unknown'})`),
  });
  const energy = createEnergy({ ...options, house: loaded.house, guarded: control.devices, snapshot, store, periodOf, onValues });
  const board = createBoard({
    ...{ opened, store, clock, log, outlook: control.outlook, latches: control.orphans },
    onChange: (state) => announcer?.publish(state.id, shown(state, clock)),
  });
  announcer = announce({
    ...options,
    findBroker: installation.lasting ? options.findBroker : () => withoutIdentity(log),
    store,
    install: installation.install,
    house: loaded.house,
    devices: [...announced(devices, opened, loaded), ...energy.devices],
    onCommand: wishFrom(board, control, { store, clock }),
  });
  tell();
  for (const { id } of [...opened.map(({ config }) => config), ...energy.devices]) announcer.setAvailable(id, true);
  signal.addEventListener('abort', () => board.stop(clock.monotonicMs()), { once: true });

  const tick = startTicking(board, control, energy, options);
  const retell = (): void => {
    if (signal.aborted) return;
    tell();
    clock.after(RETELL_MS, retell);
  };
  clock.after(RETELL_MS, retell);
  const view = createView({ loaded, devices, board, control, snapshot, announcer, problems, clock, tickedMs: tick });
  options.onView(view);
  await runDevices({
    ...options,
    devices,
    events: {
      onSample: (sample) => onSample(sample, { snapshot, control, energy, board, ledger, announcer, clock }),
      onOpen: (deviceId) => ledger.reopened(deviceId),
      onProblem(deviceId, text) {
        problems.devices.set(deviceId, text);
        if (text !== '') announcer.setAvailable(deviceId, false);
        tell();
      },
    },
  });
  await untilAborted(signal);
  await leave({ board, announcer, store, opened, clock, log });
}

/** Usual pause between samples of a device, ms. */
function periodsOf(devices: readonly Device[]): (deviceId: string) => number {
  const periods = new Map(devices.map(({ config, description }) => [config.id, description.periodMs]));
  return (id) => periods.get(id) ?? 10_000;
}

interface Flow {
  readonly snapshot: ReturnType<typeof createSnapshot>;
  readonly control: Control;
  readonly energy: BatteryEnergy;
  readonly board: RelayBoard;
  readonly ledger: Ledger;
  readonly announcer: Announcer;
  readonly clock: Clock;
}

/** The way of every sample: remember, make safe, keep totals, publish. (Alerts follow with the alarm rules.) */
function onSample(sample: Sample, { snapshot, control, energy, board, ledger, announcer, clock }: Flow): void {
  snapshot.remember(sample);
  control.step(board.states);
  board.tick(clock.monotonicMs());
  energy.sampled(sample.deviceId, board.states);
  const kept = ledger.apply(sample);
  announcer.setAvailable(kept.deviceId, true);
  announcer.publish(kept.deviceId, kept.values);
}

function createLedger(devices: readonly Device[], store: Store, { salt }: Installation, log: Log): Ledger {
  return openLedger({
    descriptions: new Map(devices.map(({ config, description }) => [config.id, description])),
    kept: store.initial.totals,
    digest: (serial) => createHmac('sha256', salt).update(serial).digest('hex').slice(0, 16),
    onChange: (total) => store.saveTotal(total),
    onEvent({ deviceId, key, event, value, total }) {
      if (event !== 'refused') log('warning', `${deviceId}.${key}: ${event} at ${value}, the total goes on from ${total}`);
      else log('debug', `${deviceId}.${key}: reading ${value} not believed, total ${total} kept`);
    },
  });
}

/** Starts the control tick; the returned function tells when it last completed (monotonic ms). */
function startTicking(board: RelayBoard, control: Control, energy: BatteryEnergy, { clock, signal, log }: AppOptions): () => number {
  let lastMs = clock.monotonicMs();
  const tick = (): void => {
    if (signal.aborted) return;
    clock.after(TICK_MS, tick);
    try {
      control.step(board.states);
      board.tick(clock.monotonicMs());
      lastMs = clock.monotonicMs();
      energy.tick(board.states);
    } catch (error) {
      log('error', `control tick failed: ${String(error)}`);
    }
  };
  tick();
  return () => lastMs;
}

function announced(devices: readonly Device[], opened: readonly OpenedRelay[], { house }: LoadedConfig): AnnouncedDevice[] {
  const sources = devices.map(({ config, name, description }) => ({
    id: config.id,
    name,
    description,
    ...(config.place !== undefined && { place: config.place }),
  }));
  const relays = opened.map(({ config }) => ({
    id: config.id,
    name: config.name ?? (house.language === 'fr' ? `Relais ${config.id.slice(3)}` : `Relay ${config.id.slice(3)}`),
    description: describeRelay(config.id),
    ...(config.place !== undefined && { place: config.place }),
  }));
  const app = { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp(sources) };
  return [app, ...sources, ...relays];
}

function shown(state: RelayState, clock: Clock): ReturnType<typeof relayValues> {
  const offset = clock.wallMs() - clock.monotonicMs();
  return relayValues(state, (monotonicMs) => monotonicMs + offset);
}

function describeProblems(loaded: LoadedConfig): string {
  if (loaded.source === 'file') return '';
  const faults = loaded.problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.field}: ${p.problem}`).join('; ');
  const running = loaded.source === 'safe-mode' ? 'safe mode, no device runs' : 'the last good configuration runs';
  return `${running}: ${faults}`;
}

/** Control runs all the same; Home Assistant hears from us once the storage can be read. */
async function withoutIdentity(log: Log): Promise<undefined> {
  log('error', 'the storage could neither be read nor written: nothing is announced under a name that would not last. Mend it and restart');
  return undefined;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

interface Leaving {
  readonly board: RelayBoard;
  readonly announcer: Announcer;
  readonly store: Store;
  readonly opened: readonly OpenedRelay[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Relays first, then what must be kept, then the goodbye; nobody may hold up the others. */
async function leave({ board, announcer, store, opened, clock, log }: Leaving): Promise<void> {
  board.stop(clock.monotonicMs());
  const late = clock.sleep(STOP_LIMIT_MS).then(() => log('warning', 'stopping took too long, leaving anyway'));
  const orderly = Promise.allSettled([store.flush().then(() => store.close()), announcer[Symbol.asyncDispose]()]);
  await Promise.race([orderly, late]);
  closeLines(opened);
}
