/** Over- and under-voltage of one battery, from its terminals and its cells: cut, hold, deep-discharge lock, loss. Pure. */
import type { Reading } from '../model.ts';
import type { CellLimits } from './chemistry.ts';
import { type Alarm, type Latch, type Standing, withLatch } from './latch.ts';

/** One source of cell volts: the terminals divided by the cells, the highest, the lowest cell. Monotonic ms. */
interface Gauge {
  readonly v: number | undefined;
  readonly atMs: number;
  readonly seenMs: number;
  readonly over: number;
  readonly dead: number;
}
export interface VoltState {
  readonly gauges: readonly Gauge[];
  readonly latches: readonly Latch[];
  readonly over: boolean;
  /** Since when it is low enough again to release. */
  readonly calmSinceMs: number | undefined;
  readonly under: boolean;
  readonly deepSinceMs: number | undefined;
  readonly deeperSinceMs: number | undefined;
  readonly recoveredSinceMs: number | undefined;
  /** Somebody has looked at the dead battery: it may be charged. */
  readonly pardoned: boolean;
  readonly told: readonly string[];
}
export interface VoltInput {
  readonly nowMs: number;
  /** Volts of one cell each; in the order of `newVolts`. */
  readonly readings: readonly (Reading | undefined)[];
}
export interface VoltStep {
  readonly state: VoltState;
  readonly standing: readonly Standing[];
  readonly unready: boolean;
  readonly alarms: readonly Alarm[];
}

/** A battery's voltage must come at least every 60 s; judged each second, the relay is open by then (ms). */
const LOST_MS = 59_000;
const SAMPLES = 2;
/** Volts of a battery divided by its cells are not exact. */
const ROUNDING_V = 1e-6;
const RELEASE_MS = 60_000;
const DEEP_MS = 60_000;
const DEEPER_MS = 10_000;

export function newVolts(gauges: number, nowMs: number, latches: readonly Latch[] = []): VoltState {
  const gauge: Gauge = { v: undefined, atMs: nowMs, seenMs: -Infinity, over: 0, dead: 0 };
  return {
    gauges: Array.from({ length: gauges }, () => gauge),
    latches,
    over: false,
    calmSinceMs: undefined,
    under: false,
    deepSinceMs: undefined,
    deeperSinceMs: undefined,
    recoveredSinceMs: undefined,
    pardoned: false,
    told: [],
  };
}

/** One tick over the frozen readings. */
export function guardVolts(before: VoltState, limits: CellLimits, { nowMs, readings }: VoltInput): VoltStep {
  const gauges = before.gauges.map((gauge, index) => measure(gauge, readings[index], limits));
  let [high, low]: (number | undefined)[] = [undefined, undefined];
  for (const { v } of gauges) {
    if (v === undefined) continue;
    high = Math.max(high ?? v, v);
    low = Math.min(low ?? v, v);
  }
  const since = (was: number | undefined, holds: boolean): number | undefined => (holds ? (was ?? nowMs) : undefined);
  const lasts = (sinceMs: number | undefined, ms: number): boolean => sinceMs !== undefined && nowMs - sinceMs >= ms;
  const calmSinceMs = since(before.calmSinceMs, high !== undefined && high <= limits.full);
  const deepSinceMs = since(before.deepSinceMs, low !== undefined && low - limits.deep <= ROUNDING_V);
  const deeperSinceMs = since(before.deeperSinceMs, low !== undefined && low < limits.deepAtOnce);
  const recoveredSinceMs = since(before.recoveredSinceMs, low !== undefined && low >= limits.start);
  const deep = lasts(deepSinceMs, DEEP_MS) || lasts(deeperSinceMs, DEEPER_MS);
  const locked = gauges.some(({ dead }) => dead >= SAMPLES) && !before.pardoned;
  const lost = gauges.some((gauge, index) => isLost(gauge, readings[index], nowMs));
  const state: VoltState = {
    gauges,
    latches: locked ? withLatch(before.latches, 'deep-discharge', true, nowMs) : before.latches,
    over: gauges.some(({ over }) => over >= SAMPLES) || (before.over && !lasts(calmSinceMs, RELEASE_MS)),
    calmSinceMs,
    under: deep || (before.under && !lasts(recoveredSinceMs, RELEASE_MS)),
    deepSinceMs,
    deeperSinceMs,
    recoveredSinceMs,
    pardoned: before.pardoned && (low === undefined || low < limits.deep),
    told: before.told,
  };
  const standing = standingOf(state, lost);
  const told = standing.length === 0 && before.told.length === 0 ? before.told : standing.map(({ cause }) => cause);
  const alarms = told.filter((cause) => !before.told.includes(cause)).map((cause) => alarmOf(cause, high, low));
  const unready = readings.some(
    (reading, index) => reading?.quality !== 'fresh' || gauges[index]?.v === undefined || typeof reading.value !== 'number',
  );
  return { state: told === state.told ? state : { ...state, told }, standing, unready, alarms };
}

/** A person has looked: a locked battery may be charged. */
export function acknowledgeVolts(state: VoltState): VoltState {
  return { ...state, pardoned: state.latches.length > 0 || state.pardoned, latches: [] };
}

function measure(before: Gauge, reading: Reading | undefined, limits: CellLimits): Gauge {
  if (reading === undefined || reading.monotonicMs <= before.seenMs) return before;
  const { value: v, monotonicMs: seenMs } = reading;
  if (typeof v !== 'number' || !Number.isFinite(v) || v < 0) return { ...before, seenMs };
  const over = limits.over - v <= ROUNDING_V ? before.over + 1 : 0;
  const dead = v < limits.lock ? before.dead + 1 : 0;
  return { v, atMs: seenMs, seenMs, over, dead };
}

function isLost(gauge: Gauge, reading: Reading | undefined, nowMs: number): boolean {
  if (reading?.quality === 'dead') return true;
  const slow = reading !== undefined && typeof reading.value === 'number' && gauge.seenMs === gauge.atMs;
  return !slow && nowMs - gauge.atMs > LOST_MS;
}

function standingOf(state: VoltState, lost: boolean): readonly Standing[] {
  const standing: Standing[] = state.latches.map(({ cause }) => ({ cause, scope: 'charge' }));
  if (state.over) standing.push({ cause: 'over-voltage', scope: 'charge' });
  if (state.under) standing.push({ cause: 'under-voltage', scope: 'discharge' });
  if (lost) standing.push({ cause: 'voltage-lost', scope: 'charge' });
  return standing;
}

function alarmOf(cause: string, high: number | undefined, low: number | undefined): Alarm {
  if (cause === 'over-voltage') return { cause, level: 'cut-off', value: high };
  return { cause, level: cause === 'voltage-lost' ? 'warning' : 'cut-off', value: low };
}
