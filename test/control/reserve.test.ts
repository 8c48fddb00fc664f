import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newReserve, type ReserveSetting, type ReserveState, reserveMemory, stepReserve } from '../../src/control/reserve.ts';

const MINUTE = 60_000;
const DAY = 1_440;

function watched(setting: ReserveSetting, from?: ReserveState) {
  const self = {
    minute: 0,
    state: from ?? newReserve(setting, 0),
    /** `percent` undefined: unknown. */
    feed(minutes: number, percent: number | undefined, sure = true, full = false) {
      for (let i = 0; i < minutes; i += 1) {
        self.minute += 1;
        const nowMs = self.minute * MINUTE;
        self.state = stepReserve(self.state, setting, { nowMs, day: Math.floor(self.minute / DAY), sight: { percent, sure }, full });
      }
      return self.state;
    },
  };
  return self;
}
const FIXED: ReserveSetting = { least: 20, learning: false };
const LIFE: ReserveSetting = { least: 10, learning: true };

describe('a fixed reserve', () => {
  test('is reached after a minute, left 3 % above after five, by a sure figure only', () => {
    const r = watched(FIXED);
    expect(r.feed(1, 20).reached).toBe(false);
    expect(r.feed(1, 20).reached).toBe(true);
    expect(r.feed(60, 22.9).reached).toBe(true);
    expect(r.feed(5, 23).reached).toBe(true);
    expect(r.feed(60, 40, false).reached).toBe(true);
    expect(r.feed(5, 23).reached).toBe(true);
    expect(r.feed(1, 23).reached).toBe(false);
    expect([r.state.floor, r.state.rescue]).toEqual([20, 'no']);
  });

  test('an uncertain figure may set it, an unknown one changes nothing; a full battery lifts it', () => {
    const r = watched(FIXED);
    expect(r.feed(60, undefined).reached).toBe(false);
    expect(r.feed(3, 15, false).reached).toBe(true);
    expect(r.feed(60, undefined).reached).toBe(true);
    expect(r.feed(1, undefined, false, true).reached).toBe(false);
  });

  test('5 % below it the charger is wanted, back to where it was reached; never on a figure that is not sure', () => {
    const r = watched(FIXED);
    r.feed(3, 20);
    expect(r.feed(2, 15).rescue).toBe('no');
    expect(r.feed(60, 14, false).rescue).toBe('no');
    expect(r.feed(2, 14).rescue).toBe('deep');
    expect(r.feed(1, 14, false).rescue).toBe('no');
    expect(r.feed(8, 14).rescue).toBe('deep');
    expect(r.feed(10, 19.9).rescue).toBe('deep');
    expect([r.feed(1, 20).rescue, r.state.reached]).toEqual(['no', true]);
    expect(r.feed(2 * DAY, 19).rescue).toBe('no');
  });
});

describe('a floor that learns', () => {
  test('rises by 5 % once a day at most, falls by 5 % at 85 % and by 5 % more at 95 %', () => {
    const r = watched(LIFE);
    r.feed(10, 10);
    expect([r.state.floor, r.state.reached]).toEqual([15, true]);
    r.feed(30, 19);
    r.feed(10, 15);
    expect([r.state.floor, r.state.reached]).toEqual([15, true]);
    r.feed(DAY, 50);
    r.feed(10, 15);
    expect(r.state.floor).toBe(20);
    r.feed(30, 30);
    r.feed(10, 85);
    expect(r.state.floor).toBe(15);
    r.feed(10, 95);
    r.feed(10, 80);
    r.feed(10, 96);
    expect(r.state.floor).toBe(10);
    r.feed(DAY, 99);
    expect(r.state.floor).toBe(10);
  });

  test('reached for a whole day it calls the charger once, and rises', () => {
    const r = watched(LIFE);
    r.feed(10, 10);
    expect(r.feed(DAY - 20, 12).rescue).toBe('no');
    expect(r.feed(20, 12)).toMatchObject({ rescue: 'long', floor: 20 });
    expect(r.feed(30, 22.9).rescue).toBe('long');
    expect(r.feed(1, 23).rescue).toBe('no');
    expect(r.feed(6, 23).reached).toBe(false);
  });

  test('goes on after a restart as if there had been none', () => {
    const r = watched(LIFE);
    r.feed(10, 10);
    const memory = reserveMemory(r.state, r.minute * MINUTE);
    const again = newReserve(LIFE, 0, memory);
    expect(again).toMatchObject({ floor: 15, reached: true, reachedAt: 10, roseToday: true });
    expect(again.reachedMs).toBe(-8 * MINUTE);
    expect(newReserve(FIXED, 0, memory).floor).toBe(20);
  });
});

