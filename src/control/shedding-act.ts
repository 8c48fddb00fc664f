/** Sheds: for an overload, a notice, a silent meter, a lost mains, a schedule. Restriction is immediate. */
import { addPending, powerOf } from './shedding-observe.ts';
import { type Candidate, pick } from './shedding-pick.ts';
import type { Draft, LoadMemory } from './shedding-state.ts';
import type { Level, LoadView, Phase, SheddingRules, SheddingView, ShedLoad, ShedReason } from './shedding-types.ts';
import { type JudgedZone, shareOf } from './shedding-zones.ts';

/** One load with all that is known of it this second. */
export interface Known {
  readonly load: ShedLoad;
  readonly memory: LoadMemory;
  readonly seen: LoadView;
  readonly power: number;
}
/** Everything one second of decision works on. */
export interface Bench {
  readonly draft: Draft;
  readonly known: readonly Known[];
  readonly zones: readonly JudgedZone[];
  readonly view: SheddingView;
  readonly rules: SheddingRules;
}

export function knownLoads(draft: Draft, loads: readonly ShedLoad[], view: SheddingView): Known[] {
  return loads.flatMap((load) => {
    const memory = draft.loads[load.id];
    const seen = view.loads[load.id];
    return memory && seen ? [{ load, memory, seen, power: powerOf(load, memory, seen) }] : [];
  });
}

/** Takes the permit away. The wait counts from now if it was running, so that minimum off is a fact. */
export function withhold(bench: Bench, one: Known, cause: ShedReason): void {
  const { load, memory, seen, power } = one;
  const { nowMs } = bench.view;
  memory.cause = cause;
  memory.shedMs = nowMs;
  memory.roomMs = null;
  memory.verifyMs = null;
  memory.overrideMs = null;
  if (!memory.on) return;
  // What it drew last is what it will want back; a moment of low draw must not make it look small.
  if (seen.power !== null && Number.isFinite(seen.power)) memory.learned = Math.max(seen.power, load.power / 2);
  const wait = cause === 'schedule' || cause === 'rotation' ? 0 : memory.waitMs;
  memory.lockedMs = nowMs + Math.max(load.minOffMs, wait);
  addPending(bench.draft, load, -power, bench.view);
}

/** May it be shed for the comfort of staying under a limit, or only against a trip? An overload spares nobody for having been off long. */
export function sheddable(one: Known, level: Level, bench: Bench, danger = false): boolean {
  const { load, memory, seen, power } = one;
  if (seen.unreachable || !memory.on || memory.cause !== null || memory.faultMs !== null || power < bench.rules.minimumPower) return false;
  if (level === 'fast') return load.when === 'comfort' || danger;
  if (level === 'anticipated' && !isRested(one)) return false;
  return load.when === 'comfort' && memory.overrideMs === null && bench.view.nowMs - memory.onMs >= load.minOnMs;
}

/** It has been on long enough to be off for a while without passing its maximum. */
export function isRested({ load, memory }: Known): boolean {
  return load.maxOffMs === null || memory.creditMs >= Math.min(load.minOffMs, load.maxOffMs);
}

/** Only its minimum on still protects it. */
function soonSheddable({ load, memory }: Known, zone: JudgedZone, { view }: Bench): boolean {
  if (!memory.on || memory.cause !== null || load.when === 'need' || zone.level === 'fast') return false;
  return shareOf(load.phase, zone.phase) > 0 && view.nowMs - memory.onMs < load.minOnMs;
}

const CAUSES: Readonly<Record<Level, ShedReason>> = {
  none: 'normal',
  anticipated: 'anticipated',
  slow: 'overload',
  alarm: 'meter_alarm',
  fast: 'trip',
};

/** Sheds until every overloaded supply is expected to be under its threshold. True: one stays over with nothing left to shed. */
export function shedOverload(bench: Bench): boolean {
  let unsheddable = false;
  for (const zone of bench.zones) {
    if (zone.level === 'none') continue;
    let lacking = zone.deficit - failVerified(bench, zone);
    const able = bench.known.filter((one) => shareOf(one.load.phase, zone.phase) > 0 && sheddable(one, zone.level, bench, zone.danger));
    for (const one of chosen(able, zone.phase, lacking)) {
      withhold(bench, one, CAUSES[zone.level]);
      bench.draft.actionMs = bench.view.nowMs;
      lacking -= one.power * shareOf(one.load.phase, zone.phase);
    }
    const lasting = lacking > bench.rules.marginRatio * zone.limit && zone.level !== 'anticipated';
    if (lasting && !bench.known.some((one) => soonSheddable(one, zone, bench))) unsheddable = true;
  }
  return unsheddable;
}

/** A load just restored that brings the overload back goes first, and waits twice as long the next time. Gives the power taken off. */
function failVerified(bench: Bench, zone: JudgedZone): number {
  let taken = 0;
  for (const one of bench.known) {
    const share = shareOf(one.load.phase, zone.phase);
    if (one.memory.verifyMs === null || share === 0 || !one.memory.on || one.memory.cause !== null) continue;
    one.memory.waitMs = longerWait(one.memory.waitMs, bench.rules);
    withhold(bench, one, 'verify_failed');
    bench.draft.actionMs = bench.view.nowMs;
    taken += one.power * share;
  }
  return taken;
}

/** 5 → 10 → 20 → 40 → 60 min. */
function longerWait(waitMs: number, rules: SheddingRules): number {
  return Math.min(rules.maxWaitMs, 2 * waitMs);
}

/** Loads under watch in a supply over its limit: no need to wait for the slow threshold. */
export function shedUnverified(bench: Bench): void {
  for (const zone of bench.zones) if (zone.over) failVerified(bench, zone);
}

export function chosen(able: readonly Known[], phase: Phase, lacking: number): Known[] {
  const candidates = able.map(({ load, memory, power }): Candidate => {
    return { id: load.id, priority: load.priority, power: power * shareOf(load.phase, phase), shedMs: memory.turnMs };
  });
  const ids = pick(candidates, lacking);
  return able.filter(({ load }) => ids.includes(load.id));
}

/** A meter silent for long: what runs is brought down to the declared budget, least important first. */
export function shedBlind(bench: Bench): void {
  const { blindBudget, blindMs } = bench.rules;
  if (blindBudget === null || bench.view.nowMs - bench.draft.heardMs <= blindMs) return;
  const running = bench.known
    .filter(({ memory, seen }) => memory.on && memory.cause === null && memory.faultMs === null && !seen.unreachable)
    // What rests now may draw again while nobody looks.
    .map((one) => ({ ...one, power: Math.max(one.power, one.memory.learned ?? one.load.power) }));
  const excess = running.reduce((sum, { power }) => sum + power, 0) - blindBudget;
  for (const one of chosen(running, 0, excess)) withhold(bench, one, 'blind_budget');
}

/** Without mains everything is withheld, so that its return does not meet all loads at once. */
export function shedBlackout(bench: Bench): void {
  for (const one of bench.known) if (one.memory.cause === null) withhold(bench, one, 'blackout');
}

/** Scheduled shedding waits for the minimum on, and leaves alone what a person wants and what is only for need. */
export function shedScheduled(bench: Bench): void {
  for (const one of bench.known) {
    const { memory, load, seen } = one;
    if (seen.unreachable || seen.schedule === null || load.when === 'need' || memory.cause !== null || memory.overrideMs !== null) continue;
    const ripe = !memory.on || bench.view.nowMs - memory.onMs >= load.minOnMs;
    if (ripe && (memory.on || seen.wanted)) withhold(bench, one, 'schedule');
  }
}
