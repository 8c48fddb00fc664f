/** Pylontech frames of real batteries, and the driver on stacks that share a line, refuse or break off. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiRequest, findAsciiAnswer } from '../../src/drivers/lib/ascii-frame.ts';
import { byteReader } from '../../src/drivers/lib/byte-reader.ts';
import * as values from '../../src/drivers/lib/pylontech-values.ts';
import { createScanner } from '../../src/drivers/lib/serial-query.ts';
import { pylontech } from '../../src/drivers/pylontech.ts';
import { DeviceError } from '../../src/model.ts';
import { answering, ascii, infoOf, made } from './ascii-device.ts';
import { damaged, joined, PATH, serialDevice } from './serial-device.ts';

const MASTER = { version: 0x20, address: 2 };

// Recorded. Frankkkkk/python-pylontech (MIT), tests/test_basic.py and its issue 2: whole stacks, one pack, management.
const US2000_3 =
  '~20024600914211030F0CE70CE80CE60CE70CE80CE80CE80CE60CE50CE60CE80CE70CEA0CE50CE6050B910B870B870B870B87FFE6C18982DC02C350001F0F0CE20CE60CE60CE10CE50CE70CE60CE30CE20CE50CE30CE90CE70CE90CE9050B910B870B870B870B87FFE7C17082DC02C350001F0F0CE20CE50CE50CE20CE30CE30CE40CE50CE60CE60CE30CE40CE40CE60CE6050B910B7D0B7D0B7D0B7DFFE5C16082DC02C350001FB476';
const MIXED_2 =
  '~2002460010F011020F0CCD0CCE0CCC0CCE0CCB0CCC0CCD0CCC0CCD0CCB0CCC0CCD0CCD0CCE0CCC050BE10BCD0BCD0BD70BCDFFC3BFFDFFFF04FFFF0234007F300121100F0CCA0CCA0CCB0CCC0CCA0CCC0CCB0CCB0CCB0CCB0CCB0CCA0CCC0CCC0CCB050BEB0BCD0BCD0BCD0BC3FFD1BFE5FFFF04FFFF0292005FB400C350C4A7';
const UP2500 = '~20024600D05E1002080D020D020D020D030D000D010D010D03050B7D0B690B690B690B73FFFA680EFFFF04FFFF00000174E401B198E906';
const MANAGEMENT = '~20024600B014026EF05AA0022BFDD5C0F915';
// Recorded on a US2000 stack: docstrings of a reader by M. Steppuhn; licence not stated.
const US2000 =
  '~20024600C06E10020F0C9A0C980C990C980C9A0C9A0C990C9B0C9C0C9A0C9B0C9B0C9B0C9B0C99050B740B550B570B530B630000BD06190F02C3500084E545';
const US2000_ALARMS = '~20024600A04210020F000000000000000000000000000000050000000000000000000E00000000F108';
// Recorded on four packs, the cells of the first too low, all discharging: comment in a Ruby reader; licence not stated.
const LOW_4 =
  '~20024600D0F400040F010101010101010101010101010101050000000000000000020E4000000F000000000000000000000000000000050000000000000000000E4000000F000000000000000000000000000000050000000000000000000E4000000F000000000000000000000000000000050000000000000000000E400000CEDF';

/** The packs of an answer for a whole stack. */
function packs<T>(frame: string, read: (reader: ReturnType<typeof byteReader>) => T): T[] {
  const reader = byteReader(infoOf(frame, MASTER), 'test');
  reader.u8();
  const found = reader.list(8, () => read(reader));
  expect(reader.left).toBe(0);
  return found;
}

