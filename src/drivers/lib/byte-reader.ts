/** Reads big-endian numbers one after the other; an end that comes too early is a fault of the device. */
import { DeviceError } from '../../model.ts';

export interface ByteReader {
  u8(): number;
  u16(): number;
  i16(): number;
  u24(): number;
  /** A count, at most `most`, and what `item` reads as often. */
  list<T>(most: number, item: () => T): T[];
  readonly left: number;
}

/** `what` names the answer in the error. */
export function byteReader(bytes: Uint8Array, what: string): ByteReader {
  let at = 0;
  const next = (count: number): number => {
    if (at + count > bytes.length) throw new DeviceError(`${what} is cut after ${bytes.length} bytes`);
    let value = 0;
    for (const byte of bytes.subarray(at, at + count)) value = value * 256 + byte;
    at += count;
    return value;
  };
  return {
    u8: () => next(1),
    u16: () => next(2),
    i16: () => (next(2) << 16) >> 16,
    u24: () => next(3),
    list(most, item) {
      const count = next(1);
      if (count > most) throw new DeviceError(`${what} announces ${count} items`);
      return Array.from({ length: count }, item);
    },
    get left() {
      return bytes.length - at;
    },
  };
}
