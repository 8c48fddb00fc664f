/** Each supply's overload: how bad it is, how much is lacking, and whether there is room for one load more. */
import { breakerAt, breakerLater, breakerSample, secondsToTrip } from './breaker.ts';
import type { Draft, Pending, ZoneMemory } from './shedding-state.ts';
import type { Level, MeterView, Phase, SheddingRules, Zone } from './shedding-types.ts';

/** A supply whose power and limit are known, judged. */
export interface JudgedZone {
  readonly phase: Phase;
  readonly power: number;
  readonly limit: number;
  readonly level: Level;
  /** To be shed so that it comes under its threshold with a margin; ≤ 0 when nothing is. */
  readonly deficit: number;
  /** At the power expected once pending switchings show; Infinity = never. */
  readonly tripS: number;
  /** Above its limit for some seconds. */
  readonly over: boolean;
  /** The meter itself may open, whatever lower limit the user set. */
  readonly danger: boolean;
}

/** A far overload is believed at once when the meter is this close to opening (s), else at the second sample or after this time (ms). */
const IMMINENT_S = 10;
const HOT_MS = 3000;
/** A meter repeats its alarm for a minute after the power fell (TIC reference, three-phase short frames). */
const ALARM_ECHO_MS = 60_000;
const VERIFY_OVER_MS = 2000;

/** The meter with every figure that is none, or that no supply can have, turned to unknown. */
export function believable(meter: MeterView): MeterView {
  const known = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
  const positive = (value: number | null): number | null => (value !== null && value > 0 ? known(value) : null);
  const zones = meter.zones.map((zone) => {
    return { ...zone, power: known(zone.power), limit: positive(zone.limit), cutOff: positive(zone.cutOff) };
  });
  return { ...meter, zones };
}

/** How much of a load's power a supply carries. */
export function shareOf(load: Phase, zone: Phase): number {
  if (zone === 0 || load === zone) return 1;
  return load === 0 ? 1 / 3 : 0;
}

/** Takes the meter in and judges every supply; empty when anything needed is unknown. */
export function judgeZones(draft: Draft, meter: MeterView, nowMs: number, rules: SheddingRules): JudgedZone[] {
  const judged: JudgedZone[] = [];
  for (const zone of meter.zones) {
    if (!isKnown(zone)) return [];
    const memory = draft.zones[zone.phase] ?? { breaker: null, sampleMs: -1, overMs: null, nearMs: null, hotMs: null, hotSamples: 0 };
    draft.zones[zone.phase] = memory;
    judged.push(judgeZone(memory, zone, Math.min(meter.sampleMs, nowMs), draft, nowMs, rules));
  }
  return judged;
}

type Known = Zone & { readonly power: number; readonly limit: number };

function isKnown(zone: Zone): zone is Known {
  return zone.power !== null && zone.limit !== null;
}

function judgeZone(memory: ZoneMemory, zone: Known, sampleMs: number, draft: Draft, nowMs: number, rules: SheddingRules): JudgedZone {
  const isNew = sampleMs > memory.sampleMs;
  memory.sampleMs = Math.max(memory.sampleMs, sampleMs);
  const { power, limit } = zone;
  const expected = power - unseenDrop(draft.pending, zone.phase, power);
  const tripS = feelBreaker(memory, zone, sampleMs, expected, nowMs);

  const hot = expected > limit && (expected > rules.fastRatio * limit || tripS < rules.tripSeconds);
  memory.hotMs = hot ? (memory.hotMs ?? nowMs) : null;
  memory.hotSamples = hot ? memory.hotSamples + (isNew ? 1 : 0) : 0;
  memory.overMs = expected > rules.slowRatio * limit ? (memory.overMs ?? nowMs) : null;
  const nearRatio = rules.anticipatedRatio ?? Number.POSITIVE_INFINITY;
  memory.nearMs = expected > nearRatio * limit ? (memory.nearMs ?? nowMs) : null;

  const level = levelOf(memory, { hot, tripS, over: expected > limit, alarm: zone.alarm }, nowMs - draft.actionMs, nowMs, rules);
  const ceiling = level === 'anticipated' ? nearRatio * limit : limit;
  const lacking = level === 'none' ? 0 : expected - ceiling + rules.marginRatio * limit;
  const deficit = level === 'alarm' ? Math.max(1, lacking) : lacking;
  const over = memory.overMs !== null && nowMs - memory.overMs >= VERIFY_OVER_MS;
  const danger = expected > rules.fastRatio * (zone.cutOff ?? limit) || tripS < rules.tripSeconds;
  return { phase: zone.phase, power, limit, level, deficit, tripS, over, danger };
}

function feelBreaker(memory: ZoneMemory, zone: Known, sampleMs: number, expected: number, nowMs: number): number {
  if (zone.cutOff === null) return Number.POSITIVE_INFINITY;
  memory.breaker = memory.breaker ? breakerSample(memory.breaker, zone.power, sampleMs) : breakerAt(zone.power, zone.cutOff, sampleMs);
  return secondsToTrip(breakerLater(memory.breaker, nowMs), zone.cutOff, expected);
}

interface Signs {
  readonly hot: boolean;
  readonly tripS: number;
  readonly over: boolean;
  readonly alarm: boolean;
}

function levelOf(memory: ZoneMemory, signs: Signs, sinceActionMs: number, nowMs: number, rules: SheddingRules): Level {
  const lasted = (since: number | null, ms: number): boolean => since !== null && nowMs - since >= ms;
  if (signs.hot && (memory.hotSamples >= 2 || lasted(memory.hotMs, HOT_MS) || signs.tripS < IMMINENT_S)) return 'fast';
  if (sinceActionMs < rules.settleMs) return 'none';
  if (signs.alarm && (signs.over || sinceActionMs >= ALARM_ECHO_MS)) return 'alarm';
  if (lasted(memory.overMs, rules.slowMs)) return 'slow';
  return lasted(memory.nearMs, rules.anticipatedMs) ? 'anticipated' : 'none';
}

/** What was shed just now and the meter does not show yet. What it does show counts against it. */
function unseenDrop(pending: readonly Pending[], phase: Phase, power: number): number {
  const drops = pending.filter((one) => one.power < 0);
  const first = drops[0];
  if (first === undefined) return 0;
  const total = drops.reduce((sum, one) => sum - one.power * shareOf(one.phase, phase), 0);
  const seen = Math.max(0, (first.before[phase] ?? power) - power);
  return Math.max(0, total - seen);
}

/** Is there room for `power` more in every supply that would carry it? Starts not shown yet count as drawing. */
export function fits(zones: readonly JudgedZone[], pending: readonly Pending[], phase: Phase, power: number, ratio: number): boolean {
  return zones.every((zone) => {
    const share = shareOf(phase, zone.phase);
    if (share === 0) return true;
    const starting = pending.reduce((sum, one) => sum + Math.max(0, one.power) * shareOf(one.phase, zone.phase), 0);
    return zone.power + starting + power * share <= ratio * zone.limit;
  });
}
