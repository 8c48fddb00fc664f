/** F16: the service manager wants it gone. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { demoYaml } from '../../src/config/demo.ts';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { program, until } from './bench.ts';
import { fault } from './fault.ts';
import { type Other, other, withBroker } from './mqtt.ts';
import { folder, start, startAndWait } from './process.ts';

const RELAYS = ['rs_01', 'rs_02', 'rs_03', 'rs_04'];
const state = (someone: Other, id: string): Record<string, unknown> => JSON.parse(someone.last(`/${id}/state`) ?? '{}');

/** The process itself, all relays closed, on a broker that outlives it. */
async function inGoodOrder(): Promise<number> {
  return withBroker(async ({ url }) => {
    await using someone = await other(url);
    const running = start(['--simulate', '--data', folder(), '--broker', url]);
    await until('resting', () => state(someone, 'rs_04').rs_04_reason === 'default', 60_000);
    const root = someone.heard.find(({ topic }) => topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
    for (const id of RELAYS) await someone.publish(`${root}/${id}/${id}/set`, 'ON');
    await until('closed', () => RELAYS.every((id) => state(someone, id)[id] === true));
    const { code, ms } = await running.end('SIGTERM');
    await someone.echo();
    expect(code).toBe(0);
    expect(someone.last('/status')).toBe('offline');
    for (const id of RELAYS) expect(state(someone, id)).toMatchObject({ [id]: false, [`${id}_reason`]: 'stopping' });
    const [goodbye, lastRelay] = [someone.heard.map(({ text }) => text).lastIndexOf('offline'), lastIndexOf(someone, /\/rs_0\d\/state$/)];
    expect(lastRelay).toBeLessThan(goodbye);
    return ms;
  });
}
function lastIndexOf({ heard }: Other, topic: RegExp): number {
  return heard.reduce((last, each, index) => (topic.test(each.topic) ? index : last), -1);
}

/** A broker that takes the connection and never says a word. */
async function besideADeafBroker(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const called = once(server, 'connection');
  const running = await startAndWait(['--simulate', '--data', folder(), '--broker', `mqtt://127.0.0.1:${port}`], /their keeper watches/);
  await called;
  const { code, ms } = await running.end('SIGTERM');
  expect(code).toBe(0);
  return ms;
}

/** The wires themselves, in virtual time. */
async function onTheWires(): Promise<number> {
  const p = await program({ text: demoYaml('en'), alive: true });
  await p.clock.advance(12_000);
  for (const id of RELAYS) p.command(id, id, 'ON');
  await p.clock.advance(1_000);
  expect(WIRING.relayLines.map((line) => p.simulated.gpio.levels(line).at(-1))).toEqual([false, false, false, false]);
  p.watching.verdict();
  p.controller.abort(new Error('SIGTERM'));
  // In the same turn of the event loop: active low, so high is open.
  const open = WIRING.relayLines.filter((line) => p.simulated.gpio.levels(line).at(-1) === true).length;
  await p.clock.advance(5_000);
  await p.running;
  expect(WIRING.relayLines.map((line) => p.simulated.gpio.levels(line))).toEqual(RELAYS.map(() => [true, false, true]));
  return open;
}

fault('F16', 'SIGTERM', 'relays to safe state, offline published, exit ≤ 5 s', async () => {
  const open = await onTheWires();
  expect(open).toBe(4);
  const [orderly, deaf] = [await inGoodOrder(), await besideADeafBroker()];
  expect(orderly).toBeLessThanOrEqual(5_000);
  expect(deaf).toBeLessThanOrEqual(5_000);
  return `${open} of 4 closed relays open in the same turn as the signal; told as stopping, then offline, exit code 0 after ${orderly} ms; with a broker that never answers exit code 0 after ${deaf} ms`;
});
