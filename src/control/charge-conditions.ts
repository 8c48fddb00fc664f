/** The conditions that move a charge from phase to phase, and since when each holds. Pure; section 3 of the control law. */
import type { Reading } from '../model.ts';
import type { ChargeInput, ChargeSetting, Condition, Since } from './charge-types.ts';
import type { CellLimits } from './chemistry.ts';
import type { SocSight } from './soc-sight.ts';
import { type Aims, compensated, type StageFacts } from './stages.ts';

export const HOLDS_MS: Readonly<Record<Condition, number>> = {
  socLow: 60_000,
  socHigh: 60_000,
  tail: 600_000,
  balanced: 900_000,
  bms: 10_000,
  restart: 300_000,
  atFull: 0,
  takesLittle: 600_000,
  // Our choice: less is a charger's overshoot.
  equalised: 1_800_000,
  // A charger that has not come down by then has no float stage: our choice, the time after which a float counts as not held.
  aboveFloat: 1_800_000,
  belowBulk: 1_800_000,
  stored: 600_000,
};
const CONDITIONS = Object.keys(HOLDS_MS) as readonly Condition[];
/** V of a cell by which a charger may miss its float voltage. */
const FLOAT_V = 0.03;
/** A charger at its limit wavers this much below it. */
const AT_FULL = 0.995;
/** Volts of a battery divided by its cells are not exact. */
export const ROUNDING_V = 1e-6;
const EVEN_V = 0.01;
const UNEVEN_V = 0.08;

/** The highest voltage of a charge: colder cells take more, never as much as the protection cuts at. V per cell. */
export function fullVolts(cell: CellLimits, temperatureC: number | undefined): number {
  return cell.perDegree === 0 ? cell.full : Math.min(compensated(cell.full, cell, temperatureC), cell.over - 0.02);
}

export interface Judged {
  readonly setting: ChargeSetting;
  readonly facts: StageFacts;
  readonly aims: Aims;
  readonly input: ChargeInput;
  readonly sight: SocSight;
}

/** A state of charge that is not sure only forbids. `charging`: in that phase, with the charger on. */
export function conditions({ setting, facts, aims, input, sight }: Judged, charging: boolean): Readonly<Record<Condition, boolean>> {
  const { cell, lithium, capacityAh } = setting;
  const [v, high, low] = [usable(input.mean), usable(input.highest), usable(input.lowest)];
  const amps = usable(input.current);
  const { percent, sure } = sight;
  const at = (volts: number): number => compensated(volts, cell, input.temperatureC);
  const atFull = v !== undefined && v >= fullVolts(cell, input.temperatureC) * AT_FULL;
  const takesLittle = atFull && amps !== undefined && capacityAh !== undefined && amps <= facts.tail * capacityAh;
  const spread = high === undefined || low === undefined ? undefined : high - low;
  return {
    socLow: sure && percent !== undefined && percent <= aims.startSoc,
    socHigh: saysFull(aims, sight),
    tail: charging && takesLittle,
    balanced: lithium && high !== undefined && high >= cell.full && spread !== undefined && spread <= EVEN_V,
    bms: input.full?.value === true && input.full.quality === 'fresh',
    restart:
      (v !== undefined && v - cell.restart <= ROUNDING_V) ||
      (sure && percent !== undefined && percent < aims.restartSoc) ||
      (spread !== undefined && spread >= UNEVEN_V),
    atFull,
    takesLittle,
    equalised: v !== undefined && facts.equalise !== undefined && v >= at(facts.equalise),
    aboveFloat: v !== undefined && facts.float !== undefined && v > at(facts.float) + FLOAT_V,
    belowBulk: v !== undefined && v < at(facts.rebulk),
    stored: v !== undefined && percent === undefined && aims.endV !== undefined && v >= aims.endV,
  };
}

export function saysFull({ stopSoc }: Aims, { percent }: SocSight): boolean {
  return percent !== undefined && stopSoc !== undefined && percent >= stopSoc;
}

/** A condition that nobody can judge any more does not hold. */
export function sinceOf(before: Since, holds: Readonly<Record<Condition, boolean>>, nowMs: number): Since {
  const since: Partial<Record<Condition, number>> = {};
  for (const condition of CONDITIONS) if (holds[condition]) since[condition] = before[condition] ?? nowMs;
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
