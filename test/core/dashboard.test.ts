/** The helper buttons in a real Home Assistant: dashboard, blueprints, areas and labels, energy settings. */

import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { demoYaml } from '../../src/config/demo.ts';
import { entitiesIn as entitiesOfDashboard } from '../../src/homeassistant/dashboard.ts';
import { installBlueprints } from '../../src/homeassistant/help-blueprints.ts';
import { homeAssistantAt } from '../../src/ports/homeassistant.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.ts';
import { complaintsAboutUs } from './complaints.ts';
import { type Core, startCore } from './core.ts';
import { type Ear, type Program, startEar, startProgram } from './program.ts';
import { absentIn, devicesIn, entitiesIn, statesIn } from './registry.ts';
import { eventually } from './waiting.ts';

let broker: Mosquitto;
let core: Core;
let ear: Ear;
let program: Program;
beforeAll(async () => {
  broker = await startMosquitto();
  core = await startCore();
  ear = await startEar(broker.url);
  await core.useBroker(broker.port);
  const yaml = demoYaml('en').replace('    name: Battery 1\n', '    name: Battery 1\n    place: Cellar\n    owner: Marie\n') + PACK;
  const options = ['--simulate', '--home-assistant', core.url];
  program = await startProgram(ear, broker.url, options, yaml, { BOXENERGIE_HA_TOKEN: core.token });
  await eventually('everything has a state', async () => (await absentIn(core, program.install)).length === 0);
});
afterAll(async () => {
  await program?.[Symbol.asyncDispose]();
  await ear?.[Symbol.asyncDispose]();
  await core?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

/** One guarded battery: what is counted of it is what the Energy dashboard wants. */
const PACK = `batteries:
  - id: pack
    name: Pack
    chemistry: agm
    nominal_v: 12
    capacity_ah: 100
    voltage: bat_01.bus_voltage
    current: bat_01.current
`;
const RESULT = 'sensor.boxenergie_helper_result';
/** Presses the button as a person does, and waits for the words that come of it. */
async function press(key: string): Promise<string> {
  const before = (await statesIn(core)).get(RESULT) as { state: string; last_updated?: string } | undefined;
  await core.ask('call_service', { domain: 'button', service: 'press', target: { entity_id: `button.boxenergie_${key}` } });
  let said = '';
  const answered = async (): Promise<boolean> => {
    const now = (await statesIn(core)).get(RESULT) as { state: string; last_updated?: string } | undefined;
    said = now?.state ?? '';
    return said !== 'Working…' && now?.last_updated !== before?.last_updated;
  };
  await eventually(`${key} has an answer`, answered, 90_000, () => said);
  return said;
}

/** Newer Cores only: the grid had another form before 2026.3. */
const [year = 0, month = 0] = (process.env.HASS_VERSION ?? '').split('.').map(Number);
const flatGrid = year > 2026 || (year === 2026 && month >= 3);

test('the dashboard is created once, opens, and names entities that exist', async () => {
  expect((await statesIn(core)).get(RESULT)?.state).toBe('Nothing yet');
  const path = `boxenergie-${program.install}`;
  expect(await press('create_dashboard')).toMatch(new RegExp(`^The dashboard is in the side bar: /${path}, 4 views, \\d+ entities`));
  const shown = await core.ask<{ views: unknown[] }>('lovelace/config', { url_path: path });
  const named = entitiesOfDashboard(shown);
  const states = await statesIn(core);
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((id) => !states.has(id))).toEqual([]);
  expect(shown.views).toHaveLength(4);
});

test('a second press leaves it as people made it', async () => {
  const url_path = `boxenergie-${program.install}`;
  await core.ask('lovelace/config/save', { url_path, config: { views: [{ title: 'Mine' }] } });
  expect(await press('create_dashboard')).toContain('already there');
  expect(await core.ask('lovelace/config', { url_path })).toEqual({ views: [{ title: 'Mine' }] });
});

test('every entity of the examples to paste exists', async () => {
  const states = await statesIn(core);
  for (const name of ['boxenergie-en', 'boxenergie-fr', 'community-en', 'community-fr']) {
    const named = entitiesOfDashboard(parse(await readFile(`addon/dashboards/${name}.yaml`, 'utf8')));
    expect(named.filter((id) => !states.has(id))).toEqual([]);
  }
});

test('the blueprints that this version brings are known to Home Assistant, and put there once', async () => {
  const files = (await readdir('blueprints/automation/boxenergie')).filter((name) => name.endsWith('.yaml'));
  const said = await press('install_blueprints');
  const list = await core.ask<Record<string, { metadata?: unknown; error?: string }>>('blueprint/list', { domain: 'automation' });
  const ours = Object.keys(list).filter((path) => path.startsWith('boxenergie/'));
  expect(ours.sort()).toEqual(files.map((name) => `boxenergie/${name}`).sort());
  expect(Object.values(list).filter(({ error }) => error !== undefined)).toEqual([]);
  if (files.length === 0) return expect(said).toBe('This version brings no blueprint');
  expect(said).toBe(`${files.length} blueprints installed, 0 already there and left as they are`);
  expect(await press('install_blueprints')).toBe(`0 blueprints installed, ${files.length} already there and left as they are`);
});

test('a blueprint that is there stays when ours comes under its name; what is no blueprint is named', async () => {
  const files = [
    { path: 'boxenergie/test_one.yaml', yaml: blueprint('One') },
    { path: 'boxenergie/test_bad.yaml', yaml: 'blueprint: 7' },
  ];
  using session = await homeAssistantAt(core.url, core.token).open();
  const help = { session, devices: [], install: program.install, language: 'en' } as const;
  expect(await installBlueprints(help, files)).toMatch(
    /^1 blueprints installed, 0 already there and left as they are, 1 refused: boxenergie\/test_bad/,
  );
  const again = [{ path: 'boxenergie/test_one.yaml', yaml: blueprint('Another') }];
  expect(await installBlueprints(help, again)).toBe('0 blueprints installed, 1 already there and left as they are');
  const list = await core.ask<Record<string, { metadata: { name: string } }>>('blueprint/list', { domain: 'automation' });
  expect(list['boxenergie/test_one.yaml']?.metadata.name).toBe('One');
});

function blueprint(name: string): string {
  return `blueprint:
  name: ${name}
  domain: automation
  input:
    watched:
      selector:
        entity: {}
triggers:
  - trigger: state
    entity_id: !input watched
actions: []
`;
}

interface Sorted {
  readonly area_id: string | null;
  readonly labels: readonly string[];
}
test('devices get labels after their part, an area after their place, and keep what people gave them', async () => {
  const before = await devicesIn(core, program.install);
  const linky = before.get('linky')?.id;
  const { area_id } = await core.ask<{ area_id: string }>('config/area_registry/create', { name: 'Garage' });
  await core.ask('config/device_registry/update', { device_id: linky, area_id });
  const { label_id } = await core.ask<{ label_id: string }>('config/label_registry/create', { name: 'Mine' });
  await core.ask('config/device_registry/update', { device_id: before.get('bat_01')?.id, labels: [label_id] });
  expect(await press('sort_devices')).toMatch(/ labelled$/);
  const devices = (await devicesIn(core, program.install)) as unknown as ReadonlyMap<string, Sorted>;
  const areas = new Map((await core.ask<{ area_id: string; name: string }[]>('config/area_registry/list')).map((a) => [a.area_id, a.name]));
  const labels = new Map(
    (await core.ask<{ label_id: string; name: string }[]>('config/label_registry/list')).map((l) => [l.label_id, l.name]),
  );
  expect(areas.get(devices.get('bat_01')?.area_id ?? '')).toBe('Cellar');
  expect(areas.get(devices.get('linky')?.area_id ?? '')).toBe('Garage');
  expect(
    devices
      .get('bat_01')
      ?.labels.map((id) => labels.get(id))
      .sort(),
  ).toEqual(['Battery', 'Boxénergie', 'Marie', 'Mine']);
  const pack = devices.get('pack')?.labels.map((id) => labels.get(id));
  expect(pack).toEqual(expect.arrayContaining(['AGM', 'Battery']));
  expect([...devices.values()].filter((device) => device.labels.length === 0)).toEqual([]);
  expect(await press('sort_devices')).toBe('0 devices put into areas, 0 labelled');
});

test.runIf(flatGrid)('energy settings are proposed, then applied: Core finds no issue with them', async () => {
  const theirs = { stat_consumption: 'sensor.meter_3p_energy_imported', name: 'Workshop' };
  await core.ask('energy/save_prefs', { device_consumption: [theirs] });
  expect(await press('apply_energy')).toContain('Press Propose first');
  expect(await press('propose_energy')).toMatch(/^\d+ additions proposed/);
  const notes = await core.ask<{ notification_id: string; message: string }[]>('persistent_notification/get');
  expect(notes.find(({ notification_id }) => notification_id === 'boxenergie_energy')?.message).toContain('+ grid: sensor.linky_');
  expect(await press('apply_energy')).toMatch(/^\d+ additions made/);
  const kept = await core.ask<{ energy_sources: { type: string }[]; device_consumption: unknown[] }>('energy/get_prefs');
  expect(new Set(kept.energy_sources.map(({ type }) => type))).toEqual(new Set(['grid', 'solar', 'battery', 'water']));
  expect(kept.device_consumption).toContainEqual(theirs);
  // Core makes its first statistics within five minutes; that it then has nothing to say stands in energy.test.ts.
  const young = 'statistics_not_defined';
  let found: { readonly type: string }[] = [];
  const well = async (): Promise<boolean> => {
    const issues = Object.values(await core.ask<Record<string, { readonly type: string }[][]>>('energy/validate')).flat(2);
    found = issues.filter(({ type }) => type !== young);
    return found.length === 0;
  };
  await eventually('energy/validate misses nothing but time', well, 60_000, () => JSON.stringify(found));
  expect(await press('propose_energy')).toContain('Nothing to add');
});

test('a Home Assistant that refuses the token is a sentence, and the house goes on', async () => {
  await program.stop();
  const other = await startProgram(ear, broker.url, ['--simulate', '--home-assistant', core.url], demoYaml('fr'), {
    BOXENERGIE_HA_TOKEN: 'wrong',
  });
  try {
    await ear.say(`boxenergie/${other.install}/bridge/create_dashboard/set`, 'PRESS');
    const said = (): string =>
      (JSON.parse(ear.heard.get(`boxenergie/${other.install}/bridge/state`) ?? '{}') as { helper_result?: string }).helper_result ?? '';
    await eventually('it says so', () => said() === "Cela n'a pas marché : Home Assistant refuse le jeton", 30_000, said);
  } finally {
    await other[Symbol.asyncDispose]();
    await program.start();
  }
});

test('Core has nothing to complain about', async () => {
  expect((await entitiesIn(core, program.install)).size).toBeGreaterThan(100);
  expect(complaintsAboutUs(core, program.install)).toEqual([]);
});
