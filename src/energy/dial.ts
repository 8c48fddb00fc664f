/** A counter of pulses shown as the meter's own dial: it is set once to what somebody read there. Pure but for its memory. */
import type { TotalRule } from '../model.ts';

export interface Dial {
  shown(total: number): number;
}
interface Memory {
  load(name: string): string | undefined;
  save(name: string, value: string): void;
}

/**
 * Totals only grow, on disk too, and dials may be set lower: so it is the distance between them that is kept, with the reading
 * that it came from. The same reading found again changes nothing, and without one the distance stays. `isNew`: the reading
 * that was taken over just now.
 */
export function setDial(name: string, rule: TotalRule, total: number, memory: Memory): { readonly dial: Dial; readonly isNew?: number } {
  const fact = `dial:${name}`;
  const kept = parse(memory.load(fact));
  if (rule.from !== 'session' || rule.initial === undefined || rule.initial === kept?.initial) return { dial: shifted(kept?.shift ?? 0) };
  const shift = rule.initial - total;
  memory.save(fact, JSON.stringify({ initial: rule.initial, shift }));
  return { dial: shifted(shift), isNew: rule.initial };
}

/** Micro-units are kept: sums of decimal fractions have tails. */
function shifted(shift: number): Dial {
  return { shown: (total) => (shift === 0 ? total : Number((total + shift).toFixed(6))) };
}

function parse(text: string | undefined): { readonly initial: number; readonly shift: number } | undefined {
  try {
    const { initial, shift } = JSON.parse(text ?? '') as Partial<Record<'initial' | 'shift', unknown>>;
    return typeof initial === 'number' && typeof shift === 'number' ? { initial, shift } : undefined;
  } catch {
    return undefined;
  }
}
