/** One temperature sensor under guard: implausible steps, two samples before a cut, rate of rise, loss. Pure. */
import type { Reading } from '../model.ts';
import type { HeatLimits } from './chemistry.ts';

export interface Point {
  readonly atMs: number;
  readonly c: number;
}
/** Monotonic ms throughout. */
export interface Thermometer {
  /** Last believed value; undefined: none yet. */
  readonly c: number | undefined;
  /** When it was; before the first one, the start. */
  readonly atMs: number;
  /** Stamp of the last sample looked at, believed or not. */
  readonly seenMs: number;
  /** A sample too far from the last one: believed once the next one agrees. */
  readonly held: number | undefined;
  /** Samples beyond the limit, in a row but for small dips. */
  readonly over: number;
  readonly cold: number;
  /** Since when the value is exactly the same, and for how long of that time charge current flowed. */
  readonly sameSinceMs: number;
  readonly flowedMs: number;
  /** The last minutes, oldest first. */
  readonly history: readonly Point[];
}

/** A step larger than this (K) within STEP_MS is held for one sample. */
const STEP_K = 10;
const STEP_MS = 5_000;
/** A limit counts as left only this far below it (K): readings that waver around it add up. */
const DIP_K = 1;
/** Nothing a battery or a cabinet can be (°C): such a sample says nothing. What a certain chip gives in error is its driver's to know. */
const POSSIBLE = { from: -60, to: 200 } as const;
const HISTORY_MS = 200_000;
const SPACING_MS = 5_000;
const SAME_MS = 6 * 3_600_000;
const FLOWED_MS = 3_600_000;
/** A battery's temperature must come at least every 30 s; judged each second, the relay is open by then (ms). */
const LOST_MS = 29_000;

export function newThermometer(nowMs: number): Thermometer {
  return { c: undefined, atMs: nowMs, seenMs: -Infinity, held: undefined, over: 0, cold: 0, sameSinceMs: nowMs, flowedMs: 0, history: [] };
}

/** Takes the newest reading in; the same sample a second time, null or no number change nothing. `ranMs`: charge current flowed as long since the last look. */
export function measure(before: Thermometer, reading: Reading | undefined, limits: HeatLimits, ranMs = 0): Thermometer {
  const flowedMs = before.flowedMs + ranMs;
  if (reading === undefined || reading.monotonicMs <= before.seenMs) return ranMs === 0 ? before : { ...before, flowedMs };
  const { value: c, monotonicMs: atMs } = reading;
  if (typeof c !== 'number' || !(c >= POSSIBLE.from && c <= POSSIBLE.to)) return { ...before, flowedMs, seenMs: atMs };
  if (isDoubtful(before, c, atMs, limits)) return { ...before, flowedMs, seenMs: atMs, held: c };
  const over = beyond(c, limits.cutC, limits.inclusive) ? before.over + 1 : c > limits.cutC - DIP_K ? before.over : 0;
  const cold = limits.coldC !== undefined && c < limits.coldC ? before.cold + 1 : 0;
  const same = c === before.c;
  const sameSinceMs = same ? before.sameSinceMs : atMs;
  const history = remember(before.history, atMs, c);
  return { c, atMs, seenMs: atMs, held: undefined, over, cold, sameSinceMs, flowedMs: same ? flowedMs : ranMs, history };
}

export function beyond(c: number, limitC: number, inclusive: boolean): boolean {
  return inclusive ? c >= limitC : c > limitC;
}

/** No believed value for 30 s, or for five of the sensor's own periods where those are longer. */
export function isLost(sensor: Thermometer, reading: Reading | undefined, nowMs: number): boolean {
  if (reading?.quality === 'stale' || reading?.quality === 'dead') return true;
  const slow = reading !== undefined && typeof reading.value === 'number' && sensor.seenMs === sensor.atMs;
  return !slow && nowMs - sensor.atMs > LOST_MS;
}

/** True when it rose faster than `perMinute` (K) in each of the last `minutes`: one jump of a sensor that was moved is no rise. */
export function rises(sensor: Thermometer, perMinute: number, minutes: number): boolean {
  const parts = minutes === 1 ? 2 : minutes;
  const partMs = (minutes * 60_000) / parts;
  let newer = sensor.history.at(-1);
  if (newer === undefined) return false;
  const endMs = newer.atMs;
  let index = sensor.history.length - 1;
  for (let part = 1; part <= parts; part += 1) {
    const atMs = endMs - part * partMs;
    while ((sensor.history[index]?.atMs ?? -Infinity) > atMs) index -= 1;
    const older = sensor.history[index];
    if (older === undefined || older.atMs < atMs - partMs / 2) return false;
    if (((newer.c - older.c) * 60_000) / (newer.atMs - older.atMs) <= perMinute) return false;
    newer = older;
  }
  return true;
}

/** A large step, or a first value that would open everything: believed once the next sample agrees. */
function isDoubtful(before: Thermometer, c: number, atMs: number, limits: HeatLimits): boolean {
  if (before.held !== undefined && Math.abs(c - before.held) <= STEP_K) return false;
  if (before.c === undefined) return before.held === undefined && c >= limits.criticalC;
  return Math.abs(c - before.c) > STEP_K && atMs - before.atMs < STEP_MS;
}

/** A live sensor always moves a little: one that never does, although the battery is being charged, may be none. */
export function isSuspect({ sameSinceMs, flowedMs, atMs }: Thermometer): boolean {
  return atMs - sameSinceMs >= SAME_MS && flowedMs >= FLOWED_MS;
}

function remember(history: readonly Point[], atMs: number, c: number): readonly Point[] {
  const last = history.at(-1);
  if (last !== undefined && atMs - last.atMs < SPACING_MS) return history;
  const from = history.findIndex((point) => atMs - point.atMs <= HISTORY_MS);
  return (from < 0 ? [] : history.slice(from)).concat({ atMs, c });
}
