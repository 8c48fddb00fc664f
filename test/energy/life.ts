/** Thirty days of a battery in the simulated house: its people draw, the sun and a charger give, a cheap sensor tells the gauge. */

import { isFull } from '../../src/energy/full-charge.ts';
import { type GaugeReadings, type GaugeSetting, newGauge, stepGauge } from '../../src/energy/gauge.ts';
import { socSetting } from '../../src/energy/soc-setting.ts';
import { createHouse } from '../../src/ports/sim/house.ts';
import { type Nature, realBattery } from './cell-model.ts';

export interface Sensor {
  readonly name: string;
  /** A shown while nothing flows. */
  readonly offsetA: number;
  readonly noiseA: number;
  readonly stepA: number;
  /** Shown for one true ampere. */
  readonly gain: number;
  /** What the file says of its offset (`current_offset_a`); undefined: nothing. */
  readonly boundA?: number;
}
/** 75 mV at 100 A. Worst offset and resolution: reference batteries 1.8. */
export const INA219: Sensor = { name: 'INA219, 133 mA offset', offsetA: 0.133, noiseA: 0.02, stepA: 0.0133, gain: 1.003 };
export const INA228: Sensor = { name: 'INA228, 1.3 mA offset', offsetA: 0.0013, noiseA: 0.005, stepA: 0.000417, gain: 1.001, boundA: 0.01 };

export interface Plan {
  readonly name: string;
  readonly nature: Nature;
  readonly ratedAh: number;
  readonly sensor: Sensor;
  /** Days between two full charges; the first is on the first day. Undefined: none but the first. */
  readonly fullEvery: number | undefined;
  /** Its relays open from midnight to six. */
  readonly nightRest: boolean;
  /** Error that must not be exceeded, share; undefined: only shown. */
  readonly bound: number | undefined;
  /** The bound holds from the second full charge on, when the losses of this battery are known. */
  readonly learns?: true;
}
export interface Life {
  /** One point an hour. */
  readonly points: readonly { readonly day: number; readonly truth: number; readonly soc: number | null; readonly confidence: number }[];
  /** Since the first full charge: largest and mean error, shares. */
  readonly worst: number;
  readonly mean: number;
  /** The largest since the second full charge, when the battery has told its losses; 0 without one. */
  readonly settled: number;
  /** Share of the time in which the truth lay within the published uncertainty. */
  readonly kept: number;
  /** Mean of the published uncertainty, a share. */
  readonly promised: number;
  readonly offsetA: number;
  readonly fulls: number;
}

const DAYS = 30;
/** Share of the house's base load that the battery carries. */
const SHARE = { nightRest: 0.055, always: 0.04 } as const;

/** `stepS`: pause between two readings. */
export function live(plan: Plan, seed = 1, startSoc = 0.6, stepS = 5): Life {
  const { nature, ratedAh, sensor } = plan;
  const share = plan.nightRest ? SHARE.nightRest : SHARE.always;
  const house = createHouse(seed);
  const random = noise(seed * 7919);
  const battery = realBattery(nature, startSoc);
  const setting: GaugeSetting = {
    soc: socSetting(nature.chemistry, {
      ...{ capacityAh: ratedAh, cells: nature.cells },
      ...(sensor.boundA !== undefined && { offsetBoundA: sensor.boundA }),
    }),
    ...{ nominalV: 12.8, gapMs: 60_000 },
  };
  let gauge = newGauge(setting, undefined, { nowMs: 0, wallMs: 0 });
  const points: Life['points'][number][] = [];
  let [worst, settled, sum, count, within, promised, fulls, wasFull, synced] = [0, 0, 0, 0, 0, 0, 0, false, false];
  let bright = true;
  for (let s = stepS; s <= DAYS * 86_400; s += stepS) {
    const [day, hour] = [Math.floor(s / 86_400), (s / 3600) % 24];
    house.step(stepS, hour);
    const resting = plan.nightRest && hour < 6;
    const charger = !resting && hour >= 8 && hour < 20 && (day === 0 || (plan.fullEvery !== undefined && day % plan.fullEvery === 0));
    const loadA = resting ? 0 : (house.meter().va * 0.97 * share) / 12.8;
    if (battery.soc > 0.85) bright = false;
    if (battery.soc < 0.8) bright = true;
    const offeredA = charger ? 15 : resting ? 0 : bright ? sun(hour, day) : 0;
    const celsius = 20 + 4 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + 3 * Math.sin(day / 5);
    const amps = battery.step(stepS, offeredA, loadA, celsius);
    gauge = stepGauge(gauge, setting, sensed(s * 1000, amps, battery.volts, celsius, sensor, random, plan.nightRest ? resting : undefined));
    const soc = gauge.pack.soc;
    const full = gauge.counted !== undefined && isFull(gauge.counted.soc.marks);
    if (full && !wasFull) fulls += 1;
    wasFull = full;
    synced ||= full;
    if (synced && soc !== null) {
      const error = Math.abs(soc - battery.soc);
      worst = Math.max(worst, error);
      if (fulls > 1) settled = Math.max(settled, error);
      sum += error;
      count += 1;
      if (error <= (gauge.pack.uncertainty ?? 0)) within += 1;
      promised += gauge.pack.uncertainty ?? 0;
    }
    if (s % 3600 === 0) points.push({ day: s / 86_400, truth: battery.soc, soc, confidence: gauge.pack.confidence });
  }
  return {
    points,
    worst,
    settled,
    mean: sum / count,
    kept: within / count,
    promised: promised / count,
    offsetA: gauge.counted?.soc.offset.amps ?? Number.NaN,
    fulls,
  };
}

/** A, on cloudy and bright days; the solar charger stops at 85 % and begins again below 80: full charges are the charger's. */
function sun(hour: number, day: number): number {
  if (hour < 7 || hour > 18) return 0;
  const cloud = 0.55 + 0.45 * Math.sin(day * 2.3);
  return 11 * Math.sin(((hour - 7) / 11) * Math.PI) * cloud;
}

function sensed(
  nowMs: number,
  amps: number,
  volts: number,
  celsius: number,
  { offsetA, noiseA, stepA, gain }: Sensor,
  random: () => number,
  idle: boolean | undefined,
): GaugeReadings {
  const drift = 0.005 * Math.sin(nowMs / 6e8);
  const shownA = Math.round((amps * gain + offsetA + drift + noiseA * random()) / stepA) * stepA;
  const shownV = Math.round((volts + 0.005 * random()) / 0.004) * 0.004;
  return {
    ...{ nowMs, idle, celsius, highestCell: undefined, lowestCell: undefined, bms: undefined, full: false },
    voltage: { value: shownV, atMs: nowMs },
    current: { value: shownA, atMs: nowMs },
  };
}

/** Repeatable, about normal, of deviation 1. */
function noise(seed: number): () => number {
  let state = seed | 0 || 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000 - 0.5;
  };
  return () => 2 * (uniform() + uniform() + uniform());
}
