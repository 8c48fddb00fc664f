/** What is remembered of a probable defect of one battery over a restart. */
import { DEFECTS, type Defect, type DefectMemory, type DefectState, defectMemory } from './control/defect.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface DefectKept {
  readonly memory: DefectMemory | undefined;
  /** Writes what changed; a full charge to the hour, since the card wears. */
  keep(state: DefectState): void;
}

const HOUR_MS = 3_600_000;

export function defectKept(id: string, store: Store, clock: Clock): DefectKept {
  const fact = `defect:${id}`;
  const memory = read(store.initial.facts[fact], clock.wallMs());
  let saved = `${memory?.defect ?? 'none'} 0`;
  return {
    memory,
    keep(state) {
      const { defect, fullAgeMs } = defectMemory(state, clock.monotonicMs());
      const marks = `${defect} ${state.fullMs === undefined ? 0 : Math.ceil(state.fullMs / HOUR_MS)}`;
      if (marks === saved) return;
      saved = marks;
      store.saveFact(
        fact,
        JSON.stringify({ defect, ...(fullAgeMs !== undefined && { fullAtMs: Math.round(clock.wallMs() - fullAgeMs) }) }),
      );
    },
  };
}

/** Damaged: undefined, as if nothing had been kept. */
function read(text: string | undefined, wallMs: number): DefectMemory | undefined {
  try {
    const { defect, fullAtMs } = JSON.parse(text ?? 'null') as Record<string, unknown>;
    const known = (Object.keys(DEFECTS) as Defect[]).find((one) => one === defect);
    if (known === undefined) return undefined;
    const fullAgeMs = typeof fullAtMs === 'number' && Number.isFinite(fullAtMs) ? Math.max(0, wallMs - fullAtMs) : undefined;
    return { defect: known, fullAgeMs };
  } catch {
    return undefined;
  }
}
