/** Share of damaged groups over the last minute: what a user watches while moving a cable. Pure. */
import type { TicDecoder } from './tic-frame.ts';

export interface ErrorRate {
  /** Takes in what the decoder counted since the last call, also outside of frames. */
  note(nowMs: number, counts: TicDecoder['counts']): void;
  /** 0 to 100; null while nothing came. */
  percent(nowMs: number): number | null;
}

export function badGroups({ refused }: TicDecoder['counts']): number {
  let sum = 0;
  for (const count of refused.values()) sum += count;
  return sum;
}

/** A sliding window of `windowMs` (monotonic ms). */
export function createErrorRate(windowMs: number): ErrorRate {
  let notes: { readonly atMs: number; readonly good: number; readonly bad: number }[] = [];
  let good = 0;
  let bad = 0;
  return {
    note(nowMs, counts) {
      const allBad = badGroups(counts);
      notes.push({ atMs: nowMs, good: counts.accepted - good, bad: allBad - bad });
      good = counts.accepted;
      bad = allBad;
    },
    percent(nowMs) {
      notes = notes.filter(({ atMs }) => nowMs - atMs <= windowMs);
      const goods = notes.reduce((sum, note) => sum + note.good, 0);
      const bads = notes.reduce((sum, note) => sum + note.bad, 0);
      return goods + bads === 0 ? null : Math.round((1000 * bads) / (goods + bads)) / 10;
    },
  };
}
