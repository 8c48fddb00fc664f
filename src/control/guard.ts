/** All interlocks of one guarded thing (a battery, a cabinet) in one step: which relays must be open, what is latched, what to tell. Pure. */
import type { Reading } from '../model.ts';
import type { CellLimits, HeatLimits } from './chemistry.ts';
import { acknowledgeHeat, guardHeat, type HeatState, newHeat } from './heat.ts';
import { type Alarm, type Latch, latchWord, readLatch, type Standing } from './latch.ts';
import { acknowledgeVolts, guardVolts, newVolts, type VoltState } from './volts.ts';

export interface GuardSetting {
  readonly heat: HeatLimits;
  /** How many temperature sensors; 0: heat is not guarded. */
  readonly thermometers: number;
  readonly cell: CellLimits;
  /** Sources of cell volts; 0: voltage is not guarded. */
  readonly gauges: number;
}
/** What outlives a restart. Latches as the store's words; times as ages, because no clock spans a restart. */
export interface GuardMemory {
  readonly latches: readonly { readonly word: string; readonly ageMs: number }[];
  /** How long ago each automatic release of the last 24 h was (ms). */
  readonly rearmAges: readonly number[];
}
export interface GuardState {
  readonly heat: HeatState;
  readonly volts: VoltState;
}
export interface GuardInput {
  readonly nowMs: number;
  readonly temperatures: readonly (Reading | undefined)[];
  /** Volts per cell. */
  readonly cells: readonly (Reading | undefined)[];
  readonly currentA: number | undefined;
}
export interface GuardStep {
  readonly state: GuardState;
  readonly standing: readonly Standing[];
  /** A guarding input that is not fresh. */
  readonly unready: string | undefined;
  readonly alarms: readonly Alarm[];
  readonly hottest: number | undefined;
}

export function newGuard(setting: GuardSetting, nowMs: number, memory: GuardMemory = { latches: [], rearmAges: [] }): GuardState {
  const latches = memory.latches.flatMap(({ word, ageMs }) => readLatch(word, nowMs - Math.max(0, ageMs)) ?? []);
  const isDeep = ({ cause }: Latch): boolean => cause === 'deep-discharge';
  const rearms = memory.rearmAges.map((ageMs) => nowMs - Math.max(0, ageMs));
  return {
    heat: newHeat(setting.thermometers, nowMs, { latches: latches.filter((latch) => !isDeep(latch)), rearms }),
    volts: newVolts(setting.gauges, nowMs, latches.filter(isDeep)),
  };
}

/** One tick over the frozen readings. The same state, setting and input always give the same step. */
export function guard(before: GuardState, setting: GuardSetting, input: GuardInput): GuardStep {
  const { nowMs, temperatures, cells, currentA } = input;
  const heat = guardHeat(before.heat, setting.heat, { nowMs, readings: temperatures, currentA });
  const volts = guardVolts(before.volts, setting.cell, { nowMs, readings: cells });
  return {
    state: { heat: heat.state, volts: volts.state },
    standing: [...heat.standing, ...volts.standing],
    unready: heat.unready ? 'temperature' : volts.unready ? 'voltage' : undefined,
    alarms: [...heat.alarms, ...volts.alarms],
    hottest: heat.hottest,
  };
}

/** For a person only. What has not cooled down stays latched; its messages end. */
export function acknowledge(state: GuardState, nowMs: number): GuardState {
  return { heat: acknowledgeHeat(state.heat, nowMs), volts: acknowledgeVolts(state.volts) };
}

/** What must be on disk: compare with what was last kept, and write the difference at once. */
export function memoryOf(state: GuardState, nowMs: number): GuardMemory {
  const latches = [...state.heat.latches, ...state.volts.latches];
  return {
    latches: latches.map((latch) => ({ word: latchWord(latch), ageMs: nowMs - latch.sinceMs })),
    rearmAges: state.heat.rearms.map((atMs) => nowMs - atMs),
  };
}
