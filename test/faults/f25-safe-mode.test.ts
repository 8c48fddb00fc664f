/** F25: a program that crashes again and again. */
import { expect } from 'vitest';
import { Crash } from '../../src/app-safe-mode.ts';
import { demoYaml } from '../../src/config/demo.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { openStore } from '../../src/store/store.ts';
import { leave, type Program, program } from './bench.ts';
import { fault } from './fault.ts';
import { folder, startAndWait } from './process.ts';

interface Scene {
  readonly clock: ReturnType<typeof virtualClock>;
  readonly kept: { state: typeof EMPTY_STATE };
}
const RELAY = 'version: 1\nrelays:\n  - {id: rs_02, line: 6, active_low: true}\n';
const scene = (): Scene => ({ clock: virtualClock(Date.UTC(2026, 10, 21, 11)), kept: { state: EMPTY_STATE } });
const run = (s: Scene, text = RELAY): Promise<Program> => program({ text, alive: text !== RELAY, ...s });

/** One life that ends by a fault, `everyS` after the one before. */
async function crash(s: Scene, everyS: number): Promise<void> {
  const p = await run(s);
  await s.clock.advance(2_000);
  p.watching.verdict();
  p.controller.abort(new Crash('boom'));
  await s.clock.advance(everyS * 1_000 - 2_000);
  await p.running;
}
/** Whether a relay obeys once the start is over. */
async function obeys(p: Program): Promise<boolean> {
  await p.clock.advance(12_000);
  p.command('rs_02', 'rs_02', 'ON');
  await p.clock.advance(1_000);
  return p.simulated.gpio.levels(WIRING.relayLines[1] ?? 0).at(-1) === false;
}
async function after(crashes: number, everyS: number): Promise<boolean> {
  const s = scene();
  for (let i = 0; i < crashes; i += 1) await crash(s, everyS);
  const p = await run(s);
  const free = await obeys(p);
  await leave(p);
  return free;
}

async function inVirtualTime(): Promise<string> {
  expect([await after(9, 20), await after(10, 70)]).toEqual([true, true]);
  const s = scene();
  for (let i = 0; i < 10; i += 1) await crash(s, 20);
  const p = await run(s, demoYaml('en'));
  expect(await obeys(p)).toBe(false);
  expect(p.simulated.gpio.levels(WIRING.relayLines[1] ?? 0)).toEqual([true]);
  expect(p.state('rs_02')).toMatchObject({ rs_02: false, rs_02_reason: 'interlock', rs_02_reason_detail: 'safe-mode' });
  const told = {
    safe_mode: true,
    safe_mode_detail: expect.stringMatching(/^safe mode since 2026-11-21T11:0\S+: 10 crashes within ten minutes/),
  };
  expect(p.state('bridge')).toMatchObject(told);
  expect(Number(p.state('bat_03').bus_voltage)).toBeGreaterThan(12);
  expect(p.state('linky').energy_drawn).toBeGreaterThan(0);
  expect(
    p
      .view()
      .health()
      .rows.find(([label]) => label === 'Safe mode')?.[1],
  ).toMatch(/10 crashes/);
  expect(p.logs.filter((line) => /^error safe mode since/.test(line)).length).toBe(1);
  const held = await leave(p);

  // An orderly restart does not end it; its button does.
  const pressed = await run(s);
  expect(await obeys(pressed)).toBe(false);
  pressed.command('bridge', 'leave_safe_mode', 'PRESS');
  await s.clock.advance(1_000);
  expect([await obeys(pressed), pressed.state('bridge').safe_mode]).toEqual([true, false]);
  await leave(pressed);

  for (let i = 0; i < 10; i += 1) await crash(s, 20);
  const good = await run(s);
  expect(await obeys(good)).toBe(false);
  await s.clock.advance(580_000);
  expect(good.state('bridge').safe_mode).toBe(true);
  await s.clock.advance(12_000);
  expect([good.state('bridge').safe_mode, await obeys(good)]).toEqual([false, true]);
  await leave(good);
  return `after 9 crashes, or 10 in 12 min, relays obey; after 10 in 3 min none does (interlock, safe-mode) while batteries and Linky are read; told in Home Assistant, page and log; kept through a restart, ended by its button, or after 10 good minutes; ${held}`;
}

/** The process itself, which crashed eight times a minute ago: an uncaught exception, a SIGKILL, and the next start. */
async function asAProcess(): Promise<void> {
  const data = folder();
  const store = await openStore({ directory: data, clock: virtualClock() });
  store.saveFact('crashes', JSON.stringify(Array.from({ length: 8 }, (_, i) => Date.now() - 60_000 - i)));
  await store.flush();
  await store.close();
  const args = ['--simulate', '--data', data];
  const throwing = ['--import', 'data:text/javascript,process.on("SIGUSR2", () => { throw new Error("boom") })'];
  const thrown = await startAndWait(args, /MQTT: connected/, { node: throwing });
  expect(thrown.said()).not.toMatch(/safe mode/);
  expect(await thrown.end('SIGUSR2')).toMatchObject({ code: 1, signal: null });
  expect(thrown.said()).toMatch(/uncaughtException: Error: boom/);
  const killed = await startAndWait(args, /MQTT: connected/);
  expect(killed.said()).not.toMatch(/safe mode/);
  await killed.end('SIGKILL');
  const safe = await startAndWait(args, /error safe mode since .*: 10 crashes/);
  expect((await safe.end('SIGTERM')).code).toBe(0);
}

fault('F25', '10 crashes in 10 min', 'safe mode: acquisition and page only, relays safe, reason shown', async () => {
  const observed = await inVirtualTime();
  await asAProcess();
  return `${observed}; the process: an uncaught exception and a SIGKILL both counted`;
});
