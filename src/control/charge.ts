/** When a battery wants its charger: idle, charging, full, deeply discharged. Pure; section 3 of the control law. */
import type { Reading } from '../model.ts';
import type { CellLimits } from './chemistry.ts';
import { type Mean, meanOf, NO_MEAN, withSample } from './mean.ts';

export type ChargePhase = 'waiting_inputs' | 'idle' | 'charging' | 'full_hold' | 'deep_discharge';

export interface ChargeSetting {
  readonly cell: CellLimits;
  readonly lithium: boolean;
  /** Ah; undefined: the tail current says nothing, the absorption timer decides. */
  readonly capacityAh: number | undefined;
  /** %. */
  readonly startSoc: number;
  readonly stopSoc: number | undefined;
  readonly restartSoc: number;
  readonly absorptionMs: number;
}
export interface ChargeInput {
  readonly nowMs: number;
  /** V of the mean cell: terminals divided by the cells. */
  readonly mean: Reading | undefined;
  readonly highest: Reading | undefined;
  readonly lowest: Reading | undefined;
  /** A, positive = charging. */
  readonly current: Reading | undefined;
  /** %. */
  readonly soc: Reading | undefined;
  /** The battery's own electronics say full. */
  readonly full: Reading | undefined;
  readonly temperatureC: number | undefined;
  /** The charge relay is closed. */
  readonly closed: boolean;
  /** What the guard found. */
  readonly over: boolean;
  readonly under: boolean;
}
/** Monotonic ms. */
export interface ChargeState {
  readonly phase: ChargePhase;
  readonly sinceMs: number;
  /** Where to go on once the inputs are back. */
  readonly resume: ChargePhase;
  readonly volts: Mean;
  readonly validMs: number;
  /** Since when each condition holds. */
  readonly since: Readonly<Partial<Record<Condition, number>>>;
  /** Time at the full voltage of this charge. */
  readonly absorbedMs: number;
  readonly tickedMs: number;
}
export interface ChargeWish {
  readonly on: boolean;
  readonly detail: string;
}
type Condition = 'socLow' | 'socHigh' | 'tail' | 'balanced' | 'bms' | 'restart';

const WINDOW_MS = 60_000;
const LOST_MS = 60_000;
/** No phase but a protective one lasts less. */
const LEAST_MS = 60_000;
const HOLDS_MS: Readonly<Record<Condition, number>> = {
  socLow: 60_000,
  socHigh: 60_000,
  tail: 600_000,
  balanced: 900_000,
  bms: 10_000,
  restart: 300_000,
};
const TAIL_SHARE = 0.02;
/** Volts of a battery divided by its cells are not exact. */
const ROUNDING_V = 1e-6;
const EVEN_V = 0.01;
const UNEVEN_V = 0.08;
/** A charger at its limit wavers this much below it. */
const AT_FULL = 0.995;

/** `resume`: the phase before a restart. */
export function newCharge(nowMs: number, resume: ChargePhase = 'idle'): ChargeState {
  return { phase: 'waiting_inputs', sinceMs: nowMs, resume, volts: NO_MEAN, validMs: -Infinity, since: {}, absorbedMs: 0, tickedMs: nowMs };
}

/** One tick. The wish is undefined where the battery has no opinion; a full one forbids. */
export function charge(
  before: ChargeState,
  setting: ChargeSetting,
  input: ChargeInput,
): { state: ChargeState; wish: ChargeWish | undefined } {
  const { nowMs } = input;
  const v = usable(input.mean);
  const volts = v === undefined ? before.volts : withSample(before.volts, v, input.mean?.monotonicMs ?? nowMs, WINDOW_MS);
  const fullV = fullVolts(setting.cell, input.temperatureC);
  // A charge that somebody asked for (sun to spare) ends where ours do, without ever having been ours.
  const filling = before.phase === 'charging' || (before.phase === 'idle' && input.closed);
  const absorbing = filling && input.closed && v !== undefined && v >= fullV * AT_FULL;
  const state: ChargeState = {
    ...before,
    volts,
    validMs: v === undefined ? before.validMs : (input.mean?.monotonicMs ?? nowMs),
    since: sinceOf(before.since, conditions(setting, input, absorbing), nowMs),
    absorbedMs: filling ? before.absorbedMs + (absorbing ? nowMs - before.tickedMs : 0) : 0,
    tickedMs: nowMs,
  };
  const phase = next(state, setting, input);
  const moved = phase === state.phase ? state : enter(state, phase, nowMs);
  return { state: moved, wish: WISHES[moved.phase] };
}

