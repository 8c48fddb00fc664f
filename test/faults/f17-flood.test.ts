/** F17: a blueprint gone mad on one switch. */
import { expect } from 'vitest';
import { closed, leave, type Program, probe, program, type Said } from './bench.ts';
import { fault } from './fault.ts';

const HOUSE = `version: 1
devices:
  - {id: probe, type: probe}
relays:
  - {id: rs_01, line: 5}
  - {id: rs_02, line: 6, lease_s: 86400, max_changes_per_hour: 6}
batteries:
  - {id: pack, chemistry: lfp, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01]}
`;
const FLOOD = 10_000;

/** Seconds from the crossing to the open line, with or without `each` millisecond of a flood. */
async function latency(p: Program, now: { values: Said | undefined }, each: () => void): Promise<number> {
  const begun = p.clock.monotonicMs();
  now.values = { c: 56, v: 12.9 };
  while (closed(p.simulated, 5) && p.clock.monotonicMs() - begun < 10_000) {
    each();
    await p.clock.advance(1);
  }
  return (p.clock.monotonicMs() - begun) / 1000;
}

async function start(): Promise<readonly [Program, { values: Said | undefined }]> {
  const now: { values: Said | undefined } = { values: { c: 40, v: 12.7 } };
  const p = await program({ text: HOUSE, drivers: [probe(now)] });
  await p.clock.advance(130_000);
  for (let c = 40; c < 54; c += 0.5) {
    now.values = { c, v: 12.7 };
    await p.clock.advance(30_000);
  }
  expect(closed(p.simulated, 5)).toBe(true);
  return [p, now];
}

fault('F17', '10 000 commands/s on one switch', 'rate-limited; ≤ relay cap; last wins; interlock latency unchanged', async () => {
  const [calm, calmNow] = await start();
  const quiet = await latency(calm, calmNow, () => undefined);
  await leave(calm);

  const [p, now] = await start();
  let sent = 0;
  const each = (): void => {
    for (let i = 0; i < FLOOD / 1000; i += 1) p.command('rs_02', 'rs_02', Math.floor((sent += 1) / 7) % 2 === 0 ? 'ON' : 'OFF');
  };
  const begun = performance.now();
  const flooded = await latency(p, now, each);
  while (sent < FLOOD * 5) {
    each();
    await p.clock.advance(1);
  }
  const realMs = performance.now() - begun;
  expect(flooded).toBeLessThanOrEqual(quiet);
  const changes = p.simulated.gpio.levels(6).length - 1;
  expect(changes).toBeGreaterThan(0);
  expect(changes).toBeLessThanOrEqual(6);
  // Opened, which is always allowed; the way back waits for the cap, and wins when the hour is over.
  for (const word of ['OFF', 'ON']) {
    p.command('rs_02', 'rs_02', word);
    await p.clock.advance(1_000);
  }
  expect(p.state('rs_02')).toMatchObject({ rs_02: false, rs_02_reason_detail: 'changes-per-hour', rs_02_pending: 'on (request)' });
  await p.clock.advance(3_600_000);
  expect([closed(p.simulated, 6), p.state('rs_02').rs_02]).toEqual([true, true]);
  const passed = p.logs.length;
  return `${sent} commands in ${(sent / FLOOD).toFixed(0)} s (${((realMs / sent) * 1000).toFixed(0)} µs each in real time): ${changes} relay changes (cap 6/h), the last word came true after the hour; over-temperature opened the charge in ${flooded} s, ${quiet} s without the flood; ${passed} log lines; ${await leave(p)}`;
});
