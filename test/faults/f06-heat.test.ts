/** F6 to F8: a real 85.0 °C, a temperature that chatters around the limit, and ten minutes of 101 °C. */
import { expect } from 'vitest';
import { w1Slave, w1SlaveOf } from '../../src/ports/sim/ds18b20.ts';
import { fault } from './fault.ts';
import { changes, HOUSE, type Program, program } from './house.ts';

/** What the probe shows from now on, °C. */
function set({ w1 }: Program, celsius: (() => number) | number): void {
  w1.text = () => w1Slave(typeof celsius === 'number' ? celsius : celsius());
}
/** Warms up slowly enough for the rate of rise to be no reason. */
async function warm(p: Program, from: number, to: number): Promise<void> {
  const startMs = p.clock.monotonicMs();
  set(p, () => Math.min(to, from + (p.clock.monotonicMs() - startMs) / 30_000));
  await p.run((to - from) * 30);
}
async function charging(text = HOUSE): Promise<Program> {
  const p = await program({ text });
  set(p, 60);
  await p.until('the charge', 200, () => p.on('rs_01'));
  return p;
}
const cut = (p: Program) => p.until('the cut', 60, () => !p.on('rs_01'));

fault('F6', 'a real 85.0 °C: at the end of a ramp, and in one step from 79 °C', 'trips', async () => {
  const ramp = await charging();
  const startMs = ramp.clock.monotonicMs();
  set(ramp, () => Math.min(85, 70 + (ramp.clock.monotonicMs() - startMs) / 30_000));
  await ramp.until('the cut', 450, () => !ramp.on('rs_01'));
  const at = 70 + (ramp.clock.monotonicMs() - startMs) / 30_000;
  expect(at).toBeGreaterThan(80);
  expect(at).toBeLessThan(81);
  await ramp.stop();
  const step = await charging();
  await warm(step, 60, 79);
  set(step, 85);
  const after = await cut(step);
  expect(after).toBeLessThanOrEqual(15);
  expect(step.state('probe').temperature).toBe(85);
  await step.stop();
  // The same raw value with the byte of a power-on is no measurement (F5), and cuts nothing.
  const reset = await charging();
  const powerOn = w1SlaveOf([0x50, 0x05, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10, 0x1c]);
  expect(powerOn).toContain('YES');
  reset.w1.text = () => powerOn;
  await reset.run(12);
  expect([reset.on('rs_01'), reset.state('probe').sensor_failed]).toEqual([true, true]);
  await reset.stop();
  return `ramp cut at ${at.toFixed(1)} °C; step to 85.0 °C cut after ${after} s; 85.0 °C with byte 6 = 0x0C cut nothing in 12 s`;
});

fault('F7', '79.9 and 80.1 °C in turn for an hour, then long coolness', 'one cut, no re-close before the release rule', async () => {
  const p = await charging();
  await warm(p, 60, 79);
  const from = p.watched.journal.length;
  let turn = 0;
  set(p, () => (turn++ % 2 === 0 ? 79.875 : 80.125));
  const after = await cut(p);
  await p.run(3_600);
  set(p, 79.9);
  await p.run(600);
  set(p, 69);
  await p.run(595);
  p.ask('pack', 'acknowledge', 'PRESS');
  await p.run(3);
  expect(p.on('rs_01')).toBe(false);
  await p.run(600);
  // Above 80 °C only a person releases it.
  expect([p.on('rs_01'), p.state('pack').interlock_latched]).toEqual([false, 'over-temperature-manual']);
  p.ask('pack', 'acknowledge', 'PRESS');
  const again = await p.until('the charge', 120, () => p.on('rs_01'));
  const moves = p.watched.journal.slice(from).filter(({ entry }) => entry.relayId === 'rs_01' && entry.before !== entry.after);
  expect(moves.map(({ entry }) => entry.after)).toEqual([false, true]);
  const said = await p.stop();
  expect(changes(p).filter((line) => line.includes('rs_01'))).toHaveLength(4);
  return `cut ${after} s after the chatter began, then closed never in 80 min; after 10 cool minutes and a person: closed within ${again} s; ${said}`;
});

const MAIL = 'mail: {host: mail.example.org, from: house@example.org, to: [me@example.org]}\n';

fault('F8', '101 °C for 10 min, then acknowledged', '10 ± 1 messages, 60 s apart; stops on acknowledgement', async () => {
  const p = await charging(`${HOUSE}${MAIL}`);
  await warm(p, 60, 99);
  set(p, 101);
  const sentAt: number[] = [];
  const watchMails = async (seconds: number): Promise<number> => {
    let more = 0;
    for (let s = 0; s < seconds; s += 1) {
      const before = urgent(p);
      await p.run(1);
      if (urgent(p) > before) sentAt.push(p.clock.monotonicMs() / 1000);
      more += urgent(p) - before;
    }
    return more;
  };
  await p.until('the first', 20, () => urgent(p) > 0);
  const burning = urgent(p) + (await watchMails(599));
  expect(burning).toBeGreaterThanOrEqual(9);
  expect(burning).toBeLessThanOrEqual(11);
  const gaps = sentAt.slice(1).map((at, index) => at - Number(sentAt[index]));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(59);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(61);
  expect([p.on('rs_01'), p.on('rs_03')]).toEqual([false, false]);
  p.ask('pack', 'acknowledge', 'PRESS');
  await p.run(2);
  const later = await watchMails(600);
  expect(later).toBe(0);
  return `${burning} urgent mails, ${Math.min(...gaps)} to ${Math.max(...gaps)} s apart; ${later} in the 10 min after the acknowledgement, still 101 °C; ${await p.stop()}`;
});

function urgent(p: Program): number {
  return p.mails().filter((subject) => /critical/i.test(subject)).length;
}
