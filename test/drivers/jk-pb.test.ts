/** JK PB batteries: recorded frames and states, and the driver on a line with damage, silence, refusals and another's number. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { jkPb } from '../../src/drivers/jk-pb.ts';
import { jkPbUnit, recordedState } from './jk-pb-unit.ts';
import { exchangesOf } from './modbus-exchanges.ts';
import { withChecksum } from './modbus-frames.ts';
import { LINE, readOnLine } from './modbus-line.ts';

const OPTIONS = { ...LINE, baud_rate: 115_200, unit: 1, period_s: 5 };
const on = (row: Record<string, unknown> = {}): string[] => Object.keys(row).filter((key) => row[key] === true);
const reading = async (state: Buffer, more: { unknown?: number[] } = {}) => {
  const unit = jkPbUnit(state);
  for (const address of more.unknown ?? []) unit.unknown.add(address);
  const { seen } = await readOnLine(jkPb, OPTIONS, unit.answer);
  return seen[0] ?? {};
};
/** A recorded state with other bytes at an offset from 0x1200 (synthetic). */
const changed = (offset: number, ...bytes: number[]): Buffer => {
  const state = recordedState('charging');
  state.set(bytes, offset);
  return state;
};
/** A state of zeros with what recorded answers say of it. */
const fromFrames = (...questions: string[]): Buffer => {
  const state = Buffer.alloc(0x100);
  for (const { question, answer } of exchangesOf('jk-pb/frames')) {
    if (questions.includes(question.toString('hex', 2, 6))) state.set(answer.subarray(3, -2), question.readUInt16BE(2) - 0x1200);
  }
  return state;
};

// Loaded at first use otherwise, for which moved time does not wait.
beforeAll(() => import('modbus-serial'));

describe('recorded states', () => {
  test('charging', async () => {
    const values = await reading(recordedState('charging'));
    expect(values).toMatchObject({
      voltage: 53.035,
      current: 8.51,
      power: 451.3,
      state_of_charge: 68,
      remaining_capacity: 191.075,
      full_capacity: 280,
      state_of_health: 100,
      cycles: 1,
      charge_cycled: 292.846,
      cell_01: 3.31,
      cell_16: 3.318,
      cell_voltage_min: 3.307,
      cell_lowest: 5,
      cell_voltage_max: 3.322,
      cell_highest: 10,
      temperature_switch: 21.5,
      temperature_1: 21.3,
      temperature_2: 21.7,
      temperature_3: 21.5,
      temperature_4: 21.2,
      temperature_5: 21.8,
      charging_enabled: true,
      discharging_enabled: true,
      balancing: false,
      heater: false,
      firmware: '15.38',
    });
    expect(values).not.toHaveProperty('cell_17');
    // The battery itself says 470.952 W: mV times mA of another moment; and bit 19, a reminder to change the password.
    expect(on(values)).toEqual(['charging_enabled', 'discharging_enabled']);
  });
  test('discharging', async () => {
    expect(await reading(recordedState('discharging'))).toMatchObject({
      voltage: 52.884,
      current: -4.411,
      power: -233.3,
      state_of_charge: 97,
      remaining_capacity: 222.819,
      full_capacity: 230,
      cycles: 8,
      temperature_1: 27.5,
      temperature_2: 27.8,
    });
  });
});

describe('recorded frames', () => {
  test('the driver reads what was answered to other programs, register by register', () => {
    for (const { question, answer } of exchangesOf('jk-pb/frames')) {
      if (question.readUInt16BE(2) < 0x1200) continue;
      expect(jkPbUnit(fromFrames(question.toString('hex', 2, 6))).answer(question)).toEqual(answer);
    }
  });
  test('12 cells, balancing', async () => {
    const state = fromFrames('12900005', '12a00004', '12a60004');
    const values = await reading(state);
    expect(values).toMatchObject({ voltage: 49.193, current: 0, state_of_charge: 99, remaining_capacity: 11.87, balancing: true });
    expect(on(values)).toEqual(['balancing']);
  });
  test('eight cells', async () => {
    const state = fromFrames('12000010');
    state.writeUInt32BE(0xff, 0x40);
    expect(await reading(state)).toMatchObject({ cell_08: 3.287, cell_voltage_max: 3.288, cell_highest: 7, voltage: null, power: null });
  });
});

