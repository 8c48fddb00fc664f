import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_SPREAD, spread, spreadTrend } from '../../src/energy/cell-spread.ts';
import { keptHealth, revivedHealth } from '../../src/energy/health-kept.ts';
import { NO_RESISTANCE, resistance } from '../../src/energy/resistance.ts';
import { type SocSetting, socSetting } from '../../src/energy/soc-setting.ts';
import { newSoc, stepSoc } from '../../src/energy/state-of-charge.ts';
import { type HealthState, newHealth, stateOfHealth, stepHealth } from '../../src/energy/state-of-health.ts';

const LFP = socSetting('lfp', { capacityAh: 100, cells: 4 });
const AGM = socSetting('agm', { capacityAh: 100, cells: 6 });
const HOUR = 3_600_000;
interface Said {
  readonly amps?: number;
  readonly volts?: number;
  readonly celsius?: number;
  readonly cells?: readonly [number, number];
}

function player(setting: SocSetting) {
  let soc = newSoc(setting, 0);
  let health = newHealth(0);
  let nowMs = 0;
  return {
    health: (): HealthState => health,
    feed({ amps, volts, celsius = 25, cells }: Said, hours: number) {
      for (const endMs = nowMs + hours * HOUR; nowMs < endMs; ) {
        nowMs += 30_000;
        const at = (value: number | undefined) => (value === undefined ? undefined : { value, atMs: nowMs });
        const [lowestCell, highestCell] = cells ?? [];
        const others = { bms: undefined, full: false, idle: undefined, voltage: volts, lowestCell, celsius };
        const step = stepSoc(soc, setting, { nowMs, current: at(amps), ...others });
        soc = step.state;
        health = stepHealth(health, setting, step, { nowMs, volts: at(volts), amps: at(amps), celsius, highestCell, lowestCell });
      }
      return this;
    },
  };
}
const filled = (setting: SocSetting) => player(setting).feed({ amps: 1, volts: setting.mark.chargedV * setting.cells + 0.05 }, 0.2);

describe('usable capacity', () => {
  test('is what was drawn from full to empty; one cycle moves it by a fifth', () => {
    const p = filled(LFP).feed({ amps: -5, volts: 12.9 }, 16).feed({ amps: -5, volts: 11.5 }, 0.1);
    expect(p.health().usableAh).toBeCloseTo(100 + 0.2 * (80 - 100), 0);
    expect(stateOfHealth(p.health(), 100)).toBeCloseTo(0.96, 2);
    for (let cycle = 0; cycle < 12; cycle += 1) {
      p.feed({ amps: 10, volts: 13.3 }, 8).feed({ amps: 1, volts: LFP.mark.chargedV * 4 + 0.05 }, 0.2);
      p.feed({ amps: -5, volts: 12.9 }, 16).feed({ amps: -5, volts: 11.5 }, 0.1);
    }
    expect(p.health().usableAh).toBeCloseTo(80, -0.5);
    expect(p.health().samples).toBe(13);
    expect(p.health().dischargedAh / 100).toBeCloseTo(13 * 0.8, 0);
  });

  test('a deep rest tells it too, once, and less surely; a shallow one does not', () => {
    const deep = filled(AGM).feed({ amps: -5, volts: 12.2 }, 14).feed({ amps: 0, volts: 12.03 }, 9);
    expect(deep.health()).toMatchObject({ samples: 1 });
    expect(deep.health().usableAh).toBeLessThan(100);
    expect(filled(AGM).feed({ amps: -5, volts: 12.2 }, 4).feed({ amps: 0, volts: 12.5 }, 12).health().usableAh).toBeNull();
  });

  test('an unknown time in between, or no full charge before, tells nothing', () => {
    const gap = filled(LFP).feed({ amps: -5, volts: 12.9 }, 8).feed({}, 0.2).feed({ amps: -5, volts: 12.9 }, 8);
    expect(gap.feed({ amps: -5, volts: 11.5 }, 0.1).health().usableAh).toBeNull();
    expect(player(LFP).feed({ amps: -5, volts: 11.5 }, 1).health().usableAh).toBeNull();
    expect(stateOfHealth(newHealth(0), 100)).toBeNull();
  });
});

test('hours above forty degrees are counted, and outlive a restart with the rest', () => {
  const p = filled(LFP).feed({ amps: -5, volts: 12.9, celsius: 41 }, 3).feed({ amps: -5, volts: 11.5, celsius: 40 }, 3);
  expect(p.health().hotMs / HOUR).toBeCloseTo(3, 1);
  const again = revivedHealth(JSON.parse(JSON.stringify(keptHealth(p.health()))), 5);
  expect(keptHealth(again)).toEqual(keptHealth(p.health()));
  for (const damaged of [null, 3, {}, { usableAh: 'x', days: 4 }, { usableAh: -1, days: ['y'] }])
    expect(revivedHealth(damaged, 0)).toMatchObject({ usableAh: null, samples: 0, hotMs: 0 });
});

describe('internal resistance', () => {
  const at = (value: number, atMs: number) => ({ value, atMs });
  test('comes from a jump of the current, not from drift, a pause, or values of different moments', () => {
    let state = resistance(NO_RESISTANCE, at(13.2, 0), at(-1, 0), LFP);
    state = resistance(state, at(13.19, 1000), at(-2, 1000), LFP);
    expect(state.ohms).toBeNull();
    state = resistance(state, at(12.99, 2000), at(-22, 2000), LFP);
    expect(state.ohms).toBeCloseTo(0.01, 6);
    const slow = resistance(state, at(13.19, 60_000), at(-2, 60_000), LFP);
    expect(slow.steps).toBe(1);
    expect(resistance(state, at(13.5, 9000), at(5, 3000), LFP)).toBe(state);
    expect(resistance(state, at(12.8, 3000), at(5, 3000), LFP).steps).toBe(1);
  });
});

describe('spread of the cells', () => {
  test('a spread that grows by 0.5 mV a day is seen as 15 mV a month, holes or not', () => {
    let state = NO_SPREAD;
    for (let day = 0; day < 20; day += 1)
      for (let hour = 0; hour < 24; hour += 1) state = spread(state, day % 6 === 3 ? undefined : 10 + day * 0.5, HOUR);
    expect(spreadTrend(state)).toBeCloseTo(15, 1);
    expect(state.mv).toBeCloseTo(19.5, 6);
  });
  test('too few days, nothing said; never a number that is none', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 500, noNaN: true }), { nil: undefined }), { maxLength: 60 }), (days) => {
        let state = NO_SPREAD;
        for (const mv of days) state = spread(state, mv, 24 * HOUR);
        const trend = spreadTrend(state);
        const known = state.days.filter((mean) => mean !== null).length;
        expect(trend === null ? known < 5 : Number.isFinite(trend)).toBe(true);
        expect(state.days.length).toBeLessThanOrEqual(30);
      }),
    );
  });
  test('cells pulled apart by a strong current do not count', () => {
    expect(
      player(LFP)
        .feed({ amps: -50, volts: 12.8, cells: [3.1, 3.3] }, 1)
        .health().spread.mv,
    ).toBeNull();
    expect(
      player(LFP)
        .feed({ amps: -5, volts: 12.8, cells: [3.21, 3.22] }, 1)
        .health().spread.mv,
    ).toBeCloseTo(10, 6);
  });
});
