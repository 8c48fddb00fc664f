/** State of charge: the battery's own figure, else counted charge, set right at full, at empty and at rest, with its confidence. Pure. */
import type { CellFacts } from './cell-facts.ts';
import { type Flow, type FlowState, flow, type Metered } from './flow.ts';
import { isEmpty, isFull, type Marks, mark, NO_MARKS } from './full-charge.ts';
import { effectiveA } from './losses.ts';
import { restVolts, socAtRest } from './open-circuit.ts';
import {
  AWAKE,
  added,
  BALANCE_MS,
  type Balance,
  balanceEfficiency,
  balanceOffset,
  EVEN,
  learnOffset,
  newOffset,
  type Offset,
  type RestState,
  rest,
} from './rest.ts';
import type { SocSetting } from './soc-setting.ts';

/** What last told the charge from outside the counting. */
export type Anchor = 'none' | 'voltage' | 'rest' | 'full' | 'empty' | 'bms';

export interface SocState {
  readonly flow: FlowState;
  /** 0 to 1; null before anything told it. */
  readonly soc: number | null;
  /** Half the width of the range in which the truth lies, as a share of the capacity. */
  readonly error: number;
  readonly anchor: Anchor;
  /** The charge as it was last told from outside; the further off, the more a wrong capacity matters. Null: never told. */
  readonly anchorSoc: number | null;
  /** Ah moved in either direction since the last anchor. */
  readonly countedAh: number;
  readonly offset: Offset;
  readonly rest: RestState;
  readonly marks: Marks;
  /** Since the last full charge; null before the first. */
  readonly balance: Balance | null;
  /** Learned between full charges; null: as the setting says. */
  readonly efficiency: number | null;
  /** A usual for it in either direction: what may have flowed while nobody looked. */
  readonly usualA: number;
}
/** Undefined: not configured, not read, or too old. Terminal V, A positive when charging. */
export interface SocReadings {
  readonly nowMs: number;
  readonly current: Metered | undefined;
  readonly voltage: number | undefined;
  readonly lowestCell: number | undefined;
  readonly celsius: number | undefined;
  /** 0 to 1, from the battery itself. */
  readonly bms: number | undefined;
  readonly full: boolean;
  readonly idle: boolean | undefined;
}
/** What was counted in this step, beside the new state. */
export interface SocStep {
  readonly state: SocState;
  readonly flow: Flow;
  /** A without the sensor's offset; null: unknown now. */
  readonly amps: number | null;
  /** Ah that went in (after losses) or out (+/−), as they changed the charge. */
  readonly movedAh: number;
  readonly event: 'full' | 'empty' | undefined;
}

const HOUR_MS = 3_600_000;
const MONTH_H = 720;
const BMS_ERROR = 0.05;
const FULL_ERROR = 0.02;
const HELD_V = 0.02;
const USUAL_MS = 24 * HOUR_MS;

export function newSoc({ rest: setting, capacityAh }: SocSetting, nowMs: number): SocState {
  return {
    flow: { atMs: nowMs, amps: null },
    ...{ soc: null, error: 0.5, anchor: 'none', anchorSoc: null, countedAh: 0, offset: newOffset(setting) },
    ...{ rest: AWAKE, marks: NO_MARKS, balance: null, efficiency: null, usualA: capacityAh / 20 },
  };
}

export function stepSoc(before: SocState, setting: SocSetting, readings: SocReadings): SocStep {
  const passed = flow(before.flow, readings.current, readings.nowMs, setting.gapMs);
  const counted = countFlow(before, setting, passed, readings.celsius);
  const measured = readings.voltage === undefined ? undefined : readings.voltage / setting.cells;
  const amps = passed.state.amps === null ? null : passed.state.amps - counted.state.offset.amps;
  const marks = mark(before.marks, setting.mark, { ...markedBy(readings), cellV: measured, amps: amps ?? 0 }, passed);
  // Held above its own voltage by a charger, a battery takes a little all the time: that is no rest.
  const held = measured !== undefined && measured > restVolts(setting.facts, 1) + HELD_V;
  const resting = held ? AWAKE : rest(before.rest, passed, counted.state.offset, setting.rest);
  const offset = learnOffset(counted.state.offset, resting, passed.knownMs, readings.idle, setting.rest);
  const next = { ...counted.state, marks, rest: resting, offset };
  const state = anchored(next, setting, { ...readings, cellV: measured, amps, knownMs: passed.knownMs });
  // The mark holds on and on; what it tells is told once.
  const event = isFull(marks) && !isFull(before.marks) ? 'full' : isEmpty(marks) && !isEmpty(before.marks) ? 'empty' : undefined;
  return { state: event === 'full' ? balanced(state, setting) : state, flow: passed, amps, movedAh: counted.movedAh, event };
}

function markedBy({ lowestCell, celsius, full }: SocReadings): { lowestV: number | undefined; celsius: number | undefined; full: boolean } {
  return { lowestV: lowestCell, celsius, full };
}

