/** A winter evening in the simulated house, with and without load-shedding, its meter's breaker reckoned beside it. */
import { type Breaker, breakerAt, breakerOpen, breakerSample } from '../../src/control/breaker.ts';
import { linkyZones } from '../../src/control/overload.ts';
import { shed } from '../../src/control/shedding.ts';
import { type ScheduleRule, type ScheduleState, schedule } from '../../src/control/shedding-schedule.ts';
import { sheddingAt } from '../../src/control/shedding-state.ts';
import type { LoadView, SheddingDecision, ShedLoad } from '../../src/control/shedding-types.ts';
import { createSnapshot } from '../../src/control/snapshot.ts';
import { createHouse } from '../../src/ports/sim/house.ts';
import { load } from './shedding-bench.ts';

const MINUTE = 60_000;
const CONTRACT_VA = 6000;
const FROM_H = 17;
const TO_H = 23.5;
/** The meter speaks every two seconds, as in standard mode. */
const PERIOD_MS = 2000;

export const LOADS: readonly ShedLoad[] = [
  load('ventilation', { priority: 1, power: 60, when: 'need' }),
  load('heating', { priority: 3, power: 1500, maxOffMs: 20 * MINUTE }),
  load('tank', { priority: 6, power: 2400, minOnMs: 10 * MINUTE, maxOffMs: 4 * 60 * MINUTE, maxOffWindowMs: 24 * 60 * MINUTE }),
  load('charger', { priority: 9, power: 450 }),
];

/** Dinner from 18:45 to 19:30: hobs, and an oven that its thermostat switches every two minutes. */
export function dinner(hour: number): number {
  if (hour < 18.75 || hour >= 19.5) return 0;
  const ovenOn = Math.floor((hour * 60) / 2) % 2 === 0;
  return 1600 + (ovenOn ? 2200 : 0);
}

export interface EveningOptions {
  readonly seed?: number;
  readonly shedding: boolean;
  readonly appliances?: (hour: number) => number;
  readonly rules?: readonly ScheduleRule[];
  readonly tariff?: (hour: number) => string;
  /** Is the meter heard? */
  readonly heard?: (hour: number) => boolean;
}
export interface Evening {
  /** Local hour at which the meter opened; null = it held. */
  readonly trippedAt: number | null;
  /** Minutes each load was wanted and withheld, and its switchings. */
  readonly withheldMin: Readonly<Record<string, number>>;
  readonly switchings: Readonly<Record<string, number>>;
  readonly longestOverS: number;
  readonly lowestTripS: number;
  readonly tankCelsius: number;
  readonly decisions: readonly { readonly hour: number; readonly decision: SheddingDecision }[];
}

export function evening(options: EveningOptions): Evening {
  const house = createHouse(options.seed ?? 1, options.appliances ?? dinner);
  const snapshot = createSnapshot(() => PERIOD_MS);
  const seen = newRecord();
  let state = sheddingAt(LOADS, { nowMs: 0, seed: 5 });
  let planned: ScheduleState = {};
  let breaker: Breaker | undefined;
  let permits: Record<string, boolean> = Object.fromEntries(LOADS.map(({ id }) => [id, true]));

  for (let nowMs = 0; nowMs <= (TO_H - FROM_H) * 3_600_000; nowMs += 1000) {
    const hour = FROM_H + nowMs / 3_600_000;
    const on = (id: string): boolean => permits[id] === true;
    house.setRelays({ charger: on('charger'), waterHeater: on('tank'), heating: on('heating'), ventilation: on('ventilation') });
    house.step(1, hour);
    const { va } = house.meter();
    breaker = breaker ? breakerSample(breaker, va, nowMs) : breakerAt(va, CONTRACT_VA, nowMs);
    if (breakerOpen(breaker, CONTRACT_VA)) seen.trippedAt ??= hour;
    note(seen, va, permits);
    if (!options.shedding) continue;

    if (nowMs % PERIOD_MS === 0 && (options.heard?.(hour) ?? true)) {
      const kva = CONTRACT_VA / 1000;
      const values = { apparent_power: va, subscribed_power: kva, cut_off_power: kva, overload: va > CONTRACT_VA };
      snapshot.remember({ deviceId: 'linky', atMs: 0, monotonicMs: nowMs, values });
    }
    const local = { day: 20_000, minute: Math.floor(hour * 60) };
    const plan = schedule(options.rules ?? [], planned, { nowMs, local, tariff: options.tariff?.(hour) ?? null, colour: null });
    planned = plan.state;
    const meter = linkyZones((key) => snapshot.read('linky', key, nowMs), null, nowMs);
    const loads = Object.fromEntries(LOADS.map(({ id }) => [id, viewOf(on(id), plan.shed[id] ?? null)]));
    const step = shed(LOADS, state, { nowMs, meter, loads, mains: null });
    state = step.state;
    permits = Object.fromEntries(step.decision.loads.map(({ id, permit }) => [id, permit]));
    seen.lowestTripS = Math.min(seen.lowestTripS, step.decision.tripS ?? Number.POSITIVE_INFINITY);
    seen.decisions.push({ hour, decision: step.decision });
  }
  return { ...seen, tankCelsius: house.tankCelsius };
}

function viewOf(on: boolean, rule: string | null): LoadView {
  return { on, wanted: true, power: null, overrideMs: null, schedule: rule };
}

interface Seen {
  trippedAt: number | null;
  longestOverS: number;
  overS: number;
  lowestTripS: number;
  readonly withheldMin: Record<string, number>;
  readonly switchings: Record<string, number>;
  readonly decisions: { hour: number; decision: SheddingDecision }[];
  before: Readonly<Record<string, boolean>>;
}
function newRecord(): Seen {
  const zero = (): Record<string, number> => Object.fromEntries(LOADS.map(({ id }) => [id, 0]));
  const more = { withheldMin: zero(), switchings: zero(), decisions: [], before: {} };
  return { trippedAt: null, longestOverS: 0, overS: 0, lowestTripS: Number.POSITIVE_INFINITY, ...more };
}
function note(seen: Seen, va: number, permits: Readonly<Record<string, boolean>>): void {
  seen.overS = va > CONTRACT_VA ? seen.overS + 1 : 0;
  seen.longestOverS = Math.max(seen.longestOverS, seen.overS);
  for (const [id, permit] of Object.entries(permits)) {
    if (!permit) seen.withheldMin[id] = (seen.withheldMin[id] ?? 0) + 1 / 60;
    if (seen.before[id] !== undefined && seen.before[id] !== permit) seen.switchings[id] = (seen.switchings[id] ?? 0) + 1;
  }
  seen.before = permits;
}
