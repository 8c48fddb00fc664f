/** An INA226 as its datasheet describes it (SBOS547): registers, conversion ready, overflow and saturation, fed by what flows. */
import type { SimulatedChip } from './i2c.ts';

export interface Ina226Inputs {
  readonly volts: () => number;
  readonly amps: () => number;
  readonly shuntOhms: number;
}
export const INA226_RESET_CONFIG = 0x4127;

/** A conversion is ready whenever the chip is asked. `powerLoss` forgets the settings; `freeze` stops the conversions. */
export function simulatedIna226(inputs: Ina226Inputs): SimulatedChip & { powerLoss(): void; freeze(): void } {
  let config = INA226_RESET_CONFIG;
  let calibration = 0;
  let frozen = false;
  const within = (low: number, high: number, value: number): number => Math.max(low, Math.min(high, Math.round(value)));
  const shunt = (): number => within(-32_768, 32_767, (inputs.amps() * inputs.shuntOhms) / 2.5e-6);
  const bus = (): number => within(0, 32_767, inputs.volts() / 1.25e-3);
  const current = (): number => Math.trunc((shunt() * calibration) / 2048);
  const overflow = (): boolean => Math.abs(current()) > 32_767;
  const powerLoss = (): void => {
    config = INA226_RESET_CONFIG;
    calibration = 0;
  };
  const registers: Readonly<Record<number, () => number>> = {
    0: () => config,
    1: () => shunt() & 0xffff,
    2: bus,
    3: () => Math.trunc((Math.abs(current()) * bus()) / 20_000),
    4: () => current() & 0xffff,
    5: () => calibration,
    6: () => (frozen ? 0 : 0x0008) | (overflow() ? 0x0004 : 0),
    254: () => 0x5449,
    255: () => 0x2260,
  };
  return {
    read: (register) => registers[register]?.() ?? 0,
    write(register, value) {
      if (register === 0 && (value & 0x8000) !== 0) powerLoss();
      else if (register === 0) config = value;
      if (register === 5) calibration = value & 0x7fff;
    },
    powerLoss,
    freeze() {
      frozen = true;
    },
  };
}
