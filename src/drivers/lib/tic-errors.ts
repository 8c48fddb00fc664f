/** Share of damaged groups over the last minute: what a user watches while moving a cable. Pure. */

export interface ErrorRate {
  add(atMs: number, good: number, bad: number): void;
  /** 0 to 100; null while nothing came. */
  percent(nowMs: number): number | null;
}

/** A sliding window of `windowMs` (monotonic ms). */
export function createErrorRate(windowMs: number): ErrorRate {
  let frames: { readonly atMs: number; readonly good: number; readonly bad: number }[] = [];
  return {
    add(atMs, good, bad) {
      frames.push({ atMs, good, bad });
    },
    percent(nowMs) {
      frames = frames.filter(({ atMs }) => nowMs - atMs <= windowMs);
      const good = frames.reduce((sum, frame) => sum + frame.good, 0);
      const bad = frames.reduce((sum, frame) => sum + frame.bad, 0);
      return good + bad === 0 ? null : Math.round((1000 * bad) / (good + bad)) / 10;
    },
  };
}
