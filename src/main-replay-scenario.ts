/** One of the scenarios under the program's own control, with all that must hold checked at every tick. */
import { toHouse } from './config/house.ts';
import { offGridYaml } from './config/scenario-off-grid.ts';
import { solarYaml } from './config/scenario-solar.ts';
import { winterYaml } from './config/scenario-winter.ts';
import type { HouseConfig } from './config/types.ts';
import { validateHouse } from './config/validate.ts';
import { shedLoad } from './control/shedding-presets.ts';
import { drivers } from './drivers/index.ts';
import type { ScenarioName } from './main-options-tools.ts';
import { buildRig } from './main-replay-rig.ts';
import type { Language } from './model.ts';
import { createBands, type Day } from './replay/bands.ts';
import { handClock } from './replay/hand-clock.ts';
import { createChecker } from './replay/invariants.ts';
import { liveAlone, liveUnder } from './replay/live.ts';
import { offGrid } from './replay/off-grid.ts';
import { solar } from './replay/solar.ts';
import type { Outcome } from './replay/types.ts';
import { winter } from './replay/winter.ts';
import type { Scenario } from './replay/world.ts';

/** What each scenario is made of. */
export const SCENARIO: Readonly<Record<ScenarioName, { readonly scenario: Scenario; yaml(language: Language): string }>> = {
  winter: { scenario: winter, yaml: winterYaml },
  solar: { scenario: solar, yaml: solarYaml },
  'off-grid': { scenario: offGrid, yaml: offGridYaml },
};
/** A simulated life begins with the year in France. */
export const SIMULATED_START_MS = Date.UTC(2026, 0, 1) - 3_600_000;
/** The houses let at most this pass between two looks (ms). */
const LONGEST_PACE_MS = 30_000;

export interface ScenarioRun {
  readonly name: ScenarioName;
  readonly days: number;
  readonly seed: number;
  readonly language: Language;
  /** Wall ms of the first local midnight. Absent: the beginning of 2026. */
  readonly startMs?: number;
  /** Absent: the scenario's own configuration. */
  readonly house?: HouseConfig;
  onDay?(day: number): void;
}
export interface ScenarioResult {
  readonly outcome: Outcome;
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
  readonly violationCount: number;
  readonly days: readonly Day[];
  readonly zoom: { readonly index: number; readonly series: Readonly<Record<string, readonly (number | null)[]>> };
}

export function scenarioHouse(name: ScenarioName, language: Language): HouseConfig {
  return toHouse(validateHouse(SCENARIO[name].yaml(language), name, drivers).raw);
}

export async function runScenario(run: ScenarioRun): Promise<ScenarioResult> {
  const { name, days, seed, language, startMs = SIMULATED_START_MS, onDay } = run;
  const { scenario } = SCENARIO[name];
  const house = run.house ?? scenarioHouse(name, language);
  const clock = handClock(0, startMs);
  const loads = house.shedding?.loads ?? [];
  const shedMinOffMs = Object.fromEntries(
    loads.flatMap((load) => (load.relay === undefined ? [] : [[load.relay, shedLoad(load).minOffMs]])),
  );
  const checker = createChecker({ relays: house.relays, shedMinOffMs, bounds: scenario.bounds });
  const state = { relays: [], latches: [], facts: {} };
  const rig = await buildRig({ house, clock, state, leastPeriodMs: LONGEST_PACE_MS, onDecision: checker.journaled });
  const world = scenario.create(seed);
  const bands = createBands(scenario.interest);
  const outcome = await liveUnder(rig, clock, checker, { days, world, bands, ...(onDay !== undefined && { onDay }) });
  const { violations, count: violationCount } = checker;
  return { outcome, counts: world.counts(), violations, violationCount, days: bands.days(), zoom: bands.zoom() };
}

/** The same people in the same weather, every wish granted: counts and the least and greatest of each gauge. */
export function runUncontrolled({ name, days, seed, startMs = SIMULATED_START_MS }: ScenarioRun): {
  readonly counts: Readonly<Record<string, number>>;
  readonly extremes: Readonly<Record<string, readonly [least: number, greatest: number]>>;
} {
  const world = SCENARIO[name].scenario.create(seed);
  const extremes: Record<string, readonly [number, number]> = {};
  liveAlone(world, startMs, days, () => {
    for (const [gauge, value] of Object.entries(world.gauges())) {
      const [least, greatest] = extremes[gauge] ?? [value, value];
      if (value < least || value > greatest || extremes[gauge] === undefined)
        extremes[gauge] = [Math.min(least, value), Math.max(greatest, value)];
    }
  });
  return { counts: world.counts(), extremes };
}
