import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Breaker, breakerAt, breakerLater, breakerOpen, breakerSample, secondsToTrip } from '../../src/control/breaker.ts';

const CUT_OFF = 6000;

/** The meter's own arithmetic, one second at a time. */
function secondsByTheRule(before: number, load: number): number {
  let y = (before * CUT_OFF) ** 2;
  for (let s = 1; s <= 3600; s++) {
    y = 0.008 * (load * CUT_OFF) ** 2 + 0.992 * y;
    if (y >= (1.3 * CUT_OFF) ** 2) return s;
  }
  return Number.POSITIVE_INFINITY;
}
const rested = (share: number): Breaker => ({ y: (share * CUT_OFF) ** 2, powerVa: share * CUT_OFF, atMs: 0 });

describe('time to open, against the control law (load-shedding, Linky cut-off: computed time to open)', () => {
  const LOADS = [1.35, 1.4, 1.5, 1.6, 2.0, 2.5, 3.0];
  const rows = [
    { before: 0.3, seconds: [320, 241, 168, 130, 66, 37, 25] },
    { before: 0.8, seconds: [273, 198, 131, 99, 47, 26, 17] },
  ].flatMap(({ before, seconds }) => LOADS.map((load, i) => [before, load, seconds[i] ?? Number.NaN] as const));

  test.each(rows)('from %d, load %d: %d s', (before, load, seconds) => {
    const forecast = secondsToTrip(rested(before), CUT_OFF, load * CUT_OFF);
    expect(Math.abs(forecast - seconds)).toBeLessThanOrEqual(1);
    expect(Math.ceil(forecast)).toBe(secondsByTheRule(before, load));
  });

  // The meter's documented points (TIC reference, load-shedding): 1.1 never, 1.4 after 250 s, 2.5 after 40 s, from rest.
  test.each([
    [1.1, Number.POSITIVE_INFINITY],
    [1.4, 250],
    [2.5, 40],
  ])('from rest, load %d: %d s', (load, seconds) => {
    const forecast = secondsToTrip(rested(0), CUT_OFF, load * CUT_OFF);
    if (seconds === Number.POSITIVE_INFINITY) expect(forecast).toBe(seconds);
    else expect(Math.abs(forecast / seconds - 1)).toBeLessThan(0.025);
  });
});

test('just at 1.3 it never opens; once open, no time is left', () => {
  expect(secondsToTrip(rested(0.5), CUT_OFF, 1.3 * CUT_OFF)).toBe(Number.POSITIVE_INFINITY);
  expect(secondsToTrip(rested(1.31), CUT_OFF, 0)).toBe(0);
  expect(breakerOpen(rested(1.31), CUT_OFF)).toBe(true);
  expect(breakerOpen(rested(1.29), CUT_OFF)).toBe(false);
});

test('an unknown past counts as full load, and is forgotten within minutes', () => {
  const start = breakerAt(1200, CUT_OFF, 0);
  expect(Math.sqrt(start.y)).toBe(CUT_OFF);
  expect(Math.sqrt(breakerLater(start, 900_000).y)).toBeCloseTo(1200, -2);
  expect(secondsToTrip(breakerAt(9000, CUT_OFF, 0), CUT_OFF)).toBe(0);
});

test('a long pause counts at the larger of its ends', () => {
  const quiet = breakerSample({ y: 0, powerVa: 9000, atMs: 0 }, 1000, 60_000);
  const loud = breakerSample({ y: 0, powerVa: 1000, atMs: 0 }, 9000, 60_000);
  expect(quiet.y).toBeCloseTo(loud.y, 3);
  expect(quiet.powerVa).toBe(1000);
});

const power = fc.double({ min: 0, max: 30_000, noNaN: true });
const pauses = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 60 });

describe('properties', () => {
  test('under constant power the cadence of samples does not matter', () => {
    fc.assert(
      fc.property(power, power, pauses, (before, load, steps) => {
        let now = 0;
        let many: Breaker = { y: before ** 2, powerVa: load, atMs: 0 };
        for (const step of steps) {
          now += step;
          many = breakerSample(many, load, now);
        }
        const once = breakerLater({ y: before ** 2, powerVa: load, atMs: 0 }, now);
        expect(Math.abs(many.y - once.y)).toBeLessThanOrEqual(1e-6 * (1 + once.y));
      }),
    );
  });

  test('at the forecast second it is open, one second before it is not', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1.29, noNaN: true }), fc.double({ min: 1.32, max: 5, noNaN: true }), (before, load) => {
        const loaded = { ...rested(before), powerVa: load * CUT_OFF };
        const left = secondsToTrip(loaded, CUT_OFF);
        expect(breakerOpen(breakerLater(loaded, (left + 0.01) * 1000), CUT_OFF)).toBe(true);
        if (left > 1) expect(breakerOpen(breakerLater(loaded, (left - 1) * 1000), CUT_OFF)).toBe(false);
      }),
    );
  });

  test('whatever comes, the filter stays finite and time never runs backwards', () => {
    const wild = fc.record({ va: fc.double(), atMs: fc.integer({ min: -1e9, max: 1e9 }) });
    fc.assert(
      fc.property(fc.array(wild), (samples) => {
        let breaker = breakerAt(Number.NaN, CUT_OFF, 0);
        for (const { va, atMs } of samples) {
          const next = breakerSample(breaker, va, atMs);
          expect(next.atMs).toBeGreaterThanOrEqual(breaker.atMs);
          breaker = next;
          expect(breaker.y).toBeGreaterThanOrEqual(0);
        }
        expect(secondsToTrip(breaker, CUT_OFF)).not.toBeNaN();
      }),
    );
  });

  test('more power never leaves more time', () => {
    fc.assert(
      fc.property(power, power, power, (before, a, b) => {
        const breaker = { y: before ** 2, powerVa: 0, atMs: 0 };
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(secondsToTrip(breaker, CUT_OFF, more)).toBeLessThanOrEqual(secondsToTrip(breaker, CUT_OFF, less));
      }),
    );
  });
});
