/** Notices that a battery rests, and learns meanwhile what its current sensor shows when nothing flows. Pure. */

export interface RestSetting {
  /** A; below, a battery counts as resting. */
  readonly restA: number;
  /** A; a larger offset is not believed: it is a load. */
  readonly offsetBoundA: number;
}
export interface RestState {
  /** Rested without a break, ms. */
  readonly ms: number;
  /** Mean of what the sensor showed meanwhile, A. */
  readonly meanA: number;
}
/** What the sensor shows too much. */
export interface Offset {
  readonly amps: number;
  /** How far that may be off, A. */
  readonly error: number;
  /** The balance from full to full told that a load stays on while the battery seems to rest: only relays tell now. */
  readonly standing: boolean;
}

export const AWAKE: RestState = { ms: 0, meanA: 0 };
/** Chargers and inverters need some minutes to fall silent. */
const SETTLE_MS = 30 * 60_000;
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
  return { ms, meanA: before.meanA + (amps - before.meanA) * (knownMs / Math.min(ms, LEARN_MS)) };
}

/** `idle`: the relays say that nothing can flow (true) or that something may (false); undefined: nobody can tell. */
export function learnOffset(before: Offset, resting: RestState, knownMs: number, idle: boolean | undefined, setting: RestSetting): Offset {
  const { offsetBoundA } = setting;
  if (resting.ms < SETTLE_MS || knownMs === 0 || Math.abs(resting.meanA) > offsetBoundA) return before;
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
  readonly throughputAh: number;
  readonly ms: number;
  /** A part of it is unknown. */
  readonly broken: boolean;
}
export const EVEN: Balance = { netAh: 0, throughputAh: 0, ms: 0, broken: false };
const DAY_MS = 86_400_000;
/** Shorter spans, of daily full charges, are put together: nothing may be left over at any of them. */
export const BALANCE_MS = 3 * DAY_MS;

export function added(
  before: Balance,
  netAh: number,
  throughputAh: number,
  { knownMs, unknownMs }: { readonly knownMs: number; readonly unknownMs: number },
): Balance {
  return {
    netAh: before.netAh + netAh,
    throughputAh: before.throughputAh + throughputAh,
    ms: before.ms + knownMs + unknownMs,
    broken: before.broken || unknownMs > 0,
  };
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
