import { describe, expect, test } from 'vitest';
import { NO_SIGHT, sightOf } from '../../src/control/soc-sight.ts';
import type { Quality, Value } from '../../src/model.ts';

const NOW = 1_000_000;
const own = (value: Value, quality: Quality = 'fresh') => ({ value, quality, atMs: 0, monotonicMs: NOW });
const counted = (more: object = {}) => ({ percent: 60, doubt: 5, anchored: true, atMs: NOW, ...more });

describe('what the state of charge may decide', () => {
  test("the battery's own figure comes first, and is sure", () => {
    expect(sightOf(own(40), counted(), NOW)).toEqual({ percent: 40, sure: true });
  });
  test.each([-1, 101, Number.NaN, null, 'full'])('an own figure of %s is none: the count speaks', (value) => {
    expect(sightOf(own(value), counted(), NOW)).toEqual({ percent: 60, sure: true });
  });
  test('an own figure that is old is none', () => {
    expect(sightOf(own(40, 'stale'), undefined, NOW)).toEqual(NO_SIGHT);
  });
  test.each([
    [10, { percent: 60, sure: true }],
    [10.1, { percent: 60, sure: false }],
    [25, { percent: 60, sure: false }],
    [25.1, NO_SIGHT],
    [Number.NaN, NO_SIGHT],
  ])('a doubt of %s points', (doubt, sight) => {
    expect(sightOf(undefined, counted({ doubt }), NOW)).toEqual(sight);
  });
  test('a count is dead a minute after the current was last known', () => {
    expect(sightOf(undefined, counted({ atMs: NOW - 60_000 }), NOW)).toEqual({ percent: 60, sure: true });
    expect(sightOf(undefined, counted({ atMs: NOW - 60_001 }), NOW)).toEqual(NO_SIGHT);
  });
  test('a count that nothing firm ever told says nothing', () => {
    expect(sightOf(undefined, counted({ anchored: false }), NOW)).toEqual(NO_SIGHT);
    expect(sightOf(undefined, counted({ percent: Number.NaN }), NOW)).toEqual(NO_SIGHT);
  });
});