/** Ten weeks of a cabin: 100 % of capacity is a day of sun in summer, a tenth of it in the dark weeks; the house takes what it may. */
function season(setting: ReserveSetting, sun: (day: number) => number) {
  const r = watched(setting);
  let soc = 90;
  const days: { readonly floor: number; readonly top: number; readonly low: number; readonly cuts: number }[] = [];
  for (let day = 0; day < 70; day += 1) {
    let [top, low, cuts] = [0, 100, 0];
    for (let m = 0; m < DAY; m += 5) {
      const light = m > 480 && m < 960 ? (sun(day) * 5) / 480 : 0;
      const drawn = r.state.reached ? 0 : (30 * 5) / DAY;
      const rescue = r.state.rescue === 'no' ? 0 : 1;
      soc = Math.min(100, Math.max(0, soc + light - drawn + rescue));
      const was = r.state.reached;
      r.feed(5, soc);
      if (r.state.reached && !was) cuts += 1;
      [top, low] = [Math.max(top, soc), Math.min(low, soc)];
    }
    days.push({ floor: r.state.floor, top, low, cuts });
  }
  return days;
}

test('ten weeks: in the dark the floor climbs until the battery fills again, in the light it comes back down', () => {
  const sun = (day: number): number => (day < 7 ? 60 : day < 42 ? 20 : 60);
  const life = season(LIFE, sun);
  const fixed = season({ ...LIFE, learning: false }, sun);
  const at = (day: number): number => life[day]?.floor ?? NaN;
  expect(at(6)).toBe(10);
  // No dark day lowers it before the battery has been at 85 %, and no day raises it twice, but by the rescue of a whole dark day.
  for (let day = 1; day < 70; day += 1) {
    const step = at(day) - at(day - 1);
    expect(step).toBeLessThanOrEqual(10);
    if (step < 0) expect(life[day]?.top ?? 0).toBeGreaterThanOrEqual(85);
  }
  expect(Math.max(...life.map(({ floor }) => floor))).toBeGreaterThanOrEqual(60);
  expect(Math.max(...life.map(({ floor }) => floor))).toBeLessThanOrEqual(80);
  // What it is for: the battery without it stays low for weeks, with it it has been near full again.
  const tops = (days: typeof life) => days.slice(20, 42).map(({ top }) => top);
  expect(Math.max(...tops(fixed))).toBeLessThan(50);
  expect(Math.max(...tops(life))).toBeGreaterThanOrEqual(79);
  expect(at(69)).toBe(10);
  for (const { cuts } of life) expect(cuts).toBeLessThanOrEqual(6);
});

test('whatever is seen: the floor stays between its bounds, nothing is lifted or called by what is not sure', () => {
  const look = fc.record({
    minutes: fc.integer({ min: 1, max: 90 }),
    percent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    sure: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 60 }), fc.integer({ min: 0, max: 95 }), fc.boolean(), (looks, least, learning) => {
      const r = watched({ least, learning });
      let changedAt = -Infinity;
      for (const { minutes, percent, sure } of looks) {
        for (let i = 0; i < minutes; i += 1) {
          const before = r.state;
          const state = r.feed(1, percent, sure);
          expect(state.floor).toBeGreaterThanOrEqual(least);
          expect(state.floor).toBeLessThanOrEqual(Math.max(80, least));
          if (!learning) expect(state.floor).toBe(least);
          if (!sure || percent === undefined) {
            expect(state.rescue).toBe('no');
            expect(state.reached || !before.reached).toBe(true);
            expect(state.floor).toBeGreaterThanOrEqual(before.floor);
          }
          if (state.rescue !== 'no') expect(state.reached).toBe(true);
          if (before.reached && !state.reached) expect(r.minute - changedAt).toBeGreaterThanOrEqual(5);
          if (before.reached !== state.reached) changedAt = r.minute;
        }
      }
    }),
    { numRuns: 100 },
  );
});
