/** Our blueprints in a real Home Assistant, through scripted days. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kit, startKit } from './kit.ts';
import { play } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { type Play, plays } from './stages.ts';

let kit: Kit;
const table: string[] = [];
beforeAll(async () => {
  kit = await startKit();
});
afterAll(async () => {
  console.log(['', ...table, ''].join('\n'));
  await kit?.[Symbol.asyncDispose]();
});

const messages = (): Record<string, unknown> => ({ phones: [kit.phone], also: [] });
/** A line of the table, whatever comes of it. */
async function shown(blueprint: string, scenario: string, act: () => Promise<void>): Promise<void> {
  let result = 'failed';
  try {
    await act();
    result = 'ok';
  } finally {
    table.push(`| ${blueprint.padEnd(22)} | ${scenario.padEnd(22)} | ${process.env.HASS_VERSION} | ${result} |`);
  }
}
const named = (alias: string): Play => {
  const found = plays(kit).find((one) => one.alias === alias);
  if (found === undefined) throw new Error(`no automation ${alias}`);
  return found;
};

/** The others neither hear nor speak. */
async function solo(alias: string): Promise<void> {
  for (const one of plays(kit))
    await kit.call('automation', one.alias === alias ? 'turn_on' : 'turn_off', { entity_id: `automation.${one.alias}` });
}

test('every blueprint becomes an automation that rests while nothing is the matter', async () => {
  for (const { alias, blueprint, input, quiet } of plays(kit)) {
    await kit.set(quiet);
    await kit.automate(alias, blueprint, { ...input, ...messages() });
  }
  // At its start it says once where the relay should be.
  const { calls, pushes } = await kit.heard();
  expect(calls).toEqual(['turn_off input_boolean.load_e']);
  expect(pushes.filter(({ title }) => title !== 'Data missing')).toEqual([]);
});

const catalogue: (readonly [alias: string, blueprint: string, scenario: Scenario])[] = plays({} as Kit).flatMap((one) =>
  one.scenarios.map((scenario) => [one.alias, one.blueprint, scenario] as const),
);
test.each(catalogue.map(([alias, blueprint, scenario]) => ({ alias, blueprint, scenario, what: scenario.name })))(
  '$blueprint: $what',
  async ({ alias, blueprint, scenario }) => {
    await solo(alias);
    await shown(blueprint, scenario.name, () => play(kit, scenario, named(alias).stage));
  },
);

test('Core has nothing to complain about', () => {
  expect(kit.core.complaints().filter((entry) => /automation|blueprint|template|script|boxenergie/i.test(entry))).toEqual([]);
});
