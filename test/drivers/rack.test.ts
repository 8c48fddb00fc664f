/** Seplos V2 and PACE frames of real batteries, and their drivers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiRequest } from '../../src/drivers/lib/ascii-frame.ts';
import * as values from '../../src/drivers/lib/rack-values.ts';
import { pace } from '../../src/drivers/pace.ts';
import { seplos } from '../../src/drivers/seplos.ts';
import { DeviceError, type Value } from '../../src/model.ts';
import { answering, ascii, infoOf, made } from './ascii-device.ts';
import { PATH, serialDevice } from './serial-device.ts';

const SEPLOS = { version: 0x20, address: 0 };
const SEPLOS_1 = { version: 0x20, address: 1 };
const PACE = { version: 0x25, address: 1 };

// Recorded. syssi/esphome-seplos-bms (Apache-2.0), README.md and tests/esp8266-fake-bms.yaml: a pack discharging; state of 15 cells.
const DISCHARGING =
  '~2000460010960001100CD70CE90CF40CD60CEF0CE50CE10CDC0CE90CF00CE80CEF0CEA0CDA0CDE0CD8060BA60BA00B970BA60BA50BA2FD5C14A0344E0A426803134650004603E8149F0000000000000000DC6C';
const STATE_15 = '~20004600A06000010F000000000000000000000000000000060000000000000000140000000000000300000200000000000000000002EB74';
// Recorded on a stack of twelve (firmware 16.06): tests of a Rust reader; licence not stated.
const COLD =
  '~2001460010960001100D050D050D060D050D050D070D060D060D060D060D060D060D060D060D070D07060B270B200B210B270B580B30000014D6569A0A6D6003176D60000703E814D9FFF3FF770359027FDDB1';
const CHARGING = '~20014600806200011000000000000000000000000000000000060000000000000000140000000000000300000200000000000000000002EB2F';
// Recorded on a bench with five cells connected: comments in an Arduino reader; licence not stated.
const BENCH_STATE = '~20004600806200011000000000010101010101010101010101060000010100000001141248800000100000001000000000000000000010EB0E';
const BENCH =
  '~2000460010960001100D450D0C0CBB0C570B1107A30018000000000000000000000000000000000000060BA90BA908B708B70BB30BAE000007041D4B0A3A9801F33A98000103E800000000000000000000DEE5';
// Recorded. nkinnan/esphome-pace-bms, its examples (licence not stated) and issue 22; syssi/esphome-pace-bms (Apache-2.0), issue 32.
const PACE_DISCHARGING =
  '~25014600F07A0001100CC70CC80CC70CC70CC70CC50CC60CC70CC70CC60CC70CC60CC60CC70CC60CC7060B9B0B990B990B990BB30BBCFF1FCCCD12D303286A008C2710E1E4';
const PACE_STATE = '~25014600004C000110000000000000000000000000000000000600000000000000000000000E000000000000EF3A';
const PACE_P16S100A =
  '~25014600D07C0001100CE90CEA0CEA0CEA0CEA0CE80CEB0CE70CEB0CEA0CEA0CEA0CEB0CEC0CEA0CEB060BA10BA40B9F0B9A0BDE0BE4FCF6CEA0272304282D0028271061E0E4';
const PACE_EASUN =
  '~2501460010960001100D030D030D030D020D030D030D030D030D040D040D030D030D030D030D030D03060B4A0B4C0B4B0B4B0B600B57FF3BD0313EC809514300054E204D4E204E204E204E2064CF990000DDA4';

const on = (row: Record<string, Value>): string[] => Object.keys(row).filter((key) => row[key] === true);
/** A state with some bytes set, by their place behind the alarms of the sensors (synthetic). */
const state = (device: { version: number; address: number }, length: number, bytes: Readonly<Record<number, number>>) => {
  const tail = Array.from({ length }, (_, i) => bytes[i] ?? 0);
  return infoOf(
    made(
      device,
      0,
      Buffer.from([0, 1, 1, 0, 1, 0, ...tail])
        .toString('hex')
        .toUpperCase(),
    ),
    device,
  );
};

