/** LM75 and TMP102 as their datasheets describe them (SNIS153, SBOS397): a temperature register and a configuration. */
import type { SimulatedChip } from './i2c.ts';

/** Conversions are done whenever the chip is asked. An LM75 has 9 bits, and junk in the seven others. */
export function simulatedLm75(chip: 'lm75' | 'tmp102', celsius: () => number): SimulatedChip {
  const bits = chip === 'lm75' ? 9 : 12;
  const unused = 16 - bits;
  const steps = (value: number): number => Math.round((value * 256) / 2 ** unused) << unused;
  return {
    read(register) {
      if (register === 1) return chip === 'lm75' ? 0x00ff : 0x60a0;
      if (register > 1) return register === 2 ? 0x4b00 : 0x5000;
      return (steps(celsius()) & 0xffff) | (chip === 'lm75' ? 0x2a : 0);
    },
    write: () => undefined,
  };
}
