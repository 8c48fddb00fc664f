/** What all drivers of I2C chips share: bus, address and pause as options, big-endian words, a bus that is not there. */
import { DeviceError } from '../../model.ts';

export interface I2cOptions {
  readonly bus: number;
  readonly address: number;
  readonly period_s: number;
}

export const ALL_ONES = 0xffff;

/** The options `bus`, `address` and `period_s`; `defaultS` is the pause in s. */
export function i2cProperties(lowest: number, highest: number, defaultS = 1) {
  return {
    bus: {
      type: 'integer',
      minimum: 0,
      maximum: 22,
      default: 1,
      description: 'I2C bus: 1 is /dev/i2c-1',
      fr: 'Bus I2C : 1 désigne /dev/i2c-1',
    },
    address: {
      type: 'integer',
      minimum: lowest,
      maximum: highest,
      description: `I2C address, ${hex(lowest)} to ${hex(highest)}`,
      fr: `Adresse I2C, de ${hex(lowest)} à ${hex(highest)}`,
    },
    period_s: {
      type: 'number',
      minimum: 0.2,
      maximum: 3600,
      default: defaultS,
      description: 'Pause between two readings in s',
      fr: 'Pause entre deux lectures en s',
    },
  } as const;
}

/** A bus without a chip, or held high: never a value. */
export function allOnes(): DeviceError {
  return new DeviceError('the bus reads all ones', { mend: 'Check SDA, SCL and the pull-up resistors' });
}

/** Two's complement of 16 bits. */
export function signed16(word: number): number {
  return (word << 16) >> 16;
}

export function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase()}`;
}
