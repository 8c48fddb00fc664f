/** Looks at a rig after each step and adds up how long everything was as it was. */
import type { RelayState } from '../control/relay-types.ts';
import { createSeries, type Series } from './series.ts';
import type { BatteryOutcome, Outcome, RelayOutcome, Rig } from './types.ts';

/** °C above which time is counted: where lithium is warned of, and where every charge is cut. */
const ABOVE_C = [45, 80] as const;

export interface Tally {
  /** The rig has just taken a step; what it shows now holds until the next call. Monotonic ms. */
  look(nowMs: number): void;
  /** Without what only the driver of the rig knows. */
  outcome(): Omit<Outcome, 'startWallMs' | 'samples' | 'commands' | 'lost'>;
}

interface RelayTally {
  onMs: number;
  firstSwitches: number | undefined;
  last: RelayState | undefined;
  readonly reasons: Map<string, number>;
  readonly series: Series;
}
interface BatteryTally {
  readonly name: string;
  hottestC: number | undefined;
  word: string;
  c: number | undefined;
  readonly above: number[];
  readonly words: Map<string, number>;
}

export function createTally(rig: Rig, startMs: number): Tally {
  const relays = new Map<string, RelayTally>();
  const batteries = new Map<string, BatteryTally>();
  const powers = rig.powers.map((power) => ({ power, series: createSeries(), held: undefined as number | undefined }));
  let lastMs = startMs;
  let steps = 0;

  function pass(fromMs: number, toMs: number): void {
    const ms = toMs - fromMs;
    if (ms <= 0) return;
    for (const relay of relays.values()) spend(relay, fromMs - startMs, toMs - startMs);
    for (const battery of batteries.values()) {
      add(battery.words, battery.word, ms);
      for (const [index, limit] of ABOVE_C.entries()) {
        if ((battery.c ?? -Infinity) > limit) battery.above[index] = (battery.above[index] ?? 0) + ms;
      }
    }
    for (const { series, held } of powers) if (held !== undefined) series.add(fromMs - startMs, toMs - startMs, held);
  }
  return {
    look(nowMs) {
      pass(lastMs, nowMs);
      lastMs = Math.max(lastMs, nowMs);
      steps += 1;
      for (const state of rig.states()) {
        const relay = take(relays, state.id, newRelay);
        relay.last = state;
        relay.firstSwitches ??= state.switches;
      }
      for (const { id, name, word, hottestC } of rig.batteries()) {
        const battery = take(batteries, id, () => ({ name, hottestC: undefined, word, c: undefined, above: [], words: new Map() }));
        battery.word = word;
        battery.c = hottestC;
        if (hottestC !== undefined) battery.hottestC = Math.max(battery.hottestC ?? -Infinity, hottestC);
      }
      for (const each of powers) {
        const value = rig.value(each.power.deviceId, each.power.key);
        each.held = typeof value === 'number' ? value : undefined;
      }
    },
    outcome: () => ({
      spanMs: lastMs - startMs,
      steps,
      decisions: rig.decisions,
      alarms: rig.alarms(),
      totals: rig.grown(),
      relays: rig.relays.map(({ id, name }) => relayOutcome(id, name, relays.get(id))),
      batteries: [...batteries].map(([id, battery]) => batteryOutcome(id, battery)),
      relayCurves: rig.relays.map(({ id, name }) => ({ name, ...curve(relays.get(id)?.series) })),
      powerCurves: powers.map(({ power, series }) => ({ name: power.name, quantity: power.quantity, ...curve(series) })),
    }),
  };
}

function newRelay(): RelayTally {
  return { onMs: 0, firstSwitches: undefined, last: undefined, reasons: new Map(), series: createSeries() };
}

function spend(relay: RelayTally, fromMs: number, toMs: number): void {
  const { last } = relay;
  if (last === undefined) return;
  const { code, detail = '' } = last.verdict.reason;
  add(relay.reasons, `${code}\n${detail}`, toMs - fromMs);
  if (last.on === true) relay.onMs += toMs - fromMs;
  if (last.on !== null) relay.series.add(fromMs, toMs, Number(last.on));
}

function relayOutcome(id: string, name: string, tally: RelayTally | undefined): RelayOutcome {
  const reasons = longest(tally?.reasons ?? new Map()).map(({ key, ms }) => {
    const [code = '', detail = ''] = key.split('\n');
    return { code, detail, ms };
  });
  return { id, name, onMs: tally?.onMs ?? 0, switches: (tally?.last?.switches ?? 0) - (tally?.firstSwitches ?? 0), reasons };
}

function batteryOutcome(id: string, { name, hottestC, above, words }: BatteryTally): BatteryOutcome {
  const times = ABOVE_C.map((celsius, index) => ({ celsius, ms: above[index] ?? 0 }));
  return { id, name, hottestC, above: times, words: longest(words).map(({ key, ms }) => ({ word: key, ms })) };
}

function curve(series: Series | undefined): { readonly widthMs: number; readonly means: readonly (number | undefined)[] } {
  return { widthMs: series?.widthMs ?? 1, means: series?.means() ?? [] };
}

function take<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function add(map: Map<string, number>, key: string, ms: number): void {
  map.set(key, (map.get(key) ?? 0) + ms);
}

/** Equal times by name, so that the order never depends on who came first. */
function longest(times: ReadonlyMap<string, number>): { readonly key: string; readonly ms: number }[] {
  return [...times].map(([key, ms]) => ({ key, ms })).sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1));
}
