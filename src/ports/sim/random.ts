/** Small repeatable random numbers: the same seed gives the same life. */

/** In [0, 1). */
export type Random = () => number;

/** Xorshift of 32 bits. */
export function seeded(seed: number): Random {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** One of several sources under one seed: what one part of a house draws never shifts what another gets. */
export function streamOf(seed: number, stream: number): Random {
  const random = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  for (let i = 0; i < 16; i += 1) random();
  return random;
}

/** About normal, of mean 0 and deviation 1. */
export function normal(random: Random): number {
  return 2 * (random() + random() + random() - 1.5);
}
