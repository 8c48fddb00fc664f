import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allCells, cellsIn, packOf, readItems } from '../../src/drivers/lib/smartbms-lines.ts';
import { smartbms } from '../../src/drivers/smartbms.ts';
import { DeviceError } from '../../src/model.ts';
import { PATH, serialDevice } from './serial-device.ts';
import { cellLine, controller, PACK } from './smartbms-controller.ts';

const LAYOUT = { cells: 16, capacityAh: 100 };
const OPTIONS = { port: PATH, period_s: 10 };

describe('lines', () => {
  test('the pack', () => {
    const items = readItems(PACK);
    expect(items && packOf(items, LAYOUT)).toMatchObject({
      ...{ voltage: 52.9, current: -23, power: -1216.7, state_of_charge: 85, activity: 'discharging' },
      ...{ cell_voltage_min: 3.29, cell_voltage_max: 3.32, cell_voltage_spread: 0.03 },
    });
  });
  test('below 10 A with two decimals, charging is positive, rest is 0', () => {
    const pack = (amps: string, activity: number) =>
      packOf(readItems(PACK.replace('-23', amps).replace('g0062', `g006${activity}`)) ?? new Map(), LAYOUT);
    expect(pack('4.50', 1)).toMatchObject({ current: 4.5, activity: 'charging' });
    expect(pack('0.00', 0)).toMatchObject({ current: 0, activity: 'idle' });
    expect(pack('4.50', 2)).toBeUndefined();
  });
  test('two cells, the second with two digits', () => {
    expect(cellsIn(readItems(cellLine(9)) ?? new Map())).toEqual(
      new Map([9, 10].map((n) => [n, { volts: n === 9 ? 3.31 : 3.3, poleC: 21, resistorC: 24, flags: '000000' }])),
    );
  });
  test.each([
    ['cut at its end', PACK.slice(0, -1)],
    ['cut at its start', PACK.slice(2)],
    ['a letter in a number', PACK.replace('52.9', '5Z.9')],
    ['an item twice', PACK.replace('g002', 'g001')],
    ['empty', ''],
    ['a value missing', PACK.replace('52.9', '')],
  ])('%s: nothing', (_, line) => expect(readItems(line)).toBeUndefined());
  test.each([
    ['a digit of the voltage', PACK.replace('52.9', '92.9')],
    ['an item missing', PACK.replace('$#g00385', '')],
    ['an unknown activity', PACK.replace('g0062', 'g0067')],
    ['the sign of the current', PACK.replace('-23', '23')],
    ['the lowest above the highest', PACK.replace('g0053.29', 'g0053.92')],
  ])('%s wrong: the line contradicts itself', (_, line) => {
    const items = readItems(line);
    expect(items && packOf(items, LAYOUT)).toBeUndefined();
  });
  test('faults of cells, and what a silent board said before', () => {
    const cell = { volts: 3.3, poleC: 30, resistorC: 50, flags: '000000' };
    expect(allCells([cell, { ...cell, flags: '010000', poleC: 35 }])).toMatchObject({
      ...{ balancing: true, balancing_cells: '2', temperature_max: 35, resistor_temperature_max: 50, cell_silent: false },
    });
    expect(allCells([cell, { ...cell, flags: '001101' }])).toMatchObject({
      ...{ cell_02: null, cell_voltage_min: null, temperature_2: null, temperature_max: null },
      ...{ cell_silent: true, cell_undervoltage: true, resistor_overtemperature: true, cell_overvoltage: false },
    });
  });
});

describe('a controller', () => {
  test.each([16, 7])('%i cells', async (cells) => {
    const { clock, read, all } = controller(cells);
    const { seen } = read(smartbms, OPTIONS);
    await clock.advance(61_000);
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(seen.at(-1)).toMatchObject({
      current: -23,
      state_of_charge: 85,
      design_capacity: 100,
      cell_01: 3.31,
      cell_02: 3.3,
      alarm: false,
    });
    expect(seen.at(-1)).toHaveProperty(`cell_${String(cells).padStart(2, '0')}`);
    expect(seen.at(-1)).not.toHaveProperty(`cell_${String(cells + 1).padStart(2, '0')}`);
    // Nothing that writes (#p), tests (#q) or resets (#r); no page that shows the password (#s1, #s4).
    expect(all.every((command) => /^#(s[23]|h[01]|m\d+)$/.test(command))).toBe(true);
  });
  test('its alarm', async () => {
    const { clock, read, state } = controller();
    const { last } = read(smartbms, OPTIONS);
    state.alarm = '1';
    await clock.advance(30_000);
    expect(last().alarm).toBe(true);
  });
  test('half of the lines broken: slower, never wrong', async () => {
    let n = 0;
    const { clock, read } = controller(4, (line) => (n++ % 2 === 0 ? line.slice(1) : line));
    const { seen } = read(smartbms, OPTIONS);
    await clock.advance(60_000);
    for (const values of seen) expect(values).toMatchObject({ voltage: 13.2, cell_voltage_min: 3.3, cell_voltage_max: 3.31 });
  });
  test('one broken line does not tell how many cells there are', async () => {
    let broken = 0;
    const { clock, read } = controller(4, (line) => (line.includes('$#p0144$') && broken++ === 0 ? line.replace('p0144', 'p0143') : line));
    const { seen } = read(smartbms, OPTIONS);
    await clock.advance(30_000);
    expect(broken).toBeGreaterThan(0);
    for (const values of seen) expect(values).toHaveProperty('cell_04');
  });
  test('silence, another page, unplugged, abort', async () => {
    const nobody = serialDevice(() => undefined);
    const first = nobody.read(smartbms, OPTIONS);
    await nobody.clock.advance(5000);
    await expect(first.running).rejects.toThrow(/silence/);

    const { clock, read, wire } = controller();
    const second = read(smartbms, OPTIONS);
    await clock.advance(20_000);
    wire.unplug();
    await clock.advance(20_000);
    await expect(second.running).rejects.toBeInstanceOf(DeviceError);

    const other = controller();
    const third = other.read(smartbms, OPTIONS);
    await other.clock.advance(20_000);
    third.controller.abort(new Error('stop'));
    await other.clock.advance(10);
    await expect(third.running).rejects.toThrow();
    expect(other.wire.opened).toBeUndefined();
  });
});

test('random lines never throw', () => {
  const part = fc.tuple(fc.constantFrom('g', 'v', 't', 'u', 'z', 'i', 'p'), fc.integer({ min: 0, max: 20 }), fc.float({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.string(), (parts, noise) => {
      const line = `${parts.map(([letter, n, value]) => `$#${letter}${String(n).padStart(3, '0')}${value.toFixed(1)}`).join('')}$`;
      for (const text of [line, noise]) {
        const items = readItems(text) ?? new Map<string, string>();
        packOf(items, LAYOUT);
        allCells([...cellsIn(items).values()]);
      }
    }),
  );
});
