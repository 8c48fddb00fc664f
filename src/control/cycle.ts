/** Spares contacts and compressors: least and longest times of a state, and how often a relay may change. Pure. */

/** Durations in ms. A relay leaves its safe state only when the cap has room for the way back too, so an opening is never capped. */
export interface CycleRules {
  readonly minOnMs: number;
  readonly minOffMs: number;
  /** Undefined: as long as asked. */
  readonly maxOnMs: number | undefined;
  readonly maxPerHour: number;
  readonly maxPerDay: number;
}
/** What the relay did so far. Monotonic ms. */
export interface Past {
  /** Every change of the last 24 h, oldest first. */
  readonly changes: readonly number[];
  /** Since when it stands as it stands; the start of the program when nobody knows better. */
  readonly sinceMs: number;
  /** It ran as long as it may: it rests until then. */
  readonly restUntilMs: number;
}
export const FREE_CYCLE: CycleRules = { minOnMs: 0, minOffMs: 0, maxOnMs: undefined, maxPerHour: Infinity, maxPerDay: Infinity };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A relay that ran its longest time rests at least this long. */
const LEAST_REST_MS = 60_000;

/** The past after one more change. */
export function changed(past: Past, nowMs: number): Past {
  const changes = [...past.changes.filter((atMs) => nowMs - atMs < DAY_MS), nowMs];
  return { ...past, changes, sinceMs: nowMs };
}

/** The past of a relay that was opened because it ran as long as it may. */
export function rested(past: Past, rules: CycleRules, nowMs: number): Past {
  return { ...past, restUntilMs: nowMs + Math.max(rules.minOffMs, LEAST_REST_MS) };
}

/** Why the relay may not leave the state `on` before `untilMs`; undefined when it may. `leaving`: away from its safe state. */
export function holdsBack(
  rules: CycleRules,
  past: Past,
  now: { readonly nowMs: number; readonly on: boolean; readonly leaving: boolean },
): { readonly detail: string; readonly untilMs: number } | undefined {
  const holds = [{ detail: now.on ? 'min-on' : 'min-off', untilMs: past.sinceMs + (now.on ? rules.minOnMs : rules.minOffMs) }];
  if (now.leaving) {
    holds.push({ detail: 'max-on', untilMs: past.restUntilMs });
    holds.push({ detail: 'changes-per-hour', untilMs: roomAt(past.changes, rules.maxPerHour, HOUR_MS) });
    holds.push({ detail: 'changes-per-day', untilMs: roomAt(past.changes, rules.maxPerDay, DAY_MS) });
  }
  const longest = holds.reduce((a, b) => (b.untilMs > a.untilMs ? b : a));
  return longest.untilMs > now.nowMs ? longest : undefined;
}

/** When two more changes will fit under the cap: the one away from safe and the one back. */
function roomAt(changes: readonly number[], cap: number, windowMs: number): number {
  if (cap < 2) return Infinity;
  const oldestInTheWay = changes.at(-(cap - 1));
  return oldestInTheWay === undefined || cap === Infinity ? -Infinity : oldestInTheWay + windowMs;
}
