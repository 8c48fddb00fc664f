/** What shedding remembers from one second to the next, and what of it survives a restart. Plain data; monotonic ms. */
import type { Breaker } from './breaker.ts';
import { nextRandom, scattered } from './shedding-random.ts';
import {
  type LoadState,
  type Numbers,
  type Phase,
  SHEDDING_RULES,
  type SheddingRules,
  type ShedLoad,
  type ShedReason,
} from './shedding-types.ts';

export interface ZoneMemory {
  breaker: Breaker | null;
  sampleMs: number;
  /** Since when above the limit, near it, and far above it. */
  overMs: number | null;
  nearMs: number | null;
  hotMs: number | null;
  hotSamples: number;
}
export interface LoadMemory {
  /** Its state has been read at least once. */
  met: boolean;
  on: boolean;
  onMs: number;
  offMs: number;
  unknownMs: number | null;
  /** Why it is withheld; null = it may run. */
  cause: ShedReason | null;
  shedMs: number;
  /** Not before then: minimum off and growing wait. */
  lockedMs: number;
  waitMs: number;
  /** Since when there has been room for it. */
  roomMs: number | null;
  /** Until then it may come back without the test: others made room for it. */
  dueMs: number | null;
  verifyMs: number | null;
  restoredMs: number | null;
  overrideMs: number | null;
  overrideSeenMs: number | null;
  /** Time off it still has, refilled while on. */
  creditMs: number;
  /** Time it was shed, fading over a day. */
  turnMs: number;
  learned: number | null;
  misses: number;
  /** Off beyond its maximum, and no room could be made. */
  starved: boolean;
  faultMs: number | null;
  permit: boolean;
  shown: { state: LoadState; reason: ShedReason; detail: string | null; sinceMs: number; numbers: Numbers };
}
/** A switching whose effect the meter may not show yet. `power` is signed; `before` what each supply drew just before. */
export interface Pending {
  readonly id: string;
  readonly phase: Phase;
  readonly power: number;
  readonly atMs: number;
  /** Until then the meter may still lack it. */
  readonly untilMs: number;
  readonly before: Readonly<Record<number, number>>;
}
export interface SheddingState {
  readonly startMs: number;
  readonly tickMs: number;
  readonly holdMs: number;
  readonly random: number;
  readonly nextRestoreMs: number;
  readonly actionMs: number;
  readonly heardMs: number;
  readonly mainsLost: boolean;
  readonly zones: Readonly<Record<number, Readonly<ZoneMemory>>>;
  readonly loads: Readonly<Record<string, Readonly<LoadMemory>>>;
  readonly pending: readonly Pending[];
}
/** The same while one second is being decided. */
export interface Draft {
  startMs: number;
  tickMs: number;
  holdMs: number;
  random: number;
  nextRestoreMs: number;
  actionMs: number;
  heardMs: number;
  mainsLost: boolean;
  zones: Record<number, ZoneMemory>;
  loads: Record<string, LoadMemory>;
  pending: Pending[];
}

/** What is kept across a restart: durations, since monotonic time starts anew. */
export interface SheddingKept {
  readonly loads: Readonly<
    Record<
      string,
      {
        readonly lockedForMs: number;
        readonly waitMs: number;
        readonly creditMs: number;
        readonly turnMs: number;
        readonly learned: number | null;
      }
    >
  >;
}
export interface SheddingStart {
  readonly nowMs: number;
  /** Any integer; makes the random delays of this house its own, and repeatable. */
  readonly seed: number;
  /** The program starts because the power came back. */
  readonly blackout?: boolean;
  readonly kept?: SheddingKept;
  readonly rules?: SheddingRules;
}

const NUMBERS: Numbers = { total: null, limit: null, load: 0, tripS: null };

/** At rest: every load withheld until it is seen on or its turn comes; minimum off counts from now where it is unknown. */
export function sheddingAt(loads: readonly ShedLoad[], start: SheddingStart): SheddingState {
  const { nowMs } = start;
  const rules = start.rules ?? SHEDDING_RULES;
  const draw = { random: scattered(start.seed) };
  const jitterMs = start.blackout === true ? nextRandom(draw) * rules.blackoutJitterMs : 0;
  const records = loads.map((load): [string, LoadMemory] => {
    const kept = start.kept?.loads[load.id];
    return [load.id, newLoad(load, kept, nowMs, rules)];
  });
  return {
    startMs: nowMs,
    tickMs: nowMs,
    holdMs: nowMs + rules.holdMs + jitterMs,
    random: draw.random,
    nextRestoreMs: nowMs,
    actionMs: Number.NEGATIVE_INFINITY,
    heardMs: nowMs,
    mainsLost: false,
    zones: {},
    loads: Object.fromEntries(records),
    pending: [],
  };
}

function newLoad(load: ShedLoad, kept: SheddingKept['loads'][string] | undefined, nowMs: number, rules: SheddingRules): LoadMemory {
  return {
    met: false,
    on: false,
    onMs: nowMs,
    offMs: nowMs,
    unknownMs: null,
    cause: 'start',
    shedMs: nowMs,
    // The start itself opened the relays: minimum off runs from now at least.
    lockedMs: nowMs + Math.max(load.minOffMs, Math.min(kept?.lockedForMs ?? 0, rules.maxWaitMs)),
    waitMs: kept?.waitMs ?? rules.waitMs,
    roomMs: null,
    dueMs: null,
    verifyMs: null,
    restoredMs: null,
    overrideMs: null,
    overrideSeenMs: null,
    creditMs: kept?.creditMs ?? load.maxOffMs ?? 0,
    turnMs: kept?.turnMs ?? 0,
    learned: kept?.learned ?? null,
    misses: 0,
    starved: false,
    faultMs: null,
    permit: false,
    shown: { state: 'shed', reason: 'start', detail: null, sinceMs: nowMs, numbers: NUMBERS },
  };
}

export function keep(state: SheddingState): SheddingKept {
  const loads = Object.entries(state.loads).map(([id, load]) => {
    const { waitMs, creditMs, turnMs, learned } = load;
    return [id, { lockedForMs: Math.max(0, load.lockedMs - state.tickMs), waitMs, creditMs, turnMs, learned }] as const;
  });
  return { loads: Object.fromEntries(loads) };
}

export function draftOf(state: SheddingState): Draft {
  const copy = <T extends object>(all: Readonly<Record<string, Readonly<T>>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).map(([key, one]) => [key, { ...one }]));
  return { ...state, zones: copy(state.zones), loads: copy(state.loads), pending: [...state.pending] };
}
