/** Numbers that a device may say: what lies outside of its range, or contradicts its partner, is unknown. */

/** The number itself where `min` ≤ number ≤ `max`, otherwise null. */
export function between(number: number, min: number, max: number): number | null {
  return number >= min && number <= max ? number : null;
}

/** A lowest above the highest: neither is believed. */
export function ordered(low: number | null, high: number | null): readonly [number | null, number | null] {
  return low !== null && high !== null && low > high ? [null, null] : [low, high];
}
