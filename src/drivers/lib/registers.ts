/** Numbers in Modbus registers: which words they take, how they are put together, scaled and judged. */

export type RegisterKind = 'holding' | 'input' | 'coil' | 'discrete';
export type WordType = 'bit' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'u64';
/** `high-first` is the order of the Modbus examples; `low-first` swaps words, never the bytes of a word. */
export type WordOrder = 'high-first' | 'low-first';

/** One value of a unit. `address` as it travels, from 0. */
export interface Register {
  readonly kind: RegisterKind;
  readonly address: number;
  readonly type: WordType;
  readonly order: WordOrder;
}
/** raw × scale + offset; what lies outside `min`…`max` is no value. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
  readonly min: number;
  readonly max: number;
}

const WORDS: Readonly<Record<WordType, number>> = { bit: 1, u16: 1, i16: 1, u32: 2, i32: 2, f32: 2, u64: 4 };

/** Words (or bits) that a value takes. */
export function wordsOf({ type }: Pick<Register, 'type'>): number {
  return WORDS[type];
}

/** The number as it stands in the words; null where it is none (NaN, infinite, too large to be exact, words missing). */
export function rawOf(words: readonly number[], { type, order }: Pick<Register, 'type' | 'order'>): number | null {
  if (words.length !== WORDS[type]) return null;
  const view = new DataView(new ArrayBuffer(8));
  const inOrder = order === 'low-first' ? words.toReversed() : words;
  for (const [index, word] of inOrder.entries()) view.setUint16(2 * index, word);
  const raw = readers[type](view);
  return Number.isFinite(raw) && Math.abs(raw) <= Number.MAX_SAFE_INTEGER ? raw : null;
}

const readers: Readonly<Record<WordType, (view: DataView) => number>> = {
  bit: (view) => view.getUint16(0),
  u16: (view) => view.getUint16(0),
  i16: (view) => view.getInt16(0),
  u32: (view) => view.getUint32(0),
  i32: (view) => view.getInt32(0),
  f32: (view) => view.getFloat32(0),
  u64: (view) => Number(view.getBigUint64(0)),
};

/** A float of 32 bits has 7 to 8 good digits; what follows is noise of the conversion. */
const FLOAT_DIGITS = 8;
const DIGITS = 12;

/** The scaled value, or null where there is none. */
export function scaledValue(words: readonly number[], register: Register & Scaling): number | null {
  const raw = rawOf(words, register);
  if (raw === null) return null;
  const digits = register.type === 'f32' ? FLOAT_DIGITS : DIGITS;
  const value = Number((raw * register.scale + register.offset).toPrecision(digits));
  return Number.isFinite(value) && value >= register.min && value <= register.max ? value : null;
}
