/** F30: a month of the simulated house under the control, and a quarter of a day of the whole program. */
import { expect } from 'vitest';
import { demoBatteryYaml } from '../../src/config/demo-battery.ts';
import type { HouseConfig } from '../../src/config/types.ts';
import { buildRig } from '../../src/main-replay-rig.ts';
import { handClock } from '../../src/replay/hand-clock.ts';
import { simulate } from '../../src/replay/simulate.ts';
import type { Rig } from '../../src/replay/types.ts';
import { leave, loadedFrom, probe, program } from './bench.ts';
import { fault } from './fault.ts';
import type { Seen } from './invariants.ts';
import { createHeatOracle } from './invariants-heat.ts';
import { judgeMove, judgeRelay } from './invariants-rules.ts';
import { heapUsed } from './memory.ts';

const DAYS = 30;
const STEP_MS = 5_000;
const START_MS = Date.UTC(2026, 0, 1) - 3_600_000;
/** More than any rule looks back on. */
const REMEMBERED = 60;

interface Month {
  readonly rig: Rig;
  readonly violations: string[];
  readonly heapMb: number[];
  ticks: number;
  changes: number;
  run(): Promise<{ readonly decisions: number; readonly samples: number }>;
}

function blank(house: HouseConfig): Map<string, Seen> {
  const seen = (config: HouseConfig['relays'][number]): Seen => ({
    ...{ config, closed: undefined, moves: [], entries: [], latches: new Set<string>(), wished: undefined, untruthSinceMs: undefined },
  });
  return new Map(house.relays.map((config) => [config.id, seen(config)]));
}

/** The rig of `replay`, with every tick judged from outside: lines as read back, journal, wishes, temperatures, totals. */
async function month(): Promise<Month> {
  const { house } = loadedFrom(demoBatteryYaml('en'));
  const clock = handClock(0, START_MS);
  const relays = blank(house);
  const heat = createHeatOracle(house.batteries);
  const grown = new Map<string, number>();
  const rig = await buildRig({
    ...{ house, clock, state: { relays: [], latches: [], facts: {} }, leastPeriodMs: STEP_MS },
    onDecision(entry) {
      const entries = relays.get(entry.relayId)?.entries;
      entries?.push({ atMs: clock.monotonicMs(), entry });
      if (entries !== undefined && entries.length > REMEMBERED) entries.splice(0, 1);
    },
  });
  const self: Month = { rig, violations: [], heapMb: [], ticks: 0, changes: 0, run };
  const report = (text: string | undefined): void => {
    if (text !== undefined && self.violations.length < 20) self.violations.push(`at ${clock.monotonicMs() / 1000} s: ${text}`);
  };
  const look = (): void => {
    const nowMs = clock.monotonicMs();
    self.ticks += 1;
    for (const { id, on, latches } of rig.states()) {
      const seen = relays.get(id);
      if (seen === undefined || on === null) continue;
      seen.latches.clear();
      for (const cause of latches) seen.latches.add(cause);
      if (seen.closed !== undefined && seen.closed !== on) {
        self.changes += 1;
        seen.moves.push({ atMs: nowMs, on, judged: false });
        if (seen.moves.length > REMEMBERED) seen.moves.splice(0, 1);
      }
      seen.closed = on;
      report(judgeRelay(seen, nowMs) ?? heat.judge(id, seen, nowMs));
      for (const move of seen.moves) if (!move.judged) report(judgeMove(seen, move, nowMs));
    }
    if (self.ticks % 100 !== 0) return;
    for (const { deviceId, key, growth } of rig.grown()) {
      const name = `${deviceId}.${key}`;
      if (growth < (grown.get(name) ?? 0)) report(`${name} decreases`);
      grown.set(name, growth);
    }
  };
  async function run() {
    const judged: Rig = {
      ...rig,
      get decisions() {
        return rig.decisions;
      },
      remember(sample) {
        heat.hear(sample);
        rig.remember(sample);
      },
      command(command) {
        const seen = relays.get(command.deviceId);
        if (seen !== undefined) seen.wished = { on: command.on, atMs: clock.monotonicMs() };
        rig.command(command);
      },
      tick() {
        rig.tick();
        look();
      },
    };
    const { decisions, samples } = await simulate(judged, clock, { days: DAYS, seed: 1, stepMs: STEP_MS }, (day) => {
      if (day % 5 === 0) self.heapMb.push(heapUsed());
    });
    return { decisions, samples };
  }
  return self;
}

/** Every room of the program at work; what only the test collects is thrown away each hour. Growth of the heap in MB. */
async function quarterDay(): Promise<readonly [growthMb: number, verdict: string]> {
  let s = 0;
  const now = {
    get values() {
      s += 1;
      return { c: 25 + 5 * Math.sin(s / 600), v: 13 + Math.sin(s / 900) };
    },
  };
  const text = `version: 1
devices: [{id: probe, type: probe}]
relays: [{id: rs_01, line: 5}, {id: rs_02, line: 6}]
batteries: [{id: pack, chemistry: lfp, capacity_ah: 100, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01]}]
`;
  const p = await program({ text, drivers: [probe(now)] });
  const heap: number[] = [];
  for (let hour = 0; hour < 6; hour += 1) {
    for (let minute = 0; minute < 60; minute += 10) {
      p.command('rs_02', 'rs_02', minute % 20 === 0 ? 'ON' : 'OFF');
      await p.clock.advance(600_000);
    }
    await p.store.flush();
    const journaled = 'journaled' in p.store ? p.store.journaled : [];
    for (const list of [p.brokers.sent, journaled, p.logs]) list.splice(0, list.length - 20);
    heap.push(heapUsed());
  }
  return [(heap.at(-1) ?? 0) - (heap[1] ?? 0), await leave(p)];
}

fault('F30', '30 days simulated at ×1000', 'memory flat, zero invariant violations', async () => {
  const begun = performance.now();
  const simulated = await month();
  const { decisions, samples } = await simulated.run();
  const tookS = (performance.now() - begun) / 1000;
  expect(simulated.violations).toEqual([]);
  expect(simulated.ticks).toBe((DAYS * 86_400_000) / STEP_MS + 1);
  expect(simulated.changes).toBeGreaterThan(100);
  const [early = 0, late = 0] = [simulated.heapMb[1], simulated.heapMb.at(-1)];
  expect(late - early).toBeLessThan(3);
  const [growthMb, verdict] = await quarterDay();
  expect(growthMb).toBeLessThan(2);
  return `${DAYS} days in ${tookS.toFixed(0)} s (×${Math.round((DAYS * 86_400) / tookS)}): ${simulated.ticks} ticks, ${samples} samples, ${decisions} decisions, ${simulated.changes} relay changes, ${simulated.violations.length} violations; heap ${early.toFixed(1)} MB on day 5, ${late.toFixed(1)} MB on day 30; the whole program for 6 h: ${growthMb.toFixed(1)} MB grown, ${verdict}`;
});
