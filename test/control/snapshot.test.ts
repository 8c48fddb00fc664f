import { describe, expect, test } from 'vitest';
import { createSnapshot, qualityOf } from '../../src/control/snapshot.ts';

describe('age classes', () => {
  // The control law's input quality table: fresh ≤ 2 periods, late ≤ 5, stale beyond 5 periods and 30 s, dead beyond 60 s.
  test.each([
    [1_000, 2_000, 'fresh'],
    [1_000, 2_001, 'late'],
    [1_000, 30_000, 'late'],
    [1_000, 30_001, 'stale'],
    [1_000, 60_001, 'dead'],
    [10_000, 50_000, 'late'],
    [10_000, 50_001, 'stale'],
    [60_000, 300_000, 'late'],
    [60_000, 300_001, 'dead'],
  ])('period %i ms, age %i ms: %s', (period, age, quality) => expect(qualityOf(age, period)).toBe(quality));
});

test('missing is never zero: what was not said is absent, what is not finite is unknown', () => {
  const snapshot = createSnapshot(() => 1_000);
  expect(snapshot.read('bat_01', 'voltage', 0)).toBeUndefined();
  snapshot.remember({ deviceId: 'bat_01', atMs: 5, monotonicMs: 0, values: { voltage: Number.NaN, current: 0 } });
  snapshot.remember({ deviceId: 'bat_01', atMs: 6, monotonicMs: 1_000, values: { current: 1 } });
  expect(snapshot.read('bat_01', 'voltage', 2_500)).toEqual({ value: null, quality: 'late', atMs: 5, monotonicMs: 0 });
  expect(snapshot.read('bat_01', 'current', 2_500)).toMatchObject({ value: 1, quality: 'fresh' });
  expect(snapshot.read('bat_01', 'power', 2_500)).toBeUndefined();
});
