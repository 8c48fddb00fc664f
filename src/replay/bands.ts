/** Least, mean and greatest of each day, and one whole day of a long life: the one that is most worth looking at. */
import type { Band } from './world.ts';

export interface Day {
  /** Since the first, 0. */
  readonly index: number;
  readonly bands: Readonly<Record<string, Band>>;
}
export interface Bands {
  /** `gauges` held for so long (ms) from `atMs` after the beginning. */
  add(atMs: number, forMs: number, gauges: Readonly<Record<string, number>>): void;
  days(): readonly Day[];
  /** Means over equal parts of the day for which the interest was highest. */
  zoom(): { readonly index: number; readonly series: Readonly<Record<string, readonly (number | null)[]>> };
}
interface Sum {
  min: number;
  max: number;
  sum: number;
  ms: number;
  readonly parts: Float64Array;
  readonly partMs: Float64Array;
}

const DAY_MS = 86_400_000;
/** Of the zoomed day. */
const PARTS = 288;
const PART_MS = DAY_MS / PARTS;

/** `interest` judges a day by its bands. */
export function createBands(interest: (day: Readonly<Record<string, Band>>) => number): Bands {
  const days: Day[] = [];
  let sums = new Map<string, Sum>();
  let today = 0;
  let best = { score: -Infinity, index: 0, series: {} as Record<string, (number | null)[]> };
  const close = (): void => {
    if (sums.size === 0) return;
    const bands = Object.fromEntries([...sums].map(([name, { min, max, sum, ms }]) => [name, { min, mean: sum / ms, max }]));
    days.push({ index: today, bands });
    const score = interest(bands);
    if (score > best.score)
      best = { score, index: today, series: Object.fromEntries([...sums].map(([name, sum]) => [name, meansOf(sum)])) };
    sums = new Map();
  };
  return {
    add(atMs, forMs, gauges) {
      const day = Math.floor(atMs / DAY_MS);
      if (day !== today) close();
      today = day;
      const part = Math.floor((atMs % DAY_MS) / PART_MS);
      for (const [name, value] of Object.entries(gauges)) {
        if (!Number.isFinite(value)) continue;
        let sum = sums.get(name);
        if (sum === undefined) {
          sum = { min: Infinity, max: -Infinity, sum: 0, ms: 0, parts: new Float64Array(PARTS), partMs: new Float64Array(PARTS) };
          sums.set(name, sum);
        }
        sum.min = Math.min(sum.min, value);
        sum.max = Math.max(sum.max, value);
        sum.sum += value * forMs;
        sum.ms += forMs;
        sum.parts[part] = (sum.parts[part] ?? 0) + value * forMs;
        sum.partMs[part] = (sum.partMs[part] ?? 0) + forMs;
      }
    },
    days() {
      close();
      return days;
    },
    zoom() {
      close();
      return { index: best.index, series: best.series };
    },
  };
}

function meansOf({ parts, partMs }: Sum): (number | null)[] {
  return Array.from(parts, (sum, i) => ((partMs[i] ?? 0) > 0 ? sum / (partMs[i] ?? 1) : null));
}
