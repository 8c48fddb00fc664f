/** The current through a battery between two looks: its mean where it was known, and how long it was not. Pure. */

export interface Metered {
  readonly value: number;
  /** Monotonic ms at which it was measured. */
  readonly atMs: number;
}
export interface FlowState {
  /** Accounted for up to here, monotonic ms. */
  readonly atMs: number;
  /** A at that moment; null: unknown. */
  readonly amps: number | null;
}
export interface Flow {
  readonly state: FlowState;
  /** Mean A over `knownMs`. */
  readonly amps: number;
  readonly knownMs: number;
  /** Time about which nothing is known: never counted as a current of zero. */
  readonly unknownMs: number;
}

/**
 * A new measurement closes the span since the last one, unless that is longer than `gapMs`.
 * `reading`: undefined when there is none, or when it is known to be unknown.
 */
export function flow(before: FlowState, reading: Metered | undefined, nowMs: number, gapMs: number): Flow {
  if (reading !== undefined && reading.atMs > before.atMs) {
    const spanMs = reading.atMs - before.atMs;
    const state = { atMs: reading.atMs, amps: reading.value };
    if (before.amps === null || spanMs > gapMs) return { state, amps: 0, knownMs: 0, unknownMs: spanMs };
    return { state, amps: (before.amps + reading.value) / 2, knownMs: spanMs, unknownMs: 0 };
  }
  const silentMs = nowMs - before.atMs;
  if (silentMs <= gapMs) return { state: before, amps: 0, knownMs: 0, unknownMs: 0 };
  return { state: { atMs: nowMs, amps: null }, amps: 0, knownMs: 0, unknownMs: silentMs };
}
