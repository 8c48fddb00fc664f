/** When a battery wants its charger, and in which stage its charge is. Pure; section 3 of the control law. */
import { conditions, hasHeld, ROUNDING_V, saysFull, sinceOf, usable } from './charge-conditions.ts';
import type {
  ChargeInput,
  ChargePhase,
  ChargeSetting,
  ChargeState,
  ChargeWish,
  Condition,
  Since,
  StageMemory,
  Why,
} from './charge-types.ts';
import { meanOf, NO_MEAN, withSample } from './mean.ts';
import { sightOf } from './soc-sight.ts';
import { type Aims, aimsOf, fullEvery, PLAIN_STAGES, type StageSetting } from './stages.ts';

const WINDOW_MS = 60_000;
const LOST_MS = 60_000;
/** No phase but a protective one lasts less. */
const LEAST_MS = 60_000;
/** A full charge that is due and does not come about is tried again a day later. */
const AGAIN_MS = 24 * 3_600_000;
const FIRST: StageMemory = { absorbedMs: 0, why: 'start', floating: false, topping: false, fullAgeMs: 0, equalAgeMs: 0 };

/** `resume`: the phase before a restart, with what else was kept. */
export function newCharge(nowMs: number, resume: ChargePhase = 'idle', memory: StageMemory = FIRST): ChargeState {
  const { absorbedMs, why, floating, topping, fullAgeMs, equalAgeMs } = memory;
  return {
    ...{ phase: 'waiting_inputs', sinceMs: nowMs, resume, volts: NO_MEAN, validMs: -Infinity, since: {}, tickedMs: nowMs },
    ...{ absorbedMs, why, floating, topping, contradicted: false, absorbingMs: -Infinity, forcedMs: -Infinity },
    ...{ fullMs: nowMs - fullAgeMs, equalMs: nowMs - equalAgeMs },
  };
}

/** What must be on disk to go on after a restart. */
export function stageMemory({ absorbedMs, why, floating, topping, fullMs, equalMs }: ChargeState, nowMs: number): StageMemory {
  return { absorbedMs, why, floating, topping, fullAgeMs: nowMs - fullMs, equalAgeMs: nowMs - equalMs };
}

/** Somebody wants a full charge now; a battery that is full has had it. */
export function askFull(state: ChargeState): ChargeState {
  return isReallyFull(state) ? state : { ...state, topping: true };
}

/** One tick. The wish is undefined where the battery has no opinion; a full one forbids. */
export function charge(
  before: ChargeState,
  setting: ChargeSetting,
  input: ChargeInput,
): { state: ChargeState; wish: ChargeWish | undefined } {
  const { nowMs } = input;
  const stages = setting.stages ?? PLAIN_STAGES;
  const aims = aimsOf(setting, stages, before.topping);
  const sight = sightOf(input.soc, input.counted, nowMs);
  const said = saysFull(aims, sight);
  const contradicted = before.contradicted && (sight.percent === undefined || said);
  // A charge that somebody asked for (sun to spare) ends where ours do, without ever having been ours.
  const charging = isFilling(before, input);
  const holds = conditions({ setting, facts: stages.facts, aims, input, sight }, charging);
  const state: ChargeState = {
    ...before,
    ...lookedAt(before, input),
    contradicted,
    since: sinceOf(before.since, contradicted ? { ...holds, socHigh: false } : holds, nowMs),
    ...absorbed(before, charging, charging && holds.atFull, nowMs),
    tickedMs: nowMs,
  };
  const due = forced(seen(state, setting, nowMs), stages, nowMs);
  const move = next(due, setting, aims, input);
  const moved = move === undefined ? due : enter(due, move, nowMs, said);
  return { state: moved, wish: wishOf(moved) };
}

function wishOf({ phase, floating }: ChargeState): ChargeWish | undefined {
  if (phase === 'charging') return { on: true, detail: 'charging' };
  // Charging is the cure; whether it is safe is the guard's to say.
  if (phase === 'deep_discharge') return { on: true, detail: 'deep-discharge' };
  if (phase !== 'full_hold') return undefined;
  return floating ? { on: true, detail: 'float' } : { on: false, detail: 'full' };
}

function lookedAt({ volts, validMs }: ChargeState, { mean, nowMs }: ChargeInput): Pick<ChargeState, 'volts' | 'validMs'> {
  const v = usable(mean);
  if (v === undefined) return { volts, validMs };
  const atMs = mean?.monotonicMs ?? nowMs;
  return { volts: withSample(volts, v, atMs, WINDOW_MS), validMs: atMs };
}

/** Time at the full voltage: a silence of the sensors takes nothing from it, half an hour below bulk ends the absorption. */
function absorbed(
  before: ChargeState,
  charging: boolean,
  absorbing: boolean,
  nowMs: number,
): Pick<ChargeState, 'absorbedMs' | 'absorbingMs'> {
  const { phase, absorbedMs, absorbingMs, tickedMs, since } = before;
  if (absorbing) return { absorbedMs: absorbedMs + nowMs - tickedMs, absorbingMs: nowMs };
  const over = phase === 'charging' || charging ? hasHeld(since, 'belowBulk', nowMs) : phase !== 'waiting_inputs';
  return { absorbedMs: over ? 0 : absorbedMs, absorbingMs };
}

/** Whoever charges: full is what takes little, is even, says so itself, or was at the full voltage long enough. */
function seen(state: ChargeState, { absorptionMs }: ChargeSetting, nowMs: number): ChargeState {
  const { since, fullMs, equalMs } = state;
  const met = (condition: Condition): boolean => hasHeld(since, condition, nowMs);
  const long = since.atFull !== undefined && nowMs - since.atFull >= absorptionMs;
  const full = state.floating || met('takesLittle') || met('balanced') || met('bms') || long;
  const even = met('equalised');
  return full || even ? { ...state, fullMs: full ? nowMs : fullMs, equalMs: even ? nowMs : equalMs } : state;
}

