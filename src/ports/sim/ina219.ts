/** An INA219 as its datasheet describes it (SBOS448): registers, ranges and saturation, fed by what flows. */
import type { SimulatedChip } from './i2c.ts';

export interface Ina219Inputs {
  readonly volts: () => number;
  readonly amps: () => number;
  readonly shuntOhms: number;
}
export const INA219_RESET_CONFIG = 0x399f;

/** Conversions are always ready; the reset bit and the gain of the shunt amplifier work. `powerLoss` forgets the settings. */
export function simulatedIna219(inputs: Ina219Inputs): SimulatedChip & { powerLoss(): void } {
  let config = INA219_RESET_CONFIG;
  let calibration = 0;
  const shunt = (): number => {
    const limit = 4000 << ((config >> 11) & 3); // ±40, 80, 160, 320 mV in steps of 10 µV
    const steps = Math.round((inputs.amps() * inputs.shuntOhms) / 10e-6);
    return Math.max(-limit, Math.min(limit, steps));
  };
  const bus = (): number => {
    const limit = (config & 0x2000) === 0 ? 4000 : 8000; // 16 V or 32 V in steps of 4 mV
    return Math.max(0, Math.min(limit, Math.round(inputs.volts() / 4e-3)));
  };
  return {
    read(register) {
      if (register === 0) return config;
      if (register === 1) return shunt() & 0xffff;
      if (register === 2) return (bus() << 3) | 0x2; // CNVR
      if (register === 4) return Math.trunc((shunt() * calibration) / 4096) & 0xffff;
      if (register === 5) return calibration;
      return 0;
    },
    write(register, value) {
      if (register === 0) config = (value & 0x8000) === 0 ? value : INA219_RESET_CONFIG;
      if (register === 5) calibration = value & 0xfffe;
    },
    powerLoss() {
      config = INA219_RESET_CONFIG;
      calibration = 0;
    },
  };
}