const WISHES: Readonly<Record<ChargePhase, ChargeWish | undefined>> = {
  waiting_inputs: undefined,
  idle: undefined,
  charging: { on: true, detail: 'charging' },
  full_hold: { on: false, detail: 'full' },
  // Charging is the cure; whether it is safe is the guard's to say.
  deep_discharge: { on: true, detail: 'deep-discharge' },
};

/** The highest voltage of a charge: colder cells take more, never as much as the protection cuts at. V per cell. */
export function fullVolts(cell: CellLimits, temperatureC: number | undefined): number {
  if (cell.perDegree === 0 || temperatureC === undefined) return cell.full;
  const away = Math.min(50, Math.max(-10, temperatureC)) - 25;
  return Math.min(cell.full + (cell.perDegree / 1000) * away, cell.over - 0.02);
}

function next(state: ChargeState, setting: ChargeSetting, input: ChargeInput): ChargePhase {
  const protective = protectivePhase(state, input);
  if (protective !== undefined) return protective;
  if (state.phase === 'deep_discharge') return 'charging';
  return input.nowMs - state.sinceMs < LEAST_MS ? state.phase : usualPhase(state, setting, input);
}

/** What does not wait: inputs that are gone or back, too little or too much voltage. */
function protectivePhase({ phase, resume, validMs }: ChargeState, { nowMs, mean, over, under }: ChargeInput): ChargePhase | undefined {
  const blind = usable(mean) === undefined;
  const waiting = phase === 'waiting_inputs';
  if (blind && (waiting || nowMs - validMs > LOST_MS)) return 'waiting_inputs';
  if (under) return 'deep_discharge';
  if (over) return 'full_hold';
  return waiting ? resume : undefined;
}

function usualPhase(state: ChargeState, setting: ChargeSetting, { nowMs, closed }: ChargeInput): ChargePhase {
  const met = (condition: Condition): boolean => {
    const sinceMs = state.since[condition];
    return sinceMs !== undefined && nowMs - sinceMs >= HOLDS_MS[condition];
  };
  const full = met('tail') || met('balanced') || met('socHigh') || met('bms') || state.absorbedMs >= setting.absorptionMs;
  if (state.phase === 'idle') {
    if (full && closed) return 'full_hold';
    const mean = meanOf(state.volts, nowMs, WINDOW_MS);
    return (mean !== undefined && mean - setting.cell.start <= ROUNDING_V) || met('socLow') ? 'charging' : 'idle';
  }
  if (state.phase === 'charging') return full ? 'full_hold' : 'charging';
  return met('restart') ? 'idle' : state.phase;
}

function conditions(setting: ChargeSetting, input: ChargeInput, absorbing: boolean): Readonly<Record<Condition, boolean>> {
  const { cell, lithium, capacityAh, startSoc, stopSoc, restartSoc } = setting;
  const [v, high, low] = [usable(input.mean), usable(input.highest), usable(input.lowest)];
  const [amps, soc] = [usable(input.current), usable(input.soc)];
  const spread = high === undefined || low === undefined ? undefined : high - low;
  return {
    socLow: soc !== undefined && soc <= startSoc,
    socHigh: soc !== undefined && stopSoc !== undefined && soc >= stopSoc,
    tail: absorbing && amps !== undefined && capacityAh !== undefined && amps <= TAIL_SHARE * capacityAh,
    balanced: lithium && high !== undefined && high >= cell.full && spread !== undefined && spread <= EVEN_V,
    bms: input.full?.value === true && input.full.quality === 'fresh',
    restart:
      (v !== undefined && v - cell.restart <= ROUNDING_V) ||
      (soc !== undefined && soc < restartSoc) ||
      (spread !== undefined && spread >= UNEVEN_V),
  };
}

/** A condition that nobody can judge any more does not hold. */
function sinceOf(before: ChargeState['since'], holds: Readonly<Record<Condition, boolean>>, nowMs: number): ChargeState['since'] {
  const since: Partial<Record<Condition, number>> = {};
  for (const [condition, held] of Object.entries(holds) as [Condition, boolean][]) if (held) since[condition] = before[condition] ?? nowMs;
  return since;
}

function enter(state: ChargeState, phase: ChargePhase, nowMs: number): ChargeState {
  const resume = phase === 'waiting_inputs' ? state.phase : phase;
  const { socLow } = state.since;
  const since = socLow === undefined ? {} : { socLow };
  return { ...state, phase, resume, sinceMs: nowMs, since, absorbedMs: 0 };
}

function usable(reading: Reading | undefined): number | undefined {
  if (reading === undefined || typeof reading.value !== 'number' || !Number.isFinite(reading.value)) return undefined;
  return reading.quality === 'fresh' || reading.quality === 'late' ? reading.value : undefined;
}
