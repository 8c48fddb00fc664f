/** What counting many batteries costs, every one read once a second: time and memory, beside ten of them in the same run. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEnergy } from '../src/app-energy.ts';
import type { BatteryConfig } from '../src/config/types.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { Clock } from '../src/ports/types.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { Store } from '../src/store/types.ts';
import { type Result, show } from './result.ts';

const COUNTS = [1, 10, 100, 1000] as const;
const REFERENCE = 10;
/** Battery-seconds of each measurement, so that each takes about the same time; and at least so many seconds. */
const WORK = 400_000;
const LEAST_S = 1_200;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** µs of one battery in one second; KB that a battery holds, and what all of them have grown by in the run beside what they hold. */
export function benchBatteries(): Result[] {
  measure(REFERENCE);
  const measured = new Map(COUNTS.map((count) => [count, measure(count)]));
  const ten = measured.get(REFERENCE) ?? { microseconds: Number.NaN, heldKb: Number.NaN, grownKb: 0 };
  return [...measured].flatMap(([count, { microseconds, heldKb, grownKb }]) => {
    const [time, held] = [microseconds / ten.microseconds, heldKb / ten.heldKb];
    // One alone carries what all share.
    const [slow, large] = count === 1 ? [3, 10] : [2, 2];
    const most = (times: number): string => `at most ${times} times that of ten`;
    const all = count * heldKb;
    return [
      {
        name: `${count} batteries, a second of one`,
        value: microseconds,
        unit: 'µs',
        reference: ten.microseconds,
        ratio: time,
        target: most(slow),
        met: time <= slow,
      },
      {
        name: `${count} batteries, held by one`,
        value: heldKb,
        unit: 'KB',
        reference: ten.heldKb,
        ratio: held,
        target: most(large),
        met: held <= large,
      },
      {
        ...{ name: `${count} batteries, all grown by`, value: grownKb, unit: 'KB', reference: all, ratio: grownKb / all },
        ...{ target: 'a tenth of what they hold, or 100 KB', met: grownKb <= Math.max(100, all / 10) },
      },
    ];
  });
}

function measure(count: number): { microseconds: number; heldKb: number; grownKb: number } {
  const emptyKb = heapKb();
  let nowMs = 0;
  const wallMs = Date.UTC(2026, 10, 21);
  const clock = { monotonicMs: () => nowMs, wallMs: () => wallMs + nowMs, after: () => () => undefined } as unknown as Clock;
  const batteries = batteriesOf(count);
  const snapshot = createSnapshot(() => 1_000);
  const ending = new AbortController();
  const energy = createEnergy({
    ...{ house: { batteries }, snapshot, clock, store: forgetful(), periodOf: () => 1_000, log: () => undefined },
    ...{ guarded: [], signal: ending.signal, onValues: () => undefined },
  });
  const second = (): void => {
    nowMs += 1_000;
    for (const [i, { id }] of batteries.entries()) {
      const current = 5 * Math.sin(nowMs / 900_000 + i);
      const values = { v: 13 + current / 100, a: current, t: 22, hi: 3.31, lo: 3.3 };
      snapshot.remember({ deviceId: `dev_${id}`, atMs: clock.wallMs(), monotonicMs: nowMs, values });
      energy.sampled(`dev_${id}`, () => []);
    }
    energy.tick(() => []);
  };
  const seconds = Math.max(LEAST_S, Math.round(WORK / count));
  for (let i = 0; i < seconds / 4; i += 1) second();
  const fullKb = heapKb();
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < seconds; i += 1) second();
  const { user, system } = process.cpuUsage(cpuBefore);
  const grownKb = heapKb() - fullKb;
  ending.abort();
  return { microseconds: (user + system) / seconds / count, heldKb: (fullKb - emptyKb) / count, grownKb };
}

function heapKb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1024;
}

function batteriesOf(count: number): BatteryConfig[] {
  return Array.from({ length: count }, (_, i): BatteryConfig => {
    const id = `b${i}`;
    const source = (key: string) => ({ deviceId: `dev_${id}`, key });
    return {
      ...{ id, chemistry: 'lfp', nominalV: 12.8, capacityAh: 100, bank: `bank_${i % 10}`, temperatures: [source('t')] },
      sources: { voltage: source('v'), current: source('a'), highest_cell: source('hi'), lowest_cell: source('lo') },
      ...{
        chargeRelays: [],
        dischargeRelays: [],
        otherRelays: [],
        automatic: true,
        volts: {},
        controlSoc: 'auto',
        batteryLife: false,
        chargeMode: 'cycle',
        forceFullCharge: false,
        equaliseDays: 0,
        startSoc: 20,
        restartSoc: 80,
      },
      ...{ absorptionMinutes: 120, heat: {}, iKnow: false },
    };
  });
}

function forgetful(): Store {
  return {
    ...{ initial: EMPTY_STATE, health: { degraded: false, detail: '', dropped: 0 } },
    ...{ saveTotal: () => undefined, saveRelay: () => undefined, saveFact: () => undefined, journal: () => undefined },
    ...{ setLatch: async () => true, clearLatch: async () => true, flush: async () => true, close: async () => undefined },
  };
}

if (import.meta.main) show(benchBatteries());
