/** The words of load-shedding: what is watched, what may be shed, what is decided. Powers in the unit of the source (VA, or W with W). */
import type { Quality } from '../model.ts';

/** 0: the whole supply (single-phase), or a load spread over all three phases. */
export type Phase = 0 | 1 | 2 | 3;

/** One supply with its own limit: the whole house, or one of three phases. Unknown is null, and permits nothing. */
export interface Zone {
  readonly phase: Phase;
  readonly power: number | null;
  readonly limit: number | null;
  /** Cut-off power of the meter's breaker (VA); null where no Linky stands behind. */
  readonly cutOff: number | null;
  /** The meter itself says overload (ADPS, ADIR, status bit 7). */
  readonly alarm: boolean;
}
/** The meter at one moment. `quality` is the worst of its powers; `sampleMs` when the newest of them was measured (monotonic). */
export interface MeterView {
  readonly zones: readonly Zone[];
  readonly quality: Quality;
  readonly sampleMs: number;
}

/** A load as configured. Times in ms. */
export interface ShedLoad {
  readonly id: string;
  /** 1 is shed last, 9 first. */
  readonly priority: number;
  /** What it draws, as declared. Better knowledge (own meter, step seen by the house's meter) replaces it. */
  readonly power: number;
  readonly phase: Phase;
  /** `need`: only against a near trip, never for a mere excess, a notice or a schedule. */
  readonly when: 'comfort' | 'need';
  readonly minOnMs: number;
  readonly minOffMs: number;
  /** Longest time off in `maxOffWindowMs`; null = no end. */
  readonly maxOffMs: number | null;
  readonly maxOffWindowMs: number;
  /** How long until it must have obeyed: a relay here, or a switch on the network. */
  readonly followMs: number;
}
/** A load as it is. */
export interface LoadView {
  /** Read back; null = unknown. */
  readonly on: boolean | null;
  /** Would it be on if shedding permitted? */
  readonly wanted: boolean;
  /** Its own meter; null = none, or too old. */
  readonly power: number | null;
  /** When a person last closed it by hand (monotonic ms); null = never. */
  readonly overrideMs: number | null;
  /** The schedule that sheds it now. */
  readonly schedule: string | null;
  /** Whether it follows, where who switches it knows; absent: seen by what is read back. */
  readonly obeys?: boolean;
  /** Nobody can switch it at this moment. */
  readonly unreachable?: true;
}
export interface SheddingView {
  readonly nowMs: number;
  readonly meter: MeterView;
  readonly loads: Readonly<Record<string, LoadView>>;
  /** Is there mains? null = not known apart from the meter. */
  readonly mains: boolean | null;
}

export type LoadState = 'on' | 'off_user' | 'shed' | 'restore_wait' | 'restoring' | 'locked' | 'override' | 'fault';
export type ShedReason =
  | 'normal' // nothing to say
  | 'trip' // the breaker is about to open, or far above the limit
  | 'overload' // above the limit for too long
  | 'meter_alarm' // ADPS, ADIR, status bit 7
  | 'anticipated' // close to the limit for long
  | 'schedule'
  | 'rotation' // gives its place to an equal that was off for too long
  | 'verify_failed' // overload again just after it came back
  | 'no_headroom' // would not fit now
  | 'meter_silent' // nothing may be added
  | 'blind_budget' // meter silent for long: only the declared budget stays
  | 'blackout' // the mains is away, or has just come back
  | 'start' // off since the program started: comes back in turn
  | 'minimum_off'
  | 'restoring' // just back, being watched
  | 'override' // a person wanted it
  | 'not_following' // the load does not obey
  | 'unknown'; // its state cannot be read

/** The figures behind a decision, as they were at that moment; null = unknown or without limit. */
export interface Numbers {
  readonly total: number | null;
  readonly limit: number | null;
  readonly load: number;
  readonly tripS: number | null;
}
export interface LoadDecision {
  readonly id: string;
  readonly permit: boolean;
  readonly state: LoadState;
  readonly reason: ShedReason;
  readonly detail: string | null;
  readonly sinceMs: number;
  readonly numbers: Numbers;
}
export type Level = 'none' | 'anticipated' | 'slow' | 'alarm' | 'fast';
export interface SheddingDecision {
  readonly loads: readonly LoadDecision[];
  /** Seconds until the meter opens at the present power, worst phase; Infinity = never, null = unknown. */
  readonly tripS: number | null;
  readonly level: Level;
  /** Power kept off at this moment by estimate. */
  readonly shedPower: number;
  /** Overload, and nothing left that may be shed. */
  readonly unsheddable: boolean;
  /** Loads off beyond their maximum for want of room. */
  readonly starved: readonly string[];
  /** The meter is silent: nothing is added. */
  readonly blind: boolean;
}

/** Thresholds and delays. Shares are of the limit; defaults and their sources: the control law, load-shedding. */
export interface SheddingRules {
  readonly fastRatio: number;
  readonly tripSeconds: number;
  readonly slowRatio: number;
  readonly slowMs: number;
  /** null: nothing is shed before the limit. */
  readonly anticipatedRatio: number | null;
  readonly anticipatedMs: number;
  readonly marginRatio: number;
  readonly settleMs: number;
  readonly restoreRatio: number;
  /** A load may come back drawing this much more than before. */
  readonly restoreFactor: number;
  readonly restoreTestMs: number;
  readonly restoreGapMs: number;
  readonly restoreJitterMs: number;
  readonly verifyMs: number;
  readonly waitMs: number;
  readonly maxWaitMs: number;
  readonly quietMs: number;
  readonly overrideMs: number;
  readonly blindMs: number;
  /** What may stay on with a silent meter; null: all that is on. */
  readonly blindBudget: number | null;
  readonly holdMs: number;
  readonly blackoutJitterMs: number;
  /** Below this a load is not worth shedding. */
  readonly minimumPower: number;
  readonly faultMs: number;
}
const MINUTE = 60_000;
export const SHEDDING_RULES: SheddingRules = {
  fastRatio: 1.25,
  tripSeconds: 30,
  slowRatio: 1,
  slowMs: 10_000,
  anticipatedRatio: null,
  anticipatedMs: 30_000,
  marginRatio: 0.05,
  settleMs: 5_000,
  restoreRatio: 0.9,
  restoreFactor: 1.2,
  restoreTestMs: 5 * MINUTE,
  restoreGapMs: MINUTE,
  restoreJitterMs: 30_000,
  verifyMs: 30_000,
  waitMs: 5 * MINUTE,
  maxWaitMs: 60 * MINUTE,
  quietMs: 120 * MINUTE,
  overrideMs: 60 * MINUTE,
  blindMs: MINUTE,
  blindBudget: null,
  holdMs: 10_000,
  blackoutJitterMs: 2 * MINUTE,
  minimumPower: 100,
  faultMs: 60 * MINUTE,
};
