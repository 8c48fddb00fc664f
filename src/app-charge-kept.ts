/** What the charge of one battery remembers over a restart: its phase, the time already absorbed, the last full charge, the storage mode. */

import { stageMemory } from './control/charge.ts';
import type { ChargePhase, ChargeState, StageMemory, Why } from './control/charge-types.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface ChargeMemory {
  readonly phase: ChargePhase | undefined;
  readonly stages: StageMemory | undefined;
  /** Writes what changed enough to matter. */
  keep(state: ChargeState): void;
}

const PHASES: readonly ChargePhase[] = ['idle', 'charging', 'full_hold', 'deep_discharge'];
const WHYS: readonly Why[] = [
  ...(['start', 'volts-low', 'soc-low', 'deep-discharge', 'full-due', 'asked', 'float-not-held', 'tail'] as const),
  ...(['time', 'even', 'battery', 'soc', 'stored', 'over-voltage', 'no-float', 'let-go'] as const),
];
/** The card wears: a power cut costs at most this much of the absorption counted. */
const STEP_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** After a longer pause the battery has been used: its absorption begins anew. */
const LONG_MS = 3_600_000;

export function chargeMemory(id: string, store: Store, clock: Clock): ChargeMemory {
  const [phaseFact, stageFact] = [`charge:${id}`, `stages:${id}`];
  let phase = PHASES.find((known) => known === store.initial.facts[phaseFact]);
  const kept = readStages(store.initial.facts[stageFact], clock.wallMs());
  let saved = kept && marksOf(kept, clock.wallMs());
  return {
    phase,
    stages: kept,
    keep(state) {
      if (state.resume !== phase) {
        phase = state.resume;
        store.saveFact(phaseFact, phase);
      }
      const memory = stageMemory(state, clock.monotonicMs());
      const wallMs = clock.wallMs();
      const marks = marksOf(memory, wallMs);
      if (marks === saved) return;
      saved = marks;
      const { absorbedMs, why, floating, topping, fullAgeMs, equalAgeMs } = memory;
      const times = { absorbedMs, fullAtMs: wallMs - fullAgeMs, equalAtMs: wallMs - equalAgeMs, wallMs };
      const rounded = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, Math.round(ms)]));
      store.saveFact(stageFact, JSON.stringify({ ...rounded, why, floating, topping }));
    },
  };
}

/** Equal while nothing is worth writing. */
function marksOf({ absorbedMs, why, floating, topping, fullAgeMs, equalAgeMs }: StageMemory, wallMs: number): string {
  const day = (ageMs: number): number => Math.floor((wallMs - ageMs) / DAY_MS);
  return `${Math.floor(absorbedMs / STEP_MS)} ${why} ${floating} ${topping} ${day(fullAgeMs)} ${day(equalAgeMs)}`;
}

/** Damaged: undefined, as if nothing had been kept. */
function readStages(text: string | undefined, wallMs: number): StageMemory | undefined {
  try {
    const data = JSON.parse(text ?? 'null') as Record<string, unknown> | null;
    if (data === null || typeof data !== 'object') return undefined;
    const ms = (name: string): number => (typeof data[name] === 'number' && Number.isFinite(data[name]) ? Math.max(0, data[name]) : NaN);
    const [absorbedMs, fullAtMs, equalAtMs, savedMs] = [ms('absorbedMs'), ms('fullAtMs'), ms('equalAtMs'), ms('wallMs')];
    const why = WHYS.find((known) => known === data.why);
    if (why === undefined || [absorbedMs, fullAtMs, equalAtMs, savedMs].some(Number.isNaN)) return undefined;
    const age = (atMs: number): number => Math.max(0, wallMs - atMs);
    return {
      absorbedMs: age(savedMs) > LONG_MS ? 0 : absorbedMs,
      why,
      floating: data.floating === true,
      topping: data.topping === true,
      ...{ fullAgeMs: age(fullAtMs), equalAgeMs: age(equalAtMs) },
    };
  } catch {
    return undefined;
  }
}