describe('Seplos: recorded frames', () => {
  test('requests', () => {
    expect(asciiRequest(SEPLOS, 0x42)).toEqual(ascii('~20004642E00200FD37'));
    expect(asciiRequest(SEPLOS_1, 0x44)).toEqual(ascii('~20014644E00201FD33'));
  });
  test('measurements, discharging', () => {
    expect(values.seplosAnalog(infoOf(DISCHARGING, SEPLOS))).toMatchObject({
      voltage: 52.8,
      current: -6.76,
      power: -356.9,
      cell_01: 3.287,
      cell_16: 3.288,
      cell_voltage_min: 3.286,
      cell_lowest: 4,
      cell_voltage_max: 3.316,
      cell_highest: 3,
      temperature_1: 25.1,
      temperature_4: 25.1,
      temperature_environment: 25,
      temperature_switch: 24.7,
      remaining_capacity: 133.9,
      full_capacity: 170,
      design_capacity: 180,
      state_of_charge: 78.7,
      state_of_health: 100,
      cycles: 70,
    });
    expect(values.seplosAnalog(infoOf(COLD, SEPLOS_1))).toMatchObject({
      voltage: 53.34,
      current: 0,
      temperature_2: 11.7,
      temperature_environment: 17.3,
      temperature_switch: 13.3,
      state_of_charge: 79.1,
      cycles: 7,
    });
  });
  test('states', () => {
    const charging = values.seplosStatus(infoOf(CHARGING, SEPLOS_1));
    expect(on(charging)).toEqual(['discharging_enabled', 'charging_enabled']);
    expect(charging).toMatchObject({ state: 'charging', balancing_cells: '', cell_overvoltage_level: 0 });
    expect(on(values.seplosStatus(infoOf(STATE_15, SEPLOS)))).toEqual(['discharging_enabled', 'charging_enabled']);
  });
  test('a bench with cells missing: no extremes, and the alarms of its state', () => {
    expect(values.seplosAnalog(infoOf(BENCH, SEPLOS))).toMatchObject({
      cell_01: 3.397,
      cell_06: 1.955,
      cell_07: null,
      cell_16: null,
      cell_voltage_min: null,
      temperature_3: null,
      state_of_charge: 49.9,
    });
    const row = values.seplosStatus(infoOf(BENCH_STATE, SEPLOS));
    expect(on(row)).toEqual(['hardware_fault', 'cell_undervoltage', 'pack_undervoltage', 'discharge_undertemperature']);
    expect(row).toMatchObject({
      cell_undervoltage_level: 2,
      pack_undervoltage_level: 1,
      discharge_undertemperature_level: 2,
      state: 'standby',
    });
  });
});

describe('Seplos: bits of the state (synthetic)', () => {
  test.each([
    [{ 4: 0x02 }, 'cell_overvoltage', 2],
    [{ 4: 0x10 }, 'pack_overvoltage', 1],
    [{ 5: 0x08 }, 'charge_undertemperature', 2],
    [{ 7: 0x01 }, 'charge_overcurrent', 1],
    [{ 7: 0x08 }, 'discharge_overcurrent', 2],
    [{ 8: 0x08 }, 'charge_low', 2],
  ])('%j is %s at level %i', (bytes, key, level) => {
    const row = values.seplosStatus(state(SEPLOS, 13, bytes as Record<number, number>));
    expect(on(row)).toEqual([key]);
    expect(row[`${key}_level`]).toBe(level);
  });
  test.each<[Record<number, number>, string[]]>([
    [{ 7: 0x20 }, ['short_circuit']],
    [{ 6: 0x20 }, ['switch_hot']],
    [{ 6: 0x40 }, []], // heating
    [{ 8: 0x02 }, []], // waiting to recharge: no fault
    [{ 10: 0x05, 11: 0x80 }, ['balancing']],
  ])('%j', (bytes, keys) => expect(on(values.seplosStatus(state(SEPLOS, 13, bytes)))).toEqual(keys));
  test('balancing cells are numbered, two states at once are none', () => {
    expect(values.seplosStatus(state(SEPLOS, 13, { 10: 0x05, 11: 0x80, 12: 0x03 }))).toMatchObject({
      balancing_cells: '1, 3, 16',
      state: null,
    });
  });
});

