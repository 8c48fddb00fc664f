/** One battery of the house behind a foxBMS 2 of release 1.11: the messages it sends, big-endian as its DBC file says. */
import type { BatteryState } from './house.ts';

type Frame = readonly [id: number, data: Uint8Array];
/** DBC start bit, length, steps. */
type Part = readonly [start: number, length: number, raw: number];
const CELLS = 4;

/** Messages 0x220 to 0x260. foxBMS counts current positive while discharging. */
export function foxbmsFrames({ volts, amps, stateOfCharge, celsius }: BatteryState): Frame[] {
  const millivolts = Math.round((volts / CELLS) * 1000);
  const degrees = Math.round(celsius);
  const tenths = Math.round(stateOfCharge * 1000);
  return [
    [0x220, message([3, 4, amps > 0 ? 9 : 8], [7, 4, 1])],
    [0x230, message([39, 8, degrees], [47, 8, degrees])],
    [0x231, message([37, 14, millivolts + 2], [53, 14, millivolts - 2])],
    [0x232, message([7, 12, 200], [11, 12, 200])],
    [0x233, message([7, 15, volts * 10], [8, 15, volts * 10], [40, 17, -amps * 100], [25, 17, (-volts * amps) / 10])],
    [0x235, message([7, 10, tenths], [13, 10, tenths], [19, 10, tenths], [25, 10, tenths], [47, 8, 197])],
    [0x240, message([4, 1, 1])],
    [0x243, message([4, 18, volts * 100], [18, 18, -amps * 100])],
    [0x250, message([15, 4, 0xf], [11, 13, millivolts], [30, 13, millivolts + 2], [33, 13, millivolts - 2], [52, 13, millivolts])],
    [0x260, message([8, 1, 1], [23, 8, degrees])],
  ];
}

function message(...parts: readonly Part[]): Uint8Array {
  let word = 0n;
  for (const [start, length, raw] of parts) {
    const first = (start & ~7) + 7 - (start & 7);
    word |= BigInt.asUintN(length, BigInt(Math.round(raw))) << BigInt(64 - first - length);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(word);
  return Uint8Array.from(bytes);
}
