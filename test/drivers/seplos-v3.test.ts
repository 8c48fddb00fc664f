/** Seplos V3 batteries: recorded frames, and the driver on a line with damage, silence, refusals and another's number. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { seplosV3 } from '../../src/drivers/seplos-v3.ts';
import { exchangesOf } from './modbus-exchanges.ts';
import { withChecksum } from './modbus-frames.ts';
import { LINE, readOnLine } from './modbus-line.ts';
import { type SeplosV3Unit, seplosV3Unit } from './seplos-v3-unit.ts';

const OPTIONS = { ...LINE, baud_rate: 19_200, unit: 2, period_s: 5, current_step: 0.01 };
const on = (row: Record<string, unknown> = {}): string[] => Object.keys(row).filter((key) => row[key] === true);
const reading = async (unit: SeplosV3Unit, more: object = {}) => {
  const { seen } = await readOnLine(seplosV3, { ...OPTIONS, ...more }, unit.answer);
  return seen[0] ?? {};
};
const RESERVED = 0x0aab;
/** The pack that discharged answered 17 words: what stands in the 18th, and in the status, was not recorded. */
const discharging = (): SeplosV3Unit => {
  const unit = seplosV3Unit(1, (answer) => answer[2] === 0x22 || answer.subarray(3, 5).equals(Buffer.from([0x0c, 0xff])));
  unit.words.set(0x1011, 1000);
  unit.status = undefined;
  return unit;
};
/** A pack with another word or status byte (synthetic). */
const changed = (address: number, ...words: number[]): SeplosV3Unit => {
  const unit = seplosV3Unit(2);
  for (const [i, word] of words.entries()) unit.words.set(address + i, word);
  return unit;
};
const withStatus = (at: number, byte: number): SeplosV3Unit => {
  const unit = seplosV3Unit(2);
  unit.status = unit.status?.map((was, i) => (i === at ? byte : was));
  return unit;
};

// Loaded at first use otherwise, for which moved time does not wait.
beforeAll(() => import('modbus-serial'));

describe('recorded frames', () => {
  test('charging', async () => {
    const values = await reading(seplosV3Unit(2));
    expect(values).toMatchObject({
      voltage: 54.08,
      current: 66.36,
      power: 3588.7,
      remaining_capacity: 138.33,
      full_capacity: 290,
      charge_out: 260,
      state_of_charge: 47.7,
      state_of_health: 100,
      cycles: 1,
      discharge_current_limit: 180,
      charge_current_limit: 180,
      cell_01: 3.377,
      cell_16: 3.382,
      temperature_1: 26,
      temperature_4: 26.5,
      temperature_environment: 26.4,
      temperature_switch: 25.7,
      state: 'charging',
      balancing: false,
      cell_overvoltage_level: 0,
    });
    expect(on(values)).toEqual(['discharging_enabled', 'charging_enabled']);
    for (const key of ['temperature_5', 'cell_17']) expect(values).not.toHaveProperty(key);
  });
  test('the battery itself says the same highest and lowest cell', async () => {
    for (const number of [1, 2]) {
      const unit = seplosV3Unit(number, (answer) => answer[2] !== 0x22 && !answer.subarray(3, 5).equals(Buffer.from([0x0c, 0xff])));
      const values = await reading(unit, { unit: number });
      expect([values.cell_voltage_max, values.cell_voltage_min]).toEqual([0x100a, 0x100b].map((at) => (unit.words.get(at) ?? 0) / 1000));
    }
  });
  test('discharging; a board that does not tell its status', async () => {
    const values = await reading(discharging(), { unit: 1 });
    expect(values).toMatchObject({ voltage: 53.25, current: -1.37, remaining_capacity: 274.56, full_capacity: 330, charge_out: 2900 });
    expect(values).toMatchObject({
      state_of_charge: 83.2,
      state_of_health: 99.9,
      cycles: 10,
      cell_voltage_max: 3.328,
      temperature_1: 21.5,
    });
    for (const key of ['state', 'charging_enabled', 'cell_overvoltage', 'hardware_fault']) expect(values).not.toHaveProperty(key);
  });
  test('a battery alone bears the number 0', async () => {
    const unit = seplosV3Unit(0);
    for (let at = 0x1112; at < 0x111a; at += 1) unit.words.set(at, RESERVED);
    const values = await reading(unit, { unit: 0 });
    expect(values).toMatchObject({
      voltage: 52.74,
      current: -2.91,
      state_of_charge: 96.6,
      cell_07: 3.291,
      cell_lowest: 7,
      cell_voltage_max: 3.301,
    });
  });
  test('questions as the maker prints them', async () => {
    const { questions } = await readOnLine(seplosV3, OPTIONS, seplosV3Unit(2).answer, 12_000);
    const recorded = exchangesOf('seplos-v3/frames').flatMap(({ question }) => (question[0] === 2 ? [question] : []));
    expect(questions.slice(0, 3)).toEqual(recorded);
    expect(questions.every((question) => question[1] === 4 || question[1] === 1)).toBe(true);
  });
});

