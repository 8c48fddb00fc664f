/** The state of charge below which nothing is drawn: fixed, or a floor that learns. Pure; control law 3: energy reserve, solar batteries. */
import type { SocSight } from './soc-sight.ts';

export interface ReserveSetting {
  /** %, the least floor. */
  readonly least: number;
  /** The floor learns: up each day the battery is drawn down to it, down on a day the battery fills. */
  readonly learning: boolean;
}
/** What outlives a restart. */
export interface ReserveMemory {
  /** %. */
  readonly floor: number;
  /** Nothing may be drawn. */
  readonly reached: boolean;
  /** The floor at which it was reached: a rescue charges back to it. */
  readonly reachedAt: number;
  /** How long it has been reached, or since the last rescue of that length, ms. */
  readonly reachedForMs: number;
  /** Local day (counted from any one), and what already moved the floor on it. */
  readonly day: number;
  readonly roseToday: boolean;
  readonly filledToday: 0 | 1 | 2;
}
/** Monotonic ms. */
export interface ReserveState extends Omit<ReserveMemory, 'reachedForMs'> {
  readonly reachedMs: number;
  /** The charger is wanted, to get out of the danger of staying empty. */
  readonly rescue: 'no' | 'deep' | 'long';
  readonly rescueMs: number;
  readonly lowMs: number | undefined;
  readonly backMs: number | undefined;
  readonly sunkMs: number | undefined;
}
export interface ReserveInput {
  readonly nowMs: number;
  /** Days since any one, local; undefined: the wall clock is not believed. */
  readonly day: number | undefined;
  readonly sight: SocSight;
  /** The battery was seen full just now, whatever the state of charge says. */
  readonly full: boolean;
}

// Floor steps, release 3 above, rescue 5 below and after a day: control law 3, the floor of a solar battery.
const STEP = 5;
const FILLED = [85, 95] as const;
const MOST = FILLED[0] - STEP;
const RELEASE = 3;
const SUNK = 5;
const LONG_MS = 24 * 3_600_000;
/** A minute as every threshold; five between changes of a reserve: control law 3. */
const LOW_MS = 60_000;
const BACK_MS = 300_000;

export function newReserve({ least, learning }: ReserveSetting, nowMs: number, memory?: ReserveMemory): ReserveState {
  const fresh = { floor: least, reached: false, reachedAt: least, reachedForMs: 0, day: 0, roseToday: false, filledToday: 0 } as const;
  const { reachedForMs, ...kept } = memory ?? fresh;
  const floor = learning ? bounded(kept.floor, least) : least;
  const since = { lowMs: undefined, backMs: undefined, sunkMs: undefined };
  return { ...kept, floor, reachedMs: nowMs - reachedForMs, rescue: 'no', rescueMs: -Infinity, ...since };
}

export function reserveMemory(state: ReserveState, nowMs: number): ReserveMemory {
  const { floor, reached, reachedAt, reachedMs, day, roseToday, filledToday } = state;
  return { floor, reached, reachedAt, reachedForMs: nowMs - reachedMs, day, roseToday, filledToday };
}

/** One tick. A figure that is not sure may set the reserve, never lift it, lower the floor or call the charger. */
export function stepReserve(before: ReserveState, setting: ReserveSetting, input: ReserveInput): ReserveState {
  const { day = before.day } = input;
  const today = before.day === day ? before : { ...before, day, roseToday: false, filledToday: 0 as const };
  const timed = timesOf(today, input);
  const { nowMs, full } = input;
  const long = (sinceMs: number | undefined, ms: number): boolean => sinceMs !== undefined && nowMs - sinceMs >= ms;
  const filled = lowered(timed, setting, input);
  if (!filled.reached) return long(filled.lowMs, LOW_MS) ? reach(filled, setting, nowMs) : filled;
  if (full || long(filled.backMs, BACK_MS)) return { ...filled, reached: false, rescue: 'no', backMs: undefined };
  return rescued(filled, setting, input);
}

/** Since when it is low, back, or sunk far below; nothing that nobody can judge holds. */
function timesOf(state: ReserveState, { nowMs, sight }: ReserveInput): ReserveState {
  const { percent, sure } = sight;
  const since = (was: number | undefined, holds: boolean): number | undefined => (holds ? (was ?? nowMs) : undefined);
  return {
    ...state,
    lowMs: since(state.lowMs, percent !== undefined && percent <= state.floor),
    backMs: since(state.backMs, sure && percent !== undefined && percent >= Math.min(100, state.floor + RELEASE)),
    sunkMs: since(state.sunkMs, sure && percent !== undefined && (percent < state.reachedAt - SUNK || percent <= 0)),
  };
}

/** At the first filling of a day to each level, the floor comes down a step. */
function lowered(state: ReserveState, { least, learning }: ReserveSetting, { sight }: ReserveInput): ReserveState {
  const { percent, sure } = sight;
  if (!learning || !sure || percent === undefined) return state;
  const level = percent >= FILLED[1] ? 2 : percent >= FILLED[0] ? 1 : 0;
  if (level <= state.filledToday) return state;
  return { ...state, filledToday: level, floor: bounded(state.floor - STEP * (level - state.filledToday), least) };
}

function reach(state: ReserveState, { least, learning }: ReserveSetting, nowMs: number): ReserveState {
  const rises = learning && !state.roseToday;
  const floor = rises ? bounded(state.floor + STEP, least) : state.floor;
  const roseToday = state.roseToday || rises;
  return { ...state, floor, roseToday, reached: true, reachedAt: state.floor, reachedMs: nowMs, lowMs: undefined, backMs: undefined };
}

/** Far below, or low for a day: the charger brings it back to where it was reached, or above the floor. */
function rescued(state: ReserveState, { least, learning }: ReserveSetting, { nowMs, sight }: ReserveInput): ReserveState {
  const { percent, sure } = sight;
  if (!sure || percent === undefined) return { ...state, rescue: 'no' };
  if (state.rescue !== 'no') {
    const to = state.rescue === 'deep' ? Math.max(RELEASE, state.reachedAt) : state.floor + RELEASE;
    const done = percent >= Math.min(100, to) && nowMs - state.rescueMs >= BACK_MS;
    return done ? { ...state, rescue: 'no', rescueMs: nowMs, reachedMs: nowMs, sunkMs: undefined } : state;
  }
  if (nowMs - state.rescueMs < BACK_MS) return state;
  if (state.sunkMs !== undefined && nowMs - state.sunkMs >= LOW_MS) return { ...state, rescue: 'deep', rescueMs: nowMs };
  if (!learning || nowMs - state.reachedMs < LONG_MS) return state;
  return { ...state, rescue: 'long', rescueMs: nowMs, floor: bounded(state.floor + STEP, least) };
}

/** A floor that the user set higher than any learned one stays there. */
function bounded(floor: number, least: number): number {
  return Math.max(least, Math.min(MOST, floor));
}
