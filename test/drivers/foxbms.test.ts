/** Sources and licences of the recorded frames: test/fixtures/can/README.md. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foxbms } from '../../src/drivers/foxbms.ts';
import { FOXBMS_IDS, type FoxbmsLayout, foxbmsDecoder } from '../../src/drivers/lib/foxbms-frames.ts';
import { DeviceError, type Value } from '../../src/model.ts';
import { foxbmsFrames } from '../../src/ports/sim/foxbms.ts';
import { onBus, recorded } from './candump.ts';

const LAYOUT: FoxbmsLayout = { release: 'v1.11', strings: 1, cells: 8, sensors: 6, positive_discharge: true };
const decode = (id: number, hex: string, layout: Partial<FoxbmsLayout> = {}) =>
  foxbmsDecoder({ ...LAYOUT, ...layout })({
    id,
    extended: false,
    data: Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    atMs: 0,
  });
const problems = (values: Record<string, Value> = {}): string[] =>
  Object.keys(values).filter((key) => /^(problem|alarm|warning)_/.test(key) && values[key] === true);

async function told(
  frames: Parameters<ReturnType<typeof onBus>['send']>[0],
  layout: Partial<FoxbmsLayout>,
): Promise<Record<string, Value>> {
  const { clock, send, seen, controller } = onBus(foxbms, { ...LAYOUT, ...layout });
  await clock.advance(0);
  send(frames);
  await clock.advance(1_000);
  controller.abort();
  return seen[0] ?? {};
}

test('a recorded bench: a pack in error, its cells around two volts, agreeing with their extremes and their string', async () => {
  // Cells are told good by a 0 there, as releases before v1.8 did.
  const values = await told(recorded('foxbms-2-bench'), { release: 'v1.7', cells: 12, sensors: 12 });
  expect(values).toMatchObject({
    state: 'error',
    connected_strings: 0,
    cell_voltage_min: 1.994,
    cell_voltage_max: 2.006,
    cell_temperature_min: 25,
    cell_temperature_max: 26,
    charge_current_limit: 0,
    discharge_current_limit: 0,
    string_1_voltage: 63.93,
    string_1_current: 0,
    cell_009_voltage: 1.996,
    cell_010_voltage: 2.005,
    cell_011_voltage: 2.001,
    cell_012_voltage: 1.999,
    sensor_007_temperature: 25,
    sensor_012_temperature: 26,
  });
  expect(problems(values)).toEqual([
    'problem_error',
    'problem_emergency_shutoff',
    'problem_system_monitoring',
    'problem_can_timing',
    'problem_alert',
  ]);
  const newer = await told(recorded('foxbms-2-bench'), { release: 'v1.8', cells: 12, sensors: 12 });
  expect(newer).toMatchObject({ cell_009_voltage: null, sensor_007_temperature: null, cell_voltage_max: 2.006 });
});

describe('messages of release 1.11', () => {
  // Worked by hand from the project's own definition file (reference: batteries 6.1).
  test('0x233: volts, watts, amperes, positive while charging', () => {
    expect(decode(0x233, '04 0C 08 13 FF 81 FB 2E')?.values).toEqual({ voltage: 51.8, bus_voltage: 51.6, power: 640, current: 12.34 });
    expect(decode(0x233, '04 0C 08 13 FF 81 FB 2E', { positive_discharge: false })?.values).toMatchObject({ power: -640, current: -12.34 });
    expect(decode(0x233, '00 00 00 00 00 00 00 00')?.values).toEqual({ voltage: 0, bus_voltage: 0, power: 0, current: 0 });
    expect(decode(0x233, '80 00 00 00 00 00 00 00')?.values).toMatchObject({ voltage: null });
  });
  test('0x235: the emptiest string counts', () => {
    expect(decode(0x235, 'BC 6F 9B 92 EE C5 00 7B')?.values).toEqual({
      state_of_charge: 75.3,
      max_soc: 76.1,
      state_of_energy: 74,
      state_of_health: 98.5,
    });
    expect(decode(0x235, 'FF FF FF FF FF FF FF FF')?.values).toEqual({
      state_of_charge: null,
      max_soc: null,
      state_of_energy: null,
      state_of_health: null,
    });
  });
  test('0x250: cells by their group, invalid ones unknown', () => {
    expect(decode(0x250, '00 F6 72 B3 99 9C EC E8')).toEqual({
      source: '592.0',
      values: { cell_001_voltage: 3.301, cell_002_voltage: 3.302, cell_003_voltage: 3.303, cell_004_voltage: 3.304 },
    });
    expect(decode(0x250, '01 56 72 B3 99 9C EC E8', { cells: 7 })?.values).toEqual({
      cell_005_voltage: 3.301,
      cell_006_voltage: null,
      cell_007_voltage: 3.303,
    });
    expect(decode(0x250, 'FF F6 72 B3 99 9C EC E8')?.values).toEqual({});
  });
  test('0x260: sensors, with frost', () => {
    expect(decode(0x260, '00 1F 19 FB 80 7F 00 14')?.values).toEqual({
      sensor_001_temperature: 25,
      sensor_002_temperature: -5,
      sensor_003_temperature: null,
      sensor_004_temperature: null,
      sensor_005_temperature: 0,
      sensor_006_temperature: null,
    });
  });
  test('0x230 and 0x231 are two messages, and were one', () => {
    expect(decode(0x230, '00 00 00 00 EC 1A 00 00')?.values).toEqual({ cell_temperature_min: -20, cell_temperature_max: 26 });
    expect(decode(0x231, '00 00 00 00 0C E7 0C E4')?.values).toEqual({ cell_voltage_min: 3.3, cell_voltage_max: 3.303 });
    expect(decode(0x231, '00 00 00 00 0C E4 0C E7')?.values).toEqual({ cell_voltage_min: null, cell_voltage_max: null });
    expect(decode(0x230, '00 00 00 00 EC 1A 00 00', { release: 'v1.8' })?.values).toEqual({});
  });
  // Frames that the project's own unit tests expect (test_can_cbs_tx_f_string-state.c), read by its definition file.
  test('0x240: what is wrong with a string', () => {
    const first = decode(0x240, '50 75 75 75 89 58 A9 00');
    expect(first?.source).toBe('576.0');
    expect(problems(first?.values)).toEqual([
      'problem_string_fuse',
      'problem_contactor',
      'problem_cell_electronics',
      'problem_measurement',
      'problem_plausibility',
      ...['over_temperature_charge', 'over_temperature_discharge', 'over_current_charge', 'over_current_discharge', 'over_voltage'].flatMap(
        (name) => [`alarm_${name}`, `warning_${name}`],
      ),
    ]);
    const second = decode(0x240, '81 BA BA BA 22 AA 52 00');
    expect([second?.source, second?.values.problem_deep_discharge, second?.values.alarm_under_voltage]).toEqual(['576.1', true, true]);
    expect(problems(decode(0x240, '10 00 00 00 00 00 00 00')?.values)).toEqual([]);
  });
  test('0x222: the code of a fatal error', () => {
    expect(decode(0x222, '05 00 00 00 00 00 00 00')?.values).toEqual({ fatal_error: '5' });
  });
  test('other lengths and other devices are refused', () => {
    for (const id of FOXBMS_IDS) expect(decode(id, '00 00 00 00 00 00 00')).toBeUndefined();
    expect(decode(0x210, '00 00 00 00 00 00 00 00')).toBeUndefined();
  });
  test('whatever the bytes, values are declared, finite and in their range', () => {
    const kinds = foxbms.describe({ port: 'x', bitrate: 500_000, silent: true, period_s: 1, ...LAYOUT }).entities;
    const frames = fc.array(fc.tuple(fc.constantFrom(...FOXBMS_IDS), fc.uint8Array({ minLength: 8, maxLength: 8 })), { maxLength: 40 });
    const releases = fc.constantFrom('v1.11' as const, 'v1.8' as const, 'v1.7' as const);
    fc.assert(
      fc.property(frames, releases, (sent, release) => {
        const decoder = foxbmsDecoder({ ...LAYOUT, release });
        for (const [id, data] of sent) {
          for (const [key, value] of Object.entries(decoder({ id, extended: false, data, atMs: 0 })?.values ?? {})) {
            expect(kinds[key], key).toBeDefined();
            if (typeof value === 'number') expect(Number.isFinite(value), key).toBe(true);
            if (/^(state_of_charge|state_of_energy|state_of_health)$/.test(key) && value !== null) expect(value).toBeLessThanOrEqual(100);
          }
        }
      }),
    );
  });
});

describe('on the bus', () => {
  test('the battery of the simulated house is heard as it is', async () => {
    const battery = { volts: 13.2, amps: -2.5, stateOfCharge: 0.612, celsius: 21.4 };
    const frames = foxbmsFrames(battery).map(([id, data]) => ({ id, data }));
    const values = await told(frames, { cells: 4, sensors: 1 });
    expect(values).toMatchObject({
      state: 'discharge',
      voltage: 13.2,
      current: -2.5,
      power: -30,
      state_of_charge: 61.2,
      state_of_health: 98.5,
      string_1_voltage: 13.2,
      string_1_current: -2.5,
      cell_002_voltage: 3.302,
      sensor_001_temperature: 21,
      cell_voltage_max: 3.302,
      charge_current_limit: 50,
    });
    expect(problems(values)).toEqual([]);
  });
  test('an alarm of one string stands while the other has none', async () => {
    const frames = ['10 40 00 00 00 00 00 00', '11 00 00 00 00 00 00 00'].map((hex) => ({
      id: 0x240,
      data: Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    }));
    expect(await told(frames, {})).toMatchObject({ alarm_over_voltage: true, alarm_under_voltage: false });
  });
  test('cells whose group stops coming become unknown, a mute bus is an error, and the bus is closed', async () => {
    const { clock, bus, send, seen, running } = onBus(foxbms, LAYOUT);
    await clock.advance(0);
    const frames = foxbmsFrames({ volts: 13.2, amps: 1, stateOfCharge: 0.5, celsius: 20 }).map(([id, data]) => ({ id, data }));
    send(frames);
    for (let second = 0; second < 11; second += 1) {
      await clock.advance(1_000);
      send(frames.filter(({ id }) => id !== 0x250));
    }
    expect(seen.at(-1)).toMatchObject({ cell_001_voltage: null, voltage: 13.2, state: 'charge' });
    await clock.advance(11_000);
    await expect(running).rejects.toThrow('foxBMS fell silent on vcan0');
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    expect(bus.readers).toBe(0);
  });
});
