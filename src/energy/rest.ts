/** Notices that a battery rests, and learns meanwhile what its current sensor shows when nothing flows. Pure. */

export interface RestSetting {
  /** A; below, a battery counts as resting. */
  readonly restA: number;
  /** A; a larger offset is not believed: it is a load. */
  readonly offsetBoundA: number;
  /** A; a sensor that sees nothing flow is as steady as this. Sun and load that happen to be equal are not. */
  readonly steadyA: number;
}
export interface RestState {
  /** Rested without a break, ms. */
  readonly ms: number;
  /** Mean of what the sensor showed meanwhile, A. */
  readonly meanA: number;
  /** Mean distance from that, A. */
  readonly awayA: number;
}
/** What the sensor shows too much. */
export interface Offset {
  readonly amps: number;
  /** How far that may be off, A. */
  readonly error: number;
  /** The balance from full to full told that a load stays on while the battery seems to rest: only relays tell now. */
  readonly standing: boolean;
}

export const AWAKE: RestState = { ms: 0, meanA: 0, awayA: 0 };
/** Chargers and inverters need some minutes to fall silent; where no relay tells, only a long silence counts. */
const SETTLE_MS = 30 * 60_000;
const UNTOLD_MS = 2 * 60 * 60_000;
const LEARN_MS = 60 * 60_000;
/** What is learned once is not exact: temperature moves it. Share of the bound. */
const FLOOR = 0.05;

export function newOffset({ offsetBoundA }: RestSetting): Offset {
  return { amps: 0, error: offsetBoundA, standing: false };
}

/** `amps`: as the sensor shows it, over `knownMs`. Unknown current ends a rest. */
export function rest(
  before: RestState,
  { amps, knownMs, unknownMs }: { readonly amps: number; readonly knownMs: number; readonly unknownMs: number },
  offset: Offset,
  { restA }: RestSetting,
): RestState {
  if (unknownMs > 0) return AWAKE;
  if (knownMs === 0) return before;
  if (Math.abs(amps - offset.amps) > restA + offset.error) return AWAKE;
  const ms = before.ms + knownMs;
  const share = knownMs / Math.min(ms, LEARN_MS);
  const meanA = before.meanA + (amps - before.meanA) * share;
  return { ms, meanA, awayA: before.awayA + (Math.abs(amps - meanA) - before.awayA) * share };
}

/** `idle`: the relays say that nothing can flow (true) or that something may (false); undefined: nobody can tell. */
export function learnOffset(before: Offset, resting: RestState, knownMs: number, idle: boolean | undefined, setting: RestSetting): Offset {
  const { offsetBoundA, steadyA } = setting;
  if (resting.ms < (idle === true ? SETTLE_MS : UNTOLD_MS) || knownMs === 0) return before;
  if (Math.abs(resting.meanA) > offsetBoundA || resting.awayA > steadyA) return before;
  if (idle === false || (idle === undefined && before.standing)) return before;
  const share = Math.min(1, knownMs / LEARN_MS);
  const floor = FLOOR * offsetBoundA;
  return {
    amps: before.amps + (resting.meanA - before.amps) * share,
    error: floor + Math.max(0, before.error - floor) * (1 - share),
    standing: idle === undefined && before.standing,
  };
}

/** What was counted from one full charge to the next, where nothing should be left over. */
export interface Balance {
  readonly netAh: number;
  /** As they came in, before losses. */
  readonly chargedAh: number;
  readonly throughputAh: number;
  readonly ms: number;
  /** A part of it is unknown. */
  readonly broken: boolean;
}
export const EVEN: Balance = { netAh: 0, chargedAh: 0, throughputAh: 0, ms: 0, broken: false };
const DAY_MS = 86_400_000;
/** Shorter spans, of daily full charges, are put together: nothing may be left over at any of them. */
export const BALANCE_MS = 3 * DAY_MS;

export function added(
  before: Balance,
  { netAh, chargedAh }: { readonly netAh: number; readonly chargedAh: number },
  { knownMs, unknownMs }: { readonly knownMs: number; readonly unknownMs: number },
): Balance {
  return {
    netAh: before.netAh + netAh,
    chargedAh: before.chargedAh + chargedAh,
    throughputAh: before.throughputAh + Math.abs(netAh),
    ms: before.ms + knownMs + unknownMs,
    broken: before.broken || unknownMs > 0,
  };
}

/** How far the efficiency of a battery may lie from that of its chemistry. */
const EFFICIENCY_RANGE = 0.06;

/**
 * The efficiency that leaves nothing over, at first all the way, later half of it; undefined where the sensor's offset explains it as well, or the balance
 * is no good. `preset`: of the chemistry or the file.
 */
export function balanceEfficiency(before: number | null, preset: number, offset: Offset, balance: Balance): number | undefined {
  const { netAh, chargedAh, ms, broken } = balance;
  const offsetAh = (offset.error * ms) / 3_600_000;
  if (broken || ms < BALANCE_MS || offset.standing || EFFICIENCY_RANGE * chargedAh < 2 * offsetAh) return undefined;
  const used = before ?? preset;
  const wanted = used - netAh / chargedAh;
  // Further off, something else is wrong.
  if (Math.abs(wanted - preset) > 2 * EFFICIENCY_RANGE) return undefined;
  const bounded = Math.min(preset + EFFICIENCY_RANGE, Math.max(preset - EFFICIENCY_RANGE, before === null ? wanted : (used + wanted) / 2));
  return Math.min(1, bounded);
}

/** Moves the offset by what losses cannot explain. `countError`: of the Ah moved; `slackAh`: two fulls are never the same. */
export function balanceOffset(
  before: Offset,
  balance: Balance,
  countError: number,
  slackAh: number,
  { offsetBoundA }: RestSetting,
): Offset {
  if (balance.broken || balance.ms < BALANCE_MS || balance.ms > 60 * DAY_MS) return before;
  const hours = balance.ms / 3_600_000;
  const doubtAh = countError * balance.throughputAh + slackAh;
  const excessAh = Math.sign(balance.netAh) * Math.max(0, Math.abs(balance.netAh) - doubtAh);
  const error = Math.max(FLOOR * offsetBoundA, Math.min(before.error, doubtAh / hours));
  if (excessAh === 0) return { ...before, error };
  const amps = Math.min(offsetBoundA, Math.max(-offsetBoundA, before.amps + excessAh / hours));
  return { amps, error, standing: true };
}
