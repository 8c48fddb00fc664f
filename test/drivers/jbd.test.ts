/** JBD frames of real boards, and the driver on a board that sleeps, mumbles or is gone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jbd } from '../../src/drivers/jbd.ts';
import { decodeBasic, decodeCells, findJbdAnswer, jbdRequest } from '../../src/drivers/lib/jbd-frame.ts';
import { createScanner } from '../../src/drivers/lib/serial-query.ts';
import { DeviceError } from '../../src/model.ts';
import { damaged, hex, joined, PATH, serialDevice } from './serial-device.ts';

// Recorded on the serial port of real boards. syssi/esphome-jbd-bms (Apache-2.0): docs/pdus/, and its issue 14.
const SP04S034 = {
  basic: hex('DD 03 00 1D 06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84 FA 8D 77'),
  cells: hex('DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77'),
};
const SP04S020_DISCHARGING = hex(
  'DD 03 00 1D 04 FC FF 13 00 00 02 1C 00 05 2B 92 00 00 00 00 00 00 20 00 03 04 03 0B CA 0B C1 0B BF FA 5C 77',
);
const SP25S003 = {
  basic: hex('DD 03 00 17 00 00 00 00 00 00 27 10 00 00 2C 50 00 00 00 00 00 00 20 00 01 10 00 FF 05 77'),
  cells: hex(`DD 04 00 20 ${'0E 10 '.repeat(15)} 00 00 FE 1E 77`),
};
const DP04S007_EXTENDED = hex(
  'DD 03 00 22 05 5F 00 00 4A DF 4E 20 00 02 2D 14 00 00 00 00 00 00 23 60 03 04 01 0B B1 00 00 00 4E 20 4A DF 00 00 FA C2 77',
);
// fl4p/batmon-ha (MIT), bmslib/models/dummy.py: a 560 Ah pack discharging.
const PACK_560AH = hex('DD 03 00 1B 0A 50 FD A4 B7 17 DA C0 00 00 2C F3 00 00 00 00 00 00 16 54 03 08 02 0B 7D 0B 77 F8 E2 77');
// Examples of the maker's protocol document (Jiabaida V4).
const DOCUMENT = {
  basic: hex('DD 03 00 1B 17 00 00 00 02 D0 03 E8 00 00 20 78 00 00 00 00 00 00 10 48 03 0F 02 0B 76 0B 82 FB FF 77'),
  cells: hex('DD 04 00 1E 0F 66 0F 63 0F 63 0F 64 0F 3E 0F 63 0F 37 0F 5B 0F 65 0F 3B 0F 63 0F 63 0F 3C 0F 66 0F 3D F9 F9 77'),
};

const basic = (frame: Uint8Array) => decodeBasic(answer(3, frame).data);
function answer(command: number, frame: Uint8Array) {
  const found = findJbdAnswer(command)(frame, 0);
  if (typeof found !== 'object') throw new Error('no frame');
  expect(found.end).toBe(frame.length);
  return found.frame;
}
/** The frame with its checksum made right again. */
function sealed(frame: Uint8Array): Uint8Array {
  const sum = 0x10000 - frame.subarray(2, -3).reduce((total, byte) => total + byte, 0);
  return joined(frame.subarray(0, -3), Uint8Array.of(sum >> 8, sum & 0xff, 0x77));
}
const changed = (frame: Uint8Array, at: number, ...bytes: number[]): Uint8Array => {
  const copy = frame.slice();
  copy.set(bytes, at + 4);
  return sealed(copy);
};

