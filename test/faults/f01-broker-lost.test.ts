/** F1: the broker is killed and comes back after a second, ten minutes, a day; on real TCP, with the embedded broker and mosquitto. */
import { expect } from 'vitest';
import { fault } from './fault.ts';
import { BROKERS, type BrokerName, type Housed, housed, present, QUIET_HOUSE } from './real-broker.ts';

const ABSENCES: Record<BrokerName, readonly number[]> = { embedded: [1, 600, 86_400], mosquitto: [1, 600] };
const DEVICES = ['bridge', 'heater', 'bat_01', 'probe', 'rs_01', 'rs_02', 'rs_03', 'pack', 'alarm'];

async function absence(h: Housed, seconds: number): Promise<string> {
  const { p } = h;
  const [decisions, pauses] = [p.watched.journal.length, h.pausesMs.length];
  const before = Number(h.state('heater').energy);
  await h.kill();
  await p.run(seconds);
  const from = h.heard.length;
  await h.revive();
  const back = await h.until('back', 60, () => h.heard.slice(from).some(({ topic }) => topic.endsWith('/status')));
  await h.run(30);
  const again = h.heard.slice(from);
  // Control goes its way: no decision, no relay, and nothing of the absence is in the journal.
  expect(p.watched.journal.length).toBe(decisions);
  expect([p.on('rs_01'), p.on('rs_02')]).toEqual([true, true]);
  for (const device of DEVICES) {
    expect(
      again.filter(({ topic }) => topic.endsWith(`_${device}/config`)),
      `documents of ${device}`,
    ).toHaveLength(1);
    expect(
      again.some(({ topic }) => topic.endsWith(`/${device}/state`)),
      `state of ${device}`,
    ).toBe(true);
  }
  for (const relay of ['rs_01', 'rs_02']) expect(again.filter(({ topic }) => topic.endsWith(`/${relay}/state`))).toHaveLength(1);
  const waits = h.pausesMs.slice(pauses).map((ms) => ms / 1000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60);
  const told = h.heard.filter(({ topic }) => topic.endsWith('/heater/state')).map(({ text }) => Number(JSON.parse(text).energy));
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  // What came in the last seconds waits for its turn (min_interval_s: 2).
  expect(p.house.heaterWh - Number(told.at(-1))).toBeLessThan(3);
  const longest = waits.toSorted((a, b) => b - a).slice(0, 2);
  const attempts = `${waits.length} attempts, longest pauses ${longest.map((s) => s.toFixed(1)).join(' and ')} s`;
  return `${seconds} s: back ${back} s after the broker (${attempts}), energy ${before} → ${told.at(-1)} Wh`;
}

for (const name of BROKERS) {
  if (!present(name)) {
    console.log(`skipped: no ${name} on this machine`);
    continue;
  }
  fault(
    'F1',
    `broker killed for ${ABSENCES[name].join(' s, ')} s (${name})`,
    'control unchanged, back with jittered pauses ≤ 60 s, all told again once, no energy lost or doubled',
    async () => {
      const h = await housed(name, { text: QUIET_HOUSE });
      await h.until('a start', 60, () => h.newest('_alarm/config') !== undefined && h.p.clock.monotonicMs() > 12_000);
      for (const relay of ['rs_01', 'rs_02']) {
        await h.ask(relay, `au_${relay}`, 'OFF');
        await h.ask(relay, relay, 'ON');
      }
      await h.until('both on', 90, () => h.state('rs_01').rs_01 === true && h.state('rs_02').rs_02 === true);
      await h.run(60);
      const seen: string[] = [];
      for (const seconds of ABSENCES[name]) seen.push(await absence(h, seconds));
      await h.ask('rs_02', 'rs_02', 'OFF');
      await h.until('off', 30, () => h.state('rs_02').rs_02 === false);
      await h.run(30);
      const [given, told] = [Math.floor(h.p.house.heaterWh), h.state('heater').energy];
      expect(told).toBe(given);
      return `${seen.join('; ')}; in the end ${told} Wh told, ${given} pulses of 1 Wh given; no relay moved, each told once; ${await h.stop()}`;
    },
  );
}
