/** Which loads to shed: least important first, inside one priority the smallest set that suffices, equals in turn. */

export interface Candidate {
  readonly id: string;
  readonly priority: number;
  /** What shedding it takes off the overloaded supply. */
  readonly power: number;
  /** How much it was shed lately (ms, fading over a day): equals take turns by it. */
  readonly shedMs: number;
}

/** Up to here every set is tried; above, the largest go first. */
const EXHAUSTIVE = 12;
/** Sets within this factor of the smallest count as equally small, so that taking turns works with measured powers. */
const EQUALLY_SMALL = 1.1;

/** The ids to shed so that `deficit` is covered, all of them if they do not suffice. Empty when nothing is lacking. */
export function pick(candidates: readonly Candidate[], deficit: number): string[] {
  const chosen: string[] = [];
  let lacking = deficit;
  const priorities = [...new Set(candidates.map(({ priority }) => priority))].sort((a, b) => b - a);
  for (const priority of priorities) {
    if (lacking <= 0) break;
    const equals = candidates.filter((candidate) => candidate.priority === priority && candidate.power > 0).sort(byId);
    const set = sum(equals) <= lacking ? equals : smallestSet(equals, lacking);
    chosen.push(...set.map(({ id }) => id));
    lacking -= sum(set);
  }
  return chosen;
}

function smallestSet(equals: readonly Candidate[], deficit: number): readonly Candidate[] {
  if (equals.length > EXHAUSTIVE) return largestFirst(equals, deficit);
  const sets: (readonly Candidate[])[] = [];
  for (let mask = 1; mask < 1 << equals.length; mask++) {
    const set = equals.filter((_, i) => (mask >> i) & 1);
    if (sum(set) >= deficit && set.every((one) => sum(set) - one.power < deficit)) sets.push(set);
  }
  const smallest = Math.min(...sets.map(sum));
  const near = sets.filter((set) => sum(set) <= smallest * EQUALLY_SMALL);
  // Turns first: those shed least lately; then fewer loads, then less power. The order of ids settles what is left.
  near.sort((a, b) => longest(a) - longest(b) || a.length - b.length || sum(a) - sum(b));
  return near[0] ?? equals;
}

function largestFirst(equals: readonly Candidate[], deficit: number): readonly Candidate[] {
  const set: Candidate[] = [];
  for (const one of [...equals].sort((a, b) => b.power - a.power || a.shedMs - b.shedMs)) if (sum(set) < deficit) set.push(one);
  return set;
}

function sum(set: readonly Candidate[]): number {
  return set.reduce((total, { power }) => total + power, 0);
}
function longest(set: readonly Candidate[]): number {
  return Math.max(...set.map(({ shedMs }) => shedMs));
}
function byId(a: Candidate, b: Candidate): number {
  return a.id < b.id ? -1 : 1;
}
