/** The whole program: builds every room, and the one visible flow of a sample and of a wish. The only file that knows them all. */
import { type AlarmDesk, alarmReader, openBuzzer, startAlarms } from './app-alarms.ts';
import { type Announcer, announce, type BrokerAccess } from './app-broker.ts';
import { type CertifiedDesk, startCertified } from './app-certified.ts';
import { wishFrom } from './app-control.ts';
import { createDeciders, type Deciders } from './app-deciders.ts';
import { resolveDevices, runDevices } from './app-devices.ts';
import { guardRelays } from './app-guard.ts';
import { type HelperAccess, helpedBy, helpersAtRest } from './app-helpers.ts';
import { installationOf } from './app-identity.ts';
import { leave, untilAborted } from './app-leave.ts';
import { createLedger } from './app-ledger.ts';
import { keepLines } from './app-lines.ts';
import type { MailAccount } from './app-post.ts';
import { openSafely } from './app-relays.ts';
import { openSafeMode } from './app-safe-mode.ts';
import { watchStalls } from './app-stall.ts';
import { type AppView, createView } from './app-view.ts';
import { createVoice, type Voice } from './app-voice.ts';
import { heard, reopened, type Witness } from './app-witness.ts';
import { announced, withoutIdentity } from './app-words.ts';
import type { LoadedConfig } from './config/types.ts';
import type { RelayBoard } from './control/relays.ts';
import type { AnyDriver } from './drivers/driver.ts';
import type { Ledger } from './energy/ledger.ts';
import { APP_DEVICE_ID } from './homeassistant/app-device.ts';
import type { Log } from './log.ts';
import type { Sample } from './model.ts';
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
  /** Of the options page, for the mail server of the house file. */
  readonly mailAccount?: MailAccount;
  /** Of the options page, for the gateway to the grid operator. */
  readonly certifiedToken?: string;
  /** Absent: Home Assistant is not reached but through the broker. */
  readonly helpers?: HelperAccess;
  openStore(onHealth: (health: StoreHealth) => void): Promise<Store>;
  /** Where the broker is; may take its time. Undefined: run without one. */
  findBroker(signal: AbortSignal): Promise<BrokerAccess | undefined>;
  /** Hears all that control hears; neither blocks nor throws. */
  readonly witness?: Witness;
  /** Told once, when there is something to see. */
  onView(view: AppView): void;
}

/** Control runs this often, whatever the sources do (design: control on a 1 s tick). */
const TICK_MS = 1_000;
/** What the app says of itself and of its relays is said again this often, so that it does not expire. */
const RETELL_MS = 25_000;

