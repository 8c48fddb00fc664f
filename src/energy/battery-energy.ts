/** Energy into and out of a battery, and how long until it is full or empty. Pure. */
import type { Flow } from './flow.ts';
import { effectiveA } from './losses.ts';
import type { SocSetting } from './soc-setting.ts';

/** Counted from zero in each session; the ledger adds what was before, and lets nothing shrink. */
export interface EnergyState {
  readonly chargedWh: number;
  readonly dischargedWh: number;
  /** A over the last minutes; null: unknown. */
  readonly smoothA: number | null;
}
export const NO_ENERGY: EnergyState = { chargedWh: 0, dischargedWh: 0, smoothA: null };

const SMOOTH_MS = 5 * 60_000;

/** `volts`: undefined: unknown, then nothing is counted. `offsetA`: what the sensor shows too much. */
export function stepEnergy(
  before: EnergyState,
  { amps, knownMs, unknownMs }: Flow,
  volts: number | undefined,
  offsetA: number,
): EnergyState {
  if (unknownMs > 0) return { ...before, smoothA: null };
  if (knownMs === 0) return before;
  const realA = amps - offsetA;
  const smoothA = before.smoothA === null ? realA : before.smoothA + (realA - before.smoothA) * Math.min(1, knownMs / SMOOTH_MS);
  if (volts === undefined || volts < 0) return { ...before, smoothA };
  const wh = (volts * realA * knownMs) / 3_600_000;
  return { chargedWh: before.chargedWh + Math.max(0, wh), dischargedWh: before.dischargedWh + Math.max(0, -wh), smoothA };
}

export interface Remaining {
  /** s; null: it is not on its way there, or so slowly that nobody can tell. */
  readonly toFullS: number | null;
  readonly toEmptyS: number | null;
}
/** Beyond ten days a figure only pretends. */
const HORIZON_S = 10 * 86_400;

/** At the smoothed current, with the losses of the chemistry. `soc`: 0 to 1. */
export function remaining(soc: number | null, { smoothA }: EnergyState, setting: SocSetting): Remaining {
  if (soc === null || smoothA === null || Math.abs(smoothA) < setting.rest.restA) return { toFullS: null, toEmptyS: null };
  const rate = effectiveA(smoothA, setting) / setting.capacityAh / 3600;
  const whole = (seconds: number): number | null => (seconds > HORIZON_S ? null : Math.round(seconds / 60) * 60);
  return rate > 0 ? { toFullS: whole((1 - soc) / rate), toEmptyS: null } : { toFullS: null, toEmptyS: whole(soc / -rate) };
}
