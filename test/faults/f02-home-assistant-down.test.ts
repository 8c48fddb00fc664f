/** F2 and F3: Home Assistant restarts, or is away for three hours, while the broker stays; on real TCP. */
import { expect } from 'vitest';
import { fault } from './fault.ts';
import { HOUSE } from './house.ts';
import { BROKERS, type Housed, housed, present } from './real-broker.ts';

const DEVICES = ['bridge', 'linky', 'bat_01', 'probe', 'rs_01', 'rs_02', 'rs_03', 'pack', 'alarm'];
const BIRTH = 'homeassistant/status';

async function started(h: Housed): Promise<void> {
  await h.until('a start', 60, () => h.newest('_alarm/config') !== undefined && h.p.clock.monotonicMs() > 12_000);
  await h.ask('rs_02', 'rs_02', 'ON');
  await h.until('the water heater', 30, () => h.state('rs_02').rs_02 === true);
  await h.run(5);
}

/** Seconds from the birth message until all documents and states had come again. */
async function reborn(h: Housed): Promise<{ readonly seconds: number; readonly documents: number }> {
  const from = h.heard.length;
  const bornMs = h.p.clock.monotonicMs();
  await h.say(BIRTH, 'online');
  const again = (end: string): boolean => h.heard.slice(from).some(({ topic }) => topic.endsWith(end));
  await h.until('all again', 12, () => DEVICES.every((device) => again(`_${device}/config`)));
  const lastMs = Math.max(...h.heard.slice(from).map(({ topic, atMs }) => (topic.endsWith('/config') ? atMs : 0)));
  await h.run(5);
  for (const device of DEVICES) expect(again(`/${device}/state`), device).toBe(true);
  const documents = h.heard.slice(from).filter(({ topic }) => topic.endsWith('/config')).length;
  expect(documents).toBe(DEVICES.length);
  return { seconds: (lastMs - bornMs) / 1000, documents };
}

for (const name of BROKERS.filter(present)) {
  fault(
    'F2',
    `Home Assistant restarts (offline, online; ${name})`,
    'documents and states again within 5 s + random ≤ 5 s; no relay moves',
    async () => {
      // A battery that is charged by itself would decide something of its own meanwhile.
      const h = await housed(name, { text: `${HOUSE}    automatic: false\n` });
      await started(h);
      const decisions = h.p.watched.journal.length;
      await h.say(BIRTH, 'offline');
      await h.run(60);
      const { seconds, documents } = await reborn(h);
      expect(seconds).toBeLessThanOrEqual(10);
      expect(h.p.watched.journal.length).toBe(decisions);
      expect(h.p.on('rs_02')).toBe(true);
      return `${documents} documents and every state ${seconds} s after the birth; no decision, no relay moved; ${await h.stop()}`;
    },
  );
}

fault('F3', 'Home Assistant down for 3 h, broker up', 'after the return the sums equal the injected index to 1 Wh, no spike', async () => {
  const h = await housed('embedded', { text: HOUSE });
  await started(h);
  const drawn = (): number => Number(h.state('linky').energy_drawn);
  const [begin, from] = [drawn(), h.heard.length];
  await h.say(BIRTH, 'offline');
  for (let minute = 0; minute < 180; minute += 1) {
    await h.p.run(59);
    await h.run(1);
  }
  const { seconds } = await reborn(h);
  const told = h.heard.slice(from).filter(({ topic }) => topic.endsWith('/linky/state'));
  const totals = told.map(({ text }) => Number(JSON.parse(text).energy_drawn));
  expect(totals.every(Number.isFinite)).toBe(true);
  expect(totals).toEqual(totals.toSorted((a, b) => a - b));
  const { offPeakWh, peakWh } = h.p.house.meter();
  const injected = offPeakWh + peakWh;
  expect(Math.abs(drawn() - injected)).toBeLessThanOrEqual(3);
  const steps = totals.slice(1).map((total, index) => total - Number(totals[index]));
  // 30 s of the largest load of this house, 4 kW and its base load.
  expect(Math.max(...steps)).toBeLessThan(60);
  return (
    `${begin} → ${drawn()} Wh told (${told.length} messages, rising, largest step ${Math.max(...steps)} Wh), meter ${injected} Wh, ` +
    `all again ${seconds} s after the birth; ${await h.stop()}. The sums in a real Home Assistant: test/core/energy.test.ts; ` +
    'back-filling of the hours nobody heard (import_statistics) does not exist yet: they fall into the first hour after the return'
  );
});
