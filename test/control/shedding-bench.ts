/** A supply with loads that obey (or not) the permits of load-shedding, second by second, for its tests. */

import { shed } from '../../src/control/shedding.ts';
import { keep, type SheddingKept, type SheddingState, sheddingAt } from '../../src/control/shedding-state.ts';
import {
  type LoadDecision,
  type LoadView,
  type MeterView,
  type Phase,
  SHEDDING_RULES,
  type SheddingDecision,
  type SheddingRules,
  type ShedLoad,
} from '../../src/control/shedding-types.ts';

const MINUTE = 60_000;
export function load(id: string, more: Partial<ShedLoad> = {}): ShedLoad {
  const times = { minOnMs: 2 * MINUTE, minOffMs: 5 * MINUTE, maxOffMs: null, maxOffWindowMs: 60 * MINUTE, followMs: 3000 };
  return { id, priority: 5, power: 1000, phase: 0, when: 'comfort', ...times, ...more };
}

/** What the world does; change it between runs. */
export interface World {
  /** Power of all that cannot be shed, per supply. */
  base: Partial<Record<Phase, number>>;
  limit: number | null;
  cutOff: number | null;
  /** Seconds since the meter was last heard is what makes quality; null = heard now. */
  silentS: number | null;
  late: boolean;
  /** The meter shows what was drawn so long ago. */
  lagS: number;
  alarm: boolean;
  mains: boolean | null;
  wanted: Record<string, boolean>;
  stuckOn: Record<string, boolean>;
  unreadable: Record<string, boolean>;
  /** True draw where it is not the declared one. */
  draw: Record<string, number>;
  metered: Record<string, boolean>;
  schedule: Record<string, string>;
  override: Record<string, number>;
}
export interface Moment {
  readonly nowMs: number;
  readonly total: Partial<Record<Phase, number>>;
  readonly on: Readonly<Record<string, boolean>>;
  readonly decision: SheddingDecision;
}
export interface Bench {
  readonly world: World;
  readonly moments: Moment[];
  run(seconds: number, each?: (moment: Moment) => void): Moment;
  of(id: string): LoadDecision;
  kept(): SheddingKept;
  readonly state: SheddingState;
}
export interface BenchOptions {
  readonly loads: readonly ShedLoad[];
  readonly rules?: Partial<SheddingRules>;
  readonly on?: boolean;
  readonly seed?: number;
  readonly kept?: SheddingKept;
  readonly blackout?: boolean;
  readonly world?: Partial<World>;
}

export function bench(options: BenchOptions): Bench {
  const rules = { ...SHEDDING_RULES, ...options.rules };
  const { kept, blackout } = options;
  const start = { nowMs: 0, seed: options.seed ?? 7, rules, ...(kept && { kept }), ...(blackout !== undefined && { blackout }) };
  let state = sheddingAt(options.loads, start);
  const world = newWorld(options.world);
  const on: Record<string, boolean> = Object.fromEntries(options.loads.map(({ id }) => [id, options.on ?? true]));
  const moments: Moment[] = [];
  let nowMs = 0;

  function second(): Moment {
    nowMs += 1000;
    const total = totals(options.loads, world, on);
    const shown = world.lagS === 0 ? total : (moments.at(-world.lagS)?.total ?? total);
    const meter = meterOf(world, shown, nowMs);
    const loads = Object.fromEntries(options.loads.map(({ id }) => [id, viewOf(id, world, on, drawOf(options.loads, world, id))]));
    const step = shed(options.loads, state, { nowMs, meter, loads, mains: world.mains }, rules);
    state = step.state;
    const moment = { nowMs, total, on: { ...on }, decision: step.decision };
    for (const { id, permit } of step.decision.loads) on[id] = world.stuckOn[id] === true || (permit && world.wanted[id] !== false);
    moments.push(moment);
    return moment;
  }
  const last = (): Moment => moments.at(-1) ?? second();
  return {
    world,
    moments,
    run(seconds, each) {
      for (let s = 0; s < seconds; s++) {
        const moment = second();
        each?.(moment);
      }
      return last();
    },
    of(id) {
      const found = last().decision.loads.find((one) => one.id === id);
      if (found === undefined) throw new Error(`no load ${id}`);
      return found;
    },
    kept: () => keep(state),
    get state() {
      return state;
    },
  };
}

function newWorld(more: Partial<World> = {}): World {
  return {
    base: { 0: 500 },
    limit: 6000,
    cutOff: 6000,
    silentS: null,
    late: false,
    lagS: 0,
    alarm: false,
    mains: null,
    wanted: {},
    stuckOn: {},
    unreadable: {},
    draw: {},
    metered: {},
    schedule: {},
    override: {},
    ...more,
  };
}

function drawOf(loads: readonly ShedLoad[], world: World, id: string): number {
  return world.draw[id] ?? loads.find((one) => one.id === id)?.power ?? 0;
}

function totals(loads: readonly ShedLoad[], world: World, on: Record<string, boolean>): Partial<Record<Phase, number>> {
  const total: Partial<Record<Phase, number>> = {};
  for (const phase of Object.keys(world.base).map(Number) as Phase[]) {
    let sum = world.base[phase] ?? 0;
    for (const one of loads) {
      if (on[one.id] !== true) continue;
      const share = phase === 0 || one.phase === phase ? 1 : one.phase === 0 ? 1 / 3 : 0;
      sum += drawOf(loads, world, one.id) * share;
    }
    total[phase] = sum;
  }
  return total;
}

function meterOf(world: World, total: Partial<Record<Phase, number>>, nowMs: number): MeterView {
  const { limit, cutOff, alarm } = world;
  const phases = Object.keys(total).map(Number) as Phase[];
  const part = (value: number | null): number | null => (value === null ? null : value / phases.length);
  const zones = phases.map((phase) => ({ phase, power: total[phase] ?? null, limit: part(limit), cutOff: part(cutOff), alarm }));
  const silentMs = (world.silentS ?? 0) * 1000;
  if (world.silentS !== null) world.silentS += 1;
  const quality = silentMs > 60_000 ? 'dead' : silentMs > 30_000 ? 'stale' : silentMs > 2_000 || world.late ? 'late' : 'fresh';
  return { zones, quality, sampleMs: nowMs - silentMs };
}

function viewOf(id: string, world: World, on: Record<string, boolean>, draw: number): LoadView {
  const isOn = on[id] === true;
  return {
    on: world.unreadable[id] === true ? null : isOn,
    wanted: world.wanted[id] !== false,
    power: world.metered[id] === true ? (isOn ? draw : 0) : null,
    overrideMs: world.override[id] ?? null,
    schedule: world.schedule[id] ?? null,
  };
}
