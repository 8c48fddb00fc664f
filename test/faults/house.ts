/** A small house under the whole program: real drivers on simulated wires that a test can damage, and the watch on every tick. */
import { expect } from 'vitest';
import { run } from '../../src/app.ts';
import type { Witness } from '../../src/app-witness.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedHouse } from '../../src/ports/sim/demo.ts';
import { demoChips } from '../../src/ports/sim/demo-sensors.ts';
import { w1Slave } from '../../src/ports/sim/ds18b20.ts';
import { simulatedFiles } from '../../src/ports/sim/files.ts';
import { simulatedI2c } from '../../src/ports/sim/i2c.ts';
import type { SimulatedMail } from '../../src/ports/sim/mail.ts';
import type { SimulatedModbus } from '../../src/ports/sim/modbus.ts';
import { sharedConnection } from '../../src/ports/subscriptions.ts';
import type { Brokers } from '../../src/ports/types.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import type { Store, StoredState, StoreHealth } from '../../src/store/types.ts';
import { type FakeBrokers, fakeBrokers, fakeStore } from '../fakes.ts';
import { watch } from './invariants.ts';

/** A winter evening: no sun, the battery is low enough to be charged by itself. */
export const START_MS = Date.UTC(2026, 10, 21, 20);
export const PROBE = '28-0000000000b1';

/** Meter, battery with its voltage and its probe, charger, water heater, heating. */
export const HOUSE = `version: 1
devices:
  - {id: linky, type: linky, port: /dev/serial/by-id/simulated-linky}
  - {id: bat_01, type: ina219, address: 0x40, shunt_mv: 75, shunt_amps: 50, max_amps: 40}
  - {id: probe, type: ds18b20, sensor: ${PROBE}}
relays:
  - {id: rs_01, line: 5, active_low: true, min_off_s: 60}
  - {id: rs_02, line: 6, active_low: true, override_minutes: 0}
  - {id: rs_03, line: 13, active_low: true, min_off_s: 60}
batteries:
  - id: pack
    chemistry: lead-acid
    voltage: bat_01.bus_voltage
    current: bat_01.current
    temperatures: [probe.temperature]
    charge_relays: [rs_01]
    discharge_relays: [rs_03]
    start_v: 12.8
`;

export interface ProgramOptions {
  readonly text?: string;
  readonly kept?: { state: StoredState };
  readonly startMs?: number;
  /** Instead of the one in memory; what is told is then not watched. */
  readonly brokers?: (clock: ReturnType<typeof virtualClock>) => Brokers;
  readonly url?: () => string;
  readonly openStore?: (onHealth: (health: StoreHealth) => void, clock: ReturnType<typeof virtualClock>) => Promise<Store>;
}
export type Program = Awaited<ReturnType<typeof program>>;

/** Starts it; time stands until `run`. */
export async function program({ text = HOUSE, kept = { state: EMPTY_STATE }, ...options }: ProgramOptions = {}) {
  const clock = virtualClock(options.startMs ?? START_MS);
  const { raw, problems } = validateHouse(text, 'house', drivers);
  expect(problems).toEqual([]);
  const house = toHouse(raw);
  const simulated = simulatedHouse(clock);
  const chips = new Map(demoChips(simulated.house, clock));
  const w1 = { text: (): string | undefined | Promise<string> => w1Slave(simulated.house.battery(0).celsius) };
  const shown = simulatedFiles(new Map(), simulated.ports.files);
  const files = { ...shown, read: async (path: string) => (path.includes(PROBE) ? w1.text() : shown.read(path)) };
  const fake = fakeBrokers();
  const own = options.brokers?.(clock);
  const controller = new AbortController();
  const logs: string[] = [];
  let onHealth = (_: StoreHealth): void => undefined;
  const store = (await options.openStore?.((health) => onHealth(health), clock)) ?? fakeStore(kept);
  const newest = newestOf(fake);
  const told = (device: string): string | undefined => (fake.connected ? newest(`${device}/state`) : undefined);
  const watched = watch({ house, clock, gpio: simulated.gpio, store, ...(own === undefined && { told }) });
  const heard = new Map<string, number>();
  const witness: Witness = {
    ...watched.witness,
    sample(sample) {
      heard.set(sample.deviceId, clock.monotonicMs());
      watched.witness.sample(sample);
    },
  };
  simulated.live(controller.signal);
  const running = run({
    loaded: { source: 'file', house, problems: [] },
    ports: { ...simulated.ports, i2c: simulatedI2c(new Map([[1, chips]])), files, ...sharedConnection(own ?? fake, clock) },
    ...{ drivers, clock, signal: controller.signal, version: '0.1.0', random: () => 0.5, witness },
    log: (level, message) => void logs.push(`${clock.monotonicMs() / 1000} ${level} ${message}`),
    async openStore(heard) {
      onHealth = heard;
      return watched.store;
    },
    findBroker: async () => ({ url: options.url?.() ?? 'mqtt://x' }),
    onView: () => undefined,
  });
  const root = (): string => fake.sent.find(({ topic }) => topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
  const lines = new Map(house.relays.map(({ id, line, activeLow }) => [id, { line, activeLow }]));
  const on = (relay: string): boolean => {
    const wire = lines.get(relay);
    return wire !== undefined && simulated.gpio.levels(wire.line).at(-1) === !wire.activeLow;
  };
  return {
    ...{
      clock,
      house: simulated.house,
      gpio: simulated.gpio,
      serial: simulated.serial,
      chips,
      w1,
      brokers: fake,
      logs,
      store,
      watched,
      on,
    },
    modbus: simulated.ports.modbus as SimulatedModbus,
    mails: () => (simulated.ports.mail as SimulatedMail).sent.map(({ message }) => message.subject),
    state: (device: string) => JSON.parse(newest(`${device}/state`) ?? '{}') as Record<string, unknown>,
    available: (device: string) => newest(`${device}/available`),
    ask: (device: string, key: string, payload: string) => fake.say(`${root()}/${device}/${key}/set`, payload),
    /** When the device last gave a reading, monotonic ms. */
    heardMs: (device: string) => heard.get(device) ?? 0,
    run: (seconds: number) => clock.advance(seconds * 1000),
    /** Seconds until `condition` holds, looked at every second; fails after `most`. */
    async until(what: string, most: number, condition: () => boolean): Promise<number> {
      for (let s = 0; s <= most; s += 1) {
        if (condition()) return s;
        await clock.advance(1000);
      }
      throw new Error(`${what}: not within ${most} s\n${logs.slice(-15).join('\n')}\n${newest('shedding/state') ?? ''}`);
    },
    /** SIGTERM. What the watch saw. */
    async stop(): Promise<string> {
      controller.abort(new Error('stop'));
      for (let i = 0; i < 10; i += 1) await clock.advance(1000);
      await running;
      return watched.verdict();
    },
  };
}

/** Newest payload by what follows the installation in the topic, without looking through all of a day's messages. */
function newestOf({ sent }: FakeBrokers): (end: string) => string | undefined {
  const payloads = new Map<string, string>();
  let read = 0;
  return (end) => {
    for (const { topic, payload } of sent.slice(read)) payloads.set(topic.split('/').slice(2).join('/'), payload);
    read = sent.length;
    return payloads.get(end);
  };
}

/** Every change that a relay made, as `seconds id on|off reason`. */
export function changes({ watched }: Program): string[] {
  return watched.journal
    .filter(({ entry }) => entry.before !== null && entry.before !== entry.after)
    .map(({ atMs, entry }) => `${atMs / 1000} ${entry.relayId} ${entry.after ? 'on' : 'off'} ${entry.reason}`);
}
