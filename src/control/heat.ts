/** Over-heating and cold of one guarded thing: cut, latch, release, re-arm, messages. Pure; section 4 of the control law. */
import type { Reading } from '../model.ts';
import type { HeatLimits } from './chemistry.ts';
import { type Alarm, type Latch, type LatchCause, type Standing, scopeOf, withLatch } from './latch.ts';
import { beyond, isLost, isSuspect, measure, newThermometer, rises, type Thermometer } from './thermometer.ts';

/** Kept over a restart; monotonic ms, may be negative. */
export interface HeatMemory {
  readonly latches: readonly Latch[];
  /** Automatic releases of the last 24 h. */
  readonly rearms: readonly number[];
}
export interface HeatState extends HeatMemory {
  readonly sensors: readonly Thermometer[];
  /** Since when all sensors are well below the cut. */
  readonly coolSinceMs: number | undefined;
  readonly cold: boolean;
  /** Warnings that were told and still stand. */
  readonly told: readonly string[];
  readonly silenced: boolean;
  readonly nextMessageMs: number;
  readonly tickedMs: number;
}
export interface HeatInput {
  readonly nowMs: number;
  readonly readings: readonly (Reading | undefined)[];
  /** Charge current flows (A, positive = charging); undefined: unknown. */
  readonly currentA: number | undefined;
}
export interface HeatStep {
  readonly state: HeatState;
  readonly standing: readonly Standing[];
  /** Some sensor is not fresh: nothing closes. */
  readonly unready: boolean;
  readonly alarms: readonly Alarm[];
  /** °C. */
  readonly hottest: number | undefined;
}

const RELEASE_K = 10;
const RELEASE_MS = 600_000;
const REARMS = 3;
const DAY_MS = 86_400_000;
const MESSAGE_MS = 60_000;
const WARNING_DIP_K = 5;
const SPREAD_K = 15;
/** From here on only a person re-arms (°C). */
const MANUAL_C = 80;
const SAMPLES = 2;

export function newHeat(sensors: number, nowMs: number, memory: HeatMemory = { latches: [], rearms: [] }): HeatState {
  return {
    ...memory,
    sensors: Array.from({ length: sensors }, () => newThermometer(nowMs)),
    coolSinceMs: undefined,
    cold: false,
    told: [],
    silenced: false,
    nextMessageMs: -Infinity,
    tickedMs: nowMs,
  };
}

/** One tick over the frozen readings, in the order of the sensors. */
export function guardHeat(before: HeatState, limits: HeatLimits, input: HeatInput): HeatStep {
  const { nowMs, readings } = input;
  const flowedMs = (input.currentA ?? 0) > 0 ? nowMs - before.tickedMs : 0;
  const sensors = before.sensors.map((sensor, index) => measure(sensor, readings[index], limits, flowedMs));
  const lost = sensors.filter((sensor, index) => isLost(sensor, readings[index], nowMs));
  const values = known(sensors);
  const hottest = values.length === 0 ? undefined : Math.max(...values);
  const rearms = before.rearms.length === 0 ? before.rearms : before.rearms.filter((atMs) => nowMs - atMs < DAY_MS);
  const tripped = trips(before.latches, sensors, { lost, limits, nowMs, worn: rearms.length >= REARMS });
  const cool = lost.length === 0 && values.length === sensors.length && values.every((c) => c <= limits.cutC - RELEASE_K);
  const calm = cool && !sensors.some((sensor) => rises(sensor, 2, 1));
  const coolSinceMs = calm ? (before.coolSinceMs ?? nowMs) : undefined;
  const rested = coolSinceMs !== undefined && nowMs - coolSinceMs >= RELEASE_MS;
  // The same list while nothing changes: whoever keeps it sees that at a glance.
  const latches = rested && tripped.some(({ manual }) => !manual) ? tripped.filter(({ manual }) => manual) : tripped;
  const state: HeatState = {
    ...before,
    sensors,
    latches,
    rearms: latches.length < tripped.length ? [...rearms, nowMs] : rearms,
    coolSinceMs,
    cold: isCold(before.cold, sensors, limits),
    silenced: before.silenced && !cool,
    tickedMs: nowMs,
  };
  const { alarms, told, nextMessageMs } = speak(state, before, { limits, input, hottest, lost: lost.length > 0, cool });
  return {
    state: told === state.told && nextMessageMs === state.nextMessageMs ? state : { ...state, told, nextMessageMs },
    alarms,
    standing: standingOf(state, lost.length > 0),
    unready: readings.some(
      (reading, index) => reading?.quality !== 'fresh' || sensors[index]?.c === undefined || typeof reading.value !== 'number',
    ),
    hottest,
  };
}

