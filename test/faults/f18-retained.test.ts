/** F18 and F19: commands that are older than they look, on a real session, and requests that nobody renews. */
import { expect } from 'vitest';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { closed, leave, type Program, probe, program, type Said, until } from './bench.ts';
import { fault } from './fault.ts';
import { other, withBroker } from './mqtt.ts';

const HOUSE = `version: 1
devices:
  - {id: probe, type: probe}
relays:
  - {id: rs_01, line: 5}
  - {id: rs_02, line: 6}
batteries:
  - {id: pack, chemistry: lfp, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01]}
`;
const KEPT = { ...EMPTY_STATE, facts: { install: 'a1b2c3', salt: 'ff' } };
const SET = 'boxenergie/a1b2c3/rs_02/rs_02/set';

async function connected(url: string, text: string): Promise<Program> {
  const p = await program({ text, url, kept: { state: KEPT }, drivers: [probe({ values: { c: 25, v: 13.1 } })] });
  await until('connected', () => p.view()?.headline().includes('MQTT connected') === true);
  await p.clock.advance(30_000);
  return p;
}

fault('F18', 'retained command present at subscribe', 'ignored, logged, cleared only by option', () =>
  withBroker(async ({ url }) => {
    await using someone = await other(url);
    await someone.publish(SET, 'ON', true);
    await someone.echo();
    const standing = async (): Promise<boolean> => {
      await using newcomer = await other(url);
      await newcomer.echo();
      return newcomer.heard.some(({ topic, text, retained }) => topic === SET && text === 'ON' && retained);
    };

    const p = await connected(url, HOUSE);
    const refused = (): number => p.logs.filter((line) => /^warning MQTT: command on \S+\/set refused: retained/.test(line)).length;
    await until('logged', () => refused() > 0);
    expect([closed(p.simulated, 6), refused(), await standing()]).toEqual([false, 1, true]);
    // The same word, fresh, is obeyed: it was not refused for anything else.
    await someone.publish(SET, 'ON');
    await until('obeyed', () => closed(p.simulated, 6));
    const held = await leave(p);
    expect(await standing()).toBe(true);

    const cleaning = await connected(url, `${HOUSE}mqtt: {clear_retained_commands: true}\n`);
    await until('cleared', async () => !(await standing()));
    expect(closed(cleaning.simulated, 6)).toBe(false);
    await leave(cleaning);
    return `ignored (0 relay changes), ${refused()} warning with the topic, still on the broker after the run; gone from it with mqtt.clear_retained_commands; the same command fresh was obeyed; ${held}`;
  }),
);

fault('F19', 'command older than its expiry / lease lapse', 'ignored / falls to local mode', async () => {
  const now: { values: Said } = { values: { c: 25, v: 12.7 } };
  const p = await program({ text: HOUSE, drivers: [probe(now)] });
  await p.clock.advance(15_000);
  const said = (ageS: number): string => JSON.stringify({ s: 'ON', t: p.clock.wallMs() / 1000 - ageS });
  p.command('rs_02', 'rs_02', said(16));
  await p.clock.advance(1_000);
  expect(closed(p.simulated, 6)).toBe(false);
  p.command('rs_02', 'rs_02', said(14));
  await p.clock.advance(1_000);
  expect(closed(p.simulated, 6)).toBe(true);
  // The local mode wants the low battery charged: a request holds it off, until nobody renews it.
  await p.clock.advance(120_000);
  expect(p.state('rs_01')).toMatchObject({ rs_01: true, rs_01_reason: 'automatic' });
  p.command('rs_01', 'rs_01', 'OFF');
  const begunMs = p.clock.monotonicMs();
  await p.clock.advance(895_000);
  expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_reason: 'request' });
  while (!closed(p.simulated, 5) && p.clock.monotonicMs() - begunMs < 1_000_000) await p.clock.advance(500);
  const lapsedS = (p.clock.monotonicMs() - begunMs) / 1000;
  expect(lapsedS).toBeGreaterThanOrEqual(900);
  expect(lapsedS).toBeLessThanOrEqual(901);
  expect(p.state('rs_01')).toMatchObject({ rs_01: true, rs_01_reason: 'automatic', rs_01_reason_detail: 'charging (pack)' });
  expect(p.state('rs_02')).toMatchObject({ rs_02: false, rs_02_reason: 'default' });
  const stale = p.logs.filter((line) => /refused: stale/.test(line)).length;
  return `16 s old: refused (${stale} warning), 14 s old: obeyed; a request of OFF held 15 min, after ${lapsedS} s the local mode charged again, the other relay went to rest; ${await leave(p)}`;
});
