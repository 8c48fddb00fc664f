/** The Linky's breaker as arithmetic: the same slow filter as inside the meter, and the seconds left before it opens. */

/** Share of the newest second in the filter: Y ← 0.008·X² + 0.992·Y. Source: the control law, load-shedding, Linky cut-off. */
const SHARE = 0.008;
const DECAY_PER_S = Math.log(1 - SHARE);
/** The meter opens when √Y passes about this many times the cut-off power. */
export const TRIP_RATIO = 1.3;
/** Above this pause between samples (s) the hidden part may have been worse than its end: the larger end counts. */
const TRUSTED_PAUSE_S = 3;

/** One phase as the meter feels it. `y` is a filtered square (VA²); `powerVa` the last value believed; monotonic ms. */
export interface Breaker {
  readonly y: number;
  readonly powerVa: number;
  readonly atMs: number;
}

/**
 * What to believe at the first sample (VA), the past being unknown: full load, or what is seen if that is more, as long as it could
 * have lasted without opening. Errs towards tripping early and forgets within minutes.
 */
export function breakerAt(powerVa: number, cutOffVa: number, nowMs: number): Breaker {
  const before = Math.min(Math.max(magnitude(powerVa), cutOffVa), TRIP_RATIO * cutOffVa);
  return { y: before ** 2, powerVa: magnitude(powerVa), atMs: nowMs };
}

/** Adds a sample (VA) covering the time since the last one, exactly for any pause; older or unreadable samples change nothing. */
export function breakerSample(breaker: Breaker, powerVa: number, nowMs: number): Breaker {
  const seconds = (nowMs - breaker.atMs) / 1000;
  if (!Number.isFinite(powerVa) || !(seconds > 0)) return breaker;
  const power = magnitude(powerVa);
  const felt = seconds > TRUSTED_PAUSE_S ? Math.max(power, breaker.powerVa) : power;
  return { y: settle(breaker.y, felt, seconds), powerVa: power, atMs: nowMs };
}

/** The filter when no sample came: the last power is taken to have lasted. */
export function breakerLater(breaker: Breaker, nowMs: number): Breaker {
  const seconds = (nowMs - breaker.atMs) / 1000;
  return seconds > 0 ? { ...breaker, y: settle(breaker.y, breaker.powerVa, seconds), atMs: nowMs } : breaker;
}

/** Has the meter, by this reckoning, opened? `cutOffVa`: the phase's cut-off power (PCOUP, a third of it with three phases). */
export function breakerOpen(breaker: Breaker, cutOffVa: number): boolean {
  return breaker.y >= (TRIP_RATIO * cutOffVa) ** 2;
}

/** Seconds until the meter opens if the power stays at `powerVa`; 0 = now, Infinity = never. */
export function secondsToTrip(breaker: Breaker, cutOffVa: number, powerVa: number = breaker.powerVa): number {
  const trip = (TRIP_RATIO * cutOffVa) ** 2;
  const target = magnitude(powerVa) ** 2;
  if (breaker.y >= trip) return 0;
  if (target <= trip) return Number.POSITIVE_INFINITY;
  return Math.log((target - trip) / (target - breaker.y)) / DECAY_PER_S;
}

function settle(y: number, powerVa: number, seconds: number): number {
  const target = powerVa ** 2;
  return target + (y - target) * Math.exp(DECAY_PER_S * seconds);
}

/** Export counts as nothing drawn; a figure beyond any house is held to where its square stays a number. */
function magnitude(powerVa: number): number {
  return Number.isFinite(powerVa) ? Math.min(1e6, Math.max(0, powerVa)) : 0;
}