function forced(state: ChargeState, stages: StageSetting, nowMs: number): ChargeState {
  const { facts, mode, forceFull } = stages;
  const everyMs = fullEvery(stages);
  const wanted = forceFull || (mode === 'storage' && facts.store === undefined);
  const due = everyMs !== undefined && nowMs - state.fullMs >= everyMs && nowMs - state.forcedMs >= AGAIN_MS;
  const ready = (state.phase === 'idle' || state.phase === 'full_hold') && !state.topping;
  return wanted && due && ready ? { ...state, topping: true, forcedMs: nowMs } : state;
}

interface Move {
  readonly phase: ChargePhase;
  /** Absent: where it was before its inputs were lost, and as it was. */
  readonly why?: Why;
  readonly floating?: boolean;
}

function next(state: ChargeState, setting: ChargeSetting, aims: Aims, input: ChargeInput): Move | undefined {
  const { phase, floating, sinceMs } = state;
  const move = protective(state, input) ?? (input.nowMs - sinceMs < LEAST_MS ? undefined : usual(state, setting, aims, input));
  return move !== undefined && move.phase === phase && (move.floating ?? false) === floating ? undefined : move;
}

/** What does not wait: inputs that are gone or back, too little or too much voltage. */
function protective(state: ChargeState, { nowMs, mean, over, under }: ChargeInput): Move | undefined {
  const { phase, resume, validMs, floating } = state;
  const blind = usable(mean) === undefined;
  const waiting = phase === 'waiting_inputs';
  if (blind && (waiting || nowMs - validMs > LOST_MS)) return { phase: 'waiting_inputs', floating };
  if (under) return { phase: 'deep_discharge', why: 'deep-discharge' };
  if (over) return { phase: 'full_hold', why: 'over-voltage' };
  if (phase === 'deep_discharge') return { phase: 'charging', why: 'deep-discharge' };
  return waiting ? { phase: resume, floating } : undefined;
}

function isFilling({ phase }: ChargeState, { closed }: ChargeInput): boolean {
  return closed && (phase === 'charging' || phase === 'idle');
}

function usual(state: ChargeState, setting: ChargeSetting, aims: Aims, input: ChargeInput): Move | undefined {
  const { nowMs } = input;
  const { phase, floating, topping, since, sinceMs } = state;
  const met = (condition: Condition): boolean => hasHeld(since, condition, nowMs);
  if (phase === 'charging') return ended(state, setting, nowMs);
  const end = isFilling(state, input) ? ended(state, setting, nowMs) : undefined;
  if (end !== undefined) return end;
  if (phase === 'full_hold' && floating) {
    if (met('aboveFloat')) return { phase, why: 'no-float' };
    return met('belowBulk') ? { phase: 'charging', why: 'float-not-held' } : undefined;
  }
  if (topping) return { phase: 'charging', why: state.forcedMs >= sinceMs ? 'full-due' : 'asked' };
  if (phase === 'full_hold') return met('restart') ? { phase: 'idle', why: 'let-go' } : undefined;
  const mean = meanOf(state.volts, nowMs, WINDOW_MS);
  if (mean !== undefined && mean - aims.startV <= ROUNDING_V) return { phase: 'charging', why: 'volts-low' };
  return met('socLow') ? { phase: 'charging', why: 'soc-low' } : undefined;
}

const ENDS: readonly (readonly [condition: Condition, why: Why])[] = [
  ['tail', 'tail'],
  ['balanced', 'even'],
  ['bms', 'battery'],
  ['socHigh', 'soc'],
  ['stored', 'stored'],
];

/** The end of absorption; in standby a chemistry that may be held is left to the charger's own float. */
function ended({ since, absorbedMs }: ChargeState, { absorptionMs, stages }: ChargeSetting, nowMs: number): Move | undefined {
  const end = ENDS.find(([condition]) => hasHeld(since, condition, nowMs))?.[1] ?? (absorbedMs >= absorptionMs ? 'time' : undefined);
  if (end === undefined) return undefined;
  const floating = stages?.mode === 'standby' && stages.facts.float !== undefined && REALLY.includes(end);
  return { phase: 'full_hold', why: end, floating };
}
const REALLY: readonly Why[] = ['tail', 'time', 'even', 'battery'];

function isReallyFull({ phase, why, floating }: ChargeState): boolean {
  return phase === 'full_hold' && (floating || REALLY.includes(why));
}

/** `said`: the state of charge says full as the charge begins. */
function enter(state: ChargeState, { phase, why, floating = false }: Move, nowMs: number, said: boolean): ChargeState {
  const away = phase === 'waiting_inputs';
  const since = lasting(state.since);
  const moved: ChargeState = { ...state, phase, resume: away ? state.phase : phase, sinceMs: nowMs, since, floating };
  if (why === undefined) return moved;
  // A full charge that something else ended is not asked for again by itself.
  const topping = state.topping && phase !== 'full_hold';
  const fullMs = why === 'time' ? nowMs : state.fullMs;
  return { ...moved, why, topping, fullMs, absorbedMs: 0, contradicted: phase === 'charging' && said };
}

/** What goes on through a change of phase. */
function lasting({ socLow, atFull, takesLittle, equalised }: Since): Since {
  return {
    ...(socLow !== undefined && { socLow }),
    ...(atFull !== undefined && { atFull }),
    ...(takesLittle !== undefined && { takesLittle }),
    ...(equalised !== undefined && { equalised }),
  };
}
