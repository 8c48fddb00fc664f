/** Values from several sources, each as old as its source: what a source stopped saying becomes unknown. No time of its own. */
import type { Value } from '../../model.ts';

export interface FreshValues {
  /** What one source (a frame, a part of a multiplexed one) says now; what it said before is forgotten. */
  put(source: string | number, values: Readonly<Record<string, Value>>, nowMs: number): void;
  /**
   * What holds at this moment. Of two sources that speak of one thing the later that knows it is believed; a `true` of
   * either stands, because the things said twice are alarms.
   */
  at(nowMs: number): Record<string, Value>;
}

/** Sources are forgotten after `staleMs` of silence: their values are then null, not absent. */
export function createFreshValues(staleMs: number): FreshValues {
  const sources = new Map<string | number, { values: Readonly<Record<string, Value>>; atMs: number }>();
  return {
    put(source, values, nowMs) {
      sources.delete(source);
      sources.set(source, { values, atMs: nowMs });
    },
    at(nowMs) {
      const now: Record<string, Value> = {};
      for (const { values, atMs } of sources.values()) {
        const stale = nowMs - atMs >= staleMs;
        for (const [key, value] of Object.entries(values)) {
          const known = stale ? null : value;
          if (now[key] === undefined || (known !== null && now[key] !== true)) now[key] = known;
        }
      }
      return now;
    },
  };
}
