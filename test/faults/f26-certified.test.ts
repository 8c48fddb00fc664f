/** F26: the gateway to the grid operator is down, sends us away, knows another figure; half a day is missing here; the clocks change. */
import { expect } from 'vitest';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import { type SimulatedCertified, simulatedCertified } from '../../src/ports/sim/certified.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { leave, type Program, program } from './bench.ts';
import { fault } from './fault.ts';

const PRM = '12345678901234';
const TOKEN = 'aaa.bbb.ccc';
const HOUSE = `version: 1
mqtt: {refresh_s: 600}
devices:
  - {id: linky, type: linky}
relays:
  - {id: rs_01, line: 5}
certified: {meter: linky, prm: '${PRM}'}
`;
const WATTS = 500;
const HOUR = 3_600_000;
const name = { en: 'Energy drawn', fr: 'Énergie soutirée' };

/** A meter at constant power that says its index every 20 s, so that whole days cost little. */
function meter(isSilent: () => boolean): AnyDriver {
  return {
    type: 'linky',
    title: name,
    proof: 'synthetic',
    options: { type: 'object', additionalProperties: false, properties: {} },
    describe: () => ({
      ...{ manufacturer: 'x', model: 'x', periodMs: 20_000 },
      entities: { energy_drawn: { name, quantity: 'energy', total: { from: 'index', maxPerHour: 50_000 } } },
    }),
    async *read({ clock, signal }) {
      while (!signal.aborted) {
        if (!isSilent()) yield { energy_drawn: Math.floor(1_000_000 + (WATTS * clock.monotonicMs()) / HOUR) };
        await clock.sleep(20_000, signal);
      }
    },
  };
}

async function house(startMs: number) {
  const clock = virtualClock(startMs, 1);
  const gateway = simulatedCertified(clock.wallMs);
  let silent = false;
  const p = await program({ text: HOUSE, clock, drivers: [meter(() => silent)], ports: { certified: gateway }, certifiedToken: TOKEN });
  return {
    p,
    gateway,
    silence(now: boolean) {
      silent = now;
    },
    /** Up to this moment of a clock in UTC. */
    until: (text: string) => clock.advance(Date.parse(`${text}Z`) - clock.wallMs()),
  };
}
const shown = (p: Program) => {
  const { day, local_energy, certified_energy, verdict } = p.state('certified');
  return { day, local: local_energy, certified: certified_energy, verdict };
};
const times = ({ asked }: SimulatedCertified): number[] => asked.map(({ atMs }) => atMs);
const pauses = (at: readonly number[]): number[] => at.slice(1).map((ms, i) => (ms - (at[i] ?? 0)) / 60_000);

/** A whole day around a change of the clocks; its length in hours as the energy shows it. */
async function changeOfClocks(startMs: number, day: string, whole: number, until: string): Promise<string> {
  const { p, gateway, until: live } = await house(startMs);
  gateway.published.set(day, whole);
  await live(until);
  expect(shown(p)).toEqual({ day, local: whole, certified: whole, verdict: 'trusted' });
  return `${day} of ${Number(shown(p).local) / WATTS} h ${shown(p).verdict} (${whole} Wh); ${await leave(p)}`;
}

fault('F26', 'certified API down, 429, half days, DST day', 'retries with backoff; verdict incomplete; no wrong repair', async () => {
  // 23:55 in Paris; the clocks go back in the night: the first whole day has 25 h.
  const { p, gateway, silence, until } = await house(Date.parse('2026-10-24T21:55:00Z'));
  gateway.published
    .set('2026-10-24', 9_000)
    .set('2026-10-25', 25 * WATTS)
    .set('2026-10-26', 12_000)
    .set('2026-10-27', 20_000);

  // Five minutes of the first day was seen here: no whole day, whatever the other side says.
  await until('2026-10-25T22:59:00');
  expect([shown(p).verdict, gateway.asked.length]).toEqual(['incomplete', 1]);

  gateway.answer({ kind: 'retry', reason: 'out of reach (ECONNREFUSED)' });
  await until('2026-10-26T05:00:00');
  silence(true); // 06:00 to 18:00 there
  await until('2026-10-26T17:00:00');
  silence(false);
  await until('2026-10-26T22:59:00');
  const down = shown(p);
  expect(down).toEqual({ day: '2026-10-25', local: 25 * WATTS, certified: null, verdict: 'incomplete' });
  const inVain = times(gateway).slice(1);
  expect(new Date(inVain[0] ?? 0).toISOString()).toMatch(/^2026-10-26T07:0[01]/);
  expect(inVain.length).toBeLessThanOrEqual(20);
  const growing = pauses(inVain);
  expect(growing[0]).toBeGreaterThanOrEqual(5);
  for (const [i, pause] of growing.entries()) expect(pause).toBeGreaterThan(growing[i - 1] ?? 0);

  // The next morning it has two days to tell, and sends us away for two and a half hours first.
  gateway.answer({ kind: 'retry', status: 429, afterMs: 2.5 * HOUR, reason: 'HTTP 429' });
  const before = gateway.asked.length;
  await until('2026-10-27T08:00:00');
  const refused = times(gateway).slice(before);
  expect(refused.length).toBe(1);
  gateway.answer(undefined);
  await until('2026-10-27T11:00:00');
  const [sent = 0, again = 0, ...more] = times(gateway).slice(before);
  expect(more).toEqual([]);
  expect(again).toBeGreaterThan(0);
  expect(again - sent).toBeGreaterThanOrEqual(2.5 * HOUR);
  const half = shown(p);
  expect(half).toEqual({ day: '2026-10-26', local: 12_000, certified: 12_000, verdict: 'incomplete' });
  const judged = p.logs.filter((line) => line.startsWith('info certified values: 2026'));
  expect(judged[1]).toContain('2026-10-25 trusted, 12500 Wh here, 12500 Wh certified');

  // A figure that is wrong: said, and nothing is repaired by it.
  await until('2026-10-28T07:05:00');
  expect(gateway.asked.length).toBe(before + 3);
  const wrong = shown(p);
  expect(wrong).toEqual({ day: '2026-10-27', local: 12_000, certified: 20_000, verdict: 'certified_only' });
  expect(String(p.state('certified').summary)).not.toContain('3 of');
  const total = Number(p.state('linky').energy_drawn);
  const expected = 1_000_000 + (WATTS * p.clock.monotonicMs()) / HOUR;
  expect(Math.abs(total - expected)).toBeLessThan(5);
  const said = [...p.brokers.sent.map(({ topic, payload }) => topic + payload), ...p.logs].join('\n');
  expect([said.includes(PRM), said.includes(TOKEN)]).toEqual([false, false]);
  const seen = await leave(p);

  const spring = await changeOfClocks(Date.parse('2026-03-28T22:55:00Z'), '2026-03-29', 23 * WATTS, '2026-03-30T06:05:00');
  return `down for a day: ${inVain.length} requests, pauses ${growing.map((m) => Math.round(m)).join(', ')} min, ${down.day} ${down.verdict}; 429 with 150 min: asked again after ${Math.round((again - sent) / 60_000)} min; 12 of 24 h seen: ${half.verdict}; ${judged[1]?.replace('info certified values: ', '')} (25 h); 20000 Wh certified for 12000: ${wrong.verdict}, total ${total} Wh as counted; ${seen}; ${spring}`;
});
