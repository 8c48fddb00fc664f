/** Texas Instruments INA219: bus voltage and shunt voltage over I2C; current and signed power are computed from them. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Values } from '../model.ts';
import type { I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { ALL_ONES, allOnes, type I2cOptions, i2cProperties, signed16 } from './lib/i2c-chip.ts';
import { type Correction, monitorEntities, monitored, type ShuntOptions, shuntOhms, shuntProperties } from './lib/shunt.ts';

interface Ina219Options extends I2cOptions, ShuntOptions {
  readonly max_amps: number;
}

// Registers (datasheet SBOS448, table 2).
const CONFIG = 0x00;
const SHUNT = 0x01;
const BUS = 0x02;
const RESET_CONFIG = 0x399f;
const SHUNT_LSB_V = 10e-6;
const BUS_LSB_V = 4e-3;
/** 32 V range, both ADCs averaging 128 samples (68.1 ms each), continuous. The gain is added. */
const CONFIG_BASE = 0x2000 | (15 << 7) | (15 << 3) | 7;
const CONVERSION_MS = 150;
/** Full scale of the four gains, in steps of 10 µV: ±40, 80, 160, 320 mV. */
const FULL_SCALE = [4000, 8000, 16_000, 32_000] as const;

const options: JSONSchemaType<Ina219Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'max_amps', 'invert', 'gain', 'offset_a', 'period_s'],
  properties: {
    ...i2cProperties(0x40, 0x4f),
    ...shuntProperties,
    max_amps: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 2000,
      default: 3.2,
      description: 'Largest current to be measured, in A',
      fr: 'Plus grand courant à mesurer, en A',
    },
  },
};

const entities = monitorEntities;
type Entities = typeof entities;

/**
 * The INA219 has no identification register, so nothing is written to an address that was not declared. Its own current and
 * power registers are not used: they forget their calibration at a power loss, and power has no sign (reference: batteries 1.4).
 */
export const ina219: SensorDriver<Ina219Options, Entities> = {
  type: 'ina219',
  title: { en: 'INA219 current monitor', fr: 'Moniteur de courant INA219' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Texas Instruments', model: 'INA219', periodMs: period_s * 1000, entities }),
  async *read({ options: o, ports, clock, signal }) {
    const ohms = shuntOhms(o);
    // An external shunt is meant to carry what its plate says, whatever the default of max_amps.
    const gain = gainFor(Math.max(o.max_amps, o.shunt_amps ?? 0) * ohms);
    const config = CONFIG_BASE | (gain << 11);
    await using bus = await ports.i2c.open(o.bus);
    for (;;) {
      if ((await bus.readRegister(o.address, CONFIG)) !== config) {
        await bus.writeRegister(o.address, CONFIG, config);
        await clock.sleep(CONVERSION_MS, signal);
        await confirm(bus, o.address, config);
      }
      const values = decode(await bus.readRegister(o.address, SHUNT), await bus.readRegister(o.address, BUS), gain, ohms, o);
      // A chip that lost its supply since the first look reads zeros that nobody measured.
      if ((await bus.readRegister(o.address, CONFIG)) !== config) continue;
      yield values;
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

/** After a write the chip must show what was written: otherwise it is another chip, or it keeps losing power. */
async function confirm(bus: I2cBus, address: number, config: number): Promise<void> {
  const found = await bus.readRegister(address, CONFIG);
  if (found === config) return;
  if (found === ALL_ONES) throw allOnes();
  const what = found === RESET_CONFIG ? 'the chip loses its settings' : 'the chip does not behave like an INA219';
  throw new DeviceError(`${what} (0x${address.toString(16)} reads 0x${found.toString(16)})`, {
    mend: 'Check its power supply and its address',
  });
}

/** Current from the shunt alone. Registers: batteries 1.4. Exported for the recorded vectors. */
export function decode(shunt: number, busRegister: number, gain: number, ohms: number, o: Correction): Values<Entities> {
  if (busRegister === ALL_ONES) throw allOnes();
  const steps = signed16(shunt);
  // At the end of its range the amplifier says "at least": that is not a measurement.
  const overrange = Math.abs(steps) >= (FULL_SCALE[gain] ?? 0);
  return monitored((busRegister >> 3) * BUS_LSB_V, steps * SHUNT_LSB_V, { ohms, overrange }, o);
}

/** The smallest range that holds the largest expected shunt voltage: 0 = ±40 mV … 3 = ±320 mV. */
function gainFor(volts: number): number {
  const found = FULL_SCALE.findIndex((steps) => volts < steps * SHUNT_LSB_V);
  return found === -1 ? 3 : found;
}
