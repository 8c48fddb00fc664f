/** Daly frames of real boards, and the driver on boards that lose frames, number them otherwise, or share a line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daly } from '../../src/drivers/daly.ts';
import { alarmsOf } from '../../src/drivers/lib/daly-alarms.ts';
import * as frames from '../../src/drivers/lib/daly-frame.ts';
import { createScanner } from '../../src/drivers/lib/serial-query.ts';
import { DeviceError } from '../../src/model.ts';
import { type Answering, damaged, hex, joined, PATH, serialDevice } from './serial-device.ts';

/** All answers of a board, by command. */
type Recording = Readonly<Record<number, Uint8Array>>;
const recording = (text: string): Recording => {
  const bytes = hex(text);
  const found: Record<number, Uint8Array> = {};
  for (let at = 0; at < bytes.length; at += 13) {
    const command = bytes[at + 2] ?? 0;
    found[command] = joined(found[command] ?? new Uint8Array(), bytes.subarray(at, at + 13));
  }
  return found;
};

// Recorded on real boards and published with the tests of other programs; licences not stated, the frames are facts.
/** R24TS, 14 cells at rest: "live_r24ts_capture" of a gateway's test. */
const R24TS =
  recording(`A5 01 90 08 02 12 00 00 75 30 02 00 F9  A5 01 91 08 0E D2 02 0E CE 01 00 00 FE  A5 01 92 08 38 01 38 01 00 00 00 00 B2
  A5 01 93 08 00 01 01 ED 00 00 A0 00 D0  A5 01 94 08 0E 02 00 00 00 00 00 3A 8C  A5 01 95 08 01 0E CE 0E D2 0E D1 00 DF
  A5 01 95 08 02 0E CF 0E D1 0E D1 00 E0  A5 01 95 08 03 0E D1 0E D1 0E D2 00 E4  A5 01 95 08 04 0E D2 0E D2 0E CF 00 E4
  A5 01 95 08 05 0E D1 0E CF 00 00 00 04  A5 01 96 08 01 38 38 00 00 FF FF FF B2  A5 01 97 08 00 00 00 00 00 00 00 00 45
  A5 01 98 08 00 00 00 00 00 00 00 00 46`);
/** 16 cells, state of charge too low: comment in a data logger. */
const EMPTY_16S =
  recording(`A5 01 91 08 0C D1 06 0C CB 08 00 00 01 A5 01 93 08 02 01 01 7A 00 00 00 00 BF A5 01 94 08 10 01 00 00 00 00 00 00 53
  A5 01 95 08 01 0C CE 0C CF 0C CE 00 D3 A5 01 95 08 02 0C CF 0C CF 0C D1 00 D8 A5 01 95 08 03 0C D1 0C CC 0C CE 00 D5
  A5 01 95 08 04 0C D0 0C CB 0C CD 00 D3 A5 01 95 08 05 0C CF 0C CC 0C D0 00 D7 A5 01 95 08 06 0C CD 0C CC 0C D0 00 D6
  A5 01 96 08 01 3E 00 00 00 00 00 00 83 A5 01 97 08 00 00 00 00 00 00 00 00 45 A5 01 98 08 00 00 80 00 00 00 00 00 C6`);
/** 8 cells, short circuit, discharge switch off, balancing: samples of a display's demonstration mode. */
const SHORT_8S = recording(`a501900800f80000753001815d a50191080c52050b6b0101819b a50193080001002500009de9ed a501940808010000000001327e
  a5019508010b6b0c420c433289 a5019508020c3c0c520c43326c a5019508030c000c480c433227 a5019608013d000000000032b4
  a50197089000000000000000d5 a5019808000000000000100056`);
/** 16 cells discharging with 50 A: notes of a Python reader's test. */
const DISCHARGING = recording(`a5 01 90 08 02 03 00 00 77 24 03 38 19 a5 01 91 08 0c b7 07 0c 13 05 03 38 68
  a5 01 93 08 02 01 01 71 00 04 86 c0 00 a5 01 94 08 10 01 00 00 02 00 05 c0 1a`);

const data = (from: Recording, command: number): DataView[] =>
  createScanner(frames.findDalyAnswer(1, command))(from[command] ?? new Uint8Array());
const one = (from: Recording, command: number): DataView => data(from, command)[0] ?? new DataView(new ArrayBuffer(0));

