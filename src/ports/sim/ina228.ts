/** An INA228 or INA238 as its datasheet describes it (SLYS021): wide registers, two ranges, counters of charge and energy. */
import type { Clock } from '../types.ts';
import type { SimulatedChip } from './i2c.ts';

export interface Ina228Inputs {
  readonly volts: () => number;
  readonly amps: () => number;
  readonly shuntOhms: number;
  /** What register 3Fh says; 2281h: INA228, 2381h: INA238. */
  readonly device?: number;
}
const WRAP = 2 ** 40;

/** `powerLoss` forgets settings and counters. The counters follow the mean of the current at two looks at the chip. */
export function simulatedIna228(
  { volts, amps, shuntOhms, device = 0x2281 }: Ina228Inputs,
  clock: Clock,
): SimulatedChip & { powerLoss(): void } {
  const wide = device >> 4 === 0x228;
  let written = new Map<number, number>();
  let counters = { coulombs: 0, joules: 0, amps: 0, watts: 0, atMs: clock.monotonicMs() };
  const register = (number: number): number => written.get(number) ?? { 1: 0xfb68, 2: 0x1000 }[number] ?? 0;
  const scale = (): number => ((register(0) & 0x10) === 0 ? 1 : 4);
  const currentStep = (): number => register(2) / (13_107.2e6 * shuntOhms * scale());
  const limited = (value: number, bits: number): number => Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, Math.round(value)));
  const count = (): void => {
    const seconds = (clock.monotonicMs() - counters.atMs) / 1000;
    const now = { amps: amps(), watts: Math.abs(amps() * volts()) };
    counters = {
      ...now,
      coulombs: counters.coulombs + ((counters.amps + now.amps) / 2) * seconds,
      joules: counters.joules + ((counters.watts + now.watts) / 2) * seconds,
      atMs: clock.monotonicMs(),
    };
  };
  const values: Readonly<Record<number, () => number>> = {
    4: () => (wide ? limited(((amps() * shuntOhms) / 312.5e-9) * scale(), 20) * 16 : limited(((amps() * shuntOhms) / 5e-6) * scale(), 16)),
    5: () => (wide ? limited(volts() / 195.3125e-6, 20) * 16 : limited(volts() / 3.125e-3, 16)),
    6: () => (wide ? 3200 : 200 << 4), // 25 °C
    9: () => Math.round(counters.joules / (51.2 * currentStep())),
    10: () => Math.round(counters.coulombs / currentStep()),
    11: () => 1, // memory good
    62: () => 0x5449,
    63: () => device,
  };
  const value = (number: number): number => {
    count();
    return values[number]?.() ?? register(number);
  };
  return {
    read: (number) => value(number) & 0xffff,
    readBytes(number, length) {
      let rest = ((value(number) % WRAP) + WRAP) % WRAP;
      const bytes: number[] = [];
      for (let i = 0; i < length; i += 1) {
        bytes.unshift(rest % 256);
        rest = Math.floor(rest / 256);
      }
      return bytes;
    },
    write(number, word) {
      if (number < 4) written.set(number, word);
    },
    powerLoss() {
      written = new Map();
      counters = { coulombs: 0, joules: 0, amps: amps(), watts: Math.abs(amps() * volts()), atMs: clock.monotonicMs() };
    },
  };
}
