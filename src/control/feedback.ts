/** Compares what a relay was told with what a contact or a meter sees: stuck open, or welded. Pure; one call a tick. */

export type FeedbackKind = 'contact' | 'power';
/** What stands behind the relay, as last seen; `on` null: the sensor knows nothing. Monotonic ms. */
export interface Seen {
  readonly kind: FeedbackKind;
  readonly on: boolean | null;
  readonly atMs: number;
}
export interface FeedbackState {
  /** When the running mismatch was first seen. */
  readonly since: number | undefined;
  /** Closings in a row after which no power flowed. */
  readonly misses: number;
  /** The closing that was counted last. */
  readonly judgedMs: number | undefined;
}
export type FeedbackFault = 'stuck-open' | 'welded';
export const NO_FEEDBACK: FeedbackState = { since: undefined, misses: 0, judgedMs: undefined };

/** Time the armature and the sensor may take after a change, and how long the mismatch must then last (ms). */
const TIMES: Readonly<Record<FeedbackKind, { readonly settleMs: number; readonly lastMs: number }>> = {
  contact: { settleMs: 2_000, lastMs: 3_000 },
  power: { settleMs: 10_000, lastMs: 30_000 },
};
/** A load may be satisfied (thermostat): power missing counts only when it happens twice. */
const MISSES = 2;

/** `told`: the state driven since `sinceMs`. What was seen before the change settled proves nothing, neither does silence. */
export function verify(
  state: FeedbackState,
  told: { readonly on: boolean; readonly sinceMs: number },
  seen: Seen | undefined,
): { readonly state: FeedbackState; readonly fault: FeedbackFault | undefined } {
  if (seen === undefined || seen.on === null) return { state, fault: undefined };
  const { settleMs, lastMs } = TIMES[seen.kind];
  if (seen.atMs < told.sinceMs + settleMs) return { state: { ...state, since: undefined }, fault: undefined };
  if (seen.on === told.on) {
    return { state: { ...state, since: undefined, misses: told.on ? 0 : state.misses }, fault: undefined };
  }
  const since = state.since ?? seen.atMs;
  const lasting = seen.atMs - since >= lastMs;
  if (!lasting) return { state: { ...state, since }, fault: undefined };
  if (!told.on) return { state: { ...state, since }, fault: 'welded' };
  if (seen.kind === 'contact') return { state: { ...state, since }, fault: 'stuck-open' };
  const misses = state.judgedMs === told.sinceMs ? state.misses : state.misses + 1;
  return { state: { since, misses, judgedMs: told.sinceMs }, fault: misses >= MISSES ? 'stuck-open' : undefined };
}
