/** The registers of INA228, INA238 and INA237 as values (datasheets SLYS021A, SBOSA20; reference: batteries 1.6). */

export interface Ina228Layout {
  /** INA228: 20-bit measurements and counters of 40 bits; the others have 16 bits and no counters. */
  readonly wide: boolean;
  /** ±40.96 mV instead of ±163.84 mV on the shunt. */
  readonly fine: boolean;
}

/** Two's complement of a register of 16, 24 or 40 bits, most significant byte first. */
export function signedOf(bytes: Uint8Array): number {
  const value = unsignedOf(bytes);
  const half = 2 ** (8 * bytes.length - 1);
  return value >= half ? value - 2 * half : value;
}
export function unsignedOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** VSHUNT in V; `full` at the end of the range, where it means "at least". */
export function shuntVoltsOf(register: Uint8Array, { wide, fine }: Ina228Layout): { readonly volts: number; readonly full: boolean } {
  // The lowest four of the 24 bits are not used.
  const steps = wide ? signedOf(register) >> 4 : signedOf(register);
  const stepV = (wide ? 312.5e-9 : 5e-6) / (fine ? 4 : 1);
  return { volts: steps * stepV, full: Math.abs(steps) >= (wide ? 0x7ffff : 0x7fff) };
}

/** VBUS in V. */
export function busVoltsOf(register: Uint8Array, { wide }: Ina228Layout): number {
  return wide ? (signedOf(register) >> 4) * 195.3125e-6 : signedOf(register) * 3.125e-3;
}

/** DIETEMP in °C: 16 bits, or the upper 12 of them. */
export function dieCelsiusOf(register: Uint8Array, { wide }: Ina228Layout): number {
  return wide ? signedOf(register) * 7.8125e-3 : (signedOf(register) >> 4) * 0.125;
}
