/** What the kernel shows of a DS18B20: its scratchpad with checksum, twice, and the temperature (Documentation/w1/slaves/w1_therm). */

/** Text of `w1_slave` for a genuine probe at 12 bits; byte 6 as such a probe fills it. */
export function w1Slave(celsius: number): string {
  const raw = Math.round(celsius * 16) & 0xffff;
  const scratchpad = [raw & 0xff, raw >> 8, 0x4b, 0x46, 0x7f, 0xff, 0x10 - (raw & 0x0f), 0x10];
  return w1SlaveOf([...scratchpad, checksum(scratchpad)]);
}

/** Text of `w1_slave` for any nine bytes, as the kernel prints them. */
export function w1SlaveOf(bytes: readonly number[]): string {
  const text = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const crc = checksum(bytes.slice(0, 8));
  const raw = (((bytes[1] ?? 0) << 8) | (bytes[0] ?? 0)) << 16;
  const verdict = crc === bytes[8] ? 'YES' : 'NO';
  return `${text} : crc=${crc.toString(16).padStart(2, '0')} ${verdict}\n${text} t=${Math.trunc(((raw >> 16) * 1000) / 16)}\n`;
}

/** Maxim's CRC-8, by polynomial division: written apart from the driver's, so that one checks the other. */
function checksum(bytes: readonly number[]): number {
  let remainder = 0;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = ((remainder ^ (byte >> bit)) & 1) === 1;
      remainder >>= 1;
      if (carry) remainder ^= 0x8c;
    }
  }
  return remainder;
}
