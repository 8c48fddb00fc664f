/** Load-shedding in the flow: one step over the frozen snapshot, then whether each relay is permitted, and what people see. */

import { meterOf, tariffOf, viewOf } from './app-shedding-view.ts';
import { openSwitches } from './app-switches.ts';
import { localTime } from './app-times.ts';
import type { SheddingConfig } from './config/shedding-house.ts';
import type { HouseConfig } from './config/types.ts';
import type { RelayOutlook, RelayState } from './control/relay-types.ts';
import { shed } from './control/shedding.ts';
import { describeShedding, sheddingValues } from './control/shedding-device.ts';
import { shedLoad } from './control/shedding-presets.ts';
import { type ScheduleState, schedule } from './control/shedding-schedule.ts';
import { keep, type SheddingKept, type SheddingState, sheddingAt } from './control/shedding-state.ts';
import { type LoadDecision, SHEDDING_RULES, type SheddingDecision, type SheddingRules } from './control/shedding-types.ts';
import type { Snapshot } from './control/snapshot.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Reading, Value } from './model.ts';
import type { Subscriptions } from './ports/subscription-types.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface SheddingOptions {
  readonly house: HouseConfig;
  readonly snapshot: Snapshot;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** For loads behind an MQTT switch; absent: none can be reached. */
  readonly subscriptions?: Subscriptions;
  /** Absent: nobody looks. */
  onValues?(deviceId: string, values: Record<string, Value>): void;
}
export interface Shedding {
  readonly devices: readonly AnnouncedDevice[];
  /** Judges all loads; call before the board's tick, with what the relays are. Never throws: what fails permits nothing more. */
  step(states: () => readonly RelayState[]): void;
  /** Undefined: permitted. */
  of(relayId: string): RelayOutlook['shed'];
  /** Whether a load does not follow its orders; undefined: no such load, or not judged yet. */
  fault(loadId: string): boolean | undefined;
}

export const SHEDDING_ID = 'shedding';
const FACT = 'shedding:state';
/** Makes the random delays of this house its own, and a replay of them equal. */
const SEED_FACT = 'shedding:seed';
const KEEP_MS = 60_000;
const NOTHING: Shedding = { devices: [], step: () => undefined, of: () => undefined, fault: () => undefined };
const HASTY: ReadonlySet<string> = new Set(['trip', 'meter_alarm']);

export function createShedding(options: SheddingOptions): Shedding {
  const config = options.house.shedding;
  if (config === undefined) return NOTHING;
  const { clock, store, log, house } = options;
  const loads = config.loads.map(shedLoad);
  const { blindBudget, anticipate } = config;
  const rules: SheddingRules = { ...SHEDDING_RULES, blindBudget, ...(anticipate && { anticipatedRatio: 0.9 }) };
  const kept = readKept(store.initial.facts[FACT]);
  const seed = seedOf(options);
  let state: SheddingState = sheddingAt(loads, { nowMs: clock.monotonicMs(), seed, rules, ...(kept !== undefined && { kept }) });
  let plans: ScheduleState = {};
  let decision: SheddingDecision | undefined;
  let failed = false;
  let keptMs = clock.monotonicMs();
  let shown = '';
  const watch = handWatch();
  const switches = openSwitches(config.loads, options);

  const show = (decided: SheddingDecision, nowMs: number): void => {
    if (options.onValues === undefined) return;
    const values = sheddingValues(decided, (monotonicMs) => clock.wallMs() - nowMs + monotonicMs);
    const said = JSON.stringify(values);
    if (said !== shown) options.onValues(SHEDDING_ID, values);
    shown = said;
  };
  const step = (states: readonly RelayState[]): void => {
    const nowMs = clock.monotonicMs();
    const read = (device: string, key: string): Reading | undefined => options.snapshot.read(device, key, nowMs);
    const planned = schedule(config.schedules, plans, { nowMs, local: localTime(clock), ...tariffOf(config, read) });
    plans = planned.state;
    switches.hear();
    const sources = { states, read, switches, byHandSince: watch(nowMs) };
    const views = config.loads.map((load) => [load.id, viewOf(load, sources, planned.shed[load.id] ?? null)] as const);
    const view = { nowMs, meter: meterOf(config, house, read, nowMs), loads: Object.fromEntries(views), mains: null };
    const next = shed(loads, state, view, rules);
    state = next.state;
    decision = next.decision;
    switches.tell(decision.loads);
    show(decision, nowMs);
    if (nowMs - keptMs < KEEP_MS) return;
    keptMs = nowMs;
    store.saveFact(FACT, JSON.stringify(keep(state)));
  };
  return {
    devices: [announcedShedding(config, house)],
    step(statesOf) {
      try {
        step(statesOf());
        failed = false;
      } catch (error) {
        if (!failed) log('error', `load-shedding failed: ${String(error)}`);
        failed = true;
      }
    },
    fault(loadId) {
      const own = decision?.loads.find(({ id }) => id === loadId);
      return own && own.state === 'fault';
    },
    of(relayId) {
      const load = config.loads.find(({ relay }) => relay === relayId);
      if (load === undefined) return undefined;
      const own = decision?.loads.find(({ id }) => id === load.id);
      // Nobody judged yet, or the judge failed: what is on stays within the minimum times, nothing is added.
      if (own === undefined || failed) return { detail: 'unknown', fast: false };
      return own.permit ? undefined : { detail: inWords(own), fast: HASTY.has(own.reason) };
    },
  };
}

function announcedShedding({ meter, entity, loads }: SheddingConfig, { devices, language }: HouseConfig): AnnouncedDevice {
  const linky = entity === undefined && devices.some(({ id, type }) => id === meter && type === 'linky');
  const description = describeShedding(loads, linky ? 'apparentPower' : 'power');
  return { id: SHEDDING_ID, name: language === 'fr' ? 'Délestage' : 'Load-shedding', description };
}

function inWords({ reason, detail }: LoadDecision): string {
  return detail === null ? reason : `${reason} (${detail})`;
}

/** Drawn once for this house. */
function seedOf({ store, random }: SheddingOptions): number {
  const remembered = Number(store.initial.facts[SEED_FACT]);
  const seed = Number.isSafeInteger(remembered) && remembered > 0 ? remembered : 1 + Math.floor(random() * 0x7ffffffe);
  if (seed !== remembered) store.saveFact(SEED_FACT, String(seed));
  return seed;
}

/** Since when a person wants a relay on, by the manual mode. */
function handWatch(): (nowMs: number) => (state: RelayState) => number | null {
  const since = new Map<string, number>();
  return (nowMs) =>
    ({ id, mode, manualOn }) => {
      if (mode !== 'manual' || !manualOn) since.delete(id);
      else if (!since.has(id)) since.set(id, nowMs);
      return since.get(id) ?? null;
    };
}

/** What an earlier program kept; anything else is forgotten, at the price of longer waits. */
function readKept(text: string | undefined): SheddingKept | undefined {
  try {
    const found: unknown = JSON.parse(text ?? 'null');
    if (typeof found !== 'object' || found === null || !('loads' in found) || typeof found.loads !== 'object') return undefined;
    const loads = Object.entries(found.loads ?? {}).filter(([, load]) =>
      ['lockedForMs', 'waitMs', 'creditMs', 'turnMs'].every((key) => Number.isFinite((load as Record<string, unknown> | null)?.[key])),
    );
    return { loads: Object.fromEntries(loads) };
  } catch {
    return undefined;
  }
}