describe('recorded frames', () => {
  test('requests, as a reader of the maker sends them', () => {
    expect(asciiRequest(MASTER, 0x42)).toEqual(ascii('~20024642E00202FD33'));
    expect(asciiRequest(MASTER, 0x44)).toEqual(ascii('~20024644E00202FD31'));
    expect(asciiRequest({ version: 0x25, address: 1 }, 0x42)).toEqual(ascii('~25014642E00201FD30'));
  });
  test('an answer to another question, come late, is not taken for the charge management: it is longer', () => {
    for (const other of [US2000, US2000_ALARMS, UP2500]) expect(() => values.managementOf(infoOf(other, MASTER))).toThrow(DeviceError);
    expect(values.managementOf(infoOf(MANAGEMENT, MASTER))).toMatchObject({ charge_permitted: true });
  });
  test('one pack at rest', () => {
    expect(values.analogOf(infoOf(US2000, MASTER))).toMatchObject({
      voltage: 48.39,
      current: 0,
      cell_01: 3.226,
      cell_15: 3.225,
      cell_voltage_min: 3.224,
      cell_voltage_max: 3.228,
      cell_highest: 9,
      temperature_board: 20.1,
      temperature_1: 17,
      temperature_4: 18.4,
      remaining_capacity: 6.415,
      full_capacity: 50,
      state_of_charge: 12.8,
      cycles: 132,
    });
  });
  test('a stack: discharging is negative', () => {
    const rows = packs(US2000_3, values.packOf);
    expect(rows.map(({ current }) => current)).toEqual([-2.6, -2.5, -2.7]);
    expect(rows[0]).toMatchObject({
      voltage: 49.545,
      power: -128.8,
      cell_13: 3.306,
      temperature_board: 23,
      temperature_4: 22,
      remaining_capacity: 33.5,
      cycles: 31,
    });
  });
  test('capacities above 65 Ah stand in the longer fields', () => {
    expect(packs(MIXED_2, values.packOf)).toMatchObject([
      { remaining_capacity: 32.56, full_capacity: 74, state_of_charge: 44, cycles: 564 },
      { remaining_capacity: 24.5, full_capacity: 50, state_of_charge: 49, cycles: 658 },
    ]);
    expect(values.analogOf(infoOf(UP2500, MASTER))).toMatchObject({
      voltage: 26.638,
      current: -0.6,
      cell_08: 3.331,
      remaining_capacity: 95.46,
      full_capacity: 111,
      state_of_charge: 86,
      cycles: 0,
    });
  });
  test('alarms: none, and cells too low', () => {
    expect(values.alarmsOf(infoOf(US2000_ALARMS, MASTER))).toMatchObject({
      cells_alarm: false,
      cell_undervoltage: false,
      charging_enabled: true,
      discharging_enabled: true,
      state: 'idle',
      full: false,
    });
    const [low, well] = packs(LOW_4, values.packAlarmsOf);
    const on = (row: Record<string, unknown> = {}) => Object.keys(row).filter((key) => row[key] === true);
    expect(on(low)).toEqual(['cells_alarm', 'cell_undervoltage', 'charging_enabled', 'discharging_enabled']);
    expect(on(well)).toEqual(['charging_enabled', 'discharging_enabled']);
    expect([low?.state, well?.state]).toEqual(['discharging', 'discharging']);
  });
  test('management', () => {
    expect(values.managementOf(infoOf(MANAGEMENT, MASTER))).toEqual({
      charge_voltage_limit: 28.4,
      discharge_voltage_limit: 23.2,
      charge_current_limit: 55.5,
      discharge_current_limit: -55.5,
      charge_permitted: true,
      discharge_permitted: true,
      charge_requested: false,
      full_charge_requested: false,
    });
  });
});

