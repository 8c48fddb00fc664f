/** Brings loads back: one at a time, after a test, highest priority first; and answers starts and overrides. Release is slow. */
import { type Bench, chosen, isRested, type Known, sheddable, withhold } from './shedding-act.ts';
import { addPending } from './shedding-observe.ts';
import { nextRandom } from './shedding-random.ts';
import type { SheddingRules, ShedReason } from './shedding-types.ts';
import { fits, shareOf } from './shedding-zones.ts';

/** What the meter allows this second: everything, holding only, or nothing known. */
export type Trust = 'fresh' | 'late' | 'none';

/** How long after the settling the room made for a load is held for it (ms). */
const DUE_MS = 30_000;

/** Withheld loads that nobody wants any more are simply off; the others are measured against the room there is. */
export function followWishes(bench: Bench, trust: Trust): void {
  const { view, rules, zones, draft } = bench;
  for (const one of bench.known) {
    const { load, memory, seen } = one;
    if (memory.overrideMs !== null && (view.nowMs >= memory.overrideMs || !seen.wanted)) memory.overrideMs = null;
    if (memory.verifyMs !== null && view.nowMs >= memory.verifyMs) memory.verifyMs = null;
    if (memory.cause === null) continue;
    if (!seen.wanted && seen.on === false) {
      memory.cause = null;
      continue;
    }
    if (trust === 'late') continue;
    const { power, ratio } = roomFor(one, rules);
    const room = trust === 'fresh' && fits(zones, draft.pending, load.phase, power, ratio);
    memory.roomMs = room ? (memory.roomMs ?? view.nowMs) : null;
  }
}

/** Sets every load's permit. A wanted load that may not start now joins those that wait for their turn. */
export function permitStarts(bench: Bench, trust: Trust): Map<string, ShedReason> {
  const { view, draft } = bench;
  const blocked = new Map<string, ShedReason>();
  const reserved = [...draft.pending];
  for (const one of byRank(bench.known)) {
    const { load, memory, seen, power } = one;
    memory.permit = memory.cause === null;
    const free = memory.on || memory.verifyMs !== null || memory.overrideMs !== null;
    if (memory.cause !== null || (free && (memory.on || trust === 'fresh'))) continue;
    const why = obstacle(one, { ...bench, draft: { ...draft, pending: reserved } }, trust);
    if (why === undefined) {
      if (seen.wanted) reserved.push({ id: load.id, phase: load.phase, power, atMs: view.nowMs, untilMs: view.nowMs, before: {} });
      continue;
    }
    memory.permit = false;
    blocked.set(load.id, why);
    // A sample merely late is no reason to send it to the end of the queue.
    if (seen.wanted && !(why === 'meter_silent' && trust === 'late') && why !== 'minimum_off') withhold(bench, one, why);
  }
  return blocked;
}

function obstacle({ load, memory, seen, power }: Known, bench: Bench, trust: Trust): ShedReason | undefined {
  const { view, draft, zones, rules } = bench;
  if (view.nowMs < draft.holdMs) return 'start';
  if (seen.on === null) return 'unknown';
  if (memory.faultMs !== null) return 'not_following';
  if (trust !== 'fresh') return 'meter_silent';
  if (view.nowMs < memory.lockedMs) return 'minimum_off';
  if (seen.schedule !== null && load.when === 'comfort') return 'schedule';
  return fits(zones, draft.pending, load.phase, power, ceiling(rules)) ? undefined : 'no_headroom';
}

/** A person closed a withheld load by hand: accepted for a while if the total stays bearable; a minimum off is never cut short. */
export function acceptOverrides(bench: Bench, trust: Trust): void {
  const { view, draft, zones, rules } = bench;
  for (const { load, memory, seen, power } of bench.known) {
    const asked = seen.overrideMs;
    if (asked === null || asked <= (memory.overrideSeenMs ?? Number.NEGATIVE_INFINITY)) continue;
    memory.overrideSeenMs = asked;
    const ready = view.nowMs >= draft.holdMs && view.nowMs - memory.offMs >= load.minOffMs && memory.faultMs === null;
    // A switch of its own is on already: counted once, by the meter; what that does not show yet it shows in a moment.
    const others = memory.on ? draft.pending.filter(({ id }) => id !== load.id) : draft.pending;
    const bearable = trust === 'fresh' && fits(zones, others, load.phase, memory.on ? 0 : power, rules.fastRatio);
    if (memory.cause === null || memory.cause === 'blackout' || seen.on === null || !ready || !bearable) continue;
    memory.cause = null;
    memory.overrideMs = view.nowMs + rules.overrideMs;
    if (!memory.on) addPending(draft, load, power, view);
  }
}

