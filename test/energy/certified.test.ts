import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ComparedDay, dayBounds, disagrees, judgeDay, retryMs } from '../../src/energy/certified.ts';

const HOUR = 3_600_000;
const day = (change: Partial<ComparedDay>): ComparedDay => ({
  ...{ lengthMs: 24 * HOUR, coveredMs: 24 * HOUR, localWh: 10_000, certified: { wh: 10_000 } },
  ...change,
});

describe('a day', () => {
  test.each([
    ['both agree', {}, 'trusted', 10_000, 'local'],
    ['within 50 Wh', { localWh: 1_050, certified: { wh: 1_000 } }, 'trusted', 1_050, 'local'],
    ['beyond 50 Wh', { localWh: 1_051, certified: { wh: 1_000 } }, 'certified_only', 1_000, 'certified'],
    ['within 1 %', { localWh: 20_200, certified: { wh: 20_000 } }, 'trusted', 20_200, 'local'],
    ['beyond 1 %', { localWh: 20_201, certified: { wh: 20_000 } }, 'certified_only', 20_000, 'certified'],
    ['a hole of ours', { coveredMs: 23.7 * HOUR, localWh: 9_000 }, 'incomplete', 10_000, 'certified'],
    ['99 % of it is whole', { coveredMs: 23.76 * HOUR }, 'trusted', 10_000, 'local'],
    ['nothing of ours', { localWh: null }, 'incomplete', 10_000, 'certified'],
    ['nothing certified', { certified: null }, 'incomplete', 10_000, 'local'],
    ['nothing at all', { certified: null, coveredMs: 0 }, 'incomplete', null, 'nobody'],
    ['half of it certified', { certified: { wh: 5_000, halfHours: 24 } }, 'incomplete', 10_000, 'local'],
    ['two halves', { coveredMs: 12 * HOUR, certified: { wh: 5_000, halfHours: 24 } }, 'incomplete', null, 'nobody'],
    ['no number', { certified: { wh: Number.NaN } }, 'incomplete', 10_000, 'local'],
    ['23 hours', { lengthMs: 23 * HOUR, coveredMs: 23 * HOUR, certified: { wh: 10_000, halfHours: 46 } }, 'trusted', 10_000, 'local'],
    ['25 hours', { lengthMs: 25 * HOUR, coveredMs: 25 * HOUR, certified: { wh: 10_000, halfHours: 50 } }, 'trusted', 10_000, 'local'],
    ['48 of 50', { lengthMs: 25 * HOUR, coveredMs: 25 * HOUR, certified: { wh: 9_000, halfHours: 48 } }, 'incomplete', 10_000, 'local'],
  ] as const)('%s', (_, change, verdict, wh, from) => {
    expect(judgeDay(day(change))).toEqual({ verdict, wh, from });
  });

  test('whatever is wrong, what is counted is one of the two whole values or nothing', () => {
    const energy = fc.double({ min: 0, max: 1e6, noNaN: true });
    const certified = fc.option(fc.record({ wh: energy, halfHours: fc.integer({ min: 0, max: 50 }) }));
    fc.assert(
      fc.property(
        fc.constantFrom(23, 24, 25),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(energy),
        certified,
        (h, share, localWh, found) => {
          const { wh, from } = judgeDay({ lengthMs: h * HOUR, coveredMs: share * h * HOUR, localWh, certified: found });
          expect(wh).toBe({ local: localWh, certified: found?.wh ?? null, nobody: null }[from]);
          if (from === 'certified') expect(found?.halfHours).toBe(2 * h);
          if (from === 'local') expect(share).toBeGreaterThanOrEqual(0.99);
        },
      ),
    );
  });

  test('two odd days of seven are nothing, three are worth a word, and they are forgotten', () => {
    const odd = (n: number): ('certified_only' | 'trusted')[] =>
      Array.from({ length: 7 }, (_, i) => (i < n ? 'certified_only' : 'trusted'));
    expect([disagrees(odd(2)), disagrees(odd(3)), disagrees([...odd(3), 'incomplete'])]).toEqual([false, true, false]);
  });
});

test.each([
  ['2026-03-29', 23, '2026-03-28T23:00:00.000Z'],
  ['2026-10-25', 25, '2026-10-24T22:00:00.000Z'],
  ['2026-07-14', 24, '2026-07-13T22:00:00.000Z'],
  ['2026-12-31', 24, '2026-12-30T23:00:00.000Z'],
])('%s in France has %i hours', (date, hours, start) => {
  const { startMs, endMs } = dayBounds(date, 'Europe/Paris');
  expect([(endMs - startMs) / HOUR, new Date(startMs).toISOString()]).toEqual([hours, start]);
});

describe('asking again', () => {
  const pause = (attempt: Parameters<typeof retryMs>[0], failures: number): number => retryMs(attempt, failures, () => 0) / 60_000;
  test('out of reach: longer and longer, a day at most', () => {
    expect([1, 2, 3, 7, 9, 50].map((n) => pause({ kind: 'out-of-reach' }, n))).toEqual([10, 20, 40, 640, 1440, 1440]);
    expect(pause({ kind: 'refused', status: 503 }, 2)).toBe(20);
  });
  test('too often: never earlier than told; half a day: in six hours; a wrong key: tomorrow', () => {
    expect(pause({ kind: 'refused', status: 429 }, 1)).toBe(60);
    expect(pause({ kind: 'refused', status: 429, retryAfterS: 7_200 }, 1)).toBe(120);
    expect(pause({ kind: 'refused', status: 429, retryAfterS: 5 }, 3)).toBe(240);
    expect([pause({ kind: 'half' }, 9), pause({ kind: 'refused', status: 401 }, 1)]).toEqual([360, 1440]);
    expect(retryMs({ kind: 'refused', status: 429, retryAfterS: 7_200 }, 1, () => 0.99)).toBe(7_200_000);
  });
});
