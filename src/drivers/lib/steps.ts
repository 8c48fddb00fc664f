/** Temperatures do not jump: a step too large to be believed waits for a second reading that agrees. */

/** A larger step between two readings is held for one reading (reference: control logic 2). */
const LARGEST_STEP_K = 10;
/** After a longer silence anything may have happened. */
const MEMORY_MS = 60_000;

/** `believes(°C, monotonic ms)` is false for the first reading after a step; the next one near it is believed. */
export function stepGuard(): { believes(celsius: number, nowMs: number): boolean } {
  let believed: { readonly celsius: number; readonly atMs: number } | undefined;
  let held: number | undefined;
  return {
    believes(celsius, nowMs) {
      const near = (other: number): boolean => Math.abs(celsius - other) <= LARGEST_STEP_K;
      const known = believed !== undefined && nowMs - believed.atMs <= MEMORY_MS;
      if (known && !near(believed?.celsius ?? celsius) && !(held !== undefined && near(held))) {
        held = celsius;
        return false;
      }
      believed = { celsius, atMs: nowMs };
      held = undefined;
      return true;
    },
  };
}
