/** Our blueprints in a real Home Assistant that restarts or reloads them midway, finds a value already beyond, or a relay that refuses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '../waiting.ts';
import { type Kit, startKit } from './kit.ts';
import { loadList } from './stages.ts';

let kit: Kit;
const table: string[] = [];
let oldButton = '';
beforeAll(async () => {
  kit = await startKit();
});
afterAll(async () => {
  console.log(['', ...table, ''].join('\n'));
  await kit?.[Symbol.asyncDispose]();
});
const row = (blueprint: string, scenario: string): number =>
  table.push(`| ${blueprint.padEnd(22)} | ${scenario.padEnd(22)} | ${process.env.HASS_VERSION} | ok |`);

const on = (alias: string, blueprint: string, input: Readonly<Record<string, unknown>>): Promise<void> =>
  kit.automate(alias, blueprint, { phones: [kit.phone], also: [], ...input });
/** Decides, then gives commands and titles, each once. */
async function decided(times = 1): Promise<{ calls: string[]; told: string[] }> {
  await kit.quietMinute();
  const calls = new Set<string>();
  const told = new Set<string>();
  for (let i = 0; i < times; i += 1) {
    await kit.fire('boxenergie_check');
    const heard = await kit.heard();
    for (const call of heard.calls) calls.add(call.replace('input_boolean.', ''));
    for (const { title = '' } of heard.pushes) told.add(title);
  }
  return { calls: [...calls].sort(), told: [...told].sort() };
}

const SIX = ['charge_control', 'overheat_cutoff', 'load_shedding', 'deep_discharge_alert', 'solar_surplus', 'tariff_period_control'];
/** What was decided, and is said again at each start. */
const RENEWED = [
  ...['turn_off heater', 'turn_off load_a', 'turn_off load_d'],
  ...['turn_on charger', 'turn_on heater_2', 'turn_on load_b', 'turn_on load_e'],
];
const CHARGE = { sensor: 'input_number.level', charger: 'input_boolean.charger', grace: 0 };
const HEAT = { sensors: ['input_number.heat'], relays: ['input_boolean.heater'], memory: 'input_text.heat', reaction: 0, grace: 0 };
const SHED = { power: 'input_number.power', limit: 6000, loads: loadList({ load_a: 2000, load_b: 1000 }), memory: 'input_text.shed' };
const DEEP = { sensors: ['input_number.deep'], memory: 'input_text.deep', hold: 0, relays: ['input_boolean.load_d'] };
const SURPLUS = { power: 'input_number.grid', relay: 'input_boolean.heater_2', min_on: 0, min_off: 0 };
const TARIFF = { period: 'input_text.period', relays: ['input_boolean.load_e'] };
const BEYOND = {
  ...{
    'input_number.level': 12,
    'input_number.heat': 101,
    'input_number.power': 7000,
    'input_number.deep': 10,
    'input_number.grid': -3000,
  },
  ...{ 'input_boolean.heater': 'on', 'input_boolean.load_a': 'on', 'input_boolean.load_b': 'on', 'input_boolean.load_d': 'on' },
  'input_text.period': 'off_peak',
};

test('values already beyond when the automations begin: nobody waits for a crossing', async () => {
  await kit.set(BEYOND);
  await on('charge', 'charge_control', CHARGE);
  await on('heat', 'overheat_cutoff', HEAT);
  await on('shed', 'load_shedding', { ...SHED, restore_after: 0, settle: 60 });
  await on('deep', 'deep_discharge_alert', DEEP);
  await on('surplus', 'solar_surplus', SURPLUS);
  await on('tariff', 'tariff_period_control', TARIFF);
  const { calls, pushes } = await kit.heard();
  expect(calls.map((call) => call.replace('input_boolean.', ''))).toEqual(RENEWED);
  expect([...new Set(pushes.map(({ title }) => title))].sort()).toEqual(['Battery too low', 'CRITICAL overheating', 'Load-shedding']);
  const critical = pushes.find(({ title }) => title === 'CRITICAL overheating');
  // What both iOS and Android take for critical, in one message.
  expect(critical?.data).toMatchObject({
    ...{ ttl: 0, priority: 'high', channel: 'alarm_stream', push: { sound: { name: 'default', critical: 1, volume: 1 } } },
    actions: [{ action: expect.stringMatching(/^BOXENERGIE_ACKNOWLEDGE_INPUT_TEXT_HEAT_\d{8}T\d{6}$/), title: 'Acknowledge' }],
  });
  oldButton = critical?.data?.actions?.[0]?.action ?? '';
  for (const blueprint of SIX) row(blueprint, 'already beyond');
});

const BETWEEN = {
  ...{ 'input_number.level': 13, 'input_number.heat': 75, 'input_number.power': 5000, 'input_number.deep': 11.5, 'input_number.grid': 0 },
};

test('automations reloaded between the thresholds: decisions stand, and are repeated', async () => {
  await kit.set(BETWEEN);
  await decided();
  await kit.call('automation', 'reload');
  await pause(300);
  const { calls, pushes } = await kit.heard();
  expect(calls.map((call) => call.replace('input_boolean.', ''))).toEqual(RENEWED);
  expect([...new Set(pushes.map(({ title }) => title))]).toEqual(['CRITICAL overheating']);
  for (const blueprint of SIX) row(blueprint, 'automation reloaded');
});