describe('recorded frames', () => {
  test('requests', () => {
    expect(jbdRequest(3)).toEqual(hex('DD A5 03 00 FF FD 77'));
    expect(jbdRequest(4)).toEqual(hex('DD A5 04 00 FF FC 77'));
  });
  test('a full pack at rest', () => {
    expect(basic(SP04S034.basic)).toMatchObject({
      cells: 4,
      values: {
        voltage: 15.6,
        current: 0,
        power: 0,
        remaining_capacity: 4.98,
        design_capacity: 5,
        cycles: 0,
        state_of_charge: 100,
        charging_enabled: true,
        discharging_enabled: true,
        balancing: false,
        balancing_cells: '',
        cell_overvoltage: false,
        switch_lock: false,
        firmware: '8.0',
        temperature_1: 22.4,
        temperature_2: 22.3,
        temperature_3: 21.7,
      },
    });
    expect(decodeCells(answer(4, SP04S034.cells).data, 4)).toEqual({
      cell_01: 3.909,
      cell_02: 3.901,
      cell_03: 3.895,
      cell_04: 3.901,
      cell_voltage_min: 3.895,
      cell_lowest: 3,
      cell_voltage_max: 3.909,
      cell_highest: 1,
      cell_voltage_spread: 0.014,
    });
  });
  test('discharging is negative', () => {
    expect(basic(SP04S020_DISCHARGING).values).toMatchObject({
      voltage: 12.76,
      current: -2.37,
      power: -30.2,
      cycles: 5,
      temperature_1: 28.7,
    });
    expect(basic(PACK_560AH).values).toMatchObject({ voltage: 26.4, current: -6.04, remaining_capacity: 468.71, design_capacity: 560 });
  });
  test('a board on the bench: 0 V and a cell of 0 mV are unknown, no sensors give no temperatures', () => {
    const { cells, values } = basic(SP25S003.basic);
    expect(values).toMatchObject({
      voltage: null,
      power: null,
      current: 0,
      state_of_charge: 0,
      charging_enabled: true,
      discharging_enabled: false,
    });
    expect(Object.keys(values).filter((key) => key.startsWith('temperature'))).toEqual([]);
    expect(decodeCells(answer(4, SP25S003.cells).data, cells)).toMatchObject({
      cell_01: 3.6,
      cell_15: 3.6,
      cell_16: null,
      cell_voltage_min: null,
      cell_voltage_max: null,
      cell_voltage_spread: null,
    });
  });
  test('a newer board tells its full capacity', () => {
    expect(basic(DP04S007_EXTENDED).values).toMatchObject({
      voltage: 13.75,
      remaining_capacity: 191.67,
      full_capacity: 200,
      temperature_1: 26.2,
    });
    expect(basic(SP04S034.basic).values).not.toHaveProperty('full_capacity');
  });
  test("the maker's examples", () => {
    expect(basic(DOCUMENT.basic)).toMatchObject({ cells: 15, values: { voltage: 58.88, state_of_charge: 72, temperature_2: 21.5 } });
    expect(decodeCells(answer(4, DOCUMENT.cells).data, 15)).toMatchObject({
      cell_voltage_min: 3.895,
      cell_lowest: 7,
      cell_voltage_max: 3.942,
    });
  });
});

describe('bits and limits (recorded frames with changed bytes)', () => {
  test.each([
    [0, 'cell_overvoltage'],
    [3, 'pack_undervoltage'],
    [4, 'charge_overtemperature'],
    [7, 'discharge_undertemperature'],
    [10, 'short_circuit'],
    [12, 'switch_lock'],
  ])('protection bit %i is %s', (bit, key) => {
    const { values } = basic(changed(SP04S034.basic, 16, (1 << bit) >> 8, (1 << bit) & 0xff));
    const on = Object.entries(values).filter(([name, value]) => value === true && !name.endsWith('enabled'));
    expect(on).toEqual([[key, true]]);
  });
  test('balancing: cells 1 to 16 in the first word, 17 on in the second', () => {
    expect(basic(changed(SP04S034.basic, 12, 0x00, 0x05, 0x00, 0x02)).values).toMatchObject({
      balancing: true,
      balancing_cells: '1, 3, 18',
    });
    expect(basic(changed(SP04S034.basic, 12, 0x80, 0x00, 0x80, 0x00)).values.balancing_cells).toBe('16, 32');
  });
  test('0 K, a missing sensor, is no temperature; frost is', () => {
    const { values } = basic(changed(SP04S034.basic, 23, 0x00, 0x00, 0x0a, 0x83, 0xff, 0xff));
    expect(values).toMatchObject({ temperature_1: null, temperature_2: -4, temperature_3: null });
  });
  test('a state of charge above 100 is unknown', () => {
    expect(basic(changed(SP04S034.basic, 19, 101)).values.state_of_charge).toBeNull();
  });
  test('lengths that do not fit are refused', () => {
    expect(() => basic(changed(SP04S034.basic, 22, 4))).toThrow(DeviceError);
    expect(() => decodeBasic(new Uint8Array(22))).toThrow(DeviceError);
    expect(() => decodeCells(answer(4, SP04S034.cells).data, 5)).toThrow(DeviceError);
    expect(() => decodeCells(new Uint8Array(9), 4)).toThrow(DeviceError);
  });
});

