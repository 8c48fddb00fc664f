/** What the reserve of one battery remembers over a restart: its floor, and that it was reached. */
import { type ReserveMemory, type ReserveState, reserveMemory } from './control/reserve.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface ReserveKept {
  readonly memory: ReserveMemory | undefined;
  /** Writes what changed. */
  keep(state: ReserveState): void;
}

export function reserveKept(id: string, store: Store, clock: Clock): ReserveKept {
  const fact = `reserve:${id}`;
  const memory = read(store.initial.facts[fact], clock.wallMs());
  let saved = '';
  return {
    memory,
    keep(state) {
      const { floor, reached, reachedAt, reachedForMs, day, roseToday, filledToday } = reserveMemory(state, clock.monotonicMs());
      const marks = JSON.stringify([floor, reached, reachedAt, state.reachedMs, day, roseToday, filledToday]);
      if (marks === saved) return;
      saved = marks;
      const reachedAtMs = Math.round(clock.wallMs() - reachedForMs);
      store.saveFact(fact, JSON.stringify({ floor, reached, reachedAt, reachedAtMs, day, roseToday, filledToday }));
    },
  };
}

/** Damaged: undefined, as if nothing had been kept. */
function read(text: string | undefined, wallMs: number): ReserveMemory | undefined {
  try {
    const data = JSON.parse(text ?? 'null') as Record<string, unknown> | null;
    if (data === null || typeof data !== 'object') return undefined;
    const { floor, reached, reachedAt, reachedAtMs, day, roseToday, filledToday } = data;
    const numbers = [floor, reachedAt, reachedAtMs, day].every((value) => typeof value === 'number' && Number.isFinite(value));
    if (!numbers || typeof reached !== 'boolean') return undefined;
    return {
      ...{ floor: percent(floor), reached, reachedAt: percent(reachedAt), reachedForMs: Math.max(0, wallMs - Number(reachedAtMs)) },
      ...{ day: Number(day), roseToday: roseToday === true, filledToday: filledToday === 1 || filledToday === 2 ? filledToday : 0 },
    };
  } catch {
    return undefined;
  }
}

function percent(value: unknown): number {
  return Math.min(100, Math.max(0, Number(value)));
}
