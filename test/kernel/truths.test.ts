/** What goes into the kernel comes out at the broker: registers, frames, levels, pulses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labYaml } from './config.ts';
import { ACTIVE_HIGH, type House, makeDataDisk, openHouse, RELAYS, STUB_ADDRESSES } from './house.ts';
import { long } from './machine.ts';
import { note } from './table.ts';
import type { Edge } from './trace.ts';
import { historicFrame, linkyFrame, playFrames } from './wires.ts';

let house: House;
let stopFrames: () => void = () => undefined;
const hex = (value: number): string => `0x${value.toString(16)}`;
const swapped = (word: number): string => hex(((word & 0xff) << 8) | (word >> 8));

/** As the chip would: shunt voltage in 10 µV, bus voltage in 4 mV shifted by three, ready. */
async function measure(address: number, volts: number, amps: number): Promise<void> {
  const shunt = Math.round((amps * 0.01) / 10e-6) & 0xffff;
  const bus = (Math.round(volts / 4e-3) << 3) | 2;
  await house.machine.sh(`i2cset -y 0 ${hex(address)} 1 ${swapped(shunt)} w; i2cset -y 0 ${hex(address)} 2 ${swapped(bus)} w`);
}

/** What a relay board wired to this line would do: it is closed while the level is the active one. */
const closing = (id: string, edge: Edge): boolean => edge.level === (id === ACTIVE_HIGH ? 1 : 0);

beforeAll(async () => {
  house = await openHouse({ dataDisk: makeDataDisk('truths') });
  note('00', 'power-on to a guest that takes commands', `${(house.machine.bootMs / 1000).toFixed(1)} s`);
  for (const address of STUB_ADDRESSES) await measure(address, 12, 0);
});
afterAll(async () => {
  stopFrames();
  await house?.[Symbol.asyncDispose]();
});

test('at the start every relay line is driven open before anything else, without a glitch', async () => {
  await house.trace.clear();
  const ms = await house.start(labYaml());
  note('01', 'start of the program to its first words at the broker', `${(ms / 1000).toFixed(1)} s`);
  const edges = (await house.trace.edges()).filter(({ line }) => Object.values<number>(RELAYS).includes(line));
  for (const [id, line] of Object.entries(RELAYS)) {
    const own = edges.filter((edge) => edge.line === line);
    expect(
      own.some(({ kind }) => kind === 'out'),
      id,
    ).toBe(true);
    expect(
      own.filter((edge) => edge.kind === 'set' && closing(id, edge)),
      id,
    ).toEqual([]);
    expect(await house.level(line), id).toBe(id === ACTIVE_HIGH ? 0 : 1);
  }
  note('10', 'relay lines at the start: levels of the closed relay, from kernel trace points', '0');
});

test('registers of four INA219 become volts, amperes and watts', async () => {
  for (const [i, address] of STUB_ADDRESSES.entries()) await measure(address, 12 + i, i % 2 === 0 ? 5.5 + i : -3.25 - i);
  for (const i of STUB_ADDRESSES.keys()) {
    const [volts, amps] = [12 + i, i % 2 === 0 ? 5.5 + i : -3.25 - i];
    const id = `bat_0${i + 1}`;
    await house.until(`${id} shows ${volts} V`, () => house.values(id).bus_voltage === volts && house.values(id).current === amps);
    expect(house.values(id).power).toBeCloseTo(volts * amps, 1);
  }
  note('11', 'INA219 x4 on i2c-stub through i2c-dev: values equal to the registers', '4 of 4');
});

test('TIC frames on the 16550 line become values, in both modes, and a change of mode is followed', async () => {
  stopFrames = playFrames(house.machine.tic, () => linkyFrame(1234, 5_000_100));
  const found = await house.until('standard frames', () => house.values('linky').energy_drawn === 5_000_100, 40_000);
  expect(house.values('linky')).toMatchObject({ tic_mode: 'standard', apparent_power: 1234, tic_error_rate: 0 });
  stopFrames();
  // An emulated 16550 passes bytes at any speed; here it is the separators that the other mode refuses.
  stopFrames = playFrames(house.machine.tic, () => historicFrame(2345, 5_000_200), 2_000);
  const followed = await house.until('historic frames', () => house.values('linky').energy_drawn === 5_000_200, 60_000);
  expect(house.values('linky')).toMatchObject({ tic_mode: 'historic', apparent_power: 2345 });
  note(
    '12',
    'TIC on a 16550: found, then followed from standard to historic',
    `${(found / 1000).toFixed(1)} s, ${(followed / 1000).toFixed(1)} s`,
  );
});

test('relays: the level of the line is the published state, and nothing else ever appears on it', async () => {
  await house.until('the hold after the start is over', () => house.values('rs_01').rs_01_reason === 'default', 30_000);
  for (const [id, line] of Object.entries(RELAYS)) {
    await house.trace.clear();
    await house.command(id, id, 'ON');
    await house.until(`${id} on`, () => house.values(id)[id] === true);
    expect(await house.level(line)).toBe(id === ACTIVE_HIGH ? 1 : 0);
    await house.command(id, id, 'OFF');
    await house.until(`${id} off`, () => house.values(id)[id] === false);
    expect(await house.level(line)).toBe(id === ACTIVE_HIGH ? 0 : 1);
    const sets = (await house.trace.edges()).filter((edge) => edge.kind === 'set' && Object.values<number>(RELAYS).includes(edge.line));
    expect(
      sets.filter((edge) => edge.line !== line),
      'other relays',
    ).toEqual([]);
    expect(
      sets.map((edge) => closing(id, edge)),
      id,
    ).toEqual([true, false]);
  }
  note('13', 'relay levels equal to the published states; changes on the line per command', '5 of 5; exactly 1');
});