describe('what is not believed', () => {
  test.each([
    [
      'a cell whose wire is off makes the extremes unknown',
      changed(6, 0, 0),
      { cell_04: null, cell_voltage_min: null, cell_voltage_max: null },
    ],
    ['no cell there', changed(0x40, 0, 0, 0, 0), { cell_voltage_min: null, cell_voltage_max: null }],
    ['0 % beside a charge that remains', changed(0xa7, 0), { state_of_charge: null }],
    ['0 % of an empty battery is 0 %', changed(0xa7, 0, 0, 0, 0, 0), { state_of_charge: 0, remaining_capacity: 0 }],
    ['more than 100 %', changed(0xa7, 255), { state_of_charge: null }],
    ['a current no board can carry', changed(0x98, 0x7f, 0xff, 0xff, 0xff), { current: null, power: null, voltage: 53.035 }],
    ['a charge below nothing', changed(0xa8, 0xff, 0xff, 0xff, 0xff), { remaining_capacity: null }],
    ['a sensor that is not fitted', changed(0xd0, 0b1111_1001), { temperature_1: null, temperature_2: null, temperature_3: 21.5 }],
    ['−200 °C', changed(0x9c, 0xf8, 0x30), { temperature_1: null }],
  ])('%s', async (_, state, expected) => expect(await reading(state)).toMatchObject(expected));
  test('below zero', async () => expect(await reading(changed(0x9c, 0xff, 0x9c))).toMatchObject({ temperature_1: -10 }));
  test.each([
    [0, 'balance_wire'],
    [1, 'switch_hot'],
    [4, 'cell_overvoltage'],
    [8, 'charge_overtemperature'],
    [9, 'charge_undertemperature'],
    [11, 'cell_undervoltage'],
    [14, 'discharge_short_circuit'],
    [15, 'discharge_overtemperature'],
    [17, 'discharge_switch_fault'],
    [21, 'battery_overtemperature'],
    [23, 'parallel_fault'],
  ])('alarm bit %i is %s', async (bit, key) => {
    const alarms = Buffer.alloc(4);
    alarms.writeUInt32BE(2 ** bit);
    expect(on(await reading(changed(0xa0, ...alarms)))).toEqual(expect.arrayContaining([key]));
  });
  test('any state gives numbers, texts, booleans or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 256, maxLength: 256 }), async (bytes) => {
        const values = Object.values(await reading(Buffer.from(bytes)));
        expect(values.length).toBeGreaterThan(20);
        for (const value of values) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('on the line', () => {
  test('what a firmware does not know is left out, and asked for no more', async () => {
    const unit = jkPbUnit(recordedState('charging'));
    for (const address of [0x12f8, 0x1418]) unit.unknown.add(address);
    const { seen, questions } = await readOnLine(jkPb, OPTIONS, unit.answer, 30_000);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen[0]).toMatchObject({ temperature_2: 21.7, state_of_charge: 68 });
    for (const key of ['temperature_3', 'firmware']) expect(seen[0]).not.toHaveProperty(key);
    expect(questions.filter((question) => question.readUInt16BE(2) >= 0x12f8)).toHaveLength(2);
  });
  test('the firmware is asked for once; nothing but function 3 is ever sent', async () => {
    const { seen, questions } = await readOnLine(jkPb, OPTIONS, jkPbUnit(recordedState('charging')).answer, 30_000);
    expect(seen.at(-1)).toMatchObject({ firmware: '15.38', temperature_5: 21.8 });
    expect(questions.filter((question) => question.readUInt16BE(2) === 0x1418)).toHaveLength(1);
    expect(questions.every((question) => question[1] === 3)).toBe(true);
  });
  test.each([
    ['silence', () => undefined, { fault: 'timeout', mend: expect.stringContaining('DIP address') }],
    [
      'a wrong checksum',
      (sound: Buffer) => Buffer.from(sound.map((byte, i) => (i === sound.length - 1 ? byte ^ 1 : byte))),
      { fault: 'damaged' },
    ],
    ["another battery's answer", (sound: Buffer) => withChecksum(Buffer.from([2, ...sound.subarray(1, -2)])), { fault: 'damaged' }],
    ['a refusal', () => withChecksum(Buffer.from([1, 0x83, 2])), { fault: 'exception', message: /refuses .* 0x1200/ }],
    ['busy', () => withChecksum(Buffer.from([1, 0x83, 6])), { fault: 'exception', code: 6 }],
    ['a shorter answer', (sound: Buffer) => withChecksum(Buffer.from([1, 3, 64, ...sound.subarray(3, 67)])), { fault: 'damaged' }],
  ])('%s is no reading', async (_, harm, error) => {
    const unit = jkPbUnit(recordedState('charging'));
    const { seen, running, opened } = await readOnLine(jkPb, OPTIONS, (question) => harm(unit.answer(question) as Buffer));
    expect(seen).toEqual([]);
    await expect(running).rejects.toMatchObject({ ...error, ...('message' in error && { message: expect.stringMatching(error.message) }) });
    expect(opened()).toBeUndefined();
  });
  test("the master's own talk before the answer harms nothing", async () => {
    const unit = jkPbUnit(recordedState('charging'));
    const talk = Buffer.from('02101620000102000000', 'hex');
    const { seen } = await readOnLine(jkPb, OPTIONS, (question) => Buffer.concat([talk, unit.answer(question) as Buffer]));
    expect(seen[0]).toMatchObject({ state_of_charge: 68 });
  });
});