/** Lets one load come back when its time has come. */
export function restoreOne(bench: Bench): void {
  const { view, draft, rules } = bench;
  if (view.nowMs < draft.holdMs || view.nowMs < draft.nextRestoreMs) return;
  if (bench.zones.some(({ level }) => level !== 'none') || bench.known.some(({ memory }) => memory.verifyMs !== null)) return;
  const ready = byRank(bench.known).filter((one) => mayReturn(one, bench));
  const one = ready.find(({ memory }) => isDue(memory.dueMs, view.nowMs)) ?? ready[0];
  if (one === undefined) return;
  one.memory.cause = null;
  one.memory.dueMs = null;
  one.memory.verifyMs = view.nowMs + rules.verifyMs;
  one.memory.restoredMs = view.nowMs;
  addPending(draft, one.load, one.power, view);
  draft.nextRestoreMs = view.nowMs + rules.restoreGapMs + nextRandom(draft) * rules.restoreJitterMs;
}

/** Nothing but the lack of room keeps it off. */
function isWaiting({ memory, seen, load }: Known, nowMs: number): boolean {
  const scheduled = seen.schedule !== null && load.when === 'comfort';
  const able = memory.faultMs === null && !seen.unreachable;
  return memory.cause !== null && seen.wanted && seen.on === false && able && !scheduled && nowMs >= memory.lockedMs;
}

function mayReturn(one: Known, { view, rules }: Bench): boolean {
  const { roomMs, dueMs } = one.memory;
  if (roomMs === null || !isWaiting(one, view.nowMs)) return false;
  return view.nowMs - roomMs >= rules.restoreTestMs || isDue(dueMs, view.nowMs);
}

/** Others made room for it a moment ago. */
function isDue(dueMs: number | null, nowMs: number): boolean {
  return dueMs !== null && nowMs < dueMs;
}

/** What must be free for it: with reserve, or, its maximum time off used up, just without overload. */
function roomFor(one: Known, rules: SheddingRules): { readonly power: number; readonly ratio: number } {
  if (isSpent(one)) return { power: one.power, ratio: ceiling(rules) - rules.marginRatio };
  return { power: one.power * rules.restoreFactor, ratio: rules.restoreRatio };
}

/** Where shedding would begin again, as a share of the limit. */
function ceiling(rules: SheddingRules): number {
  return Math.min(rules.slowRatio, rules.anticipatedRatio ?? rules.slowRatio);
}

/** Its maximum time off is used up. */
function isSpent({ load, memory }: Known): boolean {
  return load.maxOffMs !== null && memory.creditMs <= 0;
}

/** Loads off for too long take the place of equals, or of less important ones; gives those that cannot. Never forces an overload. */
export function rotate(bench: Bench): string[] {
  const { view, draft, rules } = bench;
  for (const one of byRank(bench.known)) {
    const { memory } = one;
    if (!isSpent(one) || !isWaiting(one, view.nowMs) || memory.roomMs !== null) {
      memory.starved = false;
      continue;
    }
    if (view.nowMs < draft.nextRestoreMs || bench.known.some((other) => other.memory.verifyMs !== null)) continue;
    const places = placesFor(one, bench);
    memory.starved = places === undefined;
    if (places === undefined) continue;
    for (const other of places) withhold(bench, other, 'rotation');
    memory.dueMs = view.nowMs + rules.settleMs + DUE_MS;
    draft.actionMs = view.nowMs;
    draft.nextRestoreMs = view.nowMs + rules.settleMs;
  }
  return bench.known.filter(({ memory }) => memory.starved).map(({ load }) => load.id);
}

/** Whom to shed so that it fits; undefined when that would not suffice. */
function placesFor(one: Known, bench: Bench): Known[] | undefined {
  const { rules, zones, draft } = bench;
  const { power: wanted, ratio } = roomFor(one, rules);
  const able = bench.known.filter(
    (other) => other.load.priority >= one.load.priority && isRested(other) && sheddable(other, 'slow', bench),
  );
  const places = new Set<Known>();
  for (const zone of zones) {
    const share = shareOf(one.load.phase, zone.phase);
    const starting = draft.pending.reduce((sum, { power, phase }) => sum + Math.max(0, power) * shareOf(phase, zone.phase), 0);
    const lacking = zone.power + starting + wanted * share - ratio * zone.limit;
    if (share === 0 || lacking <= 0) continue;
    const set = chosen(able, zone.phase, lacking);
    if (set.reduce((sum, other) => sum + other.power * shareOf(other.load.phase, zone.phase), 0) < lacking) return undefined;
    for (const other of set) places.add(other);
  }
  return [...places];
}

/** Most important first; among equals the last shed. */
function byRank(known: readonly Known[]): Known[] {
  return [...known].sort((a, b) => {
    return a.load.priority - b.load.priority || b.memory.shedMs - a.memory.shedMs || (a.load.id < b.load.id ? -1 : 1);
  });
}
