/** Numbers as a device can mean them. */

/** Rounded, and never −0. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0;
}
