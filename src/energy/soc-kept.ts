/** The counted charge as a plain record that outlives a restart; what happened in between is unknown, and its confidence says so. Pure. */
import { NO_MARKS } from './full-charge.ts';
import { AWAKE } from './rest.ts';
import type { SocSetting } from './soc-setting.ts';
import { type Anchor, newSoc, type SocState } from './state-of-charge.ts';

/** Numbers as in SocState; `wallMs`: when it was kept. */
export interface KeptSoc {
  readonly wallMs: number;
  readonly soc: number;
  readonly error: number;
  readonly anchor: Anchor;
  readonly countedAh: number;
  readonly offsetA: number;
  readonly offsetError: number;
  readonly standing: boolean;
  readonly usualA: number;
  /** Absent: not learned. */
  readonly efficiency?: number;
  /** Absent: kept by a version that did not know it. */
  readonly anchorSoc?: number;
}

const ANCHORS: readonly Anchor[] = ['none', 'voltage', 'rest', 'full', 'empty', 'bms'];
const NUMBERS = ['wallMs', 'soc', 'error', 'countedAh', 'offsetA', 'offsetError', 'usualA'] as const;
/** A Raspberry Pi without a clock wakes up at the time it fell asleep: this much is doubted in any case. */
const LEAST_PAUSE_MS = 60_000;

/** Undefined: nothing worth keeping yet. */
export function keptSoc(state: SocState, wallMs: number): KeptSoc | undefined {
  const { soc, error, anchor, countedAh, offset, usualA, efficiency, anchorSoc } = state;
  if (soc === null) return undefined;
  const round = (value: number): number => Math.round(value * 1e5) / 1e5;
  return {
    ...{ wallMs: Math.round(wallMs), soc: round(soc), error: round(error), anchor, countedAh: round(countedAh), usualA: round(usualA) },
    ...{ offsetA: round(offset.amps), offsetError: round(offset.error), standing: offset.standing },
    ...(efficiency !== null && { efficiency: round(efficiency) }),
    ...(anchorSoc !== null && { anchorSoc: round(anchorSoc) }),
  };
}

/** `data`: whatever was found; damaged means beginning anew. */
export function revivedSoc(data: unknown, setting: SocSetting, nowMs: number, wallMs: number): SocState {
  const fresh = newSoc(setting, nowMs);
  if (!isKept(data)) return fresh;
  const { rest, capacityAh, facts } = setting;
  const pauseH = Math.max(LEAST_PAUSE_MS, wallMs - data.wallMs) / 3_600_000;
  const usualA = Math.max(rest.restA, data.usualA);
  const bound = (value: number): number => Math.min(rest.offsetBoundA, Math.max(-rest.offsetBoundA, value));
  return {
    ...fresh,
    soc: Math.min(1, Math.max(0, data.soc - (facts.selfDischarge / 720) * pauseH)),
    error: Math.min(0.5, Math.max(0, data.error) + (usualA * pauseH) / capacityAh),
    anchor: data.anchor,
    anchorSoc: known(data.anchorSoc) ? Math.min(1, Math.max(0, data.anchorSoc)) : null,
    countedAh: Math.max(0, data.countedAh),
    offset: { amps: bound(data.offsetA), error: Math.max(0, bound(data.offsetError)), standing: data.standing },
    usualA: Math.max(0, data.usualA),
    efficiency: known(data.efficiency) ? Math.min(1, Math.max(0.5, data.efficiency)) : null,
    rest: AWAKE,
    marks: NO_MARKS,
  };
}

function known(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isKept(data: unknown): data is KeptSoc {
  if (typeof data !== 'object' || data === null) return false;
  const kept = data as Record<string, unknown>;
  return NUMBERS.every((key) => known(kept[key])) && typeof kept.standing === 'boolean' && ANCHORS.some((anchor) => anchor === kept.anchor);
}
