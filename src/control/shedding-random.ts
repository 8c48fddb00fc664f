/** Small repeatable random numbers, each house's own: for delays that must not fall together in a whole street. */

/** Neighbouring seeds must not give neighbouring delays. */
export function scattered(seed: number): number {
  let mixed = (seed | 0) ^ 0x9e3779b9;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0 || 1;
}

/** The next of this house's own random numbers, in [0, 1). */
export function nextRandom(draw: { random: number }): number {
  let x = draw.random;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  draw.random = x;
  return (x >>> 0) / 0x1_0000_0000;
}
