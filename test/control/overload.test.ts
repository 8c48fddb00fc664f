import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkyZones, powerZone } from '../../src/control/overload.ts';
import { createSnapshot } from '../../src/control/snapshot.ts';
import type { Quality, Reading, Value } from '../../src/model.ts';
import { meter } from '../drivers/linky-meter.ts';

const NOW = 100_000;
const reading = (value: Value, quality: Quality = 'fresh', monotonicMs = NOW - 1000): Reading => ({ value, quality, atMs: 0, monotonicMs });
const said =
  (values: Record<string, Value | Reading>) =>
  (key: string): Reading | undefined => {
    const value = values[key];
    if (value === undefined) return undefined;
    return typeof value === 'object' && value !== null ? value : reading(value);
  };

describe('a Linky on one phase', () => {
  test('standard mode: apparent power against the subscribed and the cut-off power', () => {
    const read = said({ apparent_power: 4180, subscribed_power: 9, cut_off_power: 9, overload: false });
    expect(linkyZones(read, null, NOW)).toEqual({
      zones: [{ phase: 0, power: 4180, limit: 9000, cutOff: 9000, alarm: false }],
      quality: 'fresh',
      sampleMs: NOW - 1000,
    });
  });

  test('a lowered cut-off power lowers the limit; so may the user, but never raise it', () => {
    const read = said({ apparent_power: 100, subscribed_power: 9, cut_off_power: 3 });
    expect(linkyZones(read, null, NOW).zones[0]).toMatchObject({ limit: 3000, cutOff: 3000 });
    expect(linkyZones(read, 2000, NOW).zones[0]).toMatchObject({ limit: 2000, cutOff: 3000 });
    expect(linkyZones(read, 20_000, NOW).zones[0]).toMatchObject({ limit: 3000 });
  });

  test('historic mode: 30 A subscribed are 6 kVA, ADPS is an alarm', () => {
    const read = said({ apparent_power: 7360, current_l1: 32, subscribed_current: 30, overload: true });
    expect(linkyZones(read, null, NOW).zones).toEqual([{ phase: 0, power: 7360, limit: 6000, cutOff: 6000, alarm: true }]);
  });

  test('an old meter without power: its current at 230 V', () => {
    expect(linkyZones(said({ current_l1: 10, subscribed_current: 30 }), null, NOW).zones[0]?.power).toBe(2300);
  });

  test('an alarm that nobody confirms any more is none', () => {
    const read = said({ apparent_power: 100, subscribed_power: 9, overload: reading(true, 'stale') });
    expect(linkyZones(read, null, NOW).zones[0]?.alarm).toBe(false);
  });
});

describe('a Linky on three phases', () => {
  test('each phase is judged against its third', () => {
    const read = said({ apparent_power_l1: 100, apparent_power_l2: 5000, apparent_power_l3: 30, subscribed_power: 12, cut_off_power: 12 });
    const { zones } = linkyZones(read, null, NOW);
    expect(zones.map(({ phase, power, limit }) => [phase, power, limit])).toEqual([
      [1, 100, 4000],
      [2, 5000, 4000],
      [3, 30, 4000],
    ]);
  });

  test('historic: currents per phase, the subscribed current is per phase, the alarm of its own phase', () => {
    const read = said({ current_l1: 3, current_l2: 25, current_l3: 0, subscribed_current: 20, overload_l1: false, overload_l2: true });
    const { zones } = linkyZones(read, null, NOW);
    expect(zones.map(({ power, limit, alarm }) => [power, limit, alarm])).toEqual([
      [690, 4000, false],
      [5750, 4000, true],
      [0, 4000, false],
    ]);
  });

  test('one phase unknown or old decides the quality of all', () => {
    const values = { current_l1: 3, current_l3: 1, subscribed_current: 20 };
    expect(linkyZones(said(values), null, NOW).quality).toBe('dead');
    expect(linkyZones(said({ ...values, current_l2: reading(4, 'stale') }), null, NOW).quality).toBe('stale');
  });
});

// The captures and their origins: test/fixtures/linky/README.md.
describe('what real meters sent, through the driver', () => {
  test.each<[string, number, number[], number, number]>([
    ['historic-1p-hchp', 1200, [200], 3000, 3000],
    ['historic-1p-tempo', 1200, [120], 9000, 9000],
    ['historic-3p-base', 1200, [230, 230, 0], 4000, 4000],
    ['standard-1p-consumer', 9600, [242], 4000, 4000],
    ['standard-1p-producer', 9600, [0], 3000, 3000],
    ['standard-3p-producer-tempo', 9600, [0, 566, 0], 6000, 6000],
    ['standard-3p-tempo-peak', 9600, [664, 1373, 664], 10_000, 10_000],
  ])('%s', async (name, baud, powers, limit, cutOff) => {
    const line = meter(baud === 1200 ? 'historic' : 'standard');
    await line.play(name, baud, 20);
    line.controller.abort();
    await line.running;
    const snapshot = createSnapshot(() => 2000);
    for (const { atMs, values } of line.seen) snapshot.remember({ deviceId: 'linky', atMs, monotonicMs: atMs, values });
    const nowMs = line.seen.at(-1)?.atMs ?? 0;
    const { zones, quality } = linkyZones((key) => snapshot.read('linky', key, nowMs), null, nowMs);
    expect(quality).toBe('fresh');
    expect(zones.map(({ phase }) => phase)).toEqual(powers.length === 1 ? [0] : [1, 2, 3]);
    for (const [i, zone] of zones.entries()) {
      expect(Math.abs((zone.power ?? Number.NaN) - (powers[i] ?? 0))).toBeLessThanOrEqual(10);
      expect(zone).toMatchObject({ limit, cutOff, alarm: false });
    }
  });
});

test('any power with a limit', () => {
  expect(powerZone(reading(3100, 'late'), 3000, NOW)).toEqual({
    zones: [{ phase: 0, power: 3100, limit: 3000, cutOff: null, alarm: false }],
    quality: 'late',
    sampleMs: NOW - 1000,
  });
  expect(powerZone(undefined, 3000, NOW).quality).toBe('dead');
});

test('whatever is said, a power is a plausible number or unknown, and unknown is never fresh', () => {
  const keys = [
    'apparent_power',
    'apparent_power_l1',
    'apparent_power_l3',
    'current_l1',
    'current_l2',
    'current_l3',
    'subscribed_power',
    'subscribed_current',
    'overload',
  ];
  const value = fc.oneof(fc.double(), fc.integer({ min: 0, max: 90 }), fc.string(), fc.boolean(), fc.constant(null));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (values) => {
      const view = linkyZones(said(values), null, NOW);
      for (const { power, limit } of view.zones) {
        if (power === null) expect(view.quality).toBe('dead');
        else expect(power).toSatisfy((va: number) => va >= 0 && va <= 40_000);
        if (limit !== null) expect(limit).toBeGreaterThan(0);
      }
    }),
  );
});