describe('recorded frames', () => {
  test('requests ask board 1 as 0x40, board 2 as 0x41', () => {
    expect(frames.dalyRequest(1, 0x90)).toEqual(hex('A5 40 90 08 AA AA AA AA AA AA AA AA CD'));
    expect(frames.dalyRequest(2, 0x95).subarray(0, 4)).toEqual(hex('A5 41 95 08'));
  });
  test('a pack at rest', () => {
    expect(frames.packOf(one(R24TS, 0x90))).toEqual({ voltage: 53, current: 0, power: 0, state_of_charge: 51.2 });
    expect(frames.stateOf(one(R24TS, 0x93))).toEqual({
      state: 'idle',
      charging_enabled: true,
      discharging_enabled: true,
      remaining_capacity: 40.96,
    });
    expect(frames.shapeOf(one(R24TS, 0x94))).toMatchObject({ cells: 14, sensors: 2, values: { load_connected: false } });
    // What the board itself says in 91: highest cell 2 of 3.794 V, lowest cell 1 of 3.790 V.
    expect(frames.cellsOf(data(R24TS, 0x95), 14)).toMatchObject({
      cell_01: 3.79,
      cell_14: 3.791,
      cell_voltage_min: 3.79,
      cell_lowest: 1,
      cell_voltage_max: 3.794,
      cell_highest: 2,
      cell_voltage_spread: 0.004,
    });
    expect(frames.sensorsOf(data(R24TS, 0x96), 2)).toEqual({ temperature_1: 16, temperature_2: 16 });
    expect(frames.balancingOf(one(R24TS, 0x97))).toEqual({ balancing: false, balancing_cells: '' });
    expect(Object.values(alarmsOf(one(R24TS, 0x98))).every((value) => value === false || value === 0)).toBe(true);
  });
  test('discharging is negative, and the board agrees', () => {
    expect(frames.packOf(one(DISCHARGING, 0x90))).toEqual({ voltage: 51.5, current: -50, power: -2575, state_of_charge: 82.4 });
    expect(frames.stateOf(one(DISCHARGING, 0x93))).toMatchObject({ state: 'discharging', remaining_capacity: 296.64 });
    expect(frames.shapeOf(one(DISCHARGING, 0x94))).toMatchObject({ cells: 16, sensors: 1, values: { cycles: 5 } });
  });
  test('alarms: a low state of charge, a short circuit', () => {
    const on = (from: Recording) =>
      Object.entries(alarmsOf(one(from, 0x98))).filter(([, value]) => value === true || value === 1 || value === 2);
    expect(on(EMPTY_16S)).toEqual([
      ['charge_low', true],
      ['charge_low_level', 2],
    ]);
    expect(on(SHORT_8S)).toEqual([['short_circuit', true]]);
    expect(frames.stateOf(one(SHORT_8S, 0x93))).toMatchObject({ charging_enabled: true, discharging_enabled: false });
    expect(frames.balancingOf(one(SHORT_8S, 0x97))).toEqual({ balancing: true, balancing_cells: '5, 8' });
  });
});