const counted = (id: string): number => Number(house.values(id).pulses ?? Number.NaN);

async function pulse(lines: readonly number[], ids: readonly string[], hz: number, count: number, burn = false): Promise<number> {
  const before = ids.map(counted);
  if (burn) await house.machine.sh('for i in 1 2; do setsid lab-tool burn >/dev/null 2>&1 </dev/null & done');
  const rate = Number(
    await house.machine.sh(`lab-tool pulses ${hz} ${count} ${lines.map(house.pullFile).join(' ')}`, 30_000 + (2_000 * count) / hz),
  );
  await house.machine.try('killall lab-tool');
  for (const [i, id] of ids.entries()) {
    await house.until(`${id} counted ${count}`, () => counted(id) - (before[i] ?? 0) >= count, 20_000);
    expect(counted(id) - (before[i] ?? 0), id).toBe(count);
  }
  return rate;
}

test('pulses at 200 Hz on three lines: not one is lost', async () => {
  const count = long ? 250_000 : 1_000;
  await house.until('the meters report', () => ['water', 'flow_1', 'flow_2', 'heater'].every((id) => Number.isFinite(counted(id))));
  const begun = await house.machine.sh('cat /proc/$(cat /tmp/pid)/stat');
  const rate = await pulse([27, 22, 23], ['water', 'flow_1', 'flow_2'], 200, count);
  const ended = await house.machine.sh('cat /proc/$(cat /tmp/pid)/stat');
  const ticks = (text: string): number => Number(text.split(' ')[13]) + Number(text.split(' ')[14]);
  const cpu = (ticks(ended) - ticks(begun)) / (count / rate);
  note(
    '14',
    `pulses at ${rate.toFixed(0)} Hz on three lines together (char device)`,
    `${3 * count} of ${3 * count}, ${cpu.toFixed(1)} % CPU`,
  );
}, 3_600_000);

test('bursts at 10 kHz with both processors busy: not one is lost', async () => {
  const count = long ? 1_000_000 : 50_000;
  const rate = await pulse([22], ['flow_1'], 10_000, count, true);
  note('15', `pulses in bursts at ${(rate / 1000).toFixed(1)} kHz with both processors busy (char device)`, `${count} of ${count}`);
}, 3_600_000);

test('a stop opens every relay at once and ends well', async () => {
  // Two busy processors can make the program stand still for so long that its relays rest for a minute.
  await house.until('no fault stands', () => house.values('rs_01').rs_01_reason !== 'line-fault', 120_000);
  await house.command('rs_01', 'rs_01', 'ON');
  await house.until('rs_01 on', () => house.values('rs_01').rs_01 === true);
  await house.trace.clear();
  const { code, ms } = await house.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(6_000);
  const sets = (await house.trace.edges()).filter((edge) => edge.kind === 'set' && edge.line === RELAYS.rs_01);
  expect(sets.map((edge) => closing('rs_01', edge))).toEqual([false]);
  expect(house.available('linky')).toBe(false);
  note('16', 'SIGTERM to exit code 0, relays open', `${(ms / 1000).toFixed(1)} s`);
});

test('the same through sysfs: relays without a glitch, lost pulses told by the diagnostic', async () => {
  await house.trace.clear();
  await house.start(labYaml({ backend: 'sysfs' }));
  const count = 500;
  await house.until('the meters report', () => Number.isFinite(counted('flow_1')));
  expect(house.values('flow_1').limited_precision).toBe(true);
  await house.until('the hold after the start is over', () => house.values('rs_01').rs_01_reason === 'default', 30_000);
  for (const [id, line] of Object.entries(RELAYS)) {
    await house.command(id, id, 'ON');
    await house.until(`${id} on`, () => house.values(id)[id] === true);
    await house.command(id, id, 'OFF');
    await house.until(`${id} off`, () => house.values(id)[id] === false);
    const sets = (await house.trace.edges()).filter((edge) => edge.kind === 'set' && edge.line === line);
    expect(
      sets.filter((edge) => closing(id, edge)),
      id,
    ).toHaveLength(1);
    // The first level ever driven is the open one.
    expect(closing(id, sets[0] as Edge), id).toBe(false);
  }
  const before = counted('flow_1');
  await house.machine.sh(`lab-tool pulses 50 ${count} ${house.pullFile(22)}`, 60_000);
  await house.machine.sh('sleep 2');
  const seen = counted('flow_1') - before;
  expect(seen).toBeGreaterThan(count / 2);
  expect(seen).toBeLessThanOrEqual(count);
  expect((await house.stop()).code).toBe(0);
  note(
    '20',
    'sysfs (onoff): relay changes per command; pulses seen at 50 Hz; told as limited precision',
    `exactly 1; ${seen} of ${count}; yes`,
  );
});