function countFlow(
  before: SocState,
  setting: SocSetting,
  { state, amps, knownMs, unknownMs }: Flow,
  celsius: number | undefined,
): { state: SocState; movedAh: number } {
  const { facts, capacityAh } = setting;
  const [knownH, unknownH] = [knownMs / HOUR_MS, unknownMs / HOUR_MS];
  const realA = amps - before.offset.amps;
  const movedAh = knownMs === 0 ? 0 : effectiveA(realA, { capacityAh, facts: learned(before, setting) }) * knownH;
  const lost = (facts.selfDischarge / MONTH_H) * 2 ** (((celsius ?? 20) - 20) / 10) * (knownH + unknownH);
  const change = movedAh / capacityAh - lost;
  const usualA = before.usualA + (Math.abs(realA) - before.usualA) * Math.min(1, knownMs / USUAL_MS);
  const doubtAh = before.offset.error * knownH + Math.max(before.usualA, setting.rest.restA) * unknownH;
  const error = before.error + (facts.countError * Math.abs(movedAh) + doubtAh) / capacityAh;
  // What trickles into a full battery is not stored. (What still flows after the mark of a full charge is: it is missing at the next.)
  const trickle = (before.soc ?? 0) > 0.998 && realA >= 0 && realA <= setting.rest.restA;
  const moved = trickle ? { netAh: 0, chargedAh: 0 } : { netAh: change * capacityAh, chargedAh: Math.max(0, realA) * knownH };
  const balance = before.balance && added(before.balance, moved, { knownMs, unknownMs });
  return {
    movedAh,
    state: {
      ...before,
      flow: state,
      soc: before.soc === null ? null : within(before.soc + change),
      error: Math.min(0.5, error),
      countedAh: before.countedAh + Math.abs(movedAh),
      ...{ balance, usualA },
    },
  };
}

interface Look extends SocReadings {
  readonly cellV: number | undefined;
  readonly amps: number | null;
  readonly knownMs: number;
}

function anchored(state: SocState, setting: SocSetting, look: Look): SocState {
  if (look.bms !== undefined) return { ...state, ...told(within(look.bms)), error: BMS_ERROR, anchor: 'bms', countedAh: 0 };
  if (isFull(state.marks)) return { ...state, ...told(1), error: FULL_ERROR, anchor: 'full', countedAh: 0 };
  if (isEmpty(state.marks)) return { ...state, ...told(0), error: FULL_ERROR, anchor: 'empty', countedAh: 0 };
  if (look.cellV === undefined || look.amps === null) return state;
  if (state.soc === null) return guessed(state, setting, look.cellV, look.amps, look.celsius);
  return state.rest.ms >= setting.facts.restMs ? rested(state, state.soc, setting, look.cellV, look) : state;
}

const told = (soc: number): Pick<SocState, 'soc' | 'anchorSoc'> => ({ soc, anchorSoc: soc });

/** A first look, under whatever current flows: better than nothing, and its confidence says so. */
function guessed(state: SocState, { facts, capacityAh }: SocSetting, cellV: number, amps: number, celsius: number | undefined): SocState {
  const { soc, error } = socAtRest(facts, cellV - (amps * facts.resistanceAh) / capacityAh, celsius);
  return { ...state, ...told(soc), error: Math.min(0.45, error + 0.2), anchor: 'voltage' };
}

/** The longer it rests, and the less the count is trusted, the more the voltage weighs; no jumps. */
function rested(state: SocState, soc: number, { facts }: SocSetting, cellV: number, { celsius, knownMs }: Look): SocState {
  const shown = socAtRest(facts, cellV, celsius);
  if (shown.error >= state.error) return state;
  const gain = state.error ** 2 / (state.error ** 2 + shown.error ** 2);
  const share = Math.min(1, (knownMs / HOUR_MS) * (state.error > 0.25 ? 1 : 0.3)) * gain;
  const error = state.error + (shown.error - state.error) * share;
  const close = error <= 1.5 * shown.error;
  const right = within(soc + (shown.soc - soc) * share);
  const anchorSoc = (state.anchorSoc ?? soc) + (right - (state.anchorSoc ?? soc)) * share;
  return {
    ...state,
    ...{ soc: right, error, anchorSoc },
    ...(close && { anchor: 'rest' as const, countedAh: 0 }),
  };
}

/** From one full charge to the next nothing may be left over: what is, is the sensor's. */
function balanced(state: SocState, { facts, capacityAh, rest: setting }: SocSetting): SocState {
  const { balance } = state;
  if (balance === null || balance.broken) return { ...state, balance: EVEN };
  if (balance.ms < BALANCE_MS) return state;
  const efficiency = balanceEfficiency(state.efficiency, facts.efficiency, state.offset, balance);
  if (efficiency !== undefined) return { ...state, efficiency, balance: EVEN };
  const offset = balanceOffset(state.offset, balance, facts.countError, FULL_ERROR * capacityAh, setting);
  return { ...state, offset, balance: EVEN };
}

function learned({ efficiency }: SocState, { facts }: Pick<SocSetting, 'facts'>): CellFacts {
  return efficiency === null ? facts : { ...facts, efficiency };
}

function within(soc: number): number {
  return Math.min(1, Math.max(0, soc));
}
