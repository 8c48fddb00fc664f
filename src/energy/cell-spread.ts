/** How far the cells of a battery lie apart, and whether that grows. Pure. */

export interface SpreadState {
  /** mV now; null: unknown. */
  readonly mv: number | null;
  readonly dayMs: number;
  readonly seenMs: number;
  readonly sumMvMs: number;
  /** Mean mV of each of the last days; null: too little seen. */
  readonly days: readonly (number | null)[];
}
export const NO_SPREAD: SpreadState = { mv: null, dayMs: 0, seenMs: 0, sumMvMs: 0, days: [] };

const DAY_MS = 86_400_000;
const DAYS = 30;
const SEEN_MS = 3_600_000;
const LEAST_DAYS = 5;

/** `mv`: undefined: unknown, or under a current that pulls cells apart by itself. `spanMs` since the last look. */
export function spread(before: SpreadState, mv: number | undefined, spanMs: number): SpreadState {
  const dayMs = before.dayMs + spanMs;
  const seenMs = before.seenMs + (mv === undefined ? 0 : spanMs);
  const sumMvMs = before.sumMvMs + (mv ?? 0) * (mv === undefined ? 0 : spanMs);
  if (dayMs < DAY_MS) return { ...before, mv: mv ?? null, dayMs, seenMs, sumMvMs };
  const mean = seenMs < SEEN_MS ? null : Math.round((100 * sumMvMs) / seenMs) / 100;
  return { mv: mv ?? null, dayMs: 0, seenMs: 0, sumMvMs: 0, days: [...before.days, mean].slice(-DAYS) };
}

/** mV in 30 days, by the straight line through the daily means; null before five of them. */
export function spreadTrend({ days }: SpreadState): number | null {
  const points = days.flatMap((mean, day) => (mean === null ? [] : [[day, mean] as const]));
  if (points.length < LEAST_DAYS) return null;
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [dayMean, mvMean] = [meanOf(points.map(([day]) => day)), meanOf(points.map(([, mv]) => mv))];
  const covariance = points.reduce((sum, [day, mv]) => sum + (day - dayMean) * (mv - mvMean), 0);
  const variance = points.reduce((sum, [day]) => sum + (day - dayMean) ** 2, 0);
  return (30 * covariance) / variance;
}
