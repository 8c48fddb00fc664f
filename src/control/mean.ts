/** Mean of a value over a sliding window, one point in two seconds at most. Pure. */

export interface Mean {
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}
export const NO_MEAN: Mean = { points: [] };
const SPACING_MS = 2_000;

/** With one more sample; one closer than two seconds to the last is left out. One point older than the window (ms) stays: it shows the cover. */
export function withSample({ points }: Mean, value: number, atMs: number, windowMs: number): Mean {
  const last = points.at(-1);
  if (last !== undefined && atMs - last.atMs < SPACING_MS) return { points };
  const from = points.findIndex((point, index) => point === last || atMs - (points[index + 1]?.atMs ?? atMs) < windowMs);
  // As long as it must be: a list that grows makes room for half as much again.
  return { points: points.slice(Math.max(0, from)).concat({ atMs, value }) };
}

/** Undefined until the window (ms) is covered from end to end. */
export function meanOf({ points }: Mean, nowMs: number, windowMs: number): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || nowMs - first.atMs < windowMs || nowMs - last.atMs > windowMs) return undefined;
  let [sum, count] = [0, 0];
  for (const { atMs, value } of points) {
    if (nowMs - atMs > windowMs) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}
