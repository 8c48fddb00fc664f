/** How fast pulses come: from the kernel's timestamps, falling with the silence, zero after the time-out, unknown at first. Pure. */

export interface PulseRate {
  /** Pulses seen so far. */
  readonly count: number;
  /** Monotonic ms of the newest pulse, null before the first. */
  readonly lastMs: number | null;
  /** Pulses per second between the last reports; null = not known yet. */
  readonly perSecond: number | null;
}
export const NO_PULSES: PulseRate = { count: 0, lastMs: null, perSecond: null };

/** New pulses: `count` since opening, the newest at `lastMs`. After a silence longer than the time-out the clock only starts again. */
export function withPulses(rate: PulseRate, count: number, lastMs: number, timeoutMs: number): PulseRate {
  const fresh = count - rate.count;
  if (fresh <= 0) return rate;
  const spanMs = rate.lastMs === null ? 0 : lastMs - rate.lastMs;
  const measurable = rate.lastMs !== null && spanMs > 0 && spanMs <= timeoutMs * fresh;
  return { count, lastMs, perSecond: measurable ? (fresh * 1000) / spanMs : rate.perSecond };
}

/** The rate to show now, in pulses per second: never more than one pulse in the time since the last one. */
export function rateNow(rate: PulseRate, nowMs: number, timeoutMs: number): number | null {
  if (rate.lastMs === null) return null;
  const silenceMs = nowMs - rate.lastMs;
  if (silenceMs > timeoutMs) return 0;
  if (rate.perSecond === null) return null;
  return silenceMs <= 0 ? rate.perSecond : Math.min(rate.perSecond, 1000 / silenceMs);
}
