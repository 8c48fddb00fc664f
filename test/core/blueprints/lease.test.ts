/** A blueprint and a relay of our own program, in a real Home Assistant: the request is renewed in time, and its end is the relay's safety. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoYaml } from '../../../src/config/demo.ts';
import { type Mosquitto, startMosquitto } from '../../broker/mosquitto.ts';
import { type Ear, type Program, startEar, startProgram } from '../program.ts';
import { eventually, pause } from '../waiting.ts';
import { type Kit, startKit } from './kit.ts';

const RELAY = 'switch.rs_03';
const LEASE_S = 10;
let broker: Mosquitto;
let kit: Kit;
let ear: Ear;
let program: Program;
beforeAll(async () => {
  broker = await startMosquitto();
  kit = await startKit();
  ear = await startEar(broker.url);
  await kit.core.useBroker(broker.port);
  const yaml = demoYaml('en').replace('name: Heating\n', `name: Heating\n    lease_s: ${LEASE_S}\n`);
  expect(yaml).toContain('lease_s');
  program = await startProgram(ear, broker.url, ['--simulate'], yaml);
  await eventually('the relay is there', async () => (await kit.state(RELAY)) === 'off');
});
afterAll(async () => {
  await program?.[Symbol.asyncDispose]();
  await ear?.[Symbol.asyncDispose]();
  await kit?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

test('it stays on through its leases while the blueprint renews, and goes off by itself once nobody does', async () => {
  await kit.set({ 'sensor.grid': -3000 });
  const input = { power: 'sensor.grid', relay: RELAY, load_power: 2000, min_on: 0, min_off: 0, grace: 0, phones: [], also: [] };
  await kit.automate('surplus', 'solar_surplus', input);
  await eventually('the relay is on', async () => (await kit.state(RELAY)) === 'on', 20_000);
  // Between the thresholds: only the renewal keeps it on.
  await kit.set({ 'sensor.grid': 0 });
  const seen = new Set<string | undefined>();
  for (let s = 0; s < 2.5 * LEASE_S; s += 1) {
    if (s % 4 === 0) await kit.fire('boxenergie_check', { renew: true });
    await pause(1000);
    seen.add(await kit.state(RELAY));
  }
  expect([...seen]).toEqual(['on']);
  await kit.call('automation', 'turn_off', { entity_id: 'automation.surplus' });
  await pause(LEASE_S * 500);
  expect(await kit.state(RELAY)).toBe('on');
  await eventually('the lease has ended', async () => (await kit.state(RELAY)) === 'off', 2 * LEASE_S * 1000);
});

test('a relay that may not close yet after a start: asked again, it closes', async () => {
  await program.stop();
  await eventually('it is gone', async () => (await kit.state(RELAY)) === 'unavailable');
  await program.start();
  await eventually('it is back', async () => (await kit.state(RELAY)) === 'off');
  await kit.set({ 'sensor.grid': -3000 });
  await kit.call('automation', 'turn_on', { entity_id: 'automation.surplus' });
  const closed = async (): Promise<boolean> => {
    await kit.fire('boxenergie_check');
    return (await kit.state(RELAY)) === 'on';
  };
  await eventually('the relay is on', closed, 30_000);
});

test('Core has nothing to complain about', () => {
  expect(kit.core.complaints().filter((entry) => /automation|blueprint|template|script/i.test(entry))).toEqual([]);
});
