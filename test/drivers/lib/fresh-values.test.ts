import { expect, test } from 'vitest';
import { createFreshValues } from '../../../src/drivers/lib/fresh-values.ts';

test('what a source stopped saying is unknown, what it takes back is gone', () => {
  const fresh = createFreshValues(10_000);
  fresh.put(1, { a: 1, b: 2 }, 0);
  fresh.put(1, { a: 3 }, 1_000);
  expect(fresh.at(10_999)).toEqual({ a: 3 });
  expect(fresh.at(11_000)).toEqual({ a: null });
});

test('of two sources the later that knows is believed, but an alarm of either stands', () => {
  const fresh = createFreshValues(10_000);
  fresh.put('old', { count: 4, alarm: true, other: null }, 0);
  fresh.put('new', { count: 5, alarm: false, other: 7 }, 1_000);
  expect(fresh.at(1_000)).toEqual({ count: 5, alarm: true, other: 7 });
  fresh.put('old', { count: null, alarm: null, other: null }, 2_000);
  expect(fresh.at(2_000)).toEqual({ count: 5, alarm: false, other: 7 });
  fresh.put('old', { count: 6, alarm: false, other: null }, 9_000);
  expect(fresh.at(11_000)).toEqual({ count: 6, alarm: false, other: null });
});
