import { describe, expect, test } from 'vitest';
import { run } from '../src/app.ts';
import type { AppView } from '../src/app-view.ts';
import { demoYaml } from '../src/config/demo.ts';
import { toHouse } from '../src/config/house.ts';
import type { LoadedConfig } from '../src/config/types.ts';
import { validateHouse } from '../src/config/validate.ts';
import { drivers } from '../src/drivers/index.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse, WIRING } from '../src/ports/sim/demo.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeBrokers, fakeStore } from './fakes.ts';

const demo = (): LoadedConfig => {
  const { raw, problems } = validateHouse(demoYaml('en'), 'demo', drivers);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return { source: 'file', house: toHouse(raw), problems: [] };
};

/** The whole program on the simulated house, in virtual time. */
function program(options: { loaded?: LoadedConfig; kept?: { state: StoredState }; occupied?: number; storage?: string } = {}) {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const simulated = simulatedHouse(clock);
  if (options.occupied !== undefined) simulated.gpio.occupy(options.occupied, 'gpiomon');
  const brokers = fakeBrokers();
  const store = fakeStore(options.kept, options.storage);
  const controller = new AbortController();
  const order: string[] = [];
  const logs: string[] = [];
  let view: AppView | undefined;
  const gpio = { ...simulated.ports.gpio };
  gpio.openOutput = (o) => {
    order.push(`line ${o.line}`);
    return simulated.gpio.openOutput(o);
  };
  simulated.live(controller.signal);
  const running = run({
    loaded: options.loaded ?? demo(),
    drivers,
    ports: { ...simulated.ports, gpio, brokers },
    clock,
    signal: controller.signal,
    log: (level, message) => void logs.push(`${level} ${message}`),
    version: '0.1.0',
    random: () => 0,
    async openStore() {
      order.push('store');
      return store;
    },
    async findBroker() {
      order.push('broker');
      return { url: 'mqtt://x' };
    },
    onView: (seen) => (view = seen),
  });
  const state = (device: string): Record<string, unknown> => JSON.parse(brokers.last(`/${device}/state`) ?? '{}');
  const topic = (): string => brokers.sent.find((m) => m.topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
  return {
    clock,
    simulated,
    brokers,
    store,
    controller,
    order,
    logs,
    running,
    state,
    view: () => view as AppView,
    command: (relay: string, key: string, payload: string, retained = false) =>
      brokers.say(`${topic()}/${relay}/${key}/set`, payload, retained),
    relayLine: (index: number) => simulated.gpio.levels(WIRING.relayLines[index] ?? 0),
    async stop() {
      controller.abort(new Error('stop'));
      for (let i = 0; i < 10; i += 1) await clock.advance(1000);
      await running;
    },
  };
}

describe('the program on the simulated house', () => {
  test('relays are safe before anything else, and values arrive from every device within three seconds', async () => {
    const p = program();
    await p.clock.advance(3_000);
    expect(p.order).toEqual(['line 5', 'line 6', 'line 13', 'line 19', 'store', 'broker']);
    expect(p.state('linky')).toMatchObject({ tic_mode: 'standard', tariff_period: 'peak', overload: false, meter_address: '0612******90' });
    expect(p.state('bat_03').bus_voltage).toBeGreaterThan(12);
    expect(p.state('water')).toMatchObject({ volume: 0, limited_precision: false });
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, au_rs_01: true, rs_01_reason: 'boot-hold', rs_01_fault: false });
    expect(p.state('bridge')).toMatchObject({ configuration: false, storage: false, linky_problem: false });
    expect(p.logs.filter((line) => /^(warning|error)/.test(line))).toEqual([]);
    await p.stop();
  });

  test('a wish moves the relay, the house answers, the lease ends, and every change has its reason in the journal', async () => {
    const p = program();
    await p.clock.advance(12_000);
    const before = Number(p.state('linky').apparent_power);
    p.command('rs_02', 'rs_02', 'ON');
    expect(p.relayLine(1).at(-1)).toBe(false); // active low: closed
    expect(p.state('rs_02')).toMatchObject({ rs_02: true, rs_02_reason: 'request' });
    await p.clock.advance(5_000);
    expect(Number(p.state('linky').apparent_power)).toBeGreaterThan(before + 2000);
    await p.clock.advance(900_000);
    expect(p.state('rs_02')).toMatchObject({ rs_02: false, rs_02_reason: 'default' });
    expect(Number(p.state('heater_meter').energy)).toBeGreaterThan(550);
    await p.store.flush();
    expect(p.store.journaled.filter((row) => row.relayId === 'rs_02').map((row) => [row.before, row.after, row.reason])).toEqual([
      [null, false, 'boot-hold'],
      [false, false, 'default'],
      [false, true, 'request'],
      [true, false, 'default'],
    ]);
    await p.stop();
  });

  test('refused wishes change nothing and are counted', async () => {
    const p = program();
    await p.clock.advance(12_000);
    p.command('rs_01', 'rs_01', 'ON', true);
    p.command('rs_01', 'rs_01', 'x'.repeat(300));
    p.command('rs_09', 'rs_09', 'ON');
    await p.clock.advance(60_000);
    expect(p.relayLine(0)).toEqual([true]);
    expect(p.state('bridge').refused_commands).toBe(3);
    await p.stop();
  });

  test('by hand it stays without a lease; after a restart the mode is kept and the relay rests', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ kept });
    await p.clock.advance(12_000);
    p.command('rs_03', 'au_rs_03', 'OFF');
    p.command('rs_03', 'rs_03', 'ON');
    // A wish would have ended after its lease, 900 s.
    await p.clock.advance(1_000_000);
    expect(p.state('rs_03')).toMatchObject({ rs_03: true, au_rs_03: false, rs_03_reason: 'manual' });
    await p.stop();
    expect(p.relayLine(2).at(-1)).toBe(true); // open again
    const again = program({ kept });
    await again.clock.advance(12_000);
    expect(again.state('rs_03')).toMatchObject({ rs_03: false, au_rs_03: false, rs_03_reason: 'manual' });
    await again.stop();
  });

  test('a latched relay does not close, whoever asks, through a restart', async () => {
    const kept = { state: { ...EMPTY_STATE, latches: [{ relayId: 'rs_01', cause: 'over-temperature', sinceMs: 0 }] } };
    const p = program({ kept });
    await p.clock.advance(12_000);
    p.command('rs_01', 'au_rs_01', 'OFF');
    p.command('rs_01', 'rs_01', 'ON');
    await p.clock.advance(10_000);
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_reason: 'interlock', rs_01_reason_detail: 'over-temperature' });
    expect(p.relayLine(0)).toEqual([true]);
    await p.stop();
  });

  test('a broker that is away for an hour changes no relay and loses no energy', async () => {
    const p = program();
    await p.clock.advance(12_000);
    p.command('rs_02', 'au_rs_02', 'OFF');
    p.command('rs_02', 'rs_02', 'ON');
    await p.clock.advance(2_000);
    p.brokers.down();
    const count = p.brokers.sent.length;
    await p.clock.advance(3_600_000);
    expect(p.brokers.sent.length).toBe(count);
    expect(p.relayLine(1)).toEqual([true, false]);
    p.brokers.up();
    await p.clock.advance(5_000);
    expect(p.brokers.sent.slice(count).filter((m) => m.topic.endsWith('/config')).length).toBeGreaterThanOrEqual(12);
    const truth = p.simulated.house.meter().offPeakWh + p.simulated.house.meter().peakWh;
    // A device publishes at most every two seconds: less than 2 Wh behind.
    expect(truth - Number(p.state('linky').energy_drawn)).toBeLessThanOrEqual(2);
    await p.stop();
  });

  test('totals go on over a restart and never decrease', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ kept });
    await p.clock.advance(12_000);
    p.command('rs_02', 'rs_02', 'ON');
    await p.clock.advance(600_000);
    const first = Number(p.state('heater_meter').energy);
    expect(first).toBeGreaterThan(300);
    await p.stop();
    const again = program({ kept });
    await again.clock.advance(3_000);
    // What was counted but not yet published at the stop is not lost either.
    expect(Number(again.state('heater_meter').energy) - first).toBeGreaterThanOrEqual(0);
    expect(Number(again.state('heater_meter').energy) - first).toBeLessThanOrEqual(2);
    await again.stop();
  });

  test('one device that fails stops nobody else; unplugged it is unavailable, plugged in again it is back', async () => {
    const p = program();
    await p.clock.advance(5_000);
    const wire = p.simulated.serial.wire(WIRING.tic);
    wire.unplug();
    await p.clock.advance(3_000);
    expect(p.brokers.last('/linky/available')).toBe('offline');
    expect(p.state('bridge')).toMatchObject({ linky_problem: true, bat_01_problem: false });
    expect(String(p.state('bridge').linky_problem_detail)).toMatch(/unplugged|does not exist/);
    wire.plug();
    await p.clock.advance(20_000);
    expect(p.brokers.last('/linky/available')).toBe('online');
    expect(p.state('bridge').linky_problem).toBe(false);
    expect(p.brokers.last('/bat_01/available')).toBe('online');
    await p.stop();
  });

  test('a line that does not obey, or that another program holds, is that relay’s fault alone', async () => {
    const p = program({ occupied: 19 });
    await p.clock.advance(12_000);
    p.simulated.gpio.stick(6, true);
    p.command('rs_02', 'rs_02', 'ON');
    expect(p.state('rs_02')).toMatchObject({ rs_02: false, rs_02_fault: true });
    expect(p.state('rs_04')).toMatchObject({
      rs_04: null,
      rs_04_fault: true,
      rs_04_fault_detail: 'line 19 of simulated is held by gpiomon. Free it there, or use another line',
    });
    p.command('rs_01', 'rs_01', 'ON');
    expect(p.state('rs_01')).toMatchObject({ rs_01: true, rs_01_fault: false });
    await p.stop();
  });

  test('a line that is free at last needs no restart: the fault ends, ten seconds later the relay obeys', async () => {
    const p = program({ occupied: 19 });
    await p.clock.advance(12_000);
    p.simulated.gpio.vacate(19);
    await p.clock.advance(10_000);
    expect(p.state('rs_04')).toMatchObject({ rs_04: false, rs_04_fault: false, rs_04_reason: 'boot-hold' });
    p.command('rs_04', 'rs_04', 'ON');
    expect(p.state('rs_04').rs_04).toBe(false);
    await p.clock.advance(10_000);
    expect(p.state('rs_04')).toMatchObject({ rs_04: true, rs_04_reason: 'request' });
    p.simulated.gpio.unplug(19);
    await p.clock.advance(1_000);
    expect(p.state('rs_04')).toMatchObject({
      rs_04: null,
      rs_04_fault: true,
      rs_04_fault_detail: expect.stringMatching(/is lost\. Check/),
    });
    await p.stop();
  });

  test('stopping: relays first, then offline, all within five seconds', async () => {
    const p = program();
    await p.clock.advance(12_000);
    for (const relay of ['rs_01', 'rs_02', 'rs_03', 'rs_04']) p.command(relay, relay, 'ON');
    await p.clock.advance(1_000);
    p.controller.abort(new Error('SIGTERM'));
    expect([0, 1, 2, 3].map((i) => p.relayLine(i).at(-1))).toEqual([true, true, true, true]);
    const begun = p.clock.monotonicMs();
    await p.clock.advance(4_500);
    await p.running;
    expect(p.clock.monotonicMs() - begun).toBeLessThan(5_000);
    expect(p.brokers.last('/status')).toBe('offline');
    // Active-low outputs: no level was ever seen but those that were meant.
    for (const i of [0, 1, 2, 3]) expect(p.relayLine(i)).toEqual([true, false, true]);
  });

  test('a broken configuration shows as a problem, in words', async () => {
    const problems = [{ file: 'h.yaml', line: 3, column: 5, field: 'langage', problem: 'unknown key', mend: 'Did you mean "language"?' }];
    const p = program({ loaded: { source: 'last-known-good', house: demo().house, problems } });
    await p.clock.advance(2_000);
    expect(p.state('bridge')).toMatchObject({
      configuration: true,
      configuration_detail: expect.stringMatching(/last good configuration runs: h\.yaml:3:5 langage/),
    });
    expect(p.view().headline()).toMatch(/h\.yaml:3:5/);
    await p.stop();
  });

  test('a keeper that is killed: relays open at once, the fault and the problem are shown, another one watches', async () => {
    const p = program();
    await p.clock.advance(12_000);
    p.command('rs_01', 'rs_01', 'ON');
    await p.clock.advance(2_000);
    expect(p.relayLine(0)).toEqual([true, false]);
    p.simulated.keepers.refuse('EAGAIN');
    p.simulated.keepers.kill();
    await p.clock.advance(0);
    expect(p.relayLine(0)).toEqual([true, false, true]);
    await p.clock.advance(1_000);
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_fault: true, rs_01_reason: 'line-fault' });
    expect(p.state('bridge')).toMatchObject({ relay_keeper: true, relay_keeper_detail: expect.stringMatching(/^no keeper: /) });
    p.simulated.keepers.refuse(undefined);
    await p.clock.advance(70_000);
    expect(p.state('bridge')).toMatchObject({ relay_keeper: false, relay_keeper_detail: '' });
    expect(p.state('rs_01')).toMatchObject({ rs_01: true, rs_01_fault: false });
    await p.stop();
    expect(p.simulated.keepers.running).toBe(false);
    expect(p.relayLine(0).at(-1)).toBe(true);
  });

  test('the screen shows what is, with its age', async () => {
    const p = program();
    await p.clock.advance(12_000);
    const rows = p.view().rows();
    expect(rows.find((row) => row.device === 'linky' && row.name === 'Energy drawn')?.value).toMatch(/^\d+ Wh$/);
    expect(rows.find((row) => row.device === 'rs_01')).toMatchObject({ name: 'At rest', value: 'off' });
    expect(p.view().health().tickAgeMs).toBeLessThanOrEqual(1_000);
    p.simulated.serial.wire(WIRING.tic).unplug();
    await p.clock.advance(120_000);
    expect(
      p
        .view()
        .rows()
        .find((row) => row.device === 'linky' && row.name === 'Energy drawn')?.note,
    ).toBe('lost');
    await p.stop();
  });

  test('without any storage relays are controlled all the same, but nothing is announced under a name that would not last', async () => {
    const p = program({ storage: 'disk full' });
    await p.clock.advance(12_000);
    expect(p.brokers.sent).toEqual([]);
    expect(p.relayLine(0)).toEqual([true]);
    expect(p.logs.join()).toMatch(/neither be read nor written/);
    expect(p.view().headline()).toMatch(/disk full/);
    await p.stop();
    // A storage that only cannot be written any more still knows who we are.
    const known = program({ storage: 'read-only', kept: { state: { ...EMPTY_STATE, facts: { install: 'a1b2c3', salt: 'ff' } } } });
    await known.clock.advance(3_000);
    expect(known.state('bridge')).toMatchObject({ storage: true, storage_detail: 'read-only' });
    await known.stop();
  });

  test('personal ids never leave in full: not in messages, topics, logs, nor on the screen', async () => {
    const p = program();
    await p.clock.advance(30_000);
    const everything = JSON.stringify([p.brokers.sent, p.logs, p.view().rows(), p.store.state()]);
    expect(everything).not.toContain('061234567890');
    expect(everything).not.toContain('12345678901234');
    await p.stop();
  });
});
