/** The conditions that move a charge from phase to phase, and since when each holds. Pure; section 3 of the control law. */
import type { Reading } from '../model.ts';
import type { ChargeInput, ChargeSetting, Condition, Since } from './charge-types.ts';
import type { SocSight } from './soc-sight.ts';

export const HOLDS_MS: Readonly<Record<Condition, number>> = {
  socLow: 60_000,
  socHigh: 60_000,
  tail: 600_000,
  balanced: 900_000,
  bms: 10_000,
  restart: 300_000,
};
const TAIL_SHARE = 0.02;
/** Volts of a battery divided by its cells are not exact. */
export const ROUNDING_V = 1e-6;
const EVEN_V = 0.01;
const UNEVEN_V = 0.08;

/** `absorbing`: at the full voltage, with the charger on. A state of charge that is not sure only forbids. */
export function conditions(
  setting: ChargeSetting,
  input: ChargeInput,
  sight: SocSight,
  absorbing: boolean,
): Readonly<Record<Condition, boolean>> {
  const { cell, lithium, capacityAh, startSoc, restartSoc } = setting;
  const [v, high, low] = [usable(input.mean), usable(input.highest), usable(input.lowest)];
  const amps = usable(input.current);
  const { percent, sure } = sight;
  const spread = high === undefined || low === undefined ? undefined : high - low;
  return {
    socLow: sure && percent !== undefined && percent <= startSoc,
    socHigh: saysFull(setting, sight),
    tail: absorbing && amps !== undefined && capacityAh !== undefined && amps <= TAIL_SHARE * capacityAh,
    balanced: lithium && high !== undefined && high >= cell.full && spread !== undefined && spread <= EVEN_V,
    bms: input.full?.value === true && input.full.quality === 'fresh',
    restart:
      (v !== undefined && v - cell.restart <= ROUNDING_V) ||
      (sure && percent !== undefined && percent < restartSoc) ||
      (spread !== undefined && spread >= UNEVEN_V),
  };
}

export function saysFull({ stopSoc }: ChargeSetting, { percent }: SocSight): boolean {
  return percent !== undefined && stopSoc !== undefined && percent >= stopSoc;
}

/** A condition that nobody can judge any more does not hold. */
export function sinceOf(before: Since, holds: Readonly<Record<Condition, boolean>>, nowMs: number): Since {
  const since: Partial<Record<Condition, number>> = {};
  for (const [condition, held] of Object.entries(holds) as [Condition, boolean][]) if (held) since[condition] = before[condition] ?? nowMs;
  return since;
}

export function hasHeld(since: Since, condition: Condition, nowMs: number): boolean {
  const sinceMs = since[condition];
  return sinceMs !== undefined && nowMs - sinceMs >= HOLDS_MS[condition];
}

export function usable(reading: Reading | undefined): number | undefined {
  if (reading === undefined || typeof reading.value !== 'number' || !Number.isFinite(reading.value)) return undefined;
  return reading.quality === 'fresh' || reading.quality === 'late' ? reading.value : undefined;
}
