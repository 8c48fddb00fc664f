/** What the loads really did: on or off, obeying or not, how long off, and what the meter's steps teach about them. */
import type { Draft, LoadMemory, Pending } from './shedding-state.ts';
import type { LoadView, SheddingRules, SheddingView, ShedLoad } from './shedding-types.ts';
import { shareOf } from './shedding-zones.ts';

/** A load seen unknown for longer is no longer permitted (ms). */
const UNKNOWN_MS = 60_000;
const DAY_MS = 86_400_000;
/** A drop below this share of the expected power says that the load did not follow; twice in a row is a fault. */
const FOLLOWED = 0.3;
const MISSES = 2;
/** Learned powers stay within this factor of the declared one. */
const LEARNED = 1.5;

/** Best knowledge of what a load draws while on: its own meter, else what the house's meter showed, else what was declared. */
export function powerOf(load: ShedLoad, memory: LoadMemory, view: LoadView): number {
  if (view.power !== null && Number.isFinite(view.power) && memory.on) return Math.max(0, view.power);
  return memory.learned ?? load.power;
}

export function observe(draft: Draft, loads: readonly ShedLoad[], view: SheddingView, rules: SheddingRules): void {
  learn(draft, loads, view, rules);
  for (const load of loads) {
    const memory = draft.loads[load.id];
    const seen = view.loads[load.id];
    if (memory === undefined || seen === undefined) continue;
    count(memory, load, view.nowMs - draft.tickMs);
    watchState(draft, load, memory, seen, view);
    watchObedience(memory, load, seen, view.nowMs, rules);
    const quiet = memory.restoredMs !== null && memory.cause === null && view.nowMs - memory.restoredMs >= rules.quietMs;
    if (quiet) memory.waitMs = rules.waitMs;
  }
}

/** Time off is spent while withheld and earned back while free, so that it comes back once in its window. */
function count(memory: LoadMemory, load: ShedLoad, elapsedMs: number): void {
  const passed = Math.max(0, elapsedMs);
  const held = memory.cause !== null && !memory.on;
  memory.turnMs = memory.turnMs * Math.exp(-passed / DAY_MS) + (held ? passed : 0);
  if (load.maxOffMs === null) return;
  const refill = load.maxOffMs / Math.max(1, load.maxOffWindowMs - load.maxOffMs);
  memory.creditMs = Math.min(load.maxOffMs, Math.max(0, memory.creditMs + passed * (held ? -1 : refill)));
}

function watchState(draft: Draft, load: ShedLoad, memory: LoadMemory, seen: LoadView, view: SheddingView): void {
  const { nowMs } = view;
  memory.unknownMs = seen.on === null ? (memory.unknownMs ?? nowMs) : null;
  if (memory.unknownMs !== null && nowMs - memory.unknownMs >= UNKNOWN_MS && memory.cause === null) {
    memory.cause = 'unknown';
    memory.shedMs = nowMs;
  }
  if (seen.on === null) return;
  const first = !memory.met && memory.cause === 'start';
  memory.met = true;
  if (seen.on === memory.on) return;
  memory.on = seen.on;
  if (!seen.on) {
    memory.offMs = nowMs;
    return;
  }
  memory.onMs = first ? nowMs - load.minOnMs : nowMs;
  // Found running when the program starts: it stays, nobody is cut by a restart; it counts as on for long.
  if (first) {
    memory.cause = null;
    memory.lockedMs = nowMs;
  } else if (!draft.pending.some(({ id, power }) => id === load.id && power > 0))
    addPending(draft, load, powerOf(load, memory, seen), view);
}

function watchObedience(memory: LoadMemory, load: ShedLoad, seen: LoadView, nowMs: number, rules: SheddingRules): void {
  const disobeys = seen.obeys === undefined ? memory.cause !== null && seen.on === true : !seen.obeys;
  const late = nowMs - Math.max(memory.shedMs, memory.onMs) >= load.followMs;
  if (disobeys && (late || seen.obeys === false)) memory.faultMs ??= nowMs + rules.faultMs;
  const cured = memory.faultMs !== null && memory.misses < MISSES && !disobeys;
  if (cured || (memory.faultMs !== null && nowMs >= memory.faultMs)) {
    memory.faultMs = null;
    memory.misses = 0;
  }
}

/** A switching is on its way: `power` signed. */
export function addPending(draft: Draft, load: ShedLoad, power: number, view: SheddingView): void {
  const before = Object.fromEntries(view.meter.zones.flatMap((zone) => (zone.power === null ? [] : [[zone.phase, zone.power]])));
  const atMs = view.nowMs;
  draft.pending = draft.pending.filter(({ id }) => id !== load.id);
  draft.pending.push({ id: load.id, phase: load.phase, power, atMs, untilMs: atMs + load.followMs, before });
}

/** Ended switchings leave the list; one that had the meter for itself teaches the load's power. */
function learn(draft: Draft, loads: readonly ShedLoad[], view: SheddingView, rules: SheddingRules): void {
  const ended = draft.pending.filter((one) => view.nowMs - one.atMs >= rules.settleMs && view.nowMs >= one.untilMs);
  if (ended.length === 0) return;
  const alone = draft.pending.length === 1;
  draft.pending = draft.pending.filter((one) => !ended.includes(one));
  const [one] = ended;
  const load = loads.find(({ id }) => id === one?.id);
  const memory = one && draft.loads[one.id];
  if (!alone || one === undefined || load === undefined || memory === undefined || one.power >= 0) return;
  if (view.meter.quality !== 'fresh' || view.meter.sampleMs - one.atMs < rules.settleMs / 2) return;
  if (view.loads[load.id]?.power === null && -one.power >= 2 * rules.minimumPower) judgeStep(memory, load, one, view, rules);
}

function judgeStep(memory: LoadMemory, load: ShedLoad, one: Pending, view: SheddingView, rules: SheddingRules): void {
  let drop = 0;
  for (const zone of view.meter.zones) {
    if (shareOf(one.phase, zone.phase) === 0) continue;
    const before = one.before[zone.phase];
    if (before === undefined || zone.power === null) return;
    drop += before - zone.power;
  }
  const expected = -one.power;
  if (drop < FOLLOWED * expected) {
    memory.misses += 1;
    if (memory.misses >= MISSES) memory.faultMs = view.nowMs + rules.faultMs;
    return;
  }
  memory.misses = 0;
  // Something else may have moved in the same seconds: one step changes the belief by little, and never far from the declared power.
  memory.learned = Math.round(Math.min(LEARNED * load.power, Math.max(load.power / LEARNED, 0.7 * expected + 0.3 * drop)));
}
