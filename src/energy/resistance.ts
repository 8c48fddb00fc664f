/** Internal resistance of a battery, from what its voltage does when the current jumps. A trend, not a measurement. Pure. */
import type { Metered } from './flow.ts';

export interface ResistanceState {
  /** Ω at the terminals; null before the first jump. */
  readonly ohms: number | null;
  readonly steps: number;
  /** The last pair of voltage and current. */
  readonly last: { readonly volts: Metered; readonly amps: Metered } | null;
}
export const NO_RESISTANCE: ResistanceState = { ohms: null, steps: 0, last: null };

/** Longer after a jump the cells have begun to move: that is no resistance. */
const JUMP_MS = 12_000;
/** Voltage and current of one moment. */
const TOGETHER_MS = 1_500;
/** A jump of this share of the capacity stands out of noise. */
const JUMP_SHARE = 0.1;
/** Ω·Ah of one cell that any battery has: outside, the jump was somebody else's. */
const PLAUSIBLE = [0.005, 5] as const;
const WEIGHT = 0.2;

/** `capacityAh` and `cells` only judge what is plausible. */
export function resistance(
  before: ResistanceState,
  volts: Metered | undefined,
  amps: Metered | undefined,
  { capacityAh, cells }: { readonly capacityAh: number; readonly cells: number },
): ResistanceState {
  if (volts === undefined || amps === undefined || Math.abs(volts.atMs - amps.atMs) > TOGETHER_MS) return before;
  const { last } = before;
  if (last !== null && (amps.atMs <= last.amps.atMs || volts.atMs <= last.volts.atMs)) return before;
  const next = { ...before, last: { volts, amps } };
  if (last === null || amps.atMs - last.amps.atMs > JUMP_MS) return next;
  const jumpA = amps.value - last.amps.value;
  if (Math.abs(jumpA) < JUMP_SHARE * capacityAh) return next;
  const ohms = (volts.value - last.volts.value) / jumpA;
  const share = (ohms * capacityAh) / cells;
  if (share < PLAUSIBLE[0] || share > PLAUSIBLE[1]) return next;
  return { ...next, ohms: before.ohms === null ? ohms : before.ohms + WEIGHT * (ohms - before.ohms), steps: before.steps + 1 };
}
