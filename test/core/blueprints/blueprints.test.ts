/** Our blueprints in a real Home Assistant, through scripted days. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '../waiting.ts';
import { type Kit, startKit } from './kit.ts';
import { play } from './run.ts';
import type { Scenario } from './script.ts';
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

test('a sensor that is not there has the same patience as one without a value', async () => {
  await solo('');
  await kit.set({ 'input_boolean.charger': 'on', 'input_boolean.heater': 'on', 'input_text.heat_2': '' });
  const grace = 3;
  await shown('charge_control', 'sensor not there yet', async () => {
    await kit.automate('absent', 'charge_control', { sensor: 'sensor.absent', charger: 'input_boolean.charger', grace, ...messages() });
    expect((await kit.heard()).calls).toEqual(['turn_on input_boolean.charger']);
    await pause(grace * 1000);
    await kit.fire('boxenergie_check');
    expect((await kit.heard()).calls).toEqual(['turn_off input_boolean.charger']);
  });
  await shown('overheat_cutoff', 'sensor not there yet', async () => {
    const input = { sensors: ['sensor.absent'], relays: ['input_boolean.heater'], memory: 'input_text.heat_2', grace };
    await kit.automate('absent', 'overheat_cutoff', { ...input, ...messages() });
    expect((await kit.heard()).calls).toEqual([]);
    await pause(grace * 1000);
    await kit.fire('boxenergie_check');
    expect((await kit.heard()).calls).toEqual(['turn_off input_boolean.heater']);
  });
  await kit.call('automation', 'turn_off', { entity_id: 'automation.absent' });
});

/** A kWh an hour for three days; a Core of 2025.10 wants other words for the same. */
async function countedHours(entityId: string): Promise<void> {
  const hour = 3_600_000;
  const top = Math.floor(Date.now() / hour) * hour;
  const stats = Array.from({ length: 72 }, (_, i) => ({ start: new Date(top - (72 - i) * hour).toISOString(), state: i, sum: i }));
  const metadata = { statistic_id: entityId, source: 'recorder', name: null, unit_of_measurement: 'kWh', has_sum: true };
  await kit.core
    .ask('recorder/import_statistics', { metadata: { ...metadata, unit_class: 'energy', mean_type: 0 }, stats })
    .catch(() => kit.core.ask('recorder/import_statistics', { metadata: { ...metadata, has_mean: false }, stats }));
}

test('daily_report: the energy of yesterday, in French', async () => {
  await solo('');
  const attributes = { unit_of_measurement: 'kWh', device_class: 'energy', state_class: 'total_increasing', friendly_name: 'Compteur' };
  await kit.core.post('/api/states/sensor.counted', { state: '71', attributes });
  await countedHours('sensor.counted');
  await pause(1500);
  const input = { at: '00:00:00', late: 24, energies: ['sensor.counted'], entities: ['sensor.counted', 'sensor.none'], day: 'yesterday' };
  await shown('daily_report', 'energy of yesterday', async () => {
    await kit.automate('report', 'daily_report', { ...input, language: 'fr', ...messages() });
    const { pushes } = await kit.heard();
    // 23 and 25 on the days when the clocks change.
    const message = expect.stringMatching(/^Compteur: 2[345]\.0 kWh\nCompteur: 71 kWh\nsensor\.none: inconnu$/);
    expect(pushes).toEqual([expect.objectContaining({ title: 'Rapport du jour', message })]);
  });
});

test('Core has nothing to complain about', () => {
  expect(kit.core.complaints().filter((entry) => /automation|blueprint|template|script|boxenergie/i.test(entry))).toEqual([]);
});
