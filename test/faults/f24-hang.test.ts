/** F24: the whole program hangs; its keeper is a process of its own, and the Supervisor asks whether it lives. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { KEEPER_LIMIT_MS } from '../../src/ports/keeper-core.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { leave, program, until } from './bench.ts';
import { fault } from './fault.ts';
import { other, withBroker } from './mqtt.ts';
import { folder, type Running, startAndWait } from './process.ts';

const [SAFE, CLOSED] = ['01', '10'];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** As the Supervisor's watchdog asks, with its patience shortened. */
const lives = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

async function hang(): Promise<string> {
  return withBroker(async ({ url }) => {
    await using someone = await other(url);
    const [data, port] = [folder(), await freePort()];
    const lines = [0, 1].map((i) => join(data, `line-${i}`));
    const levels = (): string => lines.map((file) => readFileSync(file, 'utf8')).join('');
    const begin = (): Promise<Running> =>
      startAndWait([data, url, String(port), ...lines], /their keeper watches/, { script: 'test/faults/hung-program.ts' });
    const state = (): Record<string, unknown> => JSON.parse(someone.last('/rs_01/state') ?? '{}');
    const running = await begin();
    expect(levels()).toBe(SAFE);
    await until('the start is over', () => state().rs_01_reason === 'default', 30_000);
    const root = someone.heard.find(({ topic }) => topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
    await someone.publish(`${root}/rs_01/rs_01/set`, 'ON');
    await someone.publish(`${root}/rs_02/rs_02/set`, 'OFF');
    await until('away from safe', () => levels() === CLOSED);
    expect(await lives(port)).toBe(true);

    running.child.kill('SIGUSR2');
    const openedMs = await until('made safe', () => levels() === SAFE);
    expect(openedMs).toBeLessThan(KEEPER_LIMIT_MS + 1_000);
    // The Supervisor finds nobody alive, ends the app and starts it again.
    expect(await lives(port)).toBe(false);
    const { signal } = await running.end('SIGKILL');
    expect([signal, levels()]).toEqual(['SIGKILL', SAFE]);
    const begun = performance.now();
    const again = await begin();
    await until('lives again', () => lives(port));
    const backMs = performance.now() - begun;
    expect(levels()).toBe(SAFE);
    expect((await again.end('SIGTERM')).code).toBe(0);
    return `program in an endless loop: both lines safe ${(openedMs / 1000).toFixed(1)} s later by the keeper's process, /healthz unanswered; ended and started again in the Supervisor's place: lines safe throughout, alive after ${(backMs / 1000).toFixed(1)} s`;
  });
}

/** A loop that stands still for 15 s and goes on by itself, in virtual time: nothing closes in the moment of waking up. */
async function wake(): Promise<string> {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const late: (() => void)[] = [];
  let standing = false;
  const loop = { ...clock, after: (ms: number, task: () => void) => clock.after(ms, () => void (standing ? late.push(task) : task())) };
  const p = await program({ text: 'version: 1\nrelays:\n  - {id: rs_01, line: 5}\n', clock, loop });
  await clock.advance(12_000);
  p.command('rs_01', 'rs_01', 'ON');
  await clock.advance(2_000);
  p.watching.verdict();
  standing = true;
  await clock.advance(15_000);
  standing = false;
  for (const task of late.splice(0)) task();
  await clock.advance(1_000);
  expect(p.simulated.gpio.levels(5)).toEqual([false, true, false]);
  expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_fault: true });
  expect(p.state('bridge').stalls).toBe(1);
  await leave(p);
  return `woken after ${p.state('bridge').longest_stall} s by itself: relay open with a fault, told`;
}

fault(
  'F24',
  'control loop hangs 15 s',
  'watchdog opens relays through an independent path, process restarts',
  async () => `${await hang()}; ${await wake()}`,
);