describe('what is said', () => {
  test.each([
    ['a board of 300 A counts in tenths', changed(0x1001, 0xff77), { current: -13.7 }, { current_step: 0.1 }],
    ['fifteen cells', changed(0x110f, 0), { cell_15: 3.378, cell_voltage_min: 3.375 }, {}],
    ['a cell in the middle at 0', changed(0x1105, 0), { cell_06: null, cell_voltage_min: null, cell_voltage_max: null }, {}],
    ['more than 100 %', changed(0x1005, 1001), { state_of_charge: null }, {}],
    ['no voltage', changed(0x1000, 0), { voltage: null, power: null }, {}],
    ['no sensor', changed(0x1110, 0), { temperature_1: null, temperature_2: 25.5 }, {}],
    ['below zero', changed(0x1110, 2631), { temperature_1: -10 }, {}],
    ['no capacity', changed(0x1003, 0), { full_capacity: null }, {}],
  ])('%s', async (_, unit, expected, more) => expect(await reading(unit, more)).toMatchObject(expected));
  test('fifteen cells are not sixteen', async () => expect(await reading(changed(0x110f, 0))).not.toHaveProperty('cell_16'));

  const SWITCHES = ['discharging_enabled', 'charging_enabled'];
  test.each([
    [9, 0x01, ['cell_overvoltage'], 1],
    [9, 0x02, ['cell_overvoltage'], 2],
    [9, 0x08, ['cell_undervoltage'], 2],
    [9, 0x10, ['pack_overvoltage'], 1],
    [9, 0x80, ['pack_undervoltage'], 2],
    [10, 0x02, ['charge_overtemperature'], 2],
    [10, 0x04, ['charge_undertemperature'], 1],
    [10, 0x20, ['discharge_overtemperature'], 2],
    [10, 0x80, ['discharge_undertemperature'], 2],
    [11, 0x08, ['environment_alarm'], undefined],
    [11, 0x20, ['switch_hot'], undefined],
    [12, 0x01, ['charge_overcurrent'], 1],
    [12, 0x04, ['charge_overcurrent'], 2],
    [12, 0x08, ['discharge_overcurrent'], 1],
    [12, 0x20, ['discharge_overcurrent'], 2],
    [12, 0x40, ['short_circuit'], undefined],
    [13, 0x01, ['short_circuit'], undefined],
    [13, 0x02, ['reversed'], undefined],
    [13, 0x04, ['charge_overcurrent'], 2],
    [13, 0x08, ['discharge_overcurrent'], 2],
    [14, 0x04, ['charge_low'], 1],
    [14, 0x08, ['charge_low'], 2],
    [14, 0x10, ['cell_difference'], undefined],
    [17, 0x01, ['hardware_fault'], undefined],
    [17, 0x80, ['hardware_fault'], undefined],
    [6, 0x05, ['balancing'], undefined],
  ])('status byte %i = %i: %j', async (at, byte, keys, level) => {
    const values = await reading(withStatus(at, byte));
    expect(on(values).sort()).toEqual([...keys, ...SWITCHES].sort());
    if (level !== undefined) expect(values[`${keys[0]}_level`]).toBe(level);
  });
  test('balancing cells, heating, switches, states', async () => {
    expect(await reading(withStatus(7, 0x81))).toMatchObject({ balancing: true, balancing_cells: '9, 16' });
    expect(on(await reading(withStatus(15, 0x09)))).toEqual(['discharging_enabled', 'heater']);
    expect((await reading(withStatus(8, 0x10))).state).toBe('standby');
    expect((await reading(withStatus(8, 0x03))).state).toBeNull();
  });
  test('any words and bits give numbers, texts, booleans or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 128, maxLength: 128 }), async (bytes) => {
        const unit = seplosV3Unit(2);
        for (const [i, address] of [...unit.words.keys()].entries())
          unit.words.set(address, ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
        unit.status = [...bytes.subarray(0, 18)];
        const values = Object.values(await reading(unit));
        expect(values.length).toBeGreaterThan(20);
        for (const value of values) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('on the line', () => {
  test('a status that is refused is asked for no more', async () => {
    const { seen, questions } = await readOnLine(seplosV3, { ...OPTIONS, unit: 1 }, discharging().answer, 30_000);
    expect(seen.length).toBeGreaterThan(3);
    expect(questions.filter((question) => question[1] === 1)).toHaveLength(1);
  });
  test.each([
    ['silence', () => undefined, { fault: 'timeout', mend: expect.stringContaining('battery 0') }],
    ['a wrong checksum', (sound: Buffer) => Buffer.from(sound.map((byte, i) => (i === 10 ? byte ^ 1 : byte))), { fault: 'damaged' }],
    ["another battery's answer", (sound: Buffer) => withChecksum(Buffer.from([1, ...sound.subarray(1, -2)])), { fault: 'damaged' }],
    [
      'a refusal',
      () => withChecksum(Buffer.from([2, 0x84, 2])),
      { fault: 'exception', message: expect.stringMatching(/refuses .* 0x1000/) },
    ],
    ['busy', () => withChecksum(Buffer.from([2, 0x84, 6])), { fault: 'exception', code: 6 }],
  ])('%s is no reading', async (_, harm, error) => {
    const unit = seplosV3Unit(2);
    const { seen, running, opened } = await readOnLine(seplosV3, OPTIONS, (question) => harm(unit.answer(question) as Buffer));
    expect(seen).toEqual([]);
    await expect(running).rejects.toMatchObject(error);
    expect(opened()).toBeUndefined();
  });
  test('a number that no line has is refused', async () => {
    const { running } = await readOnLine(seplosV3, { ...OPTIONS, unit: 248 }, () => undefined, 100);
    await expect(running).rejects.toMatchObject({ field: 'unit' });
  });
});
