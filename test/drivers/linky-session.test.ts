/** A reading over time: found, lost, found again in the other mode, forgotten, stopped. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LINKY_ENTITIES } from '../../src/drivers/lib/tic-entities.ts';
import { DeviceError } from '../../src/model.ts';
import { ticFrame, type WrittenGroup } from '../../src/ports/sim/tic-writer.ts';
import { meter } from './linky-meter.ts';

const STANDARD = [
  { label: 'ADSC', data: '061234567890' },
  { label: 'EAST', data: '000001000' },
  { label: 'SINSTS', data: '00500' },
  { label: 'STGE', data: '003A0000' },
] satisfies WrittenGroup[]; // synthetic
const LONG = [
  { label: 'ADCO', data: '061234567890' },
  { label: 'OPTARIF', data: 'BASE' },
  { label: 'BASE', data: '000001000' },
  { label: 'PTEC', data: 'TH..' },
  { label: 'IINST1', data: '005' },
  { label: 'IINST2', data: '031' },
  { label: 'IINST3', data: '004' },
] satisfies WrittenGroup[]; // synthetic
const SHORT = [
  { label: 'ADIR2', data: '031' },
  { label: 'ADCO', data: '061234567890' },
  ...LONG.filter(({ label }) => label.startsWith('IINST')),
] satisfies WrittenGroup[]; // synthetic

const standard = (...more: WrittenGroup[]): Uint8Array => ticFrame('standard', [...STANDARD, ...more]);
const historic = (groups: readonly WrittenGroup[]): Uint8Array => ticFrame('historic', groups);

describe('searching', () => {
  test('one frame is an accident, two are a meter', async () => {
    const m = meter();
    await m.send(standard(), 9600);
    expect(m.seen).toHaveLength(0);
    await m.send(standard(), 9600);
    expect(m.seen).toHaveLength(1);
    expect(m.last()).toMatchObject({ tic_mode: 'standard', energy_drawn: 1000 });
  });
  test('where the mode is given, the first frame counts', async () => {
    const m = meter('standard');
    await m.send(standard(), 9600);
    expect(m.seen).toHaveLength(1);
  });
  test('a frame every three seconds, the slowest there is, is found from any beginning', async () => {
    const m = meter();
    await m.clock.advance(6000);
    for (let i = 0; i < 4; i += 1) {
      m.wire.send(historic(LONG), 1200);
      await m.clock.advance(3000);
    }
    expect(m.last()).toMatchObject({ tic_mode: 'historic', current_l2: 31 });
  });
  test('values come with the last byte of their frame', async () => {
    const m = meter('standard');
    const frame = standard();
    m.wire.send(frame.subarray(0, -1), 9600);
    await m.clock.advance(900);
    expect(m.seen).toHaveLength(0);
    m.wire.send(frame.subarray(-1), 9600);
    await m.clock.advance(0);
    expect(m.seen.map(({ atMs }) => atMs)).toEqual([900]);
  });
});

describe('lost while running', () => {
  const sum = ticFrame('standard', STANDARD);
  const damaged = sum.map((byte, at) => (at === 12 ? byte ^ 1 : byte));
  test.each<[string, Uint8Array, RegExp, RegExp]>([
    ['silence', new Uint8Array(), /9600 baud: silence/, /two wires/],
    ['noise', new Uint8Array(200).fill(0x55), /9600 baud: nothing readable/, /two wires/],
    ['damaged groups', damaged, /9600 baud: \d+ good and \d+ bad groups, no whole frame/, /Shorten the cable/],
    ['its address alone', ticFrame('standard', STANDARD.slice(0, 1)), /only the meter's address/, /ask the supplier/],
  ])('%s for ten seconds is an error in a given mode, and says so', async (_, bytes, message, mend) => {
    const m = meter('standard');
    await m.send(standard(), 9600);
    for (let second = 0; second < 12; second += 1) {
      if (bytes.length > 0) m.wire.send(bytes, 9600);
      await m.clock.advance(1000);
    }
    const error = (await m.failure) as DeviceError;
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toMatch(message);
    expect(error.mend).toMatch(mend);
    expect((m.endedMs() ?? 0) - (m.seen.find(({ values }) => values.energy_drawn !== undefined)?.atMs ?? 0)).toBeLessThanOrEqual(11_000);
    expect(m.wire.opened).toBeUndefined();
  });
  test('in auto the other speed is tried before giving up, and every timer and port is given back', async () => {
    const m = meter();
    await m.send(standard(), 9600);
    await m.send(standard(), 9600);
    await m.clock.advance(10_100);
    expect(m.wire.opened?.baudRate).toBe(1200);
    await m.clock.advance(20_000);
    expect(String(await m.failure)).toMatch(/1200 baud: silence; 9600 baud: silence/);
    expect([m.wire.opened, m.pendingTimers()]).toEqual([undefined, 0]);
  });
});

describe('what is not said any more', () => {
  test('an overload of the historic mode does not stay on for ever in the standard mode; each key is given up once', async () => {
    const m = meter();
    await m.clock.advance(6500);
    for (const groups of [LONG, LONG, SHORT]) await m.send(historic(groups), 1200);
    expect(m.last()).toMatchObject({ overload: true, overload_l2: true, overload_current_l2: 31 });
    for (let second = 0; second < 16; second += 1) {
      m.wire.send(standard(), 9600);
      await m.clock.advance(1000);
    }
    const nulls = m.seen.filter(({ values }) => values.tic_mode === 'standard').map(({ values }) => values.overload_l2);
    expect(nulls.filter((value) => value === null)).toHaveLength(1);
    expect(nulls[0]).toBeNull();
    expect(m.last()).toMatchObject({ tic_mode: 'standard', overload: false });
  });
  test('a notice that is over is unknown once; totals and the one-time message are kept', async () => {
    const m = meter('standard');
    const profile = ['0256C001', ...Array.from({ length: 10 }, () => 'NONUTILE')].join(' ');
    await m.send(
      standard({ label: 'PPOINTE', data: profile }, { label: 'MSG2', data: 'COUPURE DEMAIN  ' }, { label: 'EAIT', data: '000000007' }),
      9600,
    );
    expect(m.last()).toMatchObject({
      profile_peak_day: '02:56 index 1, contact closed',
      short_message: 'COUPURE DEMAIN',
      energy_injected: 7,
    });
    await m.send(standard(), 9600);
    expect(m.last()).toMatchObject({ profile_peak_day: null, profile_peak_day_raw: null });
    for (const key of ['short_message', 'energy_injected']) expect(m.last()).not.toHaveProperty(key);
    await m.send(standard(), 9600);
    expect(m.last()).not.toHaveProperty('profile_peak_day');
  });
  test('neither damaged nor short frames take anything away: twenty short, one long, as in an overload', async () => {
    const m = meter('historic');
    await m.send(historic(LONG), 1200);
    const before = m.seen.length;
    for (let i = 0; i < 20; i += 1) await m.send(historic(SHORT), 1200);
    await m.send(historic([...LONG.slice(0, 6), { label: 'IINST3', data: '4' }]), 1200);
    await m.send(historic(LONG), 1200);
    const after = m.seen.slice(before).map(({ values }) => values);
    expect(after).toHaveLength(22);
    for (const values of after.slice(0, -1)) expect(Object.values(values)).not.toContain(null);
    expect(after.at(-1)).toMatchObject({ overload: false, overload_l2: false, energy_drawn: 1000 });
  });
  test('every value of every capture, of both modes, has its entity', async () => {
    const m = meter();
    for (const name of ['historic-1p-tempo', 'standard-3p-tempo-peak', 'historic-3p-base', 'standard-1p-producer']) {
      await m.play(name, name.startsWith('standard') ? 9600 : 1200, 30);
      expect(m.last().tic_mode, name).toBe(name.split('-')[0]);
    }
    for (const { values } of m.seen) for (const key of Object.keys(values)) expect(LINKY_ENTITIES, key).toHaveProperty(key);
  });
});

describe('diagnostics', () => {
  test('frames without one good group count in the error rate', async () => {
    const m = meter('standard');
    await m.send(standard(), 9600);
    m.wire.send(Buffer.from('\x02\nEAST\t000001000\t!\r\nSINSTS\t00500\t!\r\x03', 'latin1'), 9600);
    await m.send(standard(), 9600);
    expect(m.last().tic_error_rate).toBe(20);
    for (let second = 0; second < 61; second += 1) {
      m.wire.send(standard(), 9600);
      await m.clock.advance(1000);
    }
    expect(m.last().tic_error_rate).toBe(0);
  });
  test('frames whose indexes disagree give no energy and are counted', async () => {
    const m = meter('standard');
    const parts = (first: string): WrittenGroup[] =>
      [first, ...Array.from({ length: 9 }, () => '000000000')].map((data, i) => ({ label: `EASF${String(i + 1).padStart(2, '0')}`, data }));
    await m.send(standard(...parts('000001000')), 9600);
    expect(m.last()).toMatchObject({ energy_drawn: 1000, withheld_frames: 0 });
    await m.send(standard(...parts('000901000')), 9600);
    expect(m.last()).toMatchObject({ index_mismatch: true, withheld_frames: 1 });
    for (const key of ['energy_drawn', 'easf01']) expect(m.last()).not.toHaveProperty(key);
  });
});

describe('stopping', () => {
  const bytes = readFileSync('test/fixtures/linky/standard-1p-consumer.tic');
  test.each([0, 1, 300, 1500, 5000])('after %i bytes: the reading ends, port and timers are given back', async (count) => {
    const m = meter();
    if (count > 0) await m.send(bytes.subarray(0, count), 9600);
    m.controller.abort(new Error('stop'));
    await m.clock.advance(0);
    await m.running;
    expect([m.wire.opened, m.pendingTimers()]).toEqual([undefined, 0]);
  });
});
