/** One tick of guards, charge control and arbiter over 200 relays and 1,000 sensors, beside a tenth of them in the same run. */
import { createControl } from '../src/app-control.ts';
import { toHouse } from '../src/config/house.ts';
import type { BatteryConfig } from '../src/config/types.ts';
import { validateHouse } from '../src/config/validate.ts';
import { relayBoard } from '../src/control/relays.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { Clock } from '../src/ports/types.ts';
import { fakeStore } from '../test/fakes.ts';
import { quantile, type Result, show } from './result.ts';

const SENSORS_EACH = 5;
const TICKS = 3_000;
const LIMIT_MS = 5;

export function benchTick(): Result[] {
  measure(20);
  const reference = measure(20);
  const measured = measure(200);
  return [0.5, 0.99].map((share) => {
    const [value, tenth] = [quantile(measured, share), quantile(reference, share)];
    const target = `at most ${LIMIT_MS} ms`;
    return {
      ...{ name: `tick, 200 relays, 1000 sensors, p${share * 100}`, value, unit: 'ms' },
      ...{ reference: tenth, ratio: value / tenth, target, met: value <= LIMIT_MS },
    };
  });
}

/** ms of each tick; `count` relays, each the charger of a battery with five sensors whose values move all the time. */
function measure(count: number): number[] {
  let nowMs = 0;
  const wallMs = Date.UTC(2026, 10, 21);
  const clock = { monotonicMs: () => nowMs, wallMs: () => wallMs + nowMs, after: () => () => undefined } as unknown as Clock;
  const snapshot = createSnapshot(() => 1_000);
  const batteries = Array.from({ length: count }, (_, i) => batteryOf(i));
  const house = { ...toHouse(validateHouse('version: 1\ndevices: []\n', 'bench', []).raw), batteries };
  const quiet = { log: () => undefined, onAlarm: () => undefined, onValues: () => undefined, shedOf: () => undefined };
  const control = createControl({ house, snapshot, store: fakeStore(), clock, ...quiet });
  const board = relayBoard({
    relays: batteries.map((_, i) => {
      let level = false;
      const rules = { minOnMs: 60_000, minOffMs: 300_000, maxOnMs: undefined, maxPerHour: 6, maxPerDay: 40 };
      const line = { set: (on: boolean) => void (level = on), get: () => level };
      return { setting: { id: relay(i), safeOn: false, leaseMs: 900_000, rules }, line };
    }),
    ...{ latches: [], nowMs: 0, holdMs: 10_000, outlook: control.outlook, onChange: () => undefined, onDecision: () => undefined },
  });
  const taken: number[] = [];
  for (let tick = 0; tick < TICKS; tick += 1) {
    nowMs += 1_000;
    for (const [i, { id }] of batteries.entries()) {
      const wave = Math.sin(tick / 300 + i);
      const values = { v: 12.6 + 0.8 * wave, a: 5 * wave, t: 25 + 10 * wave, t2: 24 + 9 * wave, t3: 26 + 9 * wave };
      snapshot.remember({ deviceId: `probe_${id}`, atMs: clock.wallMs(), monotonicMs: nowMs, values });
    }
    const begun = performance.now();
    control.step(board.states);
    board.tick(nowMs);
    taken.push(performance.now() - begun);
  }
  if (!board.states().some(({ on }) => on)) throw new Error('nothing was switched: nothing was measured');
  return taken.slice(TICKS / 3);
}

const relay = (i: number): string => `rs_${String(i + 1).padStart(2, '0')}`;

function batteryOf(i: number): BatteryConfig {
  const id = `bat_${i}`;
  const source = (key: string) => ({ deviceId: `probe_${id}`, key });
  const temperatures = ['t', 't2', 't3'].map(source);
  if (temperatures.length + 2 !== SENSORS_EACH) throw new Error('the sensors do not add up');
  return {
    ...{ id, chemistry: 'agm', nominalV: 12, capacityAh: 100, temperatures, sources: { voltage: source('v'), current: source('a') } },
    ...{ chargeRelays: [relay(i)], dischargeRelays: [], otherRelays: [], automatic: true, volts: {}, startSoc: 20, restartSoc: 80 },
    ...{ absorptionMinutes: 120, heat: {}, iKnow: false, controlSoc: 'auto', batteryLife: false, chargeMode: 'cycle' },
    ...{ forceFullCharge: false, equaliseDays: 0 },
  };
}

if (import.meta.main) show(benchTick());
