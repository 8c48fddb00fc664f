import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charge, newCharge } from '../../src/control/charge.ts';
import { fullVolts } from '../../src/control/charge-conditions.ts';
import { CHARGE_STATES, chargeWord } from '../../src/control/charge-state.ts';
import type { ChargeInput, ChargePhase, ChargeSetting, ChargeWish } from '../../src/control/charge-types.ts';
import { CELLS, cellLimits, cellsOf, isLithium } from '../../src/control/chemistry.ts';
import { shareOfCurrent } from '../../src/control/derate.ts';
import { meanOf, NO_MEAN, withSample } from '../../src/control/mean.ts';
import { qualityOf } from '../../src/control/snapshot.ts';
import { CHEMISTRIES, type Chemistry, type Reading, type Value } from '../../src/model.ts';

interface Fed {
  /** Volts at the terminals of a nominal 12 V battery. */
  readonly v?: Value;
  readonly high?: Value;
  readonly low?: Value;
  readonly a?: Value;
  readonly soc?: Value;
  readonly full?: Value;
  readonly closed?: boolean;
  readonly over?: boolean;
  readonly under?: boolean;
  readonly c?: number;
}
const KEYS = ['v', 'high', 'low', 'a', 'soc', 'full'] as const;

function battery(chemistry: Chemistry, more: Partial<ChargeSetting> & { resume?: ChargePhase } = {}) {
  const { resume, ...setting } = more;
  const full: ChargeSetting = {
    cell: CELLS[chemistry],
    lithium: isLithium(chemistry),
    capacityAh: 100,
    startSoc: 20,
    stopSoc: undefined,
    restartSoc: 80,
    absorptionMs: 7_200_000,
    ...setting,
  };
  const cells = cellsOf(chemistry, 12);
  const kept = new Map<string, { value: Value; atMs: number }>();
  const phases: [number, ChargePhase][] = [];
  const read = (key: string, nowMs: number): Reading | undefined => {
    const one = kept.get(key);
    return one && { value: one.value, atMs: one.atMs, monotonicMs: one.atMs, quality: qualityOf(nowMs - one.atMs, 1_000) };
  };
  const self = {
    nowMs: 0,
    state: newCharge(0, resume),
    wish: undefined as ChargeWish | undefined,
    phases,
    feed(seconds: number, what: (s: number) => Fed) {
      for (let s = 1; s <= seconds; s += 1) {
        self.nowMs += 1_000;
        const fed = what(s);
        for (const key of KEYS) {
          const value = fed[key];
          if (value !== undefined)
            kept.set(key, { value: key === 'v' && typeof value === 'number' ? value / cells : value, atMs: self.nowMs });
        }
        const { nowMs } = self;
        const readings = { mean: read('v', nowMs), highest: read('high', nowMs), lowest: read('low', nowMs) };
        const others = { current: read('a', nowMs), soc: read('soc', nowMs), full: read('full', nowMs) };
        const guard = { over: fed.over ?? false, under: fed.under ?? false, closed: fed.closed ?? self.wish?.on === true };
        const input: ChargeInput = { nowMs, ...readings, ...others, ...guard, temperatureC: fed.c };
        const step = charge(self.state, full, input);
        if (step.state.phase !== self.state.phase) phases.push([nowMs / 1000, step.state.phase]);
        self.state = step.state;
        self.wish = step.wish;
      }
    },
  };
  return self;
}

