/** The simulated house in a real Home Assistant: every declared entity as people will see it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classesOf, platformOf } from '../../src/homeassistant/classes.ts';
import { objectId } from '../../src/homeassistant/topics.ts';
import { BOOLEAN_QUANTITIES, type Language, type Value } from '../../src/model.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.ts';
import { complaintsAboutUs } from './complaints.ts';
import { type Core, startCore } from './core.ts';
import { type DeclaredEntity, declaredDevices, entitiesOf } from './declared.ts';
import { type Ear, type Program, startEar, startProgram } from './program.ts';
import { absentIn, devicesIn, entitiesIn, type RegistryEntry, type State, statesIn } from './registry.ts';
import { eventually } from './waiting.ts';

let broker: Mosquitto;
let core: Core;
let ear: Ear;
beforeAll(async () => {
  broker = await startMosquitto();
  core = await startCore();
  ear = await startEar(broker.url);
  await core.useBroker(broker.port);
});
afterAll(async () => {
  await ear?.[Symbol.asyncDispose]();
  await core?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

/** Entity ids of the houses that were here before. */
const taken = new Set<string>();

describe.each(['en', 'fr'] as const)('the simulated house, %s', (language) => {
  const devices = declaredDevices(language);
  let program: Program;
  let declared: DeclaredEntity[];
  let entries: Map<string, RegistryEntry>;
  beforeAll(async () => {
    program = await startProgram(ear, broker.url, ['--simulate', '--language', language]);
    // Not all values are in the first frame, which comes each second: it must stay so.
    let times = 0;
    let without: string[] = [];
    const settled = async (): Promise<boolean> => {
      without = (await missing()).map(({ device, key }) => `${device.id}.${key}`);
      times = without.length === 0 ? times + 1 : 0;
      return times > 20;
    };
    const explain = (): string => [...without, ...complaintsAboutUs(core, program.install)].join('\n');
    await eventually('every value has its entity', settled, undefined, explain);
    await eventually('everything has a state', async () => (await absentIn(core, program.install)).length === 0);
    await enableAll(program);
    await eventually('what was disabled has a state too', async () => (await absentIn(core, program.install)).length === 0);
    const announced = new Set(devices.flatMap(({ id }) => componentsOf(program, id).map((key) => program.uniqueId(id, key))));
    declared = entitiesOf(devices).filter(
      ({ device, key, entity }) => entity.whenSeen !== true || announced.has(program.uniqueId(device.id, key)),
    );
    entries = await entitiesIn(core, program.install);
  });
  afterAll(async () => {
    for (const { entity_id } of entries?.values() ?? []) taken.add(entity_id);
    await program?.[Symbol.asyncDispose]();
  });

  const payloads = (): Map<string, Record<string, Value>> =>
    new Map(devices.map(({ id }) => [id, JSON.parse(ear.heard.get(`boxenergie/${program.install}/${id}/state`) ?? '{}')]));
  /** What was published, and is not yet in the registry: some entities are announced only once they have a value. */
  const missing = async (): Promise<DeclaredEntity[]> => {
    const known = await entitiesIn(core, program.install);
    const values = payloads();
    return entitiesOf(devices).filter(
      ({ device, key, entity }) =>
        !known.has(program.uniqueId(device.id, key)) && (entity.whenSeen !== true || (values.get(device.id)?.[key] ?? null) !== null),
    );
  };

  test('the registry holds exactly what is declared', () => {
    expect([...entries.keys()].sort()).toEqual(declared.map(({ device, key }) => program.uniqueId(device.id, key)).sort());
  });

  test('devices have their names and makers, and hang below the app', async () => {
    const known = await devicesIn(core, program.install);
    const app = known.get('bridge')?.id;
    expect(known.size).toBe(devices.length);
    for (const { id, name, description } of devices) {
      const { manufacturer, model } = description;
      expect(known.get(id)).toMatchObject({ name, manufacturer, model, via_device_id: id === 'bridge' ? null : app });
    }
  });

  test('every entity has its class, unit, precision, category and name in the registry', () => {
    for (const one of declared)
      expect(entries.get(program.uniqueId(one.device.id, one.key)), one.key).toMatchObject(entryOf(one, language));
  });

  test('every entity shows the value that was published', async () => {
    let wrong: string[] = [];
    const agrees = async (): Promise<boolean> => {
      const before = payloads();
      const states = await statesIn(core);
      const after = payloads();
      wrong = declared.flatMap((one) => {
        const state = states.get(entries.get(program.uniqueId(one.device.id, one.key))?.entity_id ?? '');
        const shown = [before, after].some((values) => shows(state, values.get(one.device.id)?.[one.key], one));
        return shown ? [] : [`${one.device.id}.${one.key}: ${JSON.stringify(after.get(one.device.id)?.[one.key])} but ${state?.state}`];
      });
      return wrong.length === 0;
    };
    await eventually('states equal values', agrees, undefined, () => wrong.join('\n'));
  });

  test('units, classes and enum values stand at the states', async () => {
    const states = await statesIn(core);
    for (const { device, key, entity } of declared) {
      const state = states.get(entries.get(program.uniqueId(device.id, key))?.entity_id ?? '');
      const { suggested_display_precision: _, ...classes } = classesOf(entity);
      expect(state?.attributes, `${device.id}.${key}`).toMatchObject(classes);
    }
  });

  test('attributes arrive under their English names', async () => {
    const states = await statesIn(core);
    const attributes = (device: string, key: string): State['attributes'] | undefined =>
      states.get(entries.get(program.uniqueId(device, key))?.entity_id ?? '')?.attributes;
    expect(attributes('rs_02', 'rs_02')).toMatchObject({
      reason: expect.stringMatching(/default|boot-hold/),
      detail: '',
      since: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(attributes('linky', 'tariff_period')).toMatchObject({ text: expect.stringMatching(/./), raw: expect.stringMatching(/./) });
    expect(attributes('linky', 'max_drawn_today')).toMatchObject({ at: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(attributes('bridge', 'linky_problem')).toMatchObject({ detail: '' });
  });

  test('every code stands beside its words', async () => {
    const states = await statesIn(core);
    const coded = declared.filter(({ entity }) => entity.quantity === 'enum');
    const pairs = coded.map(({ device, key, entity }) => {
      const { state = '', attributes = {} } = states.get(entries.get(program.uniqueId(device.id, key))?.entity_id ?? '') ?? {};
      return { id: `${device.id}.${key}`, words: entity.options?.[state]?.[language] ?? null, shown: attributes.text };
    });
    expect(pairs.filter(({ words }) => words !== null).length).toBeGreaterThan(5);
    expect(pairs.filter(({ words, shown }) => words !== shown)).toEqual([]);
    const alarm = states.get(entries.get(program.uniqueId('alarm', 'alarm_linky_lost'))?.entity_id ?? '');
    expect(alarm?.attributes).toMatchObject({
      alarm_state: 'inactive',
      alarm_state_text: 'Inactive',
      severity_text: expect.stringMatching(/./),
    });
  });

  test('Core has nothing to complain about', () => {
    expect(complaintsAboutUs(core, program.install)).toEqual([]);
    // How busy this machine is, is no fault of ours.
    const grave = program
      .log()
      .split('\n')
      .filter((line) => / (warning|error) /.test(line) && !line.includes('the event loop stood still'));
    expect(grave).toEqual([]);
  });
});

/** Switches on what is announced disabled, as a user can, and lets Core set the integration up again. */
async function enableAll(program: Program): Promise<void> {
  const disabled = [...(await entitiesIn(core, program.install)).values()].filter(({ disabled_by }) => disabled_by === 'integration');
  expect(disabled.length).toBeGreaterThan(0);
  for (const { entity_id } of disabled) await core.ask('config/entity_registry/update', { entity_id, disabled_by: null });
  const [entry] = await core.ask<{ entry_id: string }[]>('config_entries/get', { domain: 'mqtt' });
  await core.post(`/api/config/config_entries/entry/${entry?.entry_id}/reload`, {});
}

function componentsOf({ install }: Program, deviceId: string): string[] {
  const document = ear.heard.get(`homeassistant/device/boxenergie_${install}_${deviceId}/config`);
  return Object.keys((JSON.parse(document ?? '{}') as { components?: object }).components ?? {});
}

/** The registry's words for a declared entity. */
function entryOf({ device, key, entity }: DeclaredEntity, language: Language): object {
  const platform = platformOf(entity);
  const classes = classesOf(entity);
  const { state_class, options, suggested_display_precision } = classes;
  const wished = `${platform}.${objectId(device.id, key)}`;
  const capabilities = { ...(state_class !== undefined && { state_class }), ...(options !== undefined && { options }) };
  return {
    platform: 'mqtt',
    // The house of the other language was here first, with all that it had said until then.
    entity_id: taken.has(wished) ? `${wished}_2` : wished,
    original_name: entity.name[language],
    original_device_class: classes.device_class ?? null,
    entity_category: entity.diagnostic === true ? 'diagnostic' : null,
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
    ...(suggested_display_precision !== undefined && { options: { sensor: { suggested_display_precision } } }),
  };
}

/** Missing and null are unknown, moments lose their fractions, everything else is itself. */
function shows(state: State | undefined, value: Value | undefined, { entity }: DeclaredEntity): boolean {
  if (state === undefined) return false;
  if (value === undefined || value === null) return state.state === 'unknown';
  if (typeof value === 'boolean' || BOOLEAN_QUANTITIES.has(entity.quantity)) return state.state === (value === true ? 'on' : 'off');
  if (entity.quantity === 'timestamp') return Math.abs(Date.parse(state.state) - Date.parse(String(value))) < 1_000;
  return typeof value === 'number' ? Number(state.state) === value : state.state === value;
}
