/** An ADS1115 as its datasheet describes it (SBAS444): single conversions of one of four inputs, done when the clock says so. */
import type { Clock } from '../types.ts';
import type { SimulatedChip } from './i2c.ts';

const FULL_SCALE_V = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
const RATES = [8, 16, 32, 64, 128, 250, 475, 860];

/** `inputs`: volts on AIN0 to AIN3. The result register keeps the last finished conversion. */
export function simulatedAds1115(inputs: readonly (() => number)[], clock: Clock): SimulatedChip & { powerLoss(): void } {
  let config = 0x0583;
  let doneAtMs = 0;
  let result = 0;
  let next = 0;
  const settle = (): boolean => {
    const done = clock.monotonicMs() >= doneAtMs;
    if (done) result = next;
    return done;
  };
  return {
    read(register) {
      const done = settle();
      if (register === 0) return result & 0xffff;
      if (register === 1) return config | (done ? 0x8000 : 0);
      return register === 2 ? 0x8000 : 0x7fff;
    },
    write(register, value) {
      if (register !== 1) return;
      settle();
      config = value & 0x7fff;
      if ((value & 0x8000) === 0) return;
      const volts = inputs[((value >> 12) & 7) - 4]?.() ?? 0;
      const steps = Math.round((volts / (FULL_SCALE_V[(value >> 9) & 7] ?? 1)) * 32_768);
      next = Math.max(-32_768, Math.min(32_767, steps));
      doneAtMs = clock.monotonicMs() + 1000 / (RATES[(value >> 5) & 7] ?? 8);
    },
    powerLoss() {
      config = 0x0583;
      doneAtMs = 0;
      result = 0;
      next = 0;
    },
  };
}
