/** Watches a whole program from outside (wires, store, journal, what the broker was told) for what must hold on every tick. */
import type { Witness } from '../../src/app-witness.ts';
import type { HouseConfig, RelayConfig } from '../../src/config/types.ts';
import type { SimulatedGpio } from '../../src/ports/sim/gpio.ts';
import type { Clock } from '../../src/ports/types.ts';
import type { JournalEntry, Store } from '../../src/store/types.ts';
import { createHeatOracle, type HeatOracle } from './invariants-heat.ts';
import { judgeMove, judgeRelay, judgeTold } from './invariants-rules.ts';

export interface Watched {
  readonly house: HouseConfig;
  readonly clock: Clock;
  readonly gpio: Pick<SimulatedGpio, 'onOutput'>;
  readonly store: Store;
  /** Newest state payload of a device; undefined while nobody can be told (not connected). Absent: what is told is not checked. */
  told?(deviceId: string): string | undefined;
}
export interface Watch {
  /** Hand these two to the program: its `openStore` and its `witness`. */
  readonly store: Store;
  readonly witness: Witness;
  readonly violations: readonly string[];
  /** Every decision in order; monotonic ms. */
  readonly journal: readonly { readonly atMs: number; readonly entry: JournalEntry }[];
  /** The hardware of this relay is damaged below the program: what its line does proves nothing any more. */
  excuse(relayId: string): void;
  /** Ends the watch. Throws what was violated; else says how much was watched. */
  verdict(): string;
}

/** All that was seen of one relay; monotonic ms. */
export interface Seen {
  readonly config: RelayConfig;
  closed: boolean | undefined;
  readonly moves: { readonly atMs: number; readonly on: boolean; judged: boolean }[];
  readonly entries: { readonly atMs: number; readonly entry: JournalEntry }[];
  readonly latches: Set<string>;
  wished: { readonly on: boolean; readonly atMs: number } | undefined;
  untruthSinceMs: number | undefined;
}
const EVERY_MS = 1_000;
/** Between two ticks of the program, so that what a tick does is over. */
const BESIDE_MS = 500;
const MOST = 40;

/** Starts at once, before `run`: both begin at the same moment of the clock. Stop it with `verdict` before the next program. */
export function watch({ house, clock, gpio, store, told }: Watched): Watch {
  const violations: string[] = [];
  const relays = new Map(house.relays.map((config) => [config.id, seenOf(config, store)]));
  const totals = new Map<string, number>();
  const journal: { atMs: number; entry: JournalEntry }[] = [];
  const heat = createHeatOracle(house.batteries);
  let [ticks, changes, over] = [0, 0, false];
  const excused = new Set<string>();
  const report = (text: string | undefined): void => {
    if (text !== undefined && violations.length < MOST) violations.push(`at ${clock.monotonicMs() / 1000} s: ${text}`);
  };
  gpio.onOutput((line, level) => {
    const seen = [...relays.values()].find(({ config }) => config.line === line);
    const on = seen && level !== (seen.config.activeLow !== (seen.config.contact === 'nc'));
    if (over || seen === undefined || on === undefined || seen.closed === on) return;
    if (seen.closed !== undefined) {
      changes += 1;
      seen.moves.push({ atMs: clock.monotonicMs(), on, judged: false });
    }
    seen.closed = on;
  });
  const grow = (name: string, total: unknown): void => {
    const before = totals.get(name);
    if (typeof total !== 'number') return;
    if (before !== undefined && total < before - 1e-9) report(`${name} decreases from ${before} to ${total}`);
    totals.set(name, Math.max(total, before ?? total));
  };
  const check = (): void => {
    if (over) return;
    clock.after(EVERY_MS, check);
    ticks += 1;
    const nowMs = clock.monotonicMs();
    for (const [id, seen] of relays) {
      if (excused.has(id)) continue;
      report(judgeRelay(seen, nowMs) ?? heat.judge(id, seen, nowMs));
      for (const move of seen.moves.filter(({ judged }) => !judged)) report(judgeMove(seen, move, nowMs));
      if (told !== undefined) report(judgeTold(seen, told(id), nowMs));
    }
    for (const id of told === undefined ? [] : new Set([...totals.keys()].map((name) => name.split('.')[0] ?? ''))) {
      const state = JSON.parse(told?.(id) ?? '{}') as Record<string, unknown>;
      for (const key of Object.keys(state)) if (totals.has(`${id}.${key}`)) grow(`${id}.${key} (told)`, state[key]);
    }
  };
  clock.after(BESIDE_MS, check);
  return {
    store: watchedStore(store, relays, { clock, grow, journal }),
    witness: witnessOf(relays, heat, clock),
    violations,
    journal,
    excuse: (relayId) => void excused.add(relayId),
    verdict() {
      over = true;
      if (violations.length > 0) throw new Error(`invariants violated:\n${violations.join('\n')}`);
      return `invariants held on ${ticks} ticks, ${changes} relay changes`;
    },
  };
}

function seenOf(config: RelayConfig, { initial }: Store): Seen {
  const latches = new Set(initial.latches.filter(({ relayId }) => relayId === config.id).map(({ cause }) => cause));
  return { config, closed: undefined, moves: [], entries: [], latches, wished: undefined, untruthSinceMs: undefined };
}

interface Ears {
  readonly clock: Clock;
  readonly journal: { atMs: number; entry: JournalEntry }[];
  grow(name: string, total: number): void;
}

/** The same store, listened to. */
function watchedStore(store: Store, relays: ReadonlyMap<string, Seen>, { clock, grow, journal }: Ears): Store {
  return {
    ...{ initial: store.initial, saveRelay: store.saveRelay, saveFact: store.saveFact, flush: store.flush, close: store.close },
    get health() {
      return store.health;
    },
    saveTotal(total) {
      grow(`${total.deviceId}.${total.key}`, total.total);
      store.saveTotal(total);
    },
    setLatch(latch) {
      relays.get(latch.relayId)?.latches.add(latch.cause);
      return store.setLatch(latch);
    },
    clearLatch(relayId, cause) {
      relays.get(relayId)?.latches.delete(cause);
      return store.clearLatch(relayId, cause);
    },
    journal(entry) {
      const row = { atMs: clock.monotonicMs(), entry };
      journal.push(row);
      relays.get(entry.relayId)?.entries.push(row);
      store.journal(entry);
    },
  };
}

function witnessOf(relays: ReadonlyMap<string, Seen>, heat: HeatOracle, clock: Clock): Witness {
  return {
    sample: heat.hear,
    command({ deviceId, key, on }) {
      const seen = relays.get(deviceId);
      if (seen !== undefined && key === deviceId) seen.wished = { on, atMs: clock.monotonicMs() };
    },
    opened: () => undefined,
  };
}
