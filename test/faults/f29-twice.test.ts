/** F29: the same installation twice on one broker, as after a copied memory card. */
import { expect } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { leave, type Program, program, until } from './bench.ts';
import { fault } from './fault.ts';
import { type Other, other, withBroker } from './mqtt.ts';
import { folder, startAndWait } from './process.ts';

const HOUSE = `version: 1
relays:
  - {id: rs_01, line: 5}
`;
const KEPT = { ...EMPTY_STATE, facts: { install: 'a1b2c3', salt: 'ff' } };
const connected = (p: Program): boolean => p.view()?.headline().includes('MQTT connected') === true;
const REFUSED = /^error MQTT: another copy of Boxénergie with the same installation id was on this broker first/;

/** `s`: after the first was started. */
async function copy(url: string, s: number): Promise<Program> {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11) + s * 1000);
  const p = await program({ text: HOUSE, url, clock, kept: { state: KEPT } });
  await until('connected', () => connected(p));
  return p;
}
/** Connections of this installation so far: each claims the instance topic. */
const claims = (someone: Other): number => someone.heard.filter(({ topic, retained }) => topic.endsWith('/instance') && !retained).length;

fault('F29', 'two instances on one broker', 'second refuses (same id)', () =>
  withBroker(async ({ url }) => {
    await using someone = await other(url);
    const first = await copy(url, 0);
    await first.clock.advance(5_000);
    const second = await copy(url, 60);
    const refused = (p: Program): boolean => p.logs.some((line) => REFUSED.test(line));
    const took = await until('one refuses', () => refused(first) || refused(second), 60_000);
    expect([refused(first), refused(second)]).toEqual([false, true]);
    await until('the first is back', () => connected(first), 60_000);
    // Connected, its last claim may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const fought = claims(someone);
    // It does not come back: nothing new is claimed, and the first is heard and obeyed.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect([claims(someone), connected(first), connected(second)]).toEqual([fought, true, false]);
    await first.clock.advance(12_000);
    await second.clock.advance(12_000);
    await someone.publish('boxenergie/a1b2c3/rs_01/rs_01/set', 'ON');
    await until('obeyed', () => first.simulated.gpio.levels(5).at(-1) === true);
    expect([second.simulated.gpio.levels(5), someone.last('a1b2c3/status')]).toEqual([[false], 'online']);
    await Promise.all([leave(first), leave(second)]);
    const backS = await afterACrash(url, someone);
    return `the second refused after ${(took / 1000).toFixed(1)} s and ${fought} connections in all, silent since (0 in 3 s), the first obeyed, status online; killed with SIGKILL, the next start of the same id was online ${backS} s later and stayed`;
  }),
);

/** What a crash leaves retained must lock out nobody. */
async function afterACrash(url: string, someone: Other): Promise<string> {
  const args = ['--simulate', '--data', folder(), '--broker', url];
  const crashed = await startAndWait(args, /MQTT: connected/);
  await until('online', () => someone.last('/status') === 'online');
  await crashed.end('SIGKILL');
  await until('the will', () => someone.last('/status') === 'offline');
  const begun = performance.now();
  const next = await startAndWait(args, /MQTT: connected/);
  await until('online again', () => someone.last('/status') === 'online');
  const backS = ((performance.now() - begun) / 1000).toFixed(1);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(next.said()).not.toMatch(/another copy/);
  await next.end('SIGTERM');
  return backS;
}
