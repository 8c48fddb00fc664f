/** The scripted days of the blueprints, lived by the program's own control: same decisions, or a difference that is written down. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { charge, newCharge } from '../../src/control/charge.ts';
import { CELLS } from '../../src/control/chemistry.ts';
import type { Reading } from '../../src/model.ts';
import { LOADS } from '../core/blueprints/loads.ts';
import { CHARGE, HEAT, SHEDDING } from '../core/blueprints/scenarios.ts';
import { DIFFERENCES, type Difference, type Scenario, type Step } from '../core/blueprints/script.ts';
import { guarded } from './guarded.ts';
import { bench, load } from './shedding-bench.ts';

const HOUR_S = 3600;
/** Runs a step and says which relays are closed at its end. */
type Live = (step: Step) => Readonly<Record<string, boolean>>;

/** What each step must end with: what it names, else as the step before; the program's own, where a difference is written down. */
function compare({ name, steps }: Scenario, live: Live): Difference[] {
  const expected: Record<string, string> = {};
  const met: Difference[] = [];
  for (const step of steps) {
    const found = live(step);
    Object.assign(expected, step.people, step.after);
    const wanted = { ...expected, ...step.program?.after };
    const shown = Object.fromEntries(Object.keys(wanted).map((role) => [role, found[role] === true ? 'on' : 'off']));
    expect(shown, `${name}: ${step.say}`).toEqual(wanted);
    if (step.program !== undefined) met.push(step.program.why);
  }
  return met;
}

/** Six cells, 100 Ah; three hours a step. */
function charger(): Live {
  const setting = {
    ...{ cell: CELLS['lead-acid'], lithium: false, capacityAh: 100, startSoc: 20, stopSoc: undefined, restartSoc: 80 },
    absorptionMs: 2 * HOUR_S * 1000,
  };
  let state = newCharge(0);
  let nowMs = 0;
  let closed = false;
  let level: number | undefined;
  const silent = { highest: undefined, lowest: undefined, soc: undefined, full: undefined, temperatureC: undefined };
  return ({ values }) => {
    const said = values?.level;
    if (said !== undefined) level = typeof said === 'number' ? said : undefined;
    for (let s = 0; s < 3 * HOUR_S; s += 1) {
      nowMs += 1000;
      const quality = 'fresh' as const;
      const mean: Reading | undefined = level === undefined ? undefined : { value: level / 6, atMs: nowMs, monotonicMs: nowMs, quality };
      const step = charge(state, setting, { nowMs, mean, current: undefined, closed, over: false, under: false, ...silent });
      state = step.state;
      closed = step.wish?.on === true;
    }
    return { charger: closed };
  };
}

/** Warms and cools by half a degree a minute, then stays for twenty minutes. A relay that was cut waits for somebody. */
function heater(): Live {
  const thing = guarded();
  let c = 60;
  let on = false;
  thing.feed(60, () => ({ c: [c] }));
  return ({ values, people, answer }) => {
    const said = values?.heat;
    if (answer === 'ACKNOWLEDGE') thing.acknowledge();
    const from = c;
    if (typeof said === 'number') c = said;
    const rise = Math.ceil(Math.abs(c - from) * 120);
    thing.feed(rise, (s) => ({ c: [from + ((c - from) * s) / rise] }));
    thing.feed(1200, () => ({ c: [typeof said === 'string' ? undefined : c] }));
    if (people?.heater !== undefined) on = people.heater === 'on';
    on &&= thing.causes().length === 0;
    return { heater: on };
  };
}

/** Two hours a step. */
function shedder({ steps }: Scenario): Live {
  const ranked = Object.entries(LOADS).map(([id, power], index) => load(id, { power, priority: 9 - index }));
  const home = bench({ loads: ranked });
  for (const { id } of ranked) home.world.wanted[id] = steps[0]?.people?.[id] === 'on';
  return ({ values, people }) => {
    const base = Number(values?.base);
    if (values?.base !== undefined) home.world.base = { 0: base };
    if (values?.power !== undefined) home.world.silentS = values.power === '' ? null : 100;
    for (const [id, how] of Object.entries(people ?? {})) {
      home.world.wanted[id] = how === 'on';
      const shedNow = home.moments.at(-1)?.decision.loads.find((one) => one.id === id)?.state === 'shed';
      if (how === 'on' && shedNow) home.world.override[id] = home.moments.at(-1)?.nowMs ?? 0;
    }
    return home.run(2 * HOUR_S).on;
  };
}

const seen = new Set<Difference>();
describe('charge_control and the automatic charge', () => {
  test.each(CHARGE)('$name', (scenario) => {
    for (const why of compare(scenario, charger())) seen.add(why);
  });
});
describe('overheat_cutoff and the guard', () => {
  test.each(HEAT)('$name', (scenario) => {
    for (const why of compare(scenario, heater())) seen.add(why);
  });
});
describe('load_shedding and the load-shedding of the program', () => {
  test.each(SHEDDING)('$name', (scenario) => {
    for (const why of compare(scenario, shedder(scenario))) seen.add(why);
  });
});

test('every difference is met, and written down for the reader', () => {
  expect([...seen].sort()).toEqual(Object.keys(DIFFERENCES).sort());
  const notes = readFileSync('blueprints/README.md', 'utf8').replace(/\s+/g, ' ');
  for (const text of Object.values(DIFFERENCES)) expect(notes).toContain(text);
});
