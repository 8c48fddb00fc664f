/** Signals of a CAN frame in big-endian bit order, as DBC files call `@0`. Pure. */

export interface Signal {
  /** DBC start bit: where the highest bit lies, byte · 8 + bit, bit 7 being the highest of its byte. */
  readonly start: number;
  /** Bits, 1 to 32. */
  readonly length: number;
  /** Two's complement. */
  readonly signed?: boolean;
  /** What one step is worth; 1 when absent. */
  readonly factor?: number;
}

/**
 * The signal's value: from its highest bit down, going on at bit 7 of the next byte. Undefined where the frame is too short.
 * Steps of decimal fractions are given without the noise of binary ones (4 decimals).
 */
export function readSignal(data: Uint8Array, { start, length, signed = false, factor = 1 }: Signal): number | undefined {
  // Counted from the highest bit of the first byte, the bits of a signal are neighbours.
  const first = (start & ~7) + 7 - (start & 7);
  if (first + length > 8 * data.length) return undefined;
  let raw = 0;
  for (let at = first; at < first + length; at += 1) raw = raw * 2 + (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  if (signed && raw >= 2 ** (length - 1)) raw -= 2 ** length;
  return factor === 1 ? raw : Number((raw * factor).toFixed(4));
}

/** One bit as yes or no; no where the frame is too short. */
export function readBit(data: Uint8Array, place: number): boolean {
  return (((data[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
}