/** Ends the messages; ends manual latches too once the thing has been cool long enough. Called for a person only. */
export function acknowledgeHeat(state: HeatState, nowMs: number): HeatState {
  const rested = state.coolSinceMs !== undefined && nowMs - state.coolSinceMs >= RELEASE_MS;
  return { ...state, silenced: true, latches: rested ? [] : state.latches };
}

/** The latches with those that this tick adds or hardens. */
function trips(
  standing: readonly Latch[],
  sensors: readonly Thermometer[],
  { lost, limits, nowMs, worn }: { lost: readonly Thermometer[]; limits: HeatLimits; nowMs: number; worn: boolean },
): readonly Latch[] {
  let latches = standing;
  const add = (cause: LatchCause, manual: boolean): void => {
    latches = withLatch(latches, cause, manual || worn, nowMs);
  };
  for (const sensor of sensors) {
    const { c, over } = sensor;
    if (c === undefined) continue;
    const gone = lost.includes(sensor) && c >= limits.warningC;
    if (over >= SAMPLES || gone) add('over-temperature', c >= MANUAL_C);
    if (beyond(c, limits.criticalC, limits.inclusive)) add('critical-temperature', true);
    if (rises(sensor, 5, 1)) add('rate-of-rise', c >= MANUAL_C);
  }
  return latches;
}

/** °C of the sensors that ever said something. */
function known(sensors: readonly Thermometer[]): number[] {
  const values: number[] = [];
  for (const { c } of sensors) if (c !== undefined) values.push(c);
  return values;
}

/** Two cold samples of any sensor forbid the charge; all of them must be warm again. */
function isCold(before: boolean, sensors: readonly Thermometer[], { coldC, warmC }: HeatLimits): boolean {
  if (coldC === undefined) return false;
  if (sensors.some(({ cold }) => cold >= SAMPLES)) return true;
  return before && sensors.some(({ c }) => c === undefined || c < warmC);
}

function standingOf(state: HeatState, lost: boolean): readonly Standing[] {
  const standing: Standing[] = state.latches.map(({ cause }) => ({ cause, scope: scopeOf(cause) }));
  if (lost) standing.push({ cause: 'temperature-lost', scope: 'charge' });
  if (state.cold) standing.push({ cause: 'too-cold', scope: 'charge' });
  return standing;
}

interface Speech {
  readonly limits: HeatLimits;
  readonly input: HeatInput;
  readonly hottest: number | undefined;
  readonly lost: boolean;
  readonly cool: boolean;
}

/** Warnings once, a cut once, critical heat every minute until acknowledged or cool. */
function speak(
  state: HeatState,
  before: HeatState,
  speech: Speech,
): Pick<HeatState, 'told' | 'nextMessageMs'> & { readonly alarms: Alarm[] } {
  const { hottest: value, input } = speech;
  const warnings = warningsOf(state, before.told, speech);
  const alarms: Alarm[] = [];
  for (const cause of warnings) if (!before.told.includes(cause)) alarms.push({ cause, level: 'warning', value });
  for (const { cause } of state.latches) {
    const known = before.latches.some((latch) => latch.cause === cause);
    if (!known && cause !== 'critical-temperature') alarms.push({ cause, level: 'cut-off', value });
  }
  const critical = state.latches.some(({ cause }) => cause === 'critical-temperature');
  const due = critical && value !== undefined && !state.silenced && !speech.cool && input.nowMs >= state.nextMessageMs;
  if (due) alarms.push({ cause: 'critical-temperature', level: 'critical', value });
  const told = warnings.length + before.told.length === 0 ? before.told : warnings;
  return { told, nextMessageMs: due ? input.nowMs + MESSAGE_MS : state.nextMessageMs, alarms };
}

function warningsOf(state: HeatState, told: readonly string[], { limits, input, hottest, lost }: Speech): readonly string[] {
  const warnings: string[] = [];
  const warm = limits.warningC - (told.includes('warm') ? WARNING_DIP_K : 0);
  if (hottest !== undefined && hottest >= warm) warnings.push('warm');
  if ((input.currentA ?? 0) > 0 && state.sensors.some((sensor) => rises(sensor, 2, 3))) warnings.push('rising');
  if (lost) warnings.push('temperature-lost');
  if (state.sensors.some(isSuspect)) warnings.push('sensor-suspect');
  const values = known(state.sensors);
  if (Math.max(...values) - Math.min(...values) > SPREAD_K) warnings.push('sensors-disagree');
  return warnings;
}
