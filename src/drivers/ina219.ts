/** Texas Instruments INA219: bus voltage and shunt voltage over I2C; current and signed power are computed from them. */
import type { JSONSchemaType } from 'ajv';
import { ConfigError, DeviceError, type Values } from '../model.ts';
import type { I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';

interface Ina219Options {
  readonly bus: number;
  readonly address: number;
  readonly shunt_ohms?: number | null;
  readonly shunt_mv?: number | null;
  readonly shunt_amps?: number | null;
  readonly max_amps: number;
  readonly invert: boolean;
  readonly gain: number;
  readonly offset_a: number;
  readonly period_s: number;
}

// Registers (datasheet SBOS448, table 2).
const CONFIG = 0x00;
const SHUNT = 0x01;
const BUS = 0x02;
const RESET_CONFIG = 0x399f;
const ALL_ONES = 0xffff;
const SHUNT_LSB_V = 10e-6;
const BUS_LSB_V = 4e-3;
/** 32 V range, both ADCs averaging 128 samples (68.1 ms each), continuous. The gain is added. */
const CONFIG_BASE = 0x2000 | (15 << 7) | (15 << 3) | 7;
const CONVERSION_MS = 150;
/** Full scale of the four gains, in steps of 10 µV: ±40, 80, 160, 320 mV. */
const FULL_SCALE = [4000, 8000, 16_000, 32_000] as const;

const optional = { nullable: true } as const;
const options: JSONSchemaType<Ina219Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'max_amps', 'invert', 'gain', 'offset_a', 'period_s'],
  properties: {
    bus: {
      type: 'integer',
      minimum: 0,
      maximum: 22,
      default: 1,
      description: 'I2C bus: 1 is /dev/i2c-1',
      fr: 'Bus I2C : 1 désigne /dev/i2c-1',
    },
    address: { type: 'integer', minimum: 0x40, maximum: 0x4f, description: 'I2C address, 0x40 to 0x4F', fr: 'Adresse I2C, de 0x40 à 0x4F' },
    shunt_ohms: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 10,
      ...optional,
      description: 'Shunt resistance in ohm (breakout boards: 0.1)',
      fr: 'Résistance du shunt en ohm (cartes courantes : 0,1)',
    },
    shunt_mv: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 320,
      ...optional,
      description: 'External shunt: millivolts at its rated current',
      fr: 'Shunt externe : millivolts à son courant nominal',
    },
    shunt_amps: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 2000,
      ...optional,
      description: 'External shunt: rated current in A',
      fr: 'Shunt externe : courant nominal en A',
    },
    max_amps: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 2000,
      default: 3.2,
      description: 'Largest current to be measured, in A',
      fr: 'Plus grand courant à mesurer, en A',
    },
    invert: {
      type: 'boolean',
      default: false,
      description: 'Turn the sign: positive must mean charging',
      fr: 'Inverser le signe : positif doit signifier charge',
    },
    gain: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 10,
      default: 1,
      description: 'Correction factor of the current',
      fr: 'Facteur de correction du courant',
    },
    offset_a: {
      type: 'number',
      minimum: -100,
      maximum: 100,
      default: 0,
      description: 'Current shown at rest in A, subtracted',
      fr: 'Courant affiché au repos en A, retranché',
    },
    period_s: {
      type: 'number',
      minimum: 0.2,
      maximum: 3600,
      default: 1,
      description: 'Pause between two readings in s',
      fr: 'Pause entre deux lectures en s',
    },
  },
};

const entities = {
  bus_voltage: { name: { en: 'Bus voltage', fr: 'Tension du bus' }, quantity: 'voltage', decimals: 2, deadBand: 0.01 },
  shunt_voltage: {
    name: { en: 'Shunt voltage', fr: 'Tension du shunt' },
    quantity: 'voltage',
    decimals: 5,
    diagnostic: true,
    disabled: true,
  },
  current: { name: { en: 'Current', fr: 'Courant' }, quantity: 'current', decimals: 2, deadBand: 0.02 },
  power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 1, deadBand: 0.5 },
  overrange: { name: { en: 'Current out of range', fr: 'Courant hors plage' }, quantity: 'problem', diagnostic: true },
} as const;
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
export function decode(
  shunt: number,
  busRegister: number,
  gain: number,
  ohms: number,
  o: Pick<Ina219Options, 'invert' | 'gain' | 'offset_a'>,
): Values<Entities> {
  if (busRegister === ALL_ONES) throw allOnes();
  const steps = (shunt << 16) >> 16;
  const volts = (busRegister >> 3) * BUS_LSB_V;
  const shuntVolts = steps * SHUNT_LSB_V;
  // At the end of its range the amplifier says "at least": that is not a measurement.
  const overrange = Math.abs(steps) >= (FULL_SCALE[gain] ?? 0);
  const amps = ((shuntVolts / ohms) * (o.invert ? -1 : 1) - o.offset_a) * o.gain;
  return {
    bus_voltage: round(volts, 3),
    shunt_voltage: round(shuntVolts, 5),
    current: overrange ? null : round(amps, 4),
    power: overrange ? null : round(volts * amps, 3),
    overrange,
  };
}

/** A bus without a chip, or held high: not a value (32.76 V). */
function allOnes(): DeviceError {
  return new DeviceError('the bus reads all ones', { mend: 'Check SDA, SCL and the pull-up resistors' });
}

/** Half a plate, or two shunts, would give a current that is wrong by any factor: refused rather than guessed. */
function shuntOhms({ shunt_ohms: ohms, shunt_mv: mv, shunt_amps: amps }: Ina219Options): number {
  if (mv == null && amps == null) return ohms ?? 0.1;
  if (mv == null) throw new ConfigError('shunt_mv', 'shunt_amps is given without shunt_mv', 'Give both, as printed on the shunt');
  if (amps == null) throw new ConfigError('shunt_amps', 'shunt_mv is given without shunt_amps', 'Give both, as printed on the shunt');
  if (ohms != null) {
    throw new ConfigError('shunt_ohms', 'the shunt is given twice', 'Keep shunt_ohms, or shunt_mv with shunt_amps');
  }
  return mv / 1000 / amps;
}

/** The smallest range that holds the largest expected shunt voltage: 0 = ±40 mV … 3 = ±320 mV. */
function gainFor(volts: number): number {
  const found = FULL_SCALE.findIndex((steps) => volts < steps * SHUNT_LSB_V);
  return found === -1 ? 3 : found;
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
