/** What must hold at every moment of a simulated life: permits, minimum times, caps, reasons, energies, the breaker, the chemistry. */
import type { RelayConfig } from '../config/types.ts';
import type { RelayOutlook, RelayState } from '../control/relay-types.ts';
import { relayRules } from './invariants-relay.ts';
import type { RecordedCommand } from './recording.ts';
import type { BatteryBounds, BatteryTruth, Truth } from './world.ts';

export interface Moment {
  readonly tick: number;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly states: readonly RelayState[];
  outlook(relayId: string): RelayOutlook | undefined;
  readonly truth: Truth;
  /** Totals of the program's own ledger. */
  readonly totals: readonly { readonly deviceId: string; readonly key: string; readonly growth: number }[];
}
/** One decision as the journal has it. */
export interface Journaled {
  readonly relayId: string;
  readonly before: boolean | null;
  readonly after: boolean;
  readonly reason: string;
  readonly detail: string | null;
}
export interface CheckedHouse {
  readonly relays: readonly RelayConfig[];
  /** Least time off (ms) of relays that load-shedding opens. */
  readonly shedMinOffMs: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, BatteryBounds>>;
}
export interface Checker {
  command(command: RecordedCommand, nowMs: number): void;
  journaled(entry: Journaled): void;
  /** After each tick of the control. */
  look(moment: Moment): void;
  /** Each with tick, time, what it is about and why; the first hundred. */
  readonly violations: readonly string[];
  readonly count: number;
}

const MOST_KEPT = 100;
/** A current that is no more than noise of the arithmetic (A). */
const NO_AMPS = 0.01;

export function createChecker(house: CheckedHouse): Checker {
  const relays = new Map(house.relays.map((config) => [config.id, relayRules(config, house.shedMinOffMs[config.id] ?? 0)]));
  const energies = new Map<string, number>();
  const violations: string[] = [];
  let entries: Journaled[] = [];
  let count = 0;
  let opened = 0;
  return {
    command({ deviceId, on }, nowMs) {
      relays.get(deviceId)?.wished(on, nowMs);
    },
    journaled: (entry) => void entries.push(entry),
    look(moment) {
      const { tick, wallMs, truth, totals, nowMs } = moment;
      const fail = (about: string, why: string): void => {
        count += 1;
        if (violations.length < MOST_KEPT) violations.push(`tick ${tick}, ${new Date(wallMs).toISOString()}, ${about}: ${why}`);
      };
      for (const state of moment.states) {
        const found = relays.get(state.id)?.look(state, moment.outlook(state.id), entries, nowMs) ?? ['is no relay of the file'];
        for (const why of found) fail(state.id, why);
      }
      entries = [];
      for (const battery of truth.batteries) for (const why of beyond(battery, house.bounds[battery.id])) fail(battery.id, why);
      const { share = 0, opened: openings = 0 } = truth.breaker ?? {};
      if (openings > opened || share >= 1) fail('meter', 'the breaker opened');
      opened = openings;
      const grows = (name: string, amount: number): void => {
        const before = energies.get(name) ?? -Infinity;
        if (!(amount >= before)) fail(name, `energy fell from ${before} to ${amount}`);
        energies.set(name, amount);
      };
      for (const [name, amount] of Object.entries(truth.energies)) grows(name, amount);
      for (const { deviceId, key, growth } of totals) grows(`${deviceId}.${key}`, growth);
    },
    violations,
    get count() {
      return count;
    },
  };
}

/** Where a battery is what its chemistry does not bear. */
function beyond(battery: BatteryTruth, bounds: BatteryBounds | undefined): string[] {
  if (bounds === undefined) return ['no bounds are known'];
  const { highestCellV, lowestCellV, charge, celsius, amps } = battery;
  const [fromC, toC] = bounds.chargeC;
  const found: string[] = [];
  const least = (ok: boolean, why: () => string): void => {
    if (!ok) found.push(why());
  };
  least(highestCellV <= bounds.highestCellV, () => `highest cell at ${highestCellV.toFixed(3)} V, bears ${bounds.highestCellV}`);
  least(lowestCellV >= bounds.lowestCellV, () => `lowest cell at ${lowestCellV.toFixed(3)} V, bears ${bounds.lowestCellV}`);
  least(charge >= bounds.leastCharge, () => `charge of ${(100 * charge).toFixed(1)} %, bears ${100 * bounds.leastCharge}`);
  least(celsius <= bounds.hottestC, () => `${celsius.toFixed(1)} °C, bears ${bounds.hottestC}`);
  if (amps > NO_AMPS) least(celsius >= fromC && celsius <= toC, () => `charged with ${amps.toFixed(1)} A at ${celsius.toFixed(1)} °C`);
  return found;
}
