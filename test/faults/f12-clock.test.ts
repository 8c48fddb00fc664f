/** F12: the wall clock jumps, starts in 1970, and goes through both changes of summer time; all durations stay exact. */
import { expect } from 'vitest';
import { fault } from './fault.ts';
import { HOUSE, type Program, program } from './house.ts';

// Before anything asks for the local time.
process.env.TZ = 'Europe/Paris';
const HOUR_MS = 3_600_000;
const TEXT = `${HOUSE.replace('override_minutes: 0}', 'override_minutes: 0, lease_s: 300, min_off_s: 120, max_changes_per_hour: 20}')}    automatic: false\n`;

/** A lease of 300 s and a least time off of 120 s, with something done to the clock in the middle of each: how long they really lasted, s. */
async function timers(p: Program, disturb: () => void): Promise<{ lease: number; off: number }> {
  p.ask('rs_02', 'rs_02', 'ON');
  await p.until('on', 130, () => p.on('rs_02'));
  const onMs = last(p);
  p.ask('rs_02', 'rs_02', 'ON');
  const askedMs = p.clock.monotonicMs();
  expect(askedMs - onMs).toBeLessThan(131_000);
  await p.run(100);
  disturb();
  await p.until('the end of the lease', 300, () => !p.on('rs_02'));
  const offMs = last(p);
  p.ask('rs_02', 'rs_02', 'ON');
  await p.run(50);
  disturb();
  await p.until('the least time off', 130, () => p.on('rs_02'));
  const backMs = last(p);
  p.ask('rs_02', 'rs_02', 'OFF');
  await p.run(130);
  return { lease: (offMs - askedMs) / 1000, off: (backMs - offMs) / 1000 };
}
/** Judged once a second. */
function exact(lease: number, off: number): void {
  expect(lease).toBeGreaterThanOrEqual(300);
  expect(lease).toBeLessThanOrEqual(301);
  expect(off).toBeGreaterThanOrEqual(120);
  expect(off).toBeLessThanOrEqual(121);
}
/** When rs_02 last changed, ms. */
function last(p: Program): number {
  return p.watched.journal.findLast(({ entry }) => entry.relayId === 'rs_02' && entry.before !== entry.after)?.atMs ?? 0;
}

/** The hours of wall time through which a total was told, and the sum of what fell into them. */
async function energies(
  p: Program,
  seconds: number,
  each: () => void = () => undefined,
): Promise<{ hours: number; wh: number; given: number; largest: number }> {
  const index = (): number => p.house.meter().offPeakWh + p.house.meter().peakWh;
  const told = (): number => Number(p.state('linky').energy_drawn);
  await p.run(10);
  const [begin, from] = [told(), index()];
  const hours = new Map<number, number>();
  let [before, largest] = [begin, 0];
  for (let s = 0; s < seconds; s += 10) {
    each();
    await p.run(10);
    const now = told();
    expect(now).toBeGreaterThanOrEqual(before);
    largest = Math.max(largest, now - before);
    const hour = Math.floor(p.clock.wallMs() / HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + now - before);
    before = now;
  }
  const wh = [...hours.values()].reduce((sum, each) => sum + each, 0);
  return { hours: hours.size, wh, given: index() - from, largest };
}

const JUMPS = { 'left alone': 0, '+1 h': HOUR_MS, '−1 h': -HOUR_MS } as const;

fault('F12', 'wall clock +1 h, −1 h in the middle of each timer', 'timers exact', async () => {
  const p = await program({ text: TEXT });
  await p.run(130);
  const seen: string[] = [];
  for (const [name, ms] of Object.entries(JUMPS)) {
    const { lease, off } = await timers(p, () => p.clock.jumpWall(ms));
    exact(lease, off);
    seen.push(`${name}: lease ${lease} s, least time off ${off} s`);
  }
  const { wh, given, largest } = await energies(p, 600);
  expect(Math.abs(wh - given)).toBeLessThanOrEqual(6);
  expect(largest).toBeLessThan(15);
  return `${seen.join('; ')}; energy ${wh} Wh told of ${given}; ${await p.stop()}`;
});

fault('F12', '1970 at the start, the right time after 10 minutes', 'timers exact; totals without a jump', async () => {
  const p = await program({ text: TEXT, startMs: 0 });
  await p.run(130);
  let set = false;
  const { lease, off } = await timers(p, () => {
    if (!set) p.clock.jumpWall(Date.UTC(2026, 10, 21, 20));
    set = true;
  });
  exact(lease, off);
  const { wh, given, largest } = await energies(p, 600);
  expect(Math.abs(wh - given)).toBeLessThanOrEqual(6);
  expect(largest).toBeLessThan(15);
  return `lease ${lease} s, least time off ${off} s across the leap of 56 years; energy ${wh} Wh told of ${given}; ${await p.stop()}`;
});

const SHED = `shedding:
  meter: linky
  loads: [{id: tank, relay: rs_02, kind: water_heater, priority: 9, power: 2400}]
  schedules: [{id: night, loads: [tank], windows: [{from: "01:30", to: "02:30"}]}]
`;
/** From 01:20 to 03:20 of local time, by whatever way. */
const CHANGES = {
  'summer time begins': { startMs: Date.UTC(2026, 2, 29, 0, 20), seconds: 3_600 },
  'summer time ends': { startMs: Date.UTC(2026, 9, 24, 23, 20), seconds: 3 * 3_600 },
} as const;

for (const [name, { startMs, seconds }] of Object.entries(CHANGES)) {
  fault('F12', name, 'no double or lost statistics hour; a window of the schedule once', async () => {
    const p = await program({ text: `${TEXT.replace('max_amps: 40', 'max_amps: 40, period_s: 10')}${SHED}`, startMs });
    const { hours, wh, given } = await energies(p, seconds - 20, () => p.ask('rs_02', 'rs_02', 'ON'));
    // Statistics are by hours of universal time: there is neither a missing nor a second one.
    expect(hours).toBe(seconds / 3_600 + 1);
    expect(Math.abs(wh - given)).toBeLessThanOrEqual(6);
    const planned = p.watched.journal
      .filter(({ entry }) => entry.relayId === 'rs_02')
      .map((row) => ({ ...row, on: /^schedule/.test(row.entry.detail ?? '') }));
    const windows = planned.filter(({ on }, at) => on && planned[at - 1]?.on !== true);
    expect(windows, p.logs.join('\n')).toHaveLength(1);
    const local = new Date(startMs + Number(windows[0]?.atMs)).toTimeString().slice(0, 5);
    return `${hours} begun hours of universal time in ${seconds / 3_600} h from the 20th minute on, ${wh} Wh in them of ${given}; window 01:30 to 02:30 opened once, at ${local}; ${await p.stop()}`;
  });
}