describe('in the stream', () => {
  const scan = (bytes: Uint8Array) => createScanner(findJbdAnswer(3))(bytes);
  test('one damaged bit anywhere, and there is no frame', () => {
    for (let at = 0; at < SP04S034.basic.length; at += 1) {
      const found = scan(damaged(SP04S034.basic, at));
      // A refusal flag or a length may turn; what comes through must never be other data.
      expect(found, `byte ${at}`).toEqual([]);
    }
  });
  test('found behind any noise, cut anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(SP04S034.basic.length), (noise, cut) => {
        const scanner = createScanner(findJbdAnswer(3));
        const found = [...scanner(noise), ...scanner(SP04S034.basic.subarray(0, cut)), ...scanner(SP04S034.basic.subarray(cut))];
        expect(found.at(-1)?.data).toEqual(SP04S034.basic.subarray(4, -3));
      }),
    );
  });
});

const OPTIONS = { port: PATH, baud_rate: 9600, period_s: 2 };
const board = (request: Uint8Array): Uint8Array => (request[2] === 3 ? SP04S034.basic : SP04S034.cells);

describe('the driver on a board', () => {
  test('reads both answers into one set of values, every period', async () => {
    const { clock, wire, read } = serialDevice(board);
    const { seen, last } = read(jbd, OPTIONS);
    await clock.advance(150);
    expect(seen).toHaveLength(1);
    expect(last()).toMatchObject({ voltage: 15.6, cell_04: 3.901, temperature_3: 21.7 });
    expect(wire.opened).toEqual({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
    await clock.advance(4300);
    expect(seen).toHaveLength(3);
    const declared = jbd.describe(OPTIONS).entities;
    for (const key of Object.keys(last())) expect(declared, key).toHaveProperty(key);
  });
  test('a sleeping board swallows the first request', async () => {
    let asked = 0;
    const { clock, read } = serialDevice((request) => (++asked === 1 ? undefined : board(request)));
    const { seen } = read(jbd, OPTIONS);
    await clock.advance(1500);
    expect(seen).toHaveLength(1);
  });
  test.each([
    ['silence', () => undefined, /nothing answers/],
    ['a broken checksum', (r: Uint8Array) => damaged(board(r), 9), /no readable answer/],
    ['half a frame', (r: Uint8Array) => board(r).subarray(0, 12), /no readable answer/],
    ['a refusal', () => hex('DD 03 80 00 FF 80 77'), /refuses/],
  ])('%s ends the reading with a mend', async (_, answering, message) => {
    const { clock, wire, read } = serialDevice(answering);
    const { seen, running } = read(jbd, OPTIONS);
    const failure = expect(running).rejects.toThrow(message);
    await clock.advance(3000);
    await failure;
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    await expect(running).rejects.toHaveProperty('mend', expect.stringMatching(/\w/));
    expect([seen, wire.opened]).toEqual([[], undefined]);
  });
  test('an adapter that is pulled ends it at once', async () => {
    const { clock, wire, read } = serialDevice(board);
    const { seen, running } = read(jbd, OPTIONS);
    await clock.advance(150);
    const failure = expect(running).rejects.toThrow(/unplugged/);
    wire.unplug();
    await clock.advance(2100);
    await failure;
    expect([seen.length, wire.opened]).toEqual([1, undefined]);
  });
});
