/** What is left of a battery: usable capacity from full to empty, cycles, hot hours, resistance, spread of its cells. Pure. */
import { NO_SPREAD, type SpreadState, spread } from './cell-spread.ts';
import type { Metered } from './flow.ts';
import { isFull } from './full-charge.ts';
import { socAtRest } from './open-circuit.ts';
import { NO_RESISTANCE, type ResistanceState, resistance } from './resistance.ts';
import type { SocSetting } from './soc-setting.ts';
import type { SocStep } from './state-of-charge.ts';

export interface HealthState {
  readonly atMs: number;
  /** Ah; null before the first full cycle. */
  readonly usableAh: number | null;
  /** Full cycles that told the capacity. */
  readonly samples: number;
  readonly dischargedAh: number;
  /** Time above 40 °C, ms. */
  readonly hotMs: number;
  /** Ah drawn since the last full charge; null: not begun at full, or something is unknown since. */
  readonly drawnAh: number | null;
  /** This rest has already told. */
  readonly told: boolean;
  readonly resistance: ResistanceState;
  readonly spread: SpreadState;
}
export interface HealthReadings {
  readonly nowMs: number;
  readonly volts: Metered | undefined;
  readonly amps: Metered | undefined;
  readonly celsius: number | undefined;
  readonly highestCell: number | undefined;
  readonly lowestCell: number | undefined;
}

const HOT_C = 40;
/** Of a new sample (reference: batteries 7.3); a voltage at rest tells less exactly than an empty battery. */
const EMPTY_WEIGHT = 0.2;
const REST_WEIGHT = 0.1;
const DEPTH = 0.5;
/** Shares of the rated capacity that a real battery may have. */
const PLAUSIBLE = [0.2, 1.3] as const;

export function newHealth(nowMs: number): HealthState {
  return {
    ...{ atMs: nowMs, usableAh: null, samples: 0, dischargedAh: 0, hotMs: 0, drawnAh: null, told: false },
    ...{ resistance: NO_RESISTANCE, spread: NO_SPREAD },
  };
}

/** `setting.capacityAh` is the rated capacity here. */
export function stepHealth(before: HealthState, setting: SocSetting, step: SocStep, readings: HealthReadings): HealthState {
  const { nowMs, celsius, highestCell, lowestCell } = readings;
  const spanMs = Math.min(setting.gapMs, Math.max(0, nowMs - before.atMs));
  const calm = step.amps !== null && Math.abs(step.amps) <= setting.capacityAh / 10;
  const apart = calm && highestCell !== undefined && lowestCell !== undefined ? 1000 * (highestCell - lowestCell) : undefined;
  return {
    ...sampled({ ...before, drawnAh: drawn(before.drawnAh, step) }, setting, step, readings),
    atMs: nowMs,
    dischargedAh: before.dischargedAh + Math.max(0, -step.movedAh),
    hotMs: before.hotMs + (celsius !== undefined && celsius > HOT_C ? spanMs : 0),
    resistance: resistance(before.resistance, readings.volts, readings.amps, setting),
    spread: spread(before.spread, apart, spanMs),
  };
}

/** Share of the rated capacity, 0 to 1; null before it was ever measured. */
export function stateOfHealth({ usableAh }: HealthState, ratedAh: number): number | null {
  return usableAh === null ? null : Math.min(1, usableAh / ratedAh);
}

/** A battery that nobody has measured may have lost a quarter; each sample takes its share of that doubt. */
const WORN = 0.25;
const MEASURED = 0.03;

/** How far the capacity that is reckoned with may be off, a share. */
export function capacityDoubt({ samples }: HealthState): number {
  return MEASURED + (WORN - MEASURED) * (1 - REST_WEIGHT) ** samples;
}

function drawn(before: number | null, { state, flow, movedAh }: SocStep): number | null {
  if (isFull(state.marks)) return 0;
  return before === null || flow.unknownMs > 0 ? null : Math.max(0, before - movedAh);
}

function sampled(health: HealthState, setting: SocSetting, step: SocStep, { volts, celsius }: HealthReadings): HealthState {
  const { drawnAh } = health;
  const { rest } = step.state;
  const long = rest.ms >= 2 * setting.facts.restMs;
  const next = { ...health, told: long && health.told };
  if (drawnAh === null) return next;
  if (step.event === 'empty') return { ...capacity(next, drawnAh, setting.capacityAh, EMPTY_WEIGHT), drawnAh: null };
  if (!long || health.told || volts === undefined) return next;
  const { soc, error } = socAtRest(setting.facts, volts.value / setting.cells, celsius);
  if (1 - soc < DEPTH || error > 0.1) return next;
  return { ...capacity(next, drawnAh / (1 - soc), setting.capacityAh, REST_WEIGHT), told: true };
}

function capacity(health: HealthState, sampleAh: number, ratedAh: number, weight: number): HealthState {
  if (sampleAh < PLAUSIBLE[0] * ratedAh || sampleAh > PLAUSIBLE[1] * ratedAh) return health;
  const oldAh = health.usableAh ?? ratedAh;
  return { ...health, usableAh: oldAh + weight * (sampleAh - oldAh), samples: health.samples + 1 };
}
