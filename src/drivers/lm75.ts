/** LM75, LM75A/B and TMP102/TMP112 temperature sensors over I2C; nothing is ever written to them. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError } from '../model.ts';
import type { I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { ALL_ONES, allOnes, hex, type I2cOptions, i2cProperties, signed16 } from './lib/i2c-chip.ts';
import { stepGuard } from './lib/steps.ts';
import { type TemperatureEntities, temperatureEntities, temperatureTeller } from './lib/temperature.ts';

type Chip = 'lm75' | 'lm75a' | 'tmp102';
interface Lm75Options extends I2cOptions {
  readonly chip: Chip;
}

const TEMPERATURE = 0x00;
const CONFIG = 0x01;
/** The lower bits that mean nothing: an LM75 may leave anything there. */
const UNUSED: Readonly<Record<Chip, number>> = { lm75: 0x7f, lm75a: 0x1f, tmp102: 0x0f };
const HIGHEST: Readonly<Record<Chip, number>> = { lm75: 125, lm75a: 127, tmp102: 150 };
/** After power-on the register says 0 °C until the first conversion is done (LM75: 0.3 s at most). */
const FIRST_CONVERSION_MS = 350;
/** TMP102: 1 = 13 bits, twice the range. */
const EXTENDED = 0x0001;
const SHUT_DOWN = 0x0100;

const options: JSONSchemaType<Lm75Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'chip', 'period_s'],
  properties: {
    ...i2cProperties(0x48, 0x4f, 5),
    chip: {
      type: 'string',
      enum: ['lm75', 'lm75a', 'tmp102'],
      default: 'lm75',
      description: 'lm75 (0.5 °C steps), lm75a (also LM75B, 0.125 °C), tmp102 (also TMP112, 0.0625 °C)',
      fr: 'lm75 (pas de 0,5 °C), lm75a (aussi LM75B, 0,125 °C), tmp102 (aussi TMP112, 0,0625 °C)',
    },
  },
};

export const lm75: SensorDriver<Lm75Options, TemperatureEntities> = {
  type: 'lm75',
  title: { en: 'LM75 or TMP102 temperature sensor', fr: 'Sonde de température LM75 ou TMP102' },
  proof: 'vendor-document',
  options,
  describe: ({ chip, period_s }) => ({
    manufacturer: chip === 'tmp102' ? 'Texas Instruments' : 'NXP',
    model: chip.toUpperCase(),
    periodMs: period_s * 1000,
    entities: temperatureEntities,
  }),
  async *read({ options: o, ports, clock, signal }) {
    const steps = stepGuard();
    const teller = temperatureTeller();
    await using bus = await ports.i2c.open(o.bus);
    await clock.sleep(FIRST_CONVERSION_MS, signal);
    for (;;) {
      await recognise(bus, o);
      const celsius = decode(await bus.readRegister(o.address, TEMPERATURE), o.chip);
      if (celsius !== null && steps.believes(celsius, clock.monotonicMs())) yield teller.measured(celsius);
      else teller.refuse();
      if (celsius === null) yield teller.failed();
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

/** These chips have no identification, but some bits of their configuration never change: other chips at the address differ there. */
async function recognise(bus: I2cBus, { address, chip }: Lm75Options): Promise<void> {
  const config = await bus.readRegister(address, CONFIG);
  if (config === ALL_ONES) throw allOnes();
  // TMP102: resolution bits always 11. LM75: one byte, its upper three bits always 0; what follows it is not ours.
  const known = chip === 'tmp102' ? (config & 0x6000) === 0x6000 : (config & 0xe000) === 0;
  if (!known) {
    const mend = 'Check its address and the option chip';
    throw new DeviceError(`the chip at ${hex(address)} does not behave like an ${chip.toUpperCase()} (${hex(config)})`, { mend });
  }
  if ((config & SHUT_DOWN) === 0) return;
  throw new DeviceError(`the sensor at ${hex(address)} was switched to standby by another program`, {
    mend: 'Take its supply away for a moment',
  });
}

/** Register as °C, null beyond what the sensor can measure (reference: batteries 2.2). Exported for the vendors' tables. */
export function decode(register: number, chip: Chip): number | null {
  if (register === ALL_ONES) throw allOnes();
  const used = signed16(register) & ~UNUSED[chip];
  const celsius = chip === 'tmp102' && (register & EXTENDED) !== 0 ? (signed16(register) & ~0x07) / 128 : used / 256;
  return celsius < -55 || celsius > HIGHEST[chip] ? null : celsius;
}
