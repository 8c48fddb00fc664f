import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pack, sumPacks } from '../../src/energy/bank.ts';
import { NO_ENERGY, remaining, stepEnergy } from '../../src/energy/battery-energy.ts';
import { type GaugeReadings, type GaugeSetting, keptGauge, newGauge, stepGauge } from '../../src/energy/gauge.ts';
import { socSetting } from '../../src/energy/soc-setting.ts';

const LFP = socSetting('lfp', { capacityAh: 100, cells: 4 });
const state = { atMs: 0, amps: null };
const span = (amps: number, knownMs: number) => ({ state, amps, knownMs, unknownMs: 0 });
const HOUR = 3_600_000;

describe('energy', () => {
  test('in and out are two totals; the offset of the sensor belongs to neither', () => {
    let energy = stepEnergy(NO_ENERGY, span(10.1, HOUR), 13, 0.1);
    energy = stepEnergy(energy, span(-4.9, HOUR), 12, 0.1);
    expect(energy.chargedWh).toBeCloseTo(130, 9);
    expect(energy.dischargedWh).toBeCloseTo(60, 9);
  });

  test('without a voltage, or over an unknown time, nothing is counted', () => {
    expect(stepEnergy(NO_ENERGY, span(10, HOUR), undefined, 0)).toMatchObject({ chargedWh: 0, dischargedWh: 0 });
    const lost = stepEnergy({ ...NO_ENERGY, smoothA: 3 }, { state, amps: 0, knownMs: 0, unknownMs: HOUR }, 13, 0);
    expect(lost).toEqual({ chargedWh: 0, dischargedWh: 0, smoothA: null });
  });

  test('neither total ever shrinks', () => {
    const step = fc.tuple(
      fc.double({ min: -300, max: 300, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.double({ min: -1, max: 60 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        let energy = NO_ENERGY;
        for (const [amps, knownMs, volts] of steps) {
          const next = stepEnergy(energy, span(amps, knownMs), Number.isNaN(volts) ? undefined : volts, 0.05);
          expect(next.chargedWh >= energy.chargedWh && next.dischargedWh >= energy.dischargedWh).toBe(true);
          energy = next;
        }
      }),
    );
  });
});

describe('time left', () => {
  const at = (smoothA: number | null) => remaining(0.5, { ...NO_ENERGY, smoothA }, LFP);
  test('to full with its losses, to empty, and neither where nobody can tell', () => {
    expect(at(5)).toEqual({ toFullS: Math.round((50 / 4.95) * 60) * 60, toEmptyS: null });
    expect(at(-5)).toEqual({ toFullS: null, toEmptyS: 36_000 });
    for (const amps of [null, 0, 0.4, -0.4]) expect(at(amps)).toEqual({ toFullS: null, toEmptyS: null });
    expect(remaining(null, { ...NO_ENERGY, smoothA: 5 }, LFP)).toEqual({ toFullS: null, toEmptyS: null });
  });

  test('a kettle of two minutes does not shake it', () => {
    let energy = { ...NO_ENERGY, smoothA: -5 };
    for (let i = 0; i < 120; i += 1) energy = stepEnergy(energy, span(-20, 1000), 13, 0) as typeof energy;
    expect(energy.smoothA).toBeGreaterThan(-11);
  });
});

describe('a bank', () => {
  const pack: Pack = {
    powerW: 100,
    smoothW: 100,
    capacityWh: 1200,
    soc: 0.5,
    confidence: 90,
    uncertainty: 0.1,
    chargedWh: 10,
    dischargedWh: 4,
  };
  test('adds up its packs, weighed by what they hold', () => {
    const bank = sumPacks([pack, { ...pack, capacityWh: 2400, soc: 0.8, confidence: 60, uncertainty: 0.16, powerW: -400, smoothW: -400 }]);
    expect(bank).toMatchObject({
      powerW: -300,
      capacityWh: 3600,
      storedWh: 2520,
      soc: 0.7,
      uncertainty: 0.14,
      confidence: 60,
      chargedWh: 20,
      dischargedWh: 8,
    });
    expect(bank).toMatchObject({ toFullS: null, toEmptyS: 30_240 });
    expect(sumPacks([pack]).toFullS).toBe(21_600);
  });

  test('one unknown pack makes unknown what depends on it, never zero', () => {
    expect(sumPacks([pack, { ...pack, soc: null, powerW: null, smoothW: null }])).toMatchObject({
      ...{ powerW: null, storedWh: null, soc: null, toFullS: null, toEmptyS: null, capacityWh: 2400 },
    });
    expect(sumPacks([])).toMatchObject({ powerW: null, capacityWh: null, soc: null, confidence: 0, chargedWh: 0 });
  });
});

describe('the gauge of one battery', () => {
  const SETTING: GaugeSetting = { soc: LFP, nominalV: 12.8, gapMs: 60_000 };
  const others = { celsius: 25, highestCell: undefined, lowestCell: undefined, bms: undefined, full: false, idle: undefined };
  const play = (
    setting: GaugeSetting,
    said: Partial<GaugeReadings>,
    hours: number,
    start = newGauge(setting, undefined, { nowMs: 0, wallMs: 0 }),
  ) => {
    let gauge = start;
    for (let nowMs = start.flow.atMs + 10_000; nowMs <= start.flow.atMs + hours * HOUR; nowMs += 10_000) {
      const current = { value: -10, atMs: nowMs };
      gauge = stepGauge(gauge, setting, { nowMs, current, voltage: { value: 13, atMs: nowMs }, ...others, ...said });
    }
    return gauge;
  };

  test('counts with the capacity that is left, and lives on through its record', () => {
    const kept = { health: { usableAh: 50, samples: 3, dischargedAh: 9, hotMs: 0, ohms: null, steps: 0, days: [] }, soc: undefined };
    const worn = newGauge(SETTING, kept, { nowMs: 0, wallMs: 0 });
    const gauge = play(SETTING, { bms: 0.9 }, 0.01, worn);
    const later = play(SETTING, {}, 1, gauge);
    expect(later.pack.soc).toBeCloseTo(0.9 - (10 / 50) * 4 ** 0.05, 2);
    expect(later.pack.capacityWh).toBe(640);
    expect(later.energy.dischargedWh).toBeCloseTo(130.4, 0);
    const again = newGauge(SETTING, JSON.parse(JSON.stringify(keptGauge(later, 7))), { nowMs: 3, wallMs: 7 });
    expect(again.counted?.soc.soc).toBeCloseTo(later.pack.soc ?? 0, 3);
    expect(again.counted?.health.usableAh).toBe(50);
  });

  test('without a capacity it counts energy alone and shows what the battery says', () => {
    const setting = { ...SETTING, soc: undefined };
    expect(play(setting, { bms: 0.4 }, 1).pack).toMatchObject({ soc: 0.4, confidence: 90, capacityWh: null, powerW: -130 });
    expect(play(setting, {}, 1).pack).toMatchObject({ soc: null, confidence: 0 });
    expect(play(setting, {}, 1).energy.dischargedWh).toBeCloseTo(130, 0);
  });

  test('a figure that may be anything is shown as unknown', () => {
    const silent = play(SETTING, { current: undefined, voltage: undefined }, 1);
    expect(silent.pack).toMatchObject({ soc: null, powerW: null, confidence: 0 });
    const lost = play(SETTING, { current: undefined, voltage: undefined }, 48, play(SETTING, { bms: 0.9 }, 0.1));
    expect(lost.pack).toMatchObject({ soc: null, confidence: 0 });
    expect(lost.counted?.soc.soc).not.toBeNull();
  });
});
