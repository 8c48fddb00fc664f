/** How fast pulses come: from the kernel's timestamps, falling with the silence, zero after the time-out, unknown at first. Pure. */
import type { EdgeBatch } from '../../ports/types.ts';

export interface PulseRate {
  /** Pulses seen so far. */
  readonly count: number;
  /** Monotonic ms since when the line is silent: of the newest pulse, or of the opening. */
  readonly sinceMs: number;
  readonly pulsed: boolean;
  /** Pulses per second over the last interval; null = not known yet. */
  readonly perSecond: number | null;
}

/** A line opened at `openedMs` (monotonic), nothing seen. */
export function noPulses(openedMs: number): PulseRate {
  return { count: 0, sinceMs: openedMs, pulsed: false, perSecond: null };
}

/** Takes new pulses in. The first one ever, and the first after a silence longer than the time-out, only starts the clock again. */
export function withPulses(rate: PulseRate, { count, firstMs, lastMs }: EdgeBatch, timeoutMs: number): PulseRate {
  const fresh = count - rate.count;
  if (fresh <= 0) return rate;
  const restart = !rate.pulsed || firstMs - rate.sinceMs > timeoutMs;
  const intervals = restart ? fresh - 1 : fresh;
  const spanMs = lastMs - (restart ? firstMs : rate.sinceMs);
  const known = restart ? null : rate.perSecond;
  return { count, sinceMs: lastMs, pulsed: true, perSecond: intervals > 0 && spanMs > 0 ? (intervals * 1000) / spanMs : known };
}

/** The rate to show now, in pulses per second: never more than one pulse in the time since the last one. */
export function rateNow(rate: PulseRate, nowMs: number, timeoutMs: number): number | null {
  const silenceMs = nowMs - rate.sinceMs;
  if (silenceMs > timeoutMs) return 0;
  if (rate.perSecond === null) return null;
  return silenceMs <= 0 ? rate.perSecond : Math.min(rate.perSecond, 1000 / silenceMs);
}
