/** The grid operator's certified energy of a day beside our own: which of the two to believe, and when to ask again. Pure. */

/** One local day; energies in Wh. */
export interface ComparedDay {
  /** 23, 24 or 25 hours: see `dayBounds`. */
  readonly lengthMs: number;
  /** How much of the day our own readings were fresh. */
  readonly coveredMs: number;
  /** Growth of our own index over the day; null: unknown. */
  readonly localWh: number | null;
  /** Null: not published yet, or out of reach. */
  readonly certified: CertifiedDay | null;
}
export interface CertifiedDay {
  readonly wh: number;
  /** How many half-hours the sum was made of; absent: a difference of two midnight indexes, which has no holes. */
  readonly halfHours?: number;
}
/** `incomplete` blames nobody; `certified_only` says that both are whole and disagree. */
export type DayVerdict = 'trusted' | 'incomplete' | 'certified_only';
export interface JudgedDay {
  readonly verdict: DayVerdict;
  /** The energy to count, Wh; null: nobody knows it. */
  readonly wh: number | null;
  readonly from: 'local' | 'certified' | 'nobody';
}

const HALF_HOUR_MS = 30 * 60_000;
const LEAST_COVERAGE = 0.99;
const TOLERANCE_WH = 50;
const TOLERANCE_SHARE = 0.01;
/** One odd day is no finding: so many of the last seven are. */
const ODD_DAYS = 3;
const LOOKED_AT = 7;

/** A hole on either side is never filled with half of something. */
export function judgeDay({ lengthMs, coveredMs, localWh, certified }: ComparedDay): JudgedDay {
  const local = localWh !== null && lengthMs > 0 && coveredMs / lengthMs >= LEAST_COVERAGE ? localWh : null;
  const whole = certified !== null && isWhole(certified, lengthMs) ? certified.wh : null;
  if (whole === null) return { verdict: 'incomplete', wh: local, from: local === null ? 'nobody' : 'local' };
  if (local === null) return { verdict: 'incomplete', wh: whole, from: 'certified' };
  const near = Math.abs(local - whole) <= Math.max(TOLERANCE_WH, TOLERANCE_SHARE * whole);
  return near ? { verdict: 'trusted', wh: local, from: 'local' } : { verdict: 'certified_only', wh: whole, from: 'certified' };
}

function isWhole({ wh, halfHours }: CertifiedDay, lengthMs: number): boolean {
  return Number.isFinite(wh) && wh >= 0 && (halfHours === undefined || halfHours === lengthMs / HALF_HOUR_MS);
}

/** Whether the disagreement is worth a word; newest day last. */
export function disagrees(verdicts: readonly DayVerdict[]): boolean {
  return verdicts.slice(-LOOKED_AT).filter((verdict) => verdict === 'certified_only').length >= ODD_DAYS;
}

/** Wall ms of both midnights of a local day (`2026-03-29`): 23 or 25 hours apart when the clocks change. */
export function dayBounds(day: string, timeZone: string): { readonly startMs: number; readonly endMs: number } {
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  return { startMs: midnight(utcMs, timeZone), endMs: midnight(utcMs + 86_400_000, timeZone) };
}

/** The moment whose local clock shows what `shownMs` shows in UTC. */
function midnight(shownMs: number, timeZone: string): number {
  const first = shownMs - offsetMs(shownMs, timeZone);
  return shownMs - offsetMs(first, timeZone);
}

function offsetMs(wallMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' });
  const parts = Object.fromEntries(format.formatToParts(wallMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(2000 + (year % 100), month - 1, day, hour, minute, second) - wallMs;
}

/** What the last attempt came to. */
export type Attempt =
  | { readonly kind: 'out-of-reach' }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'half' };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LONGEST_MS = 24 * HOUR_MS;

/** Pause before the next attempt (ms) after `failures` vain ones, the last included. `random` gives 0 ≤ n < 1: homes do not ask all at once. */
export function retryMs(attempt: Attempt, failures: number, random: () => number): number {
  const spread = (ms: number): number => Math.min(LONGEST_MS, ms) * (1 + 0.1 * random());
  const doubled = (ms: number): number => ms * 2 ** Math.min(20, Math.max(0, failures - 1));
  // The day's second half comes when it comes: asking often helps nobody.
  if (attempt.kind === 'half') return spread(6 * HOUR_MS);
  if (attempt.kind === 'out-of-reach' || attempt.status >= 500) return spread(doubled(10 * MINUTE_MS));
  if (attempt.status !== 429) return spread(LONGEST_MS); // a key or a contract that a person must mend
  // Never earlier than told.
  return Math.max((attempt.retryAfterS ?? 0) * 1000, spread(doubled(HOUR_MS)));
}