describe('lead-acid, 12 V', () => {
  test('asks for its charger when the mean of a minute is at 12.2 V, not at one sag', () => {
    const b = battery('lead-acid');
    b.feed(300, (s) => ({ v: s % 10 === 0 ? 11.5 : 12.5 }));
    expect(b.wish).toBeUndefined();
    b.feed(130, () => ({ v: 12.2 }));
    expect([b.state.phase, b.wish]).toEqual(['charging', { on: true, detail: 'charging' }]);
  });

  test('is full at 14.4 V with a tail current of 2 % for ten minutes, and let go at 12.8 V for five', () => {
    const b = battery('lead-acid', { resume: 'charging' });
    b.feed(3600, () => ({ v: 14.4, a: 5 }));
    expect(b.state.phase).toBe('charging');
    b.feed(599, () => ({ v: 14.4, a: 2 }));
    b.feed(1, () => ({ v: 14.4, a: 3 }));
    b.feed(600, () => ({ v: 14.4, a: 2 }));
    expect(b.state.phase).toBe('charging');
    b.feed(1, () => ({ v: 14.4, a: 2 }));
    expect([b.state.phase, b.wish]).toEqual(['full_hold', { on: false, detail: 'full' }]);
    b.feed(600, () => ({ v: 12.9 }));
    b.feed(300, () => ({ v: 12.8 }));
    expect(b.state.phase).toBe('full_hold');
    b.feed(1, () => ({ v: 12.8 }));
    expect([b.state.phase, b.wish]).toEqual(['idle', undefined]);
  });

  test('a charge that somebody asked for ends full like our own, and none ends while the relay is open', () => {
    const b = battery('lead-acid', { resume: 'idle' });
    b.feed(1_000, () => ({ v: 14.4, a: 2, closed: false }));
    expect(b.state.phase).toBe('idle');
    b.feed(601, () => ({ v: 14.4, a: 2, closed: true }));
    expect([b.state.phase, b.wish]).toEqual(['full_hold', { on: false, detail: 'full' }]);
    const timed = battery('lead-acid', { resume: 'idle' });
    timed.feed(7_202, () => ({ v: 14.4, closed: true }));
    expect(timed.state.phase).toBe('full_hold');
    const sunny = battery('lead-acid', { resume: 'idle' });
    sunny.feed(7_202, () => ({ v: 13.9, a: 9, closed: true }));
    expect([sunny.state.phase, sunny.wish]).toEqual(['idle', undefined]);
  });

  test('without a current sensor two hours of absorption do; an open relay absorbs nothing', () => {
    const b = battery('lead-acid', { resume: 'charging' });
    b.feed(7_000, () => ({ v: 14.4 }));
    b.feed(3_600, () => ({ v: 14.4, closed: false }));
    expect(b.state.phase).toBe('charging');
    b.feed(202, () => ({ v: 14.4 }));
    expect(b.state.phase).toBe('full_hold');
  });

  test('warm cells are full earlier, cold ones later, never as high as the protection', () => {
    const volts = (c: number): number => Number((6 * fullVolts(CELLS['lead-acid'], c)).toFixed(2));
    expect([volts(25), volts(45), volts(5), volts(-40)]).toEqual([14.4, 14.04, 14.76, 14.88]);
    expect(fullVolts(CELLS.lfp, 45)).toBe(3.45);
  });

  test('over-voltage ends the charge at once, deep discharge calls for it at once', () => {
    const b = battery('lead-acid', { resume: 'charging' });
    b.feed(2, () => ({ v: 13 }));
    b.feed(1, () => ({ v: 15, over: true }));
    expect(b.state.phase).toBe('full_hold');
    b.feed(1, () => ({ v: 10.5, under: true }));
    expect([b.state.phase, b.wish]).toEqual(['deep_discharge', { on: true, detail: 'deep-discharge' }]);
    b.feed(1, () => ({ v: 12.3 }));
    expect(b.state.phase).toBe('charging');
  });

  test('a lost voltage has no wish; back again it goes on where it was', () => {
    const b = battery('lead-acid', { resume: 'charging' });
    b.feed(10, () => ({ v: 13 }));
    b.feed(60, () => ({}));
    expect(b.state.phase).toBe('charging');
    b.feed(1, () => ({}));
    expect([b.state.phase, b.wish]).toEqual(['waiting_inputs', undefined]);
    b.feed(1, () => ({ v: 13 }));
    expect(b.state.phase).toBe('charging');
  });
});

describe('lithium', () => {
  test('is full when its highest cell has been at 3.45 V, all within 10 mV, for 15 minutes', () => {
    const b = battery('lfp', { resume: 'charging' });
    b.feed(2000, () => ({ v: 13.7, high: 3.46, low: 3.4 }));
    b.feed(900, () => ({ v: 13.7, high: 3.46, low: 3.455 }));
    expect(b.state.phase).toBe('charging');
    b.feed(1, () => ({ v: 13.7, high: 3.46, low: 3.455 }));
    expect(b.state.phase).toBe('full_hold');
    b.feed(303, () => ({ v: 13.5, high: 3.46, low: 3.37 }));
    expect(b.state.phase).toBe('idle');
  });

  test('starts and stops by state of charge, and stops when its electronics say full', () => {
    const b = battery('lfp', { stopSoc: 90 });
    b.feed(130, () => ({ v: 13.1, soc: 20 }));
    expect(b.state.phase).toBe('charging');
    b.feed(130, () => ({ v: 13.3, soc: 90 }));
    expect(b.state.phase).toBe('full_hold');
    const bms = battery('nmc', { resume: 'charging' });
    bms.feed(100, () => ({ v: 11, full: true }));
    expect(bms.state.phase).toBe('full_hold');
  });

  test('takes less current when cold, hot or nearly full', () => {
    const share = (coldestC: number, highestV: number): number | undefined =>
      shareOfCurrent({ coldestC, hottestC: coldestC, highestV, lowestV: undefined }).charge;
    expect([share(25, 3.3), share(0, 3.3), share(-5, 3.3), share(60, 3.3), share(47.5, 3.3), share(25, 3.5)]).toEqual([
      1, 0, 0, 0, 0.375, 0,
    ]);
    expect(shareOfCurrent({ coldestC: undefined, hottestC: undefined, highestV: undefined, lowestV: 2.7 })).toEqual({
      charge: undefined,
      discharge: 0,
    });
  });
});

