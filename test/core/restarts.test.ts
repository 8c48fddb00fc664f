/** Commands and restarts in a real Home Assistant: relays say why they are as they are, and nothing is lost, doubled or left over. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoYaml } from '../../src/config/demo.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.ts';
import { complaintsAboutUs } from './complaints.ts';
import { type Core, startCore } from './core.ts';
import { type Ear, type Program, startEar, startProgram } from './program.ts';
import { absentIn, devicesIn, entitiesIn, type State, statesIn } from './registry.ts';
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
  program = await startProgram(ear, broker.url, ['--simulate'], demoYaml('en'));
  await untilAllThere();
});
afterAll(async () => {
  await program?.[Symbol.asyncDispose]();
  await ear?.[Symbol.asyncDispose]();
  await core?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

async function untilAllThere(): Promise<void> {
  let absent: string[] = [];
  await eventually(
    'everything has a state',
    async () => (absent = await absentIn(core, program.install)).length === 0,
    undefined,
    () => absent.join(),
  );
}
const stateOf = async (entityId: string): Promise<State | undefined> => (await statesIn(core)).get(entityId);
const turn = (how: 'on' | 'off', entity_id: string): Promise<unknown> =>
  core.ask('call_service', { domain: 'switch', service: `turn_${how}`, target: { entity_id } });
async function untilRelay(number: string, expected: { readonly state: string; readonly reason: string }): Promise<void> {
  let now: State | undefined;
  const is = async (): Promise<boolean> => {
    now = await stateOf(`switch.rs_${number}`);
    return now?.state === expected.state && now.attributes.reason === expected.reason;
  };
  await eventually(`rs_${number} is ${expected.state}, ${expected.reason}`, is, undefined, () => JSON.stringify(now));
  await eventually('the reason has its own entity', async () => (await stateOf(`sensor.rs_${number}_reason`))?.state === expected.reason);
}
/** Everything by which people and automations know us. */
/** Nothing is gone, changed or doubled. What a device says for the first time meanwhile is an entity more, by rule. */
async function sameAs(before: readonly string[]): Promise<void> {
  const after = await identities();
  const known = new Set(before.map((line) => line.split(' ')[0]));
  expect(after.filter((line) => known.has(line.split(' ')[0]))).toEqual(before);
}

async function identities(): Promise<string[]> {
  const entities = await entitiesIn(core, program.install);
  const devices = await devicesIn(core, program.install);
  return [
    ...[...entities.values()].map((e) => `${e.unique_id} ${e.entity_id} ${e.device_id} ${e.disabled_by}`),
    ...[...devices].map(([id, device]) => `${id} ${device.id}`),
  ].sort();
}

test('a command too early after start is refused, and the switch says so', async () => {
  await program.stop();
  const start_time = new Date().toISOString();
  await program.start();
  await eventually('the switch can be used', async () => (await stateOf('switch.rs_03'))?.state === 'off');
  await turn('on', 'switch.rs_03');
  // Once the wait is over the wish, still in its lease, is granted.
  await untilRelay('03', { state: 'on', reason: 'request' });
  interface Past {
    readonly s: string;
    readonly a?: Readonly<Record<string, unknown>>;
  }
  const shown = async (): Promise<string[]> => {
    const query = { start_time, entity_ids: ['switch.rs_03'], significant_changes_only: false };
    const past = await core.ask<Record<string, Past[]>>('history/history_during_period', query);
    return (past['switch.rs_03'] ?? []).map(({ s, a }) => `${s} ${a?.reason}`);
  };
  await eventually('the past is kept', async () => (await shown()).at(-1) === 'on request');
  expect((await shown()).slice(-2)).toEqual(['off boot-hold', 'on request']);
  await turn('off', 'switch.rs_03');
  await untilRelay('03', { state: 'off', reason: 'request' });
});

