import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ScheduleRule, type ScheduleState, type ScheduleView, schedule } from '../../src/control/shedding-schedule.ts';

const DAY = 20_000; // 4 October 2024, a Friday
const at = (day: number, hour: number, more: Partial<ScheduleView> = {}): ScheduleView => {
  return { nowMs: (day * 24 + hour) * 3_600_000, local: { day, minute: Math.round(hour * 60) }, tariff: null, colour: null, ...more };
};
/** Which hours of a day are shed, looked at every quarter. */
function hours(rules: readonly ScheduleRule[], views: readonly ScheduleView[]): boolean[] {
  let state: ScheduleState = {};
  return views.map((view) => {
    const step = schedule(rules, state, view);
    state = step.state;
    return 'tank' in step.shed;
  });
}
const rule = (more: Partial<ScheduleRule>): ScheduleRule => ({ id: 'r', loads: ['tank'], ...more });

test('tariff period and colour of the day', () => {
  const rules = [rule({ tariffs: ['mobile_peak', 'peak_red'] }), rule({ id: 'red', loads: ['car'], colours: ['red'] })];
  expect(schedule(rules, {}, at(DAY, 9, { tariff: 'peak_red', colour: 'red' })).shed).toEqual({ tank: 'r', car: 'red' });
  expect(schedule(rules, {}, at(DAY, 9, { tariff: 'peak_blue', colour: 'blue' })).shed).toEqual({});
});

test('all that is given must hold; nothing given never sheds; the first rule gives its name', () => {
  const both = rule({ colours: ['red'], windows: [{ from: 18 * 60, to: 20 * 60, days: [] }] });
  expect(hours([both], [at(DAY, 19, { colour: 'red' })])).toEqual([true]);
  expect(hours([both], [at(DAY, 19, { colour: 'white' })])).toEqual([false]);
  expect(hours([both], [at(DAY, 17, { colour: 'red' })])).toEqual([false]);
  expect(hours([rule({})], [at(DAY, 19)])).toEqual([false]);
  const twice = [rule({ tariffs: ['peak'] }), rule({ id: 's', tariffs: ['peak'] })];
  expect(schedule(twice, {}, at(DAY, 1, { tariff: 'peak' })).shed).toEqual({ tank: 'r' });
});

describe('windows', () => {
  const evening = rule({ windows: [{ from: 18 * 60, to: 20 * 60, days: [] }] });
  test('from is in, to is out', () => {
    expect(hours([evening], [at(DAY, 17.98), at(DAY, 18), at(DAY, 19.98), at(DAY, 20)])).toEqual([false, true, true, false]);
  });

  test('over midnight it belongs to the day of its start', () => {
    const night = rule({ windows: [{ from: 22 * 60, to: 6 * 60, days: [5] }] });
    expect(hours([night], [at(DAY, 1), at(DAY, 23), at(DAY + 1, 5), at(DAY + 1, 7), at(DAY + 1, 23)])).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('each occurrence once: the hour that comes twice in autumn does not shed twice', () => {
    const small = rule({ windows: [{ from: 120, to: 150, days: [] }] });
    expect(hours([small], [at(DAY, 2.25), at(DAY, 2.75), at(DAY, 2.0), at(DAY, 2.4), at(DAY, 3), at(DAY + 1, 2.25)])).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('a wall clock not believed starts nothing', () => {
    expect(hours([evening], [at(DAY, 19, { local: null })])).toEqual([false]);
  });
});

test('unknown starts nothing, keeps what runs for two hours, then lets go', () => {
  const red = rule({ colours: ['red'] });
  const minutes = Array.from({ length: 150 }, (_, i) => at(DAY, 6 + i / 60, { colour: i === 0 ? 'red' : null }));
  const shed = hours([red], minutes);
  expect(shed.indexOf(false)).toBe(121);
  expect(hours([red], minutes.slice(1)).some(Boolean)).toBe(false);
});

test('whatever the clock does, a window occurrence never runs twice', () => {
  const small = rule({ windows: [{ from: 120, to: 180, days: [] }] });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1439 }), { maxLength: 60 }), (minutes) => {
      const shed = hours(
        [small],
        minutes.map((minute) => at(DAY, minute / 60)),
      );
      const starts = shed.filter((on, i) => on && shed[i - 1] !== true).length;
      expect(starts).toBeLessThanOrEqual(1);
    }),
  );
});
