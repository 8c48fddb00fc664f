/** A total that never goes backwards: judges each new reading of a counter against the last good one. Pure. */
import type { TotalRule } from '../model.ts';

/** What is remembered of one counter. Readings and totals are in the entity's unit, times are monotonic ms. */
export interface TotalState {
  /** What is published. */
  readonly total: number;
  /** Last believed reading; null before the first one of a session. */
  readonly index: number | null;
  /** total = index + offset. Grows when the counter starts again from a lower reading. */
  readonly offset: number;
  readonly identity: string | null;
  /** When `index` was read; null when it comes from before a restart: the pause is then unknown. */
  readonly atMs: number | null;
  readonly doubt: Doubt | null;
}
/** A reading that is not believed yet. */
interface Doubt {
  readonly first: number;
  readonly last: number;
  readonly sinceMs: number;
  readonly atMs: number;
}

export interface CounterReading {
  readonly value: number;
  /** Serial of the meter, when it says one. */
  readonly identity: string | null;
  readonly atMs: number;
}
export type TotalEvent = 'refused' | 'meter-replaced' | 'restarted-lower';
export interface TotalResult {
  readonly state: TotalState;
  readonly event?: TotalEvent;
}

/** Resolution of the counters: a step this small is always believed. */
const GRAIN = 10;
/** A lower index of the same meter is believed after this long without one contrary reading (reference: linky-tic pitfall 9). */
const LOWER_HOLD_MS = 10 * 60_000;

/**
 * The state of a counter nobody has read yet. The first reading of an `index` counter must be confirmed by a second one,
 * because everything later is measured against it; a `session` counter starts from a total of zero.
 */
export function newTotal(rule: TotalRule): TotalState | undefined {
  if (rule.from === 'index') return undefined;
  return { total: 0, index: null, offset: 0, identity: null, atMs: null, doubt: null };
}

/** A stored total after a restart: its age is unknown (the wall clock of a Raspberry Pi may be wrong at boot). */
export function revivedTotal(rule: TotalRule, stored: Pick<TotalState, 'total' | 'index' | 'offset' | 'identity'>): TotalState {
  const base = { total: stored.total, identity: stored.identity, atMs: null, doubt: null };
  return rule.from === 'session' ? { ...base, index: null, offset: stored.total } : { ...base, index: stored.index, offset: stored.offset };
}

/** The source was opened again: a `session` counter starts anew on top of what is already counted. */
export function reopened(rule: TotalRule, state: TotalState): TotalState {
  return rule.from === 'session' ? { ...state, index: null, offset: state.total, doubt: null } : { ...state, doubt: null };
}

/** Judges one reading. The returned total is never below the given one. */
export function count(rule: TotalRule, state: TotalState | undefined, reading: CounterReading): TotalResult {
  if (!Number.isFinite(reading.value) || reading.value < 0) return { state: state ?? unread(reading), event: 'refused' };
  if (rule.from === 'session') return { state: countSession(state ?? newSession(), reading) };
  if (state === undefined || state.index === null) return { state: firstIndex(rule, state, reading) };
  const replaced = state.identity !== null && reading.identity !== null && state.identity !== reading.identity;
  if (replaced) return confirmed(rule, state, reading) ? restart(state, reading, 'meter-replaced') : doubted(rule, state, reading);
  if (reading.value < state.index) {
    const held = state.doubt !== null && state.doubt.last < state.index && reading.atMs - state.doubt.sinceMs >= LOWER_HOLD_MS;
    return held && confirmed(rule, state, reading) ? restart(state, reading, 'restarted-lower') : doubted(rule, state, reading);
  }
  // After a restart the pause is unknown, so only a confirmed large step is believed.
  const pauseMs = state.atMs === null ? 0 : reading.atMs - state.atMs;
  const plausible = reading.value - state.index <= growth(rule, pauseMs);
  return plausible || confirmed(rule, state, reading) ? { state: accept(state, reading) } : doubted(rule, state, reading);
}

function growth(rule: TotalRule, pauseMs: number): number {
  return (rule.maxPerHour * Math.max(0, pauseMs)) / 3_600_000 + GRAIN;
}

function newSession(): TotalState {
  return { total: 0, index: null, offset: 0, identity: null, atMs: null, doubt: null };
}

function unread(reading: CounterReading): TotalState {
  return { ...newSession(), identity: reading.identity };
}

/** Pulses are counted by the kernel: nothing to disbelieve, but a smaller count means that the counter began again. */
function countSession(state: TotalState, reading: CounterReading): TotalState {
  const offset = state.index !== null && reading.value < state.index ? state.total : state.offset;
  const total = Math.max(state.total, offset + reading.value);
  return { total, index: reading.value, offset, identity: reading.identity, atMs: reading.atMs, doubt: null };
}

function firstIndex(rule: TotalRule, state: TotalState | undefined, reading: CounterReading): TotalState {
  const before = state ?? unread(reading);
  if (!confirmed(rule, before, reading)) return { ...before, doubt: newDoubt(reading) };
  return accept({ ...before, index: reading.value }, reading);
}

/** Two readings agree when the second continues the first at a believable pace. */
function confirmed(rule: TotalRule, state: TotalState, reading: CounterReading): boolean {
  const doubt = state.doubt;
  if (doubt === null) return false;
  const step = reading.value - doubt.last;
  return step >= 0 && step <= growth(rule, reading.atMs - doubt.atMs);
}

function newDoubt(reading: CounterReading): Doubt {
  return { first: reading.value, last: reading.value, sinceMs: reading.atMs, atMs: reading.atMs };
}

function doubted(rule: TotalRule, state: TotalState, reading: CounterReading): TotalResult {
  const doubt =
    state.doubt !== null && confirmed(rule, state, reading)
      ? { ...state.doubt, last: reading.value, atMs: reading.atMs }
      : newDoubt(reading);
  return { state: { ...state, doubt }, event: 'refused' };
}

function accept(state: TotalState, reading: CounterReading): TotalState {
  const total = Math.max(state.total, state.offset + reading.value);
  const identity = reading.identity ?? state.identity;
  return { total, index: reading.value, offset: state.offset, identity, atMs: reading.atMs, doubt: null };
}

/** Another meter, or the same one begun again: what it counted so far is not consumption; growth goes on from here. */
function restart(state: TotalState, reading: CounterReading, event: TotalEvent): TotalResult {
  return { state: accept({ ...state, offset: state.total - reading.value }, reading), event };
}
