/** An INA3221 as its datasheet describes it (SBOS576): three channels that show nothing until their first measurement is done. */
import type { Clock } from '../types.ts';
import type { SimulatedChip } from './i2c.ts';

export interface Ina3221Channel {
  readonly volts: () => number;
  readonly amps: () => number;
  readonly shuntOhms: number;
}
export const INA3221_RESET_CONFIG = 0x7127;
/** Codes 0 to 7 of the averaging and time fields. */
const AVERAGES = [1, 4, 16, 64, 128, 256, 512, 1024];
const TIMES_US = [140, 204, 332, 588, 1100, 2116, 4156, 8244];

/** After a loss of supply, or a new configuration following one, the registers are 0 for as long as one round of all channels takes. */
export function simulatedIna3221(channels: readonly Ina3221Channel[], clock: Clock): SimulatedChip & { powerLoss(): void } {
  let config = INA3221_RESET_CONFIG;
  let validFromMs = 0;
  const roundMs = (): number => {
    const sample = (TIMES_US[(config >> 6) & 7] ?? 0) + (TIMES_US[(config >> 3) & 7] ?? 0);
    return (3 * sample * (AVERAGES[(config >> 9) & 7] ?? 1)) / 1000;
  };
  const start = (value: number): void => {
    config = value;
    validFromMs = clock.monotonicMs() + roundMs();
  };
  const steps = (value: number): number => (Math.max(-4095, Math.min(4095, Math.round(value))) << 3) & 0xffff;
  start(INA3221_RESET_CONFIG);
  return {
    read(register) {
      if (register === 0) return config;
      if (register === 0xfe) return 0x5449;
      if (register === 0xff) return 0x3220;
      const channel = channels[(register - 1) >> 1];
      if (register > 6 || channel === undefined || clock.monotonicMs() < validFromMs) return 0;
      return register % 2 === 1 ? steps((channel.amps() * channel.shuntOhms) / 40e-6) : steps(channel.volts() / 8e-3);
    },
    write(register, value) {
      if (register === 0) start((value & 0x8000) === 0 ? value : INA3221_RESET_CONFIG);
    },
    powerLoss: () => start(INA3221_RESET_CONFIG),
  };
}