describe('frames that do not fit', () => {
  const all = data(R24TS, 0x95);
  test('one missing, or double, and there are no cells; too few either', () => {
    for (let at = 0; at < all.length; at += 1) {
      if (at > 0 && at < all.length - 1) expect(frames.cellsOf(all.toSpliced(at, 1), 12)).toBeUndefined();
      expect(frames.cellsOf([...all, ...all.slice(at, at + 1)], 14)).toBeUndefined();
    }
    expect(frames.cellsOf(all.slice(1), 12)).toBeUndefined();
    expect(frames.cellsOf(all, 16)).toBeUndefined();
  });
  test('the order does not matter, nor whether the board counts from 0 (synthetic)', () => {
    const fromZero = all.map((frame) => {
      const copy = new DataView(frame.buffer.slice(0));
      copy.setUint8(0, frame.getUint8(0) - 1);
      return copy;
    });
    expect(frames.cellsOf(all.toReversed(), 14)).toEqual(frames.cellsOf(all, 14));
    expect(frames.cellsOf(fromZero, 14)).toEqual(frames.cellsOf(all, 14));
  });
  test('cells that do not add up to the battery make both unknown', () => {
    const cells = frames.cellsOf(all, 14) ?? {};
    const pack = frames.packOf(one(R24TS, 0x90));
    expect(frames.agree(pack, cells)).toBe(true);
    expect(frames.agree({ ...pack, voltage: 26.5 }, cells)).toBe(false);
    expect(frames.agree(pack, { ...cells, cell_03: 0.6 + 9 })).toBe(false);
    expect(frames.agree({ ...pack, voltage: null }, cells)).toBe(true);
    expect(frames.agree(pack, { ...cells, cell_03: null })).toBe(true);
  });
  test('a missing sensor (0) and one out of range are no temperatures', () => {
    expect(frames.sensorsOf(data(R24TS, 0x96), 5)).toMatchObject({ temperature_2: 16, temperature_3: null, temperature_5: null });
  });
  test('one bit turned anywhere, and there is no frame', () => {
    const frame = R24TS[0x90] ?? new Uint8Array();
    for (let at = 0; at < frame.length; at += 1) {
      expect(createScanner(frames.findDalyAnswer(1, 0x90))(damaged(frame, at)), `byte ${at}`).toEqual([]);
    }
    expect(createScanner(frames.findDalyAnswer(2, 0x90))(frame)).toEqual([]);
  });
  test('any data gives sound values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const view = new DataView(bytes.slice().buffer);
        const values = { ...frames.packOf(view), ...frames.stateOf(view), ...frames.balancingOf(view), ...alarmsOf(view) };
        for (const value of Object.values(values)) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

const OPTIONS = { port: PATH, unit: 1, baud_rate: 9600, period_s: 5 };
const board =
  (from: Recording): Answering =>
  (request) =>
    from[request[2] ?? 0];

describe('the driver on a board', () => {
  test('reads everything the board knows; a board without 50 costs one try', async () => {
    const asked: number[] = [];
    const { clock, read } = serialDevice((request) => {
      asked.push(request[2] ?? 0);
      return board(R24TS)(request);
    });
    const { seen, last } = read(daly, OPTIONS);
    await clock.advance(3000);
    expect(last()).toMatchObject({ voltage: 53, cell_14: 3.791, temperature_2: 16, balancing: false, short_circuit: false });
    expect(last()).not.toHaveProperty('design_capacity');
    await clock.advance(12_000);
    expect(seen).toHaveLength(3);
    expect(asked.filter((command) => command === 0x50)).toHaveLength(3);
    const declared = daly.describe(OPTIONS).entities;
    for (const key of Object.keys(last())) expect(declared, key).toHaveProperty(key);
  });
  test('a board without balancing and alarms is not asked for them again', async () => {
    const asked: number[] = [];
    const { clock, read } = serialDevice((request) => {
      asked.push(request[2] ?? 0);
      return (request[2] ?? 0) > 0x96 ? undefined : board(R24TS)(request);
    });
    const { seen, last } = read(daly, OPTIONS);
    await clock.advance(20_000);
    expect(seen.length).toBeGreaterThan(1);
    expect(last()).not.toHaveProperty('balancing');
    expect(asked.filter((command) => command === 0x98)).toHaveLength(3);
  });
  test('a lost cell frame is asked again', async () => {
    let asked = 0;
    const { clock, read } = serialDevice((request) => {
      const reply = board(R24TS)(request);
      return request[2] === 0x95 && ++asked === 1 ? reply?.subarray(13) : reply;
    });
    const { seen } = read(daly, OPTIONS);
    await clock.advance(4500);
    expect([seen.length, asked]).toEqual([1, 2]);
  });
  test.each<[string, Answering, RegExp]>([
    ['silence', () => undefined, /nothing answers/],
    ['another board', (r) => board(R24TS)(r)?.map((byte, i) => (i === 1 ? 2 : i === 12 ? byte + 1 : byte)), /no readable answer/],
    ['a board without cells', (r) => (r[2] === 0x94 ? hex('A5 01 94 08 00 02 00 00 00 00 00 3A 7E') : board(R24TS)(r)), /0 cells/],
    ['an echo of the request', (r) => r, /no readable answer/],
  ])('%s ends the reading', async (_, answering, message) => {
    const { clock, wire, read } = serialDevice(answering);
    const { seen, running } = read(daly, OPTIONS);
    const failure = expect(running).rejects.toThrow(message);
    await clock.advance(6000);
    await failure;
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    expect([seen, wire.opened]).toEqual([[], undefined]);
  });
  test('two boards on one line, each with its own values; the one that is stopped leaves the other running', async () => {
    const { clock, wire, read } = serialDevice((request) => {
      const number = (request[1] ?? 0) - 0x3f;
      const reply = board(number === 1 ? R24TS : { ...SHORT_8S, 144: SHORT_8S[0x90] ?? new Uint8Array() })(request);
      // The number of the board, in each frame and its sum.
      return reply?.map((byte, i) => (i % 13 === 1 ? number : i % 13 === 12 ? byte + number - 1 : byte));
    });
    const [first, second] = [read(daly, OPTIONS), read(daly, { ...OPTIONS, unit: 2 })];
    await clock.advance(8000);
    expect([first.last().voltage, second.last().voltage]).toEqual([53, 24.8]);
    expect([first.last().cell_14, second.last().cell_08]).toEqual([3.791, 3.144]);
    first.controller.abort(new Error('stop'));
    await clock.advance(20_000);
    expect(second.error()).toBeUndefined();
    expect(second.seen.length).toBeGreaterThan(3);
    second.controller.abort(new Error('stop'));
    await clock.advance(10);
    expect(wire.opened).toBeUndefined();
  });
});