test('a mean needs its whole window, and keeps no more than that', () => {
  let mean = NO_MEAN;
  for (let s = 0; s <= 300; s += 1) {
    mean = withSample(mean, s, s * 1000, 60_000);
    mean = withSample(mean, 1e9, s * 1000 + 1, 60_000);
    const expected = s < 60 ? undefined : s - 30;
    expect(meanOf(mean, s * 1000, 60_000)).toBe(expected);
  }
  expect(mean.points.length).toBeLessThanOrEqual(62);
  expect(meanOf(mean, 300_000 + 60_001, 60_000)).toBeUndefined();
});

test('limits keep their order whatever is wished, and never exceed the preset', () => {
  const volts = fc.double({ min: 0, max: 6, noNaN: true });
  const wish = fc.record({ start: volts, full: volts, over: volts, restart: volts, deep: volts }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.constantFrom(...CHEMISTRIES), wish, (chemistry, wished) => {
      const { deep, start, restart, full, over } = cellLimits(chemistry, wished);
      const row = [CELLS[chemistry].deep, deep, start, restart, full, over, CELLS[chemistry].over];
      expect(row).toEqual([...row].sort((a, b) => a - b));
    }),
  );
  for (const chemistry of CHEMISTRIES) expect(cellLimits(chemistry)).toEqual(CELLS[chemistry]);
});

test('cells follow from the nominal voltage', () => {
  const counts = (chemistry: Chemistry): number[] => [12, 24, 48].map((v) => cellsOf(chemistry, v));
  expect([counts('agm'), counts('lfp'), counts('nmc'), cellsOf('lfp', 51.2), cellsOf('lfp', 25.6)]).toEqual([
    [6, 12, 24],
    [4, 8, 15],
    [3, 7, 13],
    16,
    8,
  ]);
});

describe('whatever the sensors say', () => {
  const value = fc.oneof(
    fc.double({ min: 0, max: 20 }),
    fc.constantFrom<Value | undefined>(null, undefined, Number.NaN, 'x', true, Infinity),
  );
  const act = fc.record({
    s: fc.integer({ min: 1, max: 200 }),
    v: value,
    a: value,
    soc: value,
    high: value,
    low: value,
    over: fc.boolean(),
    under: fc.boolean(),
  });

  test('no wish to close on an unknown or too high voltage; no quick change but a protective one; same inputs, same answer', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.constantFrom(...CHEMISTRIES), (acts, chemistry) => {
        const run = () => {
          const b = battery(chemistry);
          for (const { s, under, over, ...fed } of acts) {
            const clean = Object.fromEntries(Object.entries(fed).filter(([, one]) => one !== undefined)) as Fed;
            b.feed(s, () => ({ ...clean, over, under: under && !over }));
            if (over) expect(b.wish?.on ?? false).toBe(false);
            const known = typeof fed.v === 'number' && Number.isFinite(fed.v);
            if (fed.v !== undefined && !known && s > 61) expect(b.wish).toBeUndefined();
          }
          return b.phases;
        };
        const phases = run();
        expect(run()).toEqual(phases);
        for (const [i, [atS, phase]] of phases.entries()) {
          const last = phases[i - 1];
          if (last === undefined || !['idle', 'charging'].includes(phase) || !['idle', 'charging', 'full_hold'].includes(last[1])) continue;
          expect(atS - last[0]).toBeGreaterThanOrEqual(60);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the state people see', () => {
  const relay = (reason: 'manual' | 'request' | 'shedding' | 'boot-hold' | 'interlock', on: boolean) => ({ reason, on });
  test.each([
    ['boot', 'idle', [], relay('boot-hold', false)],
    ['too_hot', 'charging', ['over-voltage', 'over-temperature'], relay('interlock', false)],
    ['too_cold', 'charging', ['too-cold'], relay('interlock', false)],
    ['sensor_fault', 'charging', ['temperature-lost'], relay('interlock', false)],
    ['shed', 'charging', [], relay('shedding', false)],
    ['manual_on', 'full_hold', [], relay('manual', true)],
    ['manual_off', 'charging', [], relay('manual', false)],
    ['charging', 'idle', [], relay('request', true)],
    ['full_hold', 'full_hold', [], undefined],
    ['deep_discharge', 'deep_discharge', ['under-voltage'], relay('request', true)],
  ] as const)('%s', (word, phase, causes, one) => {
    expect(chargeWord(phase, causes, one)).toBe(word);
    expect(CHARGE_STATES[word].fr).not.toBe('');
  });
});
