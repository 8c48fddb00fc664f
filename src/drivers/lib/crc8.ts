/** CRC-8 of 1-Wire devices (Maxim application note 27). */

/** Polynomial x⁸ + x⁵ + x⁴ + 1, least significant bit first, starting at 0. Over data and its own CRC byte the result is 0. */
export function crc8(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0x8c;
  }
  return crc;
}