test('a relay obeys, says by whom, and the house answers', async () => {
  const drawn = async (): Promise<number> => Number((await stateOf('sensor.linky_apparent_power'))?.state);
  await eventually('the heating of before is off the meter', async () => (await drawn()) < 1_400);
  const before = await drawn();
  await turn('on', 'switch.rs_02');
  await untilRelay('02', { state: 'on', reason: 'request' });
  expect((await stateOf('switch.rs_02'))?.attributes).toMatchObject({ detail: 'home-assistant', reason_text: 'Requested' });
  expect((await stateOf('sensor.rs_02_reason'))?.attributes).toMatchObject({ text: 'Requested', detail: 'by Home Assistant' });
  await eventually('the water heater draws its power', async () => (await drawn()) > before + 2_000);
  await turn('off', 'switch.rs_02');
  await untilRelay('02', { state: 'off', reason: 'request' });
});

test('manual mode is a switch of its own', async () => {
  await turn('off', 'switch.au_rs_04');
  await untilRelay('04', { state: 'off', reason: 'manual' });
  await turn('on', 'switch.rs_04');
  await untilRelay('04', { state: 'on', reason: 'manual' });
  await turn('off', 'switch.rs_04');
  await turn('on', 'switch.au_rs_04');
  await eventually('automatic again', async () => (await stateOf('switch.au_rs_04'))?.state === 'on');
});

test('commands that are not for us are counted where people see it', async () => {
  const counter = async (): Promise<number> => Number((await stateOf('sensor.boxenergie_refused_commands'))?.state);
  const before = await counter();
  await ear.say(`boxenergie/${program.install}/rs_01/rs_01/set`, 'maybe');
  await ear.say(`boxenergie/${program.install}/rs_01/rs_01/set`, JSON.stringify({ s: 'ON', t: Date.now() / 1000 - 60 }));
  await eventually('two more refused', async () => (await counter()) === before + 2);
  expect((await stateOf('switch.rs_01'))?.state).toBe('off');
});

test('Core restarts: everything comes back as it was', async () => {
  const before = await identities();
  await core.stop();
  await core.start();
  await untilAllThere();
  await sameAs(before);
});

test('the broker restarts, having forgotten everything', async () => {
  const before = await identities();
  await broker.stop();
  const gone = async (): Promise<boolean> => (await stateOf('sensor.linky_energy_drawn'))?.state === 'unavailable';
  await eventually('nothing is shown that is not known', gone);
  await broker.start();
  await untilAllThere();
  await sameAs(before);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('our program restarts after %s', async (signal) => {
  const before = await identities();
  await program.stop(signal);
  const gone = async (): Promise<boolean> => (await stateOf('sensor.linky_energy_drawn'))?.state === 'unavailable';
  await eventually('nothing is shown that is not known', gone);
  await program.start();
  await untilAllThere();
  await sameAs(before);
});

test('a device that leaves the configuration leaves Home Assistant; a renamed one keeps its entity ids', async () => {
  const before = await identities();
  await program.stop();
  const yaml = demoYaml('en')
    .replace(/ {2}- id: water\n( {4}.*\n)*/, '')
    .replace('name: Linky', 'name: Meter');
  expect(yaml).not.toContain('water\n');
  await program.start(yaml);
  await eventually('the water meter is gone', async () => !(await devicesIn(core, program.install)).has('water'));
  await untilAllThere();
  const left = before.filter((identity) => !/^water |_water_/.test(identity));
  expect(left.length).toBeLessThan(before.length);
  await sameAs(left);
  expect((await identities()).filter((identity) => /^water |_water_/.test(identity))).toEqual([]);
  expect((await devicesIn(core, program.install)).get('linky')?.name).toBe('Meter');
  expect((await stateOf('sensor.linky_energy_drawn'))?.attributes.friendly_name).toBe('Meter Energy drawn');
  expect([...ear.heard.keys()].filter((topic) => topic.includes('water/') || topic.includes('_water/'))).toEqual([]);
});

test('it can come back, under the ids that it had', async () => {
  await program.stop();
  await program.start(demoYaml('en'));
  await untilAllThere();
  await eventually('the water meter is back', async () => (await stateOf('sensor.water_volume')) !== undefined);
});

test('Core has nothing to complain about', () => {
  // When the broker stopped; and what Cores of 2025 say of their own removal of a device.
  const known = /The connection was lost|on socket|No device components to cleanup/;
  expect(complaintsAboutUs(core, program.install).filter((entry) => !known.test(entry))).toEqual([]);
});
