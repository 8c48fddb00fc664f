/** The house's batteries as one bank in series, as its management tells an inverter on CAN once a second. */
import type { BatteryState } from './house.ts';

type Frame = readonly [id: number, data: Uint8Array];

/** What the bank sends at this moment: ids 0x351 to 0x35E and 0x373, little-endian. */
export function packFrames(batteries: readonly BatteryState[]): Frame[] {
  const sum = (of: (battery: BatteryState) => number): number => batteries.reduce((total, battery) => total + of(battery), 0);
  const count = Math.max(1, batteries.length);
  const cells = batteries.map(({ volts }) => Math.round((volts / 4) * 1000));
  const kelvin = batteries.map(({ celsius }) => Math.round(celsius + 273));
  const soc = Math.round((sum(({ stateOfCharge }) => stateOfCharge) / count) * 100);
  const celsius = sum((battery) => battery.celsius) / count;
  return [
    [0x351, words(142 * count, 500, 500, 112 * count)],
    [0x355, words(soc, 99)],
    [
      0x356,
      words(Math.round(sum(({ volts }) => volts) * 100), Math.round((sum(({ amps }) => amps) / count) * 10), Math.round(celsius * 10)),
    ],
    [0x359, Uint8Array.of(0, 0, 0, 0, batteries.length, 0x50, 0x4e)],
    [0x35c, Uint8Array.of(soc < 100 ? 0xc0 : 0x40, 0)],
    [0x35e, Uint8Array.from(Buffer.from('BOXSIM  '))],
    [0x373, words(Math.min(...cells), Math.max(...cells), Math.min(...kelvin), Math.max(...kelvin))],
  ];
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value & 0xffff, 2 * index);
  return Uint8Array.from(bytes);
}
