/** The energy of local days: growth of an index between two midnights, with how much of each day was really seen. Pure. */

export interface Bounds {
  /** `2026-03-29` */
  readonly day: string;
  /** Wall ms of both midnights. */
  readonly startMs: number;
  readonly endMs: number;
}
export interface IndexReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly wh: number;
}
/** A day that still runs. `startWh` null: the index at its first midnight is unknown. */
export interface RunningDay {
  readonly day: string;
  readonly startWh: number | null;
  readonly coveredMs: number;
}
export interface DayCount {
  readonly running: RunningDay | null;
  /** Null after a start: the pause is then unknown. */
  readonly last: IndexReading | null;
}
/** A day that is over; its energy is null where the index at one of its midnights is unknown. */
export interface CountedDay {
  readonly day: string;
  readonly coveredMs: number;
  readonly localWh: number | null;
}

/** In an overload a three-phase meter sends its indexes every 19 s; a longer silence is a hole. */
const HOLE_MS = 30_000;

export function countDay(state: DayCount, reading: IndexReading, boundsOf: (wallMs: number) => Bounds): DayCount & { over?: CountedDay } {
  const { running, last } = state;
  const now = boundsOf(reading.wallMs);
  const gapMs = last === null ? Number.POSITIVE_INFINITY : reading.monotonicMs - last.monotonicMs;
  const wallGapMs = last === null ? 0 : reading.wallMs - last.wallMs;
  const seen = gapMs >= 0 && gapMs <= HOLE_MS && wallGapMs >= 0 && wallGapMs <= HOLE_MS;
  // A clock that was set moves the midnights: nothing can be said of this day's begin.
  const moved = last !== null && Math.abs(wallGapMs - gapMs) > HOLE_MS;
  if (running?.day === now.day) {
    const startWh = moved ? null : running.startWh;
    return { running: { ...running, startWh, coveredMs: running.coveredMs + (seen ? gapMs : 0) }, last: reading };
  }
  const before = last !== null && seen ? last : null;
  const share = before === null || wallGapMs === 0 ? 1 : (now.startMs - before.wallMs) / wallGapMs;
  const midnightWh = before === null ? null : before.wh + (reading.wh - before.wh) * share;
  const next = { day: now.day, startWh: midnightWh, coveredMs: before === null ? 0 : reading.wallMs - now.startMs };
  if (running === null) return { running: { ...next, startWh: null }, last: reading };
  const localWh = midnightWh === null || running.startWh === null ? null : Math.round(midnightWh - running.startWh);
  const coveredMs = running.coveredMs + (before === null ? 0 : now.startMs - before.wallMs);
  return { running: next, last: reading, over: { day: running.day, coveredMs, localWh } };
}
