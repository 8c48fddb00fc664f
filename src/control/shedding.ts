/** Load-shedding, one second at a time: what is known goes in, each load's permit with its reason comes out. Pure. */
import {
  type Bench,
  type Known,
  knownLoads,
  shedBlackout,
  shedBlind,
  shedOverload,
  shedScheduled,
  shedUnverified,
} from './shedding-act.ts';
import { observe } from './shedding-observe.ts';
import { nextRandom } from './shedding-random.ts';
import { acceptOverrides, followWishes, permitStarts, restoreOne, rotate, type Trust } from './shedding-restore.ts';
import { draftOf, type SheddingState } from './shedding-state.ts';
import {
  type Level,
  type LoadDecision,
  type LoadState,
  type Numbers,
  SHEDDING_RULES,
  type SheddingDecision,
  type SheddingRules,
  type SheddingView,
  type ShedLoad,
  type ShedReason,
} from './shedding-types.ts';
import { believable, judgeZones, shareOf } from './shedding-zones.ts';

export interface SheddingStep {
  readonly state: SheddingState;
  readonly decision: SheddingDecision;
}
/** Room must last this share of the test before people read that the load is coming back: power wanders. */
const HOPEFUL = 0.2;
const LEVELS: readonly Level[] = ['none', 'anticipated', 'slow', 'alarm', 'fast'];

/** Decides for this second. Call it every second and with each sample; the same inputs always give the same answer. */
export function shed(
  loads: readonly ShedLoad[],
  before: SheddingState,
  seen: SheddingView,
  rules: SheddingRules = SHEDDING_RULES,
): SheddingStep {
  const view = { ...seen, meter: believable(seen.meter) };
  const draft = draftOf(before);
  observe(draft, loads, view, rules);
  const heard = view.meter.quality === 'fresh' || view.meter.quality === 'late';
  const zones = heard ? judgeZones(draft, view.meter, view.nowMs, rules) : [];
  const trust: Trust = zones.length === 0 ? 'none' : view.meter.quality === 'fresh' ? 'fresh' : 'late';
  if (trust !== 'none') draft.heardMs = Math.max(draft.heardMs, view.meter.sampleMs);
  const bench: Bench = { draft, known: knownLoads(draft, loads, view), zones, view, rules };

  watchMains(bench);
  if (trust === 'none') shedBlind(bench);
  shedScheduled(bench);
  shedUnverified(bench);
  const unsheddable = shedOverload(bench);
  followWishes(bench, trust);
  acceptOverrides(bench, trust);
  const starved = trust === 'fresh' && view.mains !== false ? rotate(bench) : [];
  if (trust === 'fresh' && view.mains !== false) restoreOne(bench);
  const blocked = permitStarts(bench, trust);
  draft.tickMs = view.nowMs;

  const level = zones.reduce<Level>((worst, zone) => (LEVELS.indexOf(zone.level) > LEVELS.indexOf(worst) ? zone.level : worst), 'none');
  const decision: SheddingDecision = {
    loads: bench.known.map((one) => decisionOf(one, bench, trust, blocked.get(one.load.id))),
    tripS: tripOf(bench),
    level,
    shedPower: bench.known.reduce((sum, { memory, seen, power }) => sum + (isShed(memory.cause, seen.on, seen.wanted) ? power : 0), 0),
    unsheddable,
    starved,
    blind: trust === 'none',
  };
  return { state: draft, decision };
}

function isShed(cause: ShedReason | null, on: boolean | null, wanted: boolean): boolean {
  return cause !== null && on === false && wanted;
}

/** After a power cut every house comes back at its own random moment. */
function watchMains({ draft, view, rules, ...bench }: Bench): void {
  if (view.mains === false) {
    draft.mainsLost = true;
    shedBlackout({ draft, view, rules, ...bench });
  } else if (draft.mainsLost) {
    draft.mainsLost = false;
    draft.holdMs = view.nowMs + rules.holdMs + nextRandom(draft) * rules.blackoutJitterMs;
  }
}

function tripOf({ zones, view }: Bench): number | null {
  const reckoned = zones.filter((zone) => view.meter.zones.some(({ phase, cutOff }) => phase === zone.phase && cutOff !== null));
  return reckoned.length === 0 ? null : Math.min(...reckoned.map(({ tripS }) => tripS));
}

function decisionOf(one: Known, bench: Bench, trust: Trust, blocked: ShedReason | undefined): LoadDecision {
  const { memory, load } = one;
  const { nowMs } = bench.view;
  const state = stateOf(one, bench, trust, blocked);
  const reason = reasonOf(one, state, blocked);
  const detail = one.seen.schedule !== null && reason === 'schedule' ? one.seen.schedule : memory.misses > 0 ? 'no_step' : null;
  const same = memory.shown.state === state && memory.shown.reason === reason && memory.shown.detail === detail;
  if (!same) memory.shown = { state, reason, detail, sinceMs: nowMs, numbers: numbersOf(one, bench) };
  return { id: load.id, permit: memory.permit, ...memory.shown };
}

function stateOf({ memory, seen, load }: Known, bench: Bench, trust: Trust, blocked: ShedReason | undefined): LoadState {
  const { nowMs } = bench.view;
  const { restoreTestMs } = bench.rules;
  if (memory.faultMs !== null) return 'fault';
  if (memory.cause !== null) {
    const scheduled = seen.schedule !== null && load.when === 'comfort';
    const hopeful = memory.roomMs !== null && nowMs - memory.roomMs >= restoreTestMs * HOPEFUL;
    if (scheduled || trust === 'none' || !hopeful) return 'shed';
    if (nowMs < memory.offMs + load.minOffMs && nowMs < memory.lockedMs) return 'locked';
    return nowMs < memory.lockedMs ? 'shed' : 'restore_wait';
  }
  if (memory.overrideMs !== null) return 'override';
  if (memory.verifyMs !== null) return 'restoring';
  if (memory.on) return 'on';
  if (blocked === 'minimum_off') return 'locked';
  return seen.wanted ? 'restore_wait' : 'off_user';
}

function reasonOf({ memory }: Known, state: LoadState, blocked: ShedReason | undefined): ShedReason {
  if (state === 'fault') return 'not_following';
  if (memory.cause !== null) return memory.cause;
  if (state === 'override') return 'override';
  if (state === 'restoring') return 'restoring';
  return blocked ?? 'normal';
}

/** The figures of the supply that is nearest to its limit among those the load hangs on. */
function numbersOf({ load, power }: Known, { zones }: Bench): Numbers {
  const own = zones.filter((zone) => shareOf(load.phase, zone.phase) > 0).sort((a, b) => b.power / b.limit - a.power / a.limit);
  const [worst] = own;
  const tripS = worst !== undefined && Number.isFinite(worst.tripS) ? Math.round(worst.tripS) : null;
  return { total: worst?.power ?? null, limit: worst?.limit ?? null, load: power, tripS };
}