describe('in the stream', () => {
  const scan = (bytes: Uint8Array) => createScanner(findAsciiAnswer(MASTER))(bytes);
  test('one bit turned anywhere, and there is no frame', () => {
    const frame = ascii(UP2500);
    for (let at = 0; at < frame.length; at += 1) expect(scan(damaged(frame, at)), `character ${at}`).toEqual([]);
  });
  test('neither another address, nor another version, nor the echo of a request is an answer', () => {
    expect(createScanner(findAsciiAnswer({ version: 0x20, address: 3 }))(ascii(UP2500))).toEqual([]);
    expect(createScanner(findAsciiAnswer({ version: 0x25, address: 2 }))(ascii(UP2500))).toEqual([]);
    expect(scan(asciiRequest(MASTER, 0x42))).toEqual([]);
    expect(scan(joined(asciiRequest(MASTER, 0x42), ascii(UP2500)))).toHaveLength(1);
  });
  test('found behind any noise, cut anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(UP2500.length), (noise, cut) => {
        const scanner = createScanner(findAsciiAnswer(MASTER));
        expect([...scanner(noise), ...scanner(ascii(UP2500).subarray(0, cut)), ...scanner(ascii(UP2500).subarray(cut))]).toHaveLength(1);
      }),
    );
  });
  test('any information gives sound values or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (info) => {
        for (const read of [values.analogOf, values.alarmsOf, values.managementOf]) {
          try {
            for (const value of Object.values(read(info))) expect(value).not.toBeNaN();
          } catch (error) {
            expect(error).toBeInstanceOf(DeviceError);
          }
        }
      }),
    );
  });
});

const OPTIONS = { port: PATH, unit: 2, baud_rate: 115_200, period_s: 5 };
const STACK = { '02 42': US2000, '02 44': US2000_ALARMS, '02 92': MANAGEMENT };
/** The same answer from another pack. */
const moved = (frame: string, address: number): string => {
  const info = Buffer.from(infoOf(frame, MASTER)).toString('hex').toUpperCase();
  return made({ version: 0x20, address }, 0, `${info.slice(0, 2)}${address.toString(16).padStart(2, '0')}${info.slice(4)}`);
};

describe('the driver on a stack', () => {
  test('reads measurements, alarms and management', async () => {
    const { clock, wire, read } = serialDevice(answering(STACK));
    const { seen, last } = read(pylontech, OPTIONS);
    await clock.advance(6000);
    expect(seen).toHaveLength(2);
    expect(last()).toMatchObject({ voltage: 48.39, cell_15: 3.225, state: 'idle', charge_voltage_limit: 28.4 });
    expect(wire.opened?.baudRate).toBe(115_200);
    const declared = pylontech.describe(OPTIONS).entities;
    for (const key of Object.keys(last())) expect(declared, key).toHaveProperty(key);
  });
  test('two packs on one line, each by its address; only the first knows management', async () => {
    const { clock, wire, read } = serialDevice(answering({ ...STACK, '03 42': moved(UP2500, 3), '03 44': moved(US2000_ALARMS, 3) }));
    const [first, second] = [read(pylontech, OPTIONS), read(pylontech, { ...OPTIONS, unit: 3 })];
    await clock.advance(15_000);
    expect([first.last().voltage, second.last().voltage]).toEqual([48.39, 26.638]);
    expect(second.last()).not.toHaveProperty('charge_voltage_limit');
    expect(wire.written.filter((request) => Buffer.from(request).toString('latin1').startsWith('~20034692'))).toHaveLength(2);
    expect(Math.min(first.seen.length, second.seen.length)).toBeGreaterThan(1);
  });
  test.each([
    ['silence', {}, /nothing answers/],
    ['a refusal', { '02 42': made(MASTER, 4, '') }, /refuses command 42: unknown command/],
    ['a battery that is cut off in the middle', { '02 42': UP2500.slice(0, 60) }, /no readable answer/],
    ['an answer too short for its cells', { '02 42': made(MASTER, 0, '1002080D02') }, /is cut/],
    ['more cells than there are', { '02 42': made(MASTER, 0, '1002FF0D02') }, /announces 255/],
  ])('%s ends the reading', async (_, answers, message) => {
    const { clock, wire, read } = serialDevice(answering(answers as Record<string, string>));
    const { seen, running } = read(pylontech, OPTIONS);
    const failure = expect(running).rejects.toThrow(message);
    await clock.advance(5000);
    await failure;
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    expect([seen, wire.opened]).toEqual([[], undefined]);
  });
});
