/** Dashboards are made from the declaration: the committed examples are in step with it, and name nothing that is not there. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardOf, entitiesIn } from '../../src/homeassistant/dashboard.ts';
import { declaredIds, type Resolve } from '../../src/homeassistant/dashboard-cards.ts';
import { ROLE_NAMES, roleOf } from '../../src/homeassistant/roles.ts';
import type { AnnouncedDevice } from '../../src/homeassistant/types.ts';
import { dashboardYaml } from '../../src/main-dashboard.ts';
import { declaredDevices } from '../core/declared.ts';

const devices = declaredDevices('en');
const known = new Set(devices.flatMap((device) => Object.keys(device.description.entities).map((key) => declaredIds(device, key))));
const BUILT_IN = ['heading', 'tile', 'gauge', 'history-graph', 'statistics-graph', 'entity-filter', 'entities', 'grid', 'sections'];
const FEATURES = ['toggle', 'bar-gauge', 'trend-graph'];

const typesIn = (part: unknown): string[] => [...JSON.stringify(part).matchAll(/"type":"([^"]+)"/g)].map(([, type = '']) => type);

describe.each([
  ['boxenergie', false],
  ['community', true],
] as const)('%s', (name, community) => {
  test.each(['en', 'fr'] as const)('the example in addon/dashboards is what the program prints (%s)', async (language) => {
    const printed = await dashboardYaml({ config: undefined, language, community });
    // Mend: node src/main.ts dashboard [--community] --language <language> > addon/dashboards/<name>-<language>.yaml
    expect(readFileSync(`addon/dashboards/${name}-${language}.yaml`, 'utf8')).toBe(printed);
    const named = entitiesIn(parse(printed));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });
});

test('only built-in cards, in four views', () => {
  const dashboard = dashboardOf(devices, 'en', declaredIds);
  expect(dashboard.views.map(({ path }) => path)).toEqual(['house', 'batteries', 'linky', 'relays']);
  expect(typesIn(dashboard).filter((type) => ![...BUILT_IN, ...FEATURES].includes(type))).toEqual([]);
});

test('what is not there leaves no hole: neither card, nor section, nor view', () => {
  expect(dashboardOf(devices, 'fr', () => undefined).views).toEqual([]);
  const noLinky: Resolve = (device, key) => (device.id === 'linky' ? undefined : declaredIds(device, key));
  expect(entitiesIn(dashboardOf(devices, 'fr', noLinky)).filter((id) => id.includes('linky'))).toEqual([
    'binary_sensor.alarm_linky_lost',
    'binary_sensor.boxenergie_linky_problem',
  ]);
});

test('an entity that people renamed is shown under its name of now', () => {
  const renamed: Resolve = (device, key) => (key === 'rs_01' ? 'switch.cellar' : declaredIds(device, key));
  const named = entitiesIn(dashboardOf(devices, 'en', renamed));
  expect(named).toContain('switch.cellar');
  expect(named).not.toContain('switch.rs_01');
});

test('every device of the simulated house has the part that it plays', () => {
  const parts = Object.fromEntries(devices.map((device) => [device.id, roleOf(device)]));
  expect(parts).toMatchObject({
    ...{ bridge: 'app', alarm: 'alarms', rs_01: 'relay', linky: 'linky', solar: 'solar', bat_01: 'battery', bank: 'battery' },
    ...{ fox: 'battery', heater_meter: 'meter', meter_3p: 'meter', water: 'water', tank: 'temperature', pi: 'other' },
  });
  expect(Object.values(parts).filter((role) => ROLE_NAMES[role] === undefined)).toEqual([]);
});

test('batteries that are guarded, banks and load-shedding have their place', () => {
  const device = (id: string, entities: AnnouncedDevice['description']['entities']): AnnouncedDevice => ({
    ...{ id, name: id },
    description: { manufacturer: 'x', model: 'x', periodMs: 1_000, entities },
  });
  const name = { en: 'x', fr: 'x' };
  expect(roleOf(device('b', { charge_state: { name, quantity: 'enum' } }))).toBe('battery');
  expect(roleOf(device('shedding', { seconds_to_trip: { name, quantity: 'duration' } }))).toBe('shedding');
});

test('a file that is not valid is refused with its line', async () => {
  await expect(dashboardYaml({ config: 'package.json', language: 'en', community: false })).rejects.toThrow('package.json:');
});
