/** Modbus RTU frames for tests: checksums, and a unit at the far end of a serial line. */

/** CRC-16 of Modbus over serial line, appended low byte first. */
export function withChecksum(body: Uint8Array): Buffer {
  let crc = 0xffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Buffer.from([...body, crc & 0xff, crc >> 8]);
}

/** An answer of function 3 or 4 with the given words. */
export function wordsFrame(unit: number, code: number, words: readonly number[]): Buffer {
  return withChecksum(Buffer.from([unit, code, words.length * 2, ...words.flatMap((word) => [word >> 8, word & 0xff])]));
}
