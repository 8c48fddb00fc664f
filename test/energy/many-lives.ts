/** Many batteries, each its own: worn or new, of another efficiency than its chemistry, with a good or a poor sensor, in use day and night or not. */
import { randomOf } from '../fuzz/mutate.ts';
import { INA219, INA228, type Life, live, type Plan } from './life.ts';
import { AGM, LFP, NMC } from './plans.ts';

const STEP_S = 30;

export interface ManyLives {
  readonly lives: number;
  /** Share of all the time in which the truth lay within the published uncertainty. */
  readonly kept: number;
  /** Lives in which that was so for at least 99 % of the time. */
  readonly keeping: number;
  /** Mean of what was published, and of the error: shares. */
  readonly promised: number;
  readonly mean: number;
  readonly worst: number;
}

/** A battery that the file describes by its label only. */
export function planOf(seed: number): Plan {
  const random = randomOf(seed);
  const between = (low: number, high: number): number => low + ((high - low) * random.below(10_001)) / 10_000;
  const base = random.pick([AGM, LFP, NMC]);
  const lead = base.chemistry === 'agm';
  const sensor = random.pick([INA219, INA228]);
  return {
    name: `life ${seed}`,
    nature: {
      ...base,
      capacityAh: between(80, 103),
      efficiency: lead ? between(0.9, 0.97) : between(0.985, 0.998),
      peukert: lead ? between(1.05, 1.2) : between(1, 1.06),
      selfDischarge: between(0.01, 0.05),
      restShiftV: between(-0.008, 0.008),
    },
    ratedAh: 100,
    sensor: { ...sensor, offsetA: between(-1, 1) * sensor.offsetA, gain: between(0.995, 1.005) },
    fullEvery: random.pick([1, 3, 7, 7, 14, undefined]),
    nightRest: random.below(2) === 0,
    bound: undefined,
  };
}

export function manyLives(count: number): ManyLives {
  const lives: readonly Life[] = Array.from({ length: count }, (_, i) => live(planOf(i + 1), i + 1, 0.3 + (0.6 * i) / count, STEP_S));
  const mean = (of: (life: Life) => number): number => lives.reduce((sum, life) => sum + of(life), 0) / count;
  return {
    lives: count,
    kept: mean(({ kept }) => kept),
    keeping: lives.filter(({ kept }) => kept >= 0.99).length,
    promised: mean(({ promised }) => promised),
    mean: mean((life) => life.mean),
    worst: Math.max(...lives.map(({ worst }) => worst)),
  };
}
