/** Temperatures do not jump: a step too large to be believed waits for a second reading that agrees. */

/** A larger step between two readings is held for one reading (reference: control logic 2). */
const LARGEST_STEP_K = 10;
/** After a longer silence anything may have happened. */
const MEMORY_MS = 60_000;

/**
 * `believes(°C, monotonic ms)` is false for the first reading after a step. The next one is believed when it lies on the same side of
 * what was known, so that something that heats up fast is held back for one reading only.
 */
export function stepGuard(): { believes(celsius: number, nowMs: number): boolean } {
  let believed: { readonly celsius: number; readonly atMs: number } | undefined;
  let held = 0;
  return {
    believes(celsius, nowMs) {
      const step = believed !== undefined && nowMs - believed.atMs <= MEMORY_MS ? celsius - believed.celsius : 0;
      if (Math.abs(step) > LARGEST_STEP_K && Math.sign(step) !== Math.sign(held)) {
        held = step;
        return false;
      }
      believed = { celsius, atMs: nowMs };
      held = 0;
      return true;
    },
  };
}
