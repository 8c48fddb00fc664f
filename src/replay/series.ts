/** Means over equal spans of a time whose length nobody knows beforehand: the spans double when there are too many. */

export interface Series {
  /** `value` held from `fromMs` to `toMs` after the beginning; unknown times are left out. */
  add(fromMs: number, toMs: number, value: number): void;
  readonly widthMs: number;
  means(): (number | undefined)[];
}

const FIRST_MS = 1_000;

/** At most `limit` spans, an even number. */
export function createSeries(limit = 1_000): Series {
  const sums = new Float64Array(limit);
  const weights = new Float64Array(limit);
  let widthMs = FIRST_MS;
  let used = 0;

  function widen(): void {
    for (let i = 0; i < limit; i += 1) {
      const [a, b] = [2 * i, 2 * i + 1];
      sums[i] = (sums[a] ?? 0) + (sums[b] ?? 0);
      weights[i] = (weights[a] ?? 0) + (weights[b] ?? 0);
    }
    widthMs *= 2;
    used = Math.ceil(used / 2);
  }
  return {
    add(fromMs, toMs, value) {
      while (toMs > limit * widthMs) widen();
      for (let at = fromMs; at < toMs; ) {
        const index = Math.floor(at / widthMs);
        const end = Math.min(toMs, (index + 1) * widthMs);
        sums[index] = (sums[index] ?? 0) + value * (end - at);
        weights[index] = (weights[index] ?? 0) + (end - at);
        used = Math.max(used, index + 1);
        at = end;
      }
    },
    get widthMs() {
      return widthMs;
    },
    means: () => Array.from({ length: used }, (_, i) => ((weights[i] ?? 0) > 0 ? (sums[i] ?? 0) / (weights[i] ?? 1) : undefined)),
  };
}
