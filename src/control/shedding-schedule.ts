/** Scheduled shedding: which loads a tariff period, a day's colour or a time window sheds now. Local time comes in, nothing is read here. */

/** A window of local time, each of its days named by the day on which it starts. `to` before `from` ends the next day. */
export interface Window {
  /** Minutes since local midnight. */
  readonly from: number;
  readonly to: number;
  /** 1 = Monday … 7 = Sunday; empty = every day. */
  readonly days: readonly number[];
}
/** All conditions that are given must hold. A rule without any never sheds. */
export interface ScheduleRule {
  readonly id: string;
  readonly loads: readonly string[];
  readonly tariffs?: readonly string[];
  readonly colours?: readonly string[];
  readonly windows?: readonly Window[];
}
export interface ScheduleView {
  readonly nowMs: number;
  /** Local calendar: days since 1970-01-01, minute of the day. Null = the wall clock is not believed. */
  readonly local: { readonly day: number; readonly minute: number } | null;
  /** Tariff period and colour of the day as the meter names them; null = unknown or too old. */
  readonly tariff: string | null;
  readonly colour: string | null;
}
export interface ScheduleMemory {
  readonly active: boolean;
  /** The last known answer and since when it could not be checked (monotonic ms). */
  readonly unknownMs: number | null;
  /** The window occurrence that runs, and those that ended: each runs once, even when the clock goes back. */
  readonly running: string | null;
  readonly ended: readonly string[];
}
export type ScheduleState = Readonly<Record<string, ScheduleMemory>>;
export interface ScheduleStep {
  readonly state: ScheduleState;
  /** The rule that sheds each load; the first in the list wins. */
  readonly shed: Readonly<Record<string, string>>;
}

/** A rule that cannot be checked keeps its last answer for this long (ms), then lets go: comfort, not safety. */
const UNKNOWN_MS = 2 * 3_600_000;
const REST: ScheduleMemory = { active: false, unknownMs: null, running: null, ended: [] };
const REMEMBERED = 8;

export function schedule(rules: readonly ScheduleRule[], before: ScheduleState, view: ScheduleView): ScheduleStep {
  const state: Record<string, ScheduleMemory> = {};
  const shed: Record<string, string> = {};
  for (const rule of rules) {
    const memory = follow(rule, before[rule.id] ?? REST, view);
    state[rule.id] = memory;
    if (memory.active) for (const load of rule.loads) shed[load] ??= rule.id;
  }
  return { state, shed };
}

function follow(rule: ScheduleRule, memory: ScheduleMemory, view: ScheduleView): ScheduleMemory {
  const asked = [
    among(rule.tariffs, view.tariff),
    among(rule.colours, view.colour),
    rule.windows === undefined ? undefined : view.local === null ? null : true,
  ];
  if (asked.every((answer) => answer === undefined)) return REST;
  if (asked.includes(false)) return leave(memory);
  if (asked.includes(null)) {
    const unknownMs = memory.unknownMs ?? view.nowMs;
    return { ...memory, active: memory.active && view.nowMs - unknownMs < UNKNOWN_MS, unknownMs };
  }
  const known = { ...memory, unknownMs: null };
  if (rule.windows === undefined || view.local === null) return { ...known, active: true };
  const occurrence = occurrenceAt(rule.windows, view.local);
  if (occurrence !== known.running) return occurrence === undefined ? leave(known) : enter(leave(known), occurrence);
  return { ...known, active: known.running !== null };
}

/** undefined: not asked; null: unknown. */
function among(wanted: readonly string[] | undefined, now: string | null): boolean | null | undefined {
  if (wanted === undefined) return undefined;
  return now === null ? null : wanted.includes(now);
}

function enter(memory: ScheduleMemory, occurrence: string): ScheduleMemory {
  if (memory.ended.includes(occurrence)) return memory;
  return { ...memory, active: true, running: occurrence };
}

function leave(memory: ScheduleMemory): ScheduleMemory {
  const { running, ended } = memory;
  return { active: false, unknownMs: null, running: null, ended: running === null ? ended : [running, ...ended].slice(0, REMEMBERED) };
}

/** Which occurrence of which window covers this local minute: `<window>@<day of its start>`. */
function occurrenceAt(windows: readonly Window[], local: { readonly day: number; readonly minute: number }): string | undefined {
  for (const [index, { from, to, days }] of windows.entries()) {
    const over = to <= from;
    const today = local.minute >= from && (over || local.minute < to);
    const sinceYesterday = over && local.minute < to;
    if (today && onDay(days, local.day)) return `${index}@${local.day}`;
    if (sinceYesterday && onDay(days, local.day - 1)) return `${index}@${local.day - 1}`;
  }
  return undefined;
}

/** Day 0, the first of January 1970, was a Thursday (4). */
function onDay(days: readonly number[], day: number): boolean {
  return days.length === 0 || days.includes(((((day + 3) % 7) + 7) % 7) + 1);
}