describe('PACE: recorded frames', () => {
  test('measurements, discharging', () => {
    expect(values.paceAnalog(infoOf(PACE_DISCHARGING, PACE))).toMatchObject({
      voltage: 52.429,
      current: -2.25,
      power: -118,
      cell_01: 3.271,
      cell_voltage_min: 3.269,
      cell_lowest: 6,
      temperature_1: 24.1,
      temperature_4: 23.9,
      temperature_switch: 26.5,
      temperature_environment: 27.4,
      remaining_capacity: 48.19,
      full_capacity: 103.46,
      design_capacity: 100,
      state_of_charge: 46.6,
      cycles: 140,
    });
    expect(values.paceAnalog(infoOf(PACE_P16S100A, PACE))).toMatchObject({
      voltage: 52.896,
      current: -7.78,
      remaining_capacity: 100.19,
      full_capacity: 102.85,
      cycles: 40,
      design_capacity: 100,
    });
  });
  test('a battery that appends more', () => {
    expect(values.paceAnalog(infoOf(PACE_EASUN, PACE))).toMatchObject({
      voltage: 53.297,
      current: -1.97,
      remaining_capacity: 160.72,
      full_capacity: 208.03,
      state_of_charge: 77.3,
      cycles: 5,
      design_capacity: 200,
    });
  });
  test('the state of the same battery: discharging, both switches on', () => {
    const row = values.paceStatus(infoOf(PACE_STATE, PACE));
    expect(on(row)).toEqual(['charging_enabled', 'discharging_enabled']);
    expect(row.state).toBe('discharging');
  });
});

describe('PACE: bits of the state (synthetic)', () => {
  test.each<[Record<number, number>, string, number]>([
    [{ 3: 0x01 }, 'cell_overvoltage', 2],
    [{ 3: 0x20 }, 'discharge_overcurrent', 2],
    [{ 10: 0x02 }, 'cell_undervoltage', 1],
    [{ 4: 0x04 }, 'charge_undertemperature', 2],
    [{ 4: 0x02 }, 'discharge_overtemperature', 2],
    [{ 4: 0x10 }, 'switch_hot', 2],
    [{ 11: 0x40 }, 'switch_hot', 1],
    [{ 11: 0x10 }, 'environment_overtemperature', 1],
  ])('%j is %s at level %i', (bytes, key, level) => {
    const row = values.paceStatus(state(PACE, 12, bytes));
    expect(on(row)).toEqual([key]);
    expect(row[`${key}_level`]).toBe(level);
  });
  test.each<[Record<number, number>, string[]]>([
    [{ 3: 0x40 }, ['short_circuit']],
    [{ 4: 0x80 }, ['full']],
    [{ 5: 0x10 }, ['reversed']],
    [{ 7: 0x04 }, ['temperature_sensor_fault']],
    [{ 8: 0x80, 9: 0x01 }, ['balancing']],
    [{ 11: 0x80 }, ['charge_low']],
  ])('%j', (bytes, keys) => expect(on(values.paceStatus(state(PACE, 12, bytes)))).toEqual(keys));
});

test('any information gives sound values or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), (info) => {
      for (const read of [values.seplosAnalog, values.seplosStatus, values.paceAnalog, values.paceStatus]) {
        try {
          for (const value of Object.values(read(info))) expect(value).not.toBeNaN();
        } catch (error) {
          expect(error).toBeInstanceOf(DeviceError);
        }
      }
    }),
  );
});

describe.each([
  ['seplos', seplos, { '00 42': DISCHARGING, '00 44': STATE_15 }, { unit: 0, baud_rate: 19_200 }, 52.8],
  ['pace', pace, { '01 42': PACE_DISCHARGING, '01 44': PACE_STATE }, { unit: 1, baud_rate: 9600 }, 52.429],
] as const)('the driver %s', (_, driver, answers, usual, volts) => {
  const OPTIONS = { port: PATH, period_s: 5, ...usual };
  test('reads both answers into one set of values', async () => {
    const { clock, wire, read } = serialDevice(answering(answers));
    const { seen, last } = read(driver, OPTIONS);
    await clock.advance(6000);
    expect(seen).toHaveLength(2);
    expect(last()).toMatchObject({ voltage: volts, charging_enabled: true });
    expect(wire.opened?.baudRate).toBe(usual.baud_rate);
    const declared = driver.describe(OPTIONS).entities;
    for (const key of Object.keys(last())) expect(declared, key).toHaveProperty(key);
  });
  test('a battery that stops telling its alarms is a failure, not a battery without alarms', async () => {
    const { clock, device, read } = serialDevice(answering(answers));
    const { running, seen } = read(driver, OPTIONS);
    await clock.advance(1000);
    device.answering = answering(Object.fromEntries(Object.entries(answers).filter(([key]) => key.endsWith('42'))));
    const failure = expect(running).rejects.toThrow(/nothing answers/);
    await clock.advance(10_000);
    await failure;
    expect(seen).toHaveLength(1);
  });
  test('silence ends the reading', async () => {
    const { clock, wire, read } = serialDevice(() => undefined);
    const { running } = read(driver, OPTIONS);
    const failure = expect(running).rejects.toThrow(/nothing answers/);
    await clock.advance(3000);
    await failure;
    expect(wire.opened).toBeUndefined();
  });
});
