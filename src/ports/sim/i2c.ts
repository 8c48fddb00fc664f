/** I2C buses in memory: chips are registers behind an address; an absent one does not acknowledge. */
import { DeviceError } from '../../model.ts';
import type { I2cBuses } from '../types.ts';

export interface SimulatedChip {
  /** 16-bit register as the datasheet prints it. Throws to simulate a fault. */
  read(register: number): number;
  write(register: number, value: number): void;
  /** Registers of another length; without it a longer read gives words, one after the other. */
  readBytes?(register: number, length: number): readonly number[];
}
/** Chips by bus number and address; may change while running (a chip that is unplugged). */
export type SimulatedBuses = ReadonlyMap<number, ReadonlyMap<number, SimulatedChip>>;

/** Buses that hold the given chips. */
export function simulatedI2c(buses: SimulatedBuses): I2cBuses {
  return {
    async open(number) {
      const chips = buses.get(number);
      if (chips === undefined) throw new DeviceError(`/dev/i2c-${number} does not exist`);
      const chip = (address: number): SimulatedChip => {
        const found = chips.get(address);
        if (found === undefined) throw new DeviceError(`no chip answers at 0x${address.toString(16)} on bus ${number}`);
        return found;
      };
      return {
        readRegister: async (address, register) => chip(address).read(register) & 0xffff,
        writeRegister: async (address, register, value) => chip(address).write(register, value & 0xffff),
        readBytes: async (address, register, length) => Uint8Array.from(bytesOf(chip(address), register, length)),
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

function bytesOf(chip: SimulatedChip, register: number, length: number): readonly number[] {
  if (chip.readBytes !== undefined) return chip.readBytes(register, length);
  const words = Array.from({ length: Math.ceil(length / 2) }, () => chip.read(register));
  return words.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]).slice(0, length);
}