/** Runs until the signal aborts; then everything is safe, kept and said goodbye to within 5 s. */
export async function run(options: AppOptions): Promise<void> {
  const { loaded, clock, signal, log, witness } = options;
  const voice = createVoice(loaded, clock);
  let board: RelayBoard | undefined;
  const { opened, buzzerLine, guard, lines, store } = await makeSafe(options, voice, () => board?.tick(clock.monotonicMs()));
  const installation = installationOf(store);
  const safeMode = openSafeMode({
    ...{ store, clock, log, language: loaded.house.language, onReason: voice.safeMode },
    held: 'held' in loaded ? loaded.held : [],
  });
  const devices = resolveDevices(loaded.house.devices, options.drivers, loaded.house.language);
  for (const { config } of devices) voice.problems.devices.set(config.id, '');
  const ledger = createLedger(devices, store, installation, log);
  const deciders = createDeciders({ ...options, devices, lines, store, safeMode, voice });
  const { snapshot, shedding, control, energy } = deciders;
  board = deciders.board;
  const subjects = announced(devices, opened, loaded, options.helpers !== undefined);
  const alarms = startAlarms({
    ...{ ...options, house: loaded.house, subjects, store, buzzerLine, publish: voice.publish, tell: voice.happened },
    read: alarmReader({ snapshot, board, control, shedding, problems: voice.problems, clock }),
  });
  const certified = startCertified({ ...options, house: loaded.house, store, publish: voice.publish });
  const own = [...energy.devices, ...shedding.devices, ...certified.devices, alarms.announced];
  const everything = [...subjects, ...own];
  const helping = { ...options, house: loaded.house, install: installation.install, devices: everything, publish: voice.publish };
  const announcer = announce({
    ...options,
    findBroker: installation.lasting ? options.findBroker : () => withoutIdentity(log),
    store,
    install: installation.install,
    house: loaded.house,
    devices: everything,
    onCommand: helpedBy(helping, heard(witness, safeMode.heard(wishFrom(board, control, alarms, { store, clock })))),
  });
  voice.through(announcer);
  voice.tell();
  voice.publish(APP_DEVICE_ID, helpersAtRest(helping));
  for (const { id } of [...opened.map(({ config }) => config), ...own]) announcer.setAvailable(id, true);
  signal.addEventListener('abort', () => board.stop(clock.monotonicMs()), { once: true });

  const tick = startTicking(deciders, options);
  guard.live(tick, signal);
  watchStalls({ clock, signal, log, onStall: voice.stalled });
  lines.keep(board);
  retell(voice, options);
  options.onView(createView({ loaded, devices, board, control, snapshot, announcer, problems: voice.problems, clock, tickedMs: tick }));
  const flow: Flow = { ...deciders, ledger, announcer, alarms, certified, clock, witness };
  await runDevices({
    ...options,
    devices,
    events: {
      onSample: (sample) => onSample(sample, flow),
      onOpen: (deviceId) => reopened(deviceId, ledger, witness),
      onProblem(deviceId, text) {
        voice.problems.devices.set(deviceId, text);
        if (text !== '') announcer.setAvailable(deviceId, false);
        voice.tell();
      },
    },
  });
  await untilAborted(signal);
  await leave({ board, alarms, announcer, store, guard, safeMode, signal, lines, clock, log });
}

/** Before anything else: every output in its safe state, watched by its keeper; then what was kept. */
async function makeSafe({ loaded, ports, clock, signal, log, openStore }: AppOptions, { problems, tell }: Voice, onTrouble: () => void) {
  const opened = await openSafely(loaded.house.relays, ports, log);
  const buzzerLine = await openBuzzer(loaded.house.buzzer, ports.gpio, log);
  const guard = guardRelays({
    ...{ opened, keepers: ports.keepers, clock, log, onTrouble },
    onProblem(text) {
      problems.keeper = text;
      tell();
    },
  });
  const lines = keepLines({ guard, gpio: ports.gpio, clock, signal, log });
  const onHealth = ({ degraded, detail }: StoreHealth): void => {
    problems.storage = degraded ? detail : '';
    tell();
  };
  const store = await openStore(onHealth);
  onHealth(store.health);
  return { opened, buzzerLine, guard, lines, store };
}

interface Flow extends Deciders {
  readonly ledger: Ledger;
  readonly announcer: Announcer;
  readonly alarms: AlarmDesk;
  readonly certified: CertifiedDesk;
  readonly clock: Clock;
  readonly witness: Witness | undefined;
}

/** The way of every sample: remember, make safe, keep totals, publish, alert. */
function onSample(sample: Sample, flow: Flow): void {
  const { snapshot, shedding, control, energy, board, ledger, announcer, alarms, certified, clock, witness } = flow;
  witness?.sample(sample);
  snapshot.remember(sample);
  shedding.step(board.states);
  control.step(board.states);
  board.tick(clock.monotonicMs());
  energy.sampled(sample.deviceId, board.states);
  const kept = ledger.apply(sample);
  announcer.setAvailable(kept.deviceId, true);
  announcer.publish(kept.deviceId, kept.values);
  alarms.sample(kept.deviceId);
  certified.sampled(kept);
}

function retell(voice: Voice, options: AppOptions): void {
  options.clock.after(RETELL_MS, () => {
    if (options.signal.aborted) return;
    voice.tell();
    retell(voice, options);
  });
}

/** Starts the control tick; the returned function tells when it last completed (monotonic ms). */
function startTicking({ board, control, shedding, energy }: Deciders, { clock, signal, log }: AppOptions): () => number {
  let lastMs = clock.monotonicMs();
  const tick = (): void => {
    if (signal.aborted) return;
    clock.after(TICK_MS, tick);
    try {
      shedding.step(board.states);
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