test('a report once a day, late where it must; a sensor that is not there, once', async () => {
  await on('report', 'daily_report', {
    at: '00:00:00',
    late: 24,
    entities: ['input_number.heat', 'sensor.none'],
    energies: ['sensor.none'],
  });
  await on('stale', 'stale_data_alert', { sensors: ['sensor.none'] });
  const { pushes } = await kit.heard();
  const said = pushes.filter(({ title = '' }) => ['Daily report', 'Data missing'].includes(title));
  expect(said.map(({ title, message }) => ({ title, message }))).toEqual([
    { title: 'Daily report', message: 'sensor.none: unknown\nheat: 75.0\nsensor.none: unknown' },
    { title: 'Data missing', message: 'sensor.none' },
  ]);
  row('daily_report', 'once a day');
  await kit.call('automation', 'reload');
  await pause(300);
  expect((await decided()).told).toEqual(['CRITICAL overheating']);
  for (const blueprint of ['daily_report', 'stale_data_alert']) row(blueprint, 'automation reloaded');
});

test('Core restarts midway: what was shed, cut, told, acknowledged and charging is so still', async () => {
  await kit.set({ 'input_number.heat': 101 });
  await kit.heard();
  await kit.fire('mobile_app_notification_action', { action: oldButton });
  expect((await decided()).told).toEqual(['Overheating acknowledged']);
  const memories = (): Promise<unknown[]> => Promise.all(['heat', 'shed', 'deep'].map((name) => kit.state(`input_text.${name}`)));
  const before = await memories();
  await kit.restart();
  await kit.quietMinute();
  expect(await memories()).toEqual(before);
  for (const [relay, how] of RENEWED.map((call) => call.replace('turn_', '').split(' ').reverse()))
    expect(await kit.state(`input_boolean.${relay}`), relay).toBe(how);
  expect((await decided()).told).toEqual([]);
  // Somebody switches the hot thing on: it is cut at once. The power leaves room: the load comes back.
  await kit.set({ 'input_boolean.heater': 'on', 'input_number.power': 1000, 'input_number.level': 14.4 });
  expect((await decided(3)).calls).toEqual(['turn_off charger', 'turn_off heater', 'turn_on load_a']);
  await kit.set({ 'input_number.heat': 60, 'input_number.deep': 13 });
  expect((await decided()).told).toEqual(['Battery recovered', 'Cool again']);
  for (const blueprint of [...SIX, 'daily_report', 'stale_data_alert']) row(blueprint, 'Core restarted');
});

test('the button of an old message does not acknowledge a new alarm', async () => {
  await kit.set({ 'input_number.heat': 101 });
  await kit.fire('mobile_app_notification_action', { action: oldButton });
  expect((await decided()).told).toEqual(['CRITICAL overheating']);
  expect(await kit.state('input_text.heat')).toMatch(/^critical /);
  await kit.set({ 'input_number.heat': 60 });
  await decided();
  row('overheat_cutoff', 'old button');
});

test('relays that refuse: commands go on, somebody is told, the next load goes', async () => {
  await kit.set({ 'input_number.level': 13, 'input_boolean.stubborn': 'off' });
  for (const alias of ['charge', 'heat', 'shed', 'surplus', 'tariff', 'deep'])
    await kit.call('automation', 'turn_off', { entity_id: `automation.${alias}` });
  await on('charge_2', 'charge_control', { ...CHARGE, charger: 'switch.stubborn' });
  await kit.set({ 'input_number.level': 12 });
  expect((await decided()).calls).toContain('turn_on switch.stubborn');
  expect(await decided()).toEqual({ calls: ['turn_on switch.stubborn'], told: [] });
  await kit.call('automation', 'turn_off', { entity_id: 'automation.charge_2' });
  row('charge_control', 'relay refuses');

  await kit.set({ 'input_boolean.stubborn': 'on', 'input_number.heat': 60 });
  await on('heat_2', 'overheat_cutoff', { ...HEAT, relays: ['switch.stubborn'], memory: 'input_text.heat_2', language: 'fr' });
  await kit.set({ 'input_number.heat': 85 });
  expect(await decided(2)).toEqual({
    calls: ['turn_off switch.stubborn'],
    told: ['Surchauffe : coupé', 'Surchauffe : ne se coupe pas'],
  });
  await kit.call('automation', 'turn_off', { entity_id: 'automation.heat_2' });
  row('overheat_cutoff', 'relay refuses');

  await kit.set({ 'input_number.power': 1000, 'input_boolean.load_b': 'on' });
  const loads = [{ entity: 'switch.stubborn', power: 2000 }, ...loadList({ load_b: 1000 })];
  await on('shed_2', 'load_shedding', { ...SHED, loads, memory: 'input_text.shed_2', settle: 0.6 });
  await kit.set({ 'input_number.power': 7000 });
  await kit.heard();
  await pause(700);
  const { calls, told } = await decided();
  expect(calls).toEqual(['turn_off load_b', 'turn_off switch.stubborn']);
  expect(told).toContain('Load-shedding');
  await pause(700);
  expect((await decided()).told).toEqual(['Load-shedding: does not switch off']);
  row('load_shedding', 'relay refuses');
});

test('Core has nothing to complain about', () => {
  expect(kit.core.complaints().filter((entry) => /automation|blueprint|template|script|boxenergie/i.test(entry))).toEqual([]);
});
