/** When a battery wants its charger: idle, charging, full, deeply discharged. Pure; section 3 of the control law. */

import { conditions, hasHeld, ROUNDING_V, saysFull, sinceOf, usable } from './charge-conditions.ts';
import type { ChargeInput, ChargePhase, ChargeSetting, ChargeState, ChargeWish, Condition } from './charge-types.ts';
import type { CellLimits } from './chemistry.ts';
import { meanOf, NO_MEAN, withSample } from './mean.ts';
import { sightOf } from './soc-sight.ts';

const WINDOW_MS = 60_000;
const LOST_MS = 60_000;
/** No phase but a protective one lasts less. */
const LEAST_MS = 60_000;
/** A charger at its limit wavers this much below it. */
const AT_FULL = 0.995;

/** `resume`: the phase before a restart. */
export function newCharge(nowMs: number, resume: ChargePhase = 'idle'): ChargeState {
  return {
    phase: 'waiting_inputs',
    sinceMs: nowMs,
    resume,
    volts: NO_MEAN,
    validMs: -Infinity,
    since: {},
    absorbedMs: 0,
    tickedMs: nowMs,
    contradicted: false,
  };
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
  const absorbing = before.phase === 'charging' && input.closed && v !== undefined && v >= fullV * AT_FULL;
  const sight = sightOf(input.soc, input.counted, nowMs);
  const said = saysFull(setting, sight);
  const contradicted = before.contradicted && (sight.percent === undefined || said);
  const holds = conditions(setting, input, sight, absorbing);
  const state: ChargeState = {
    ...before,
    volts,
    contradicted,
    validMs: v === undefined ? before.validMs : (input.mean?.monotonicMs ?? nowMs),
    since: sinceOf(before.since, { ...holds, socHigh: holds.socHigh && !contradicted }, nowMs),
    absorbedMs: before.phase === 'charging' ? before.absorbedMs + (absorbing ? nowMs - before.tickedMs : 0) : 0,
    tickedMs: nowMs,
  };
  const phase = next(state, setting, input);
  const moved = phase === state.phase ? state : enter(state, phase, nowMs, said);
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
  return input.nowMs - state.sinceMs < LEAST_MS ? state.phase : usualPhase(state, setting, input.nowMs);
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

function usualPhase(state: ChargeState, setting: ChargeSetting, nowMs: number): ChargePhase {
  const met = (condition: Condition): boolean => hasHeld(state.since, condition, nowMs);
  if (state.phase === 'idle') {
    const mean = meanOf(state.volts, nowMs, WINDOW_MS);
    return (mean !== undefined && mean - setting.cell.start <= ROUNDING_V) || met('socLow') ? 'charging' : 'idle';
  }
  if (state.phase === 'charging') {
    const full = met('tail') || met('balanced') || met('socHigh') || met('bms') || state.absorbedMs >= setting.absorptionMs;
    return full ? 'full_hold' : 'charging';
  }
  return met('restart') ? 'idle' : state.phase;
}

/** `saysFull`: what the state of charge says as the charge begins. */
function enter(state: ChargeState, phase: ChargePhase, nowMs: number, saysFull: boolean): ChargeState {
  const resume = phase === 'waiting_inputs' ? state.phase : phase;
  const { socLow } = state.since;
  const since = socLow === undefined ? {} : { socLow };
  const began = phase === 'charging' && (state.phase === 'waiting_inputs' ? state.contradicted : saysFull);
  const contradicted = phase === 'waiting_inputs' ? state.contradicted : began;
  return { ...state, phase, resume, sinceMs: nowMs, since, absorbedMs: 0, contradicted };
}
