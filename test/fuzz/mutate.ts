/** Repeatable harm to recorded bytes: what a bad cable, a second talker or a broken device makes of a message. */

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
}

/** The same numbers for the same seed (xorshift32, Marsaglia 2003). */
export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  const below = (limit: number): number => next() % limit;
  return {
    below,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('nothing to choose from');
      return list[below(list.length)] as T;
    },
  };
}

type Harm = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const noise = (length: number, random: Random): Uint8Array => Uint8Array.from({ length }, () => random.below(256));
const two = (length: number, random: Random): readonly [number, number] => {
  const [a, b] = [random.below(length + 1), random.below(length + 1)];
  return a < b ? [a, b] : [b, a];
};
function changed(bytes: Uint8Array, times: number, random: Random, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = 0; i < times && copy.length > 0; i += 1) {
    const at = random.below(copy.length);
    copy[at] = change(copy[at] ?? 0);
  }
  return copy;
}

export const HARMS: Readonly<Record<string, Harm>> = {
  random: (bytes, random) => noise(bytes.length, random),
  'random behind a true head': (bytes, random) => {
    const head = Math.min(bytes.length, 1 + random.below(6));
    return join(bytes.subarray(0, head), noise(bytes.length - head, random));
  },
  'one to eight bits': (bytes, random) => changed(bytes, 1 + random.below(8), random, (byte) => byte ^ (1 << random.below(8))),
  'one to four bytes': (bytes, random) => changed(bytes, 1 + random.below(4), random, () => random.below(256)),
  'the begin of one, the end of another': (bytes, random, others) => {
    const at = random.below(bytes.length);
    return join(bytes.subarray(0, at), random.pick(others).subarray(at));
  },
  'cut short': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'a part lost': (bytes, random) => {
    const [from, to] = two(bytes.length, random);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  'a part twice': (bytes, random) => {
    const [from, to] = two(bytes.length, random);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  'all twice': (bytes) => join(bytes, bytes),
  'another message': (_, random, others) => random.pick(others),
};
const KINDS = Object.values(HARMS);
const MEMORY = 32;

export interface Harmed {
  readonly bytes: Uint8Array;
  /** It holds, whole, a message that was due at another time: no checksum can tell. */
  readonly foreign: boolean;
}

/** Harms each message in one of the ways of `HARMS`; remembers some messages for splicing. */
export function mutator(random: Random): (bytes: Uint8Array) => Harmed {
  const others: Buffer[] = [];
  return (sound) => {
    const own = Buffer.from(sound);
    if (own.length === 0) return { bytes: own, foreign: false };
    if (others.length < MEMORY) others.push(own);
    else others[random.below(MEMORY)] = own;
    const bytes = Buffer.from(random.pick(KINDS)(own, random, others));
    return { bytes, foreign: others.some((other) => !other.equals(own) && bytes.includes(other)) };
  };
}
