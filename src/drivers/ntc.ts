/** NTC thermistor in a voltage divider on one input of an ADS1115 (I2C); a device of the house is one input. */
import type { JSONSchemaType } from 'ajv';
import { ConfigError, DeviceError } from '../model.ts';
import type { Clock, I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { abortable } from './lib/abortable.ts';
import { ALL_ONES, allOnes, hex, type I2cOptions, i2cProperties, signed16 } from './lib/i2c-chip.ts';
import { type NtcOptions, ntcCurve, ntcOhms, ntcProperties } from './lib/ntc-curve.ts';
import { round } from './lib/round.ts';
import { stepGuard } from './lib/steps.ts';
import { type TemperatureEntities, temperatureEntities, temperatureTeller } from './lib/temperature.ts';
import { inTurn } from './lib/turns.ts';

interface NtcDeviceOptions extends I2cOptions, NtcOptions {
  readonly channel: number;
  readonly supply_v: number;
  readonly supply_channel?: number | null;
}

// Registers (datasheet SBAS444).
const CONVERSION = 0x00;
const CONFIG = 0x01;
const LOW_THRESHOLD = 0x02;
const HIGH_THRESHOLD = 0x03;
/** Bit 15 written: start one conversion. Read: none is under way. */
const READY = 0x8000;
/** One conversion at a time, 8 a second (the mains hum averages out), comparator off. */
const SINGLE_SHOT = 0x0103;
const CONVERSION_MS = 140;
const LOWEST_C = -55;
const HIGHEST_C = 150;

const options: JSONSchemaType<NtcDeviceOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'channel', 'supply_v', 'r25_ohms', 'fixed_ohms', 'ntc_to', 'period_s'],
  properties: {
    ...i2cProperties(0x48, 0x4b, 5),
    channel: { type: 'integer', minimum: 0, maximum: 3, description: 'Input of the ADS1115, 0 to 3', fr: "Entrée de l'ADS1115, de 0 à 3" },
    supply_v: {
      type: 'number',
      minimum: 1,
      maximum: 5.5,
      default: 3.3,
      description: 'Supply voltage of the divider in V',
      fr: "Tension d'alimentation du diviseur en V",
    },
    supply_channel: {
      type: 'integer',
      minimum: 0,
      maximum: 3,
      nullable: true,
      description: 'Input that measures this supply voltage, if one does: more accurate',
      fr: 'Entrée qui mesure cette tension, si elle existe : plus précis',
    },
    ...ntcProperties,
  },
};

export const ntc: SensorDriver<NtcDeviceOptions, TemperatureEntities> = {
  type: 'ntc',
  title: { en: 'NTC thermistor on an ADS1115', fr: 'Thermistance NTC sur un ADS1115' },
  proof: 'vendor-document',
  options,
  describe: ({ channel, period_s }) => ({
    manufacturer: 'Texas Instruments',
    model: `ADS1115, ${channel}`,
    periodMs: period_s * 1000,
    entities: temperatureEntities,
  }),
  async *read({ options: o, ports, clock, signal }) {
    const celsiusOf = ntcCurve(o);
    if (o.supply_channel === o.channel) {
      throw new ConfigError('supply_channel', 'one input cannot measure both', 'Choose another input, or leave supply_channel out');
    }
    const steps = stepGuard();
    const teller = temperatureTeller();
    await using bus = await ports.i2c.open(o.bus);
    for (;;) {
      const share = await abortable(() => inTurn(ports.i2c, `ADS1115 ${o.bus} ${o.address}`, () => shareOf(bus, o, clock)), signal);
      const ohms = share === null ? null : ntcOhms(share, o);
      const celsius = ohms === null ? Number.NaN : round(celsiusOf(ohms), 2);
      // Also what a curve that is not this thermistor's makes of a resistance.
      const possible = celsius >= LOWEST_C && celsius <= HIGHEST_C;
      if (possible && steps.believes(celsius, clock.monotonicMs())) yield teller.measured(celsius);
      else teller.refuse();
      if (!possible) yield teller.failed();
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

/** The input's share of the supply voltage; null when one of them is not known. */
async function shareOf(bus: I2cBus, o: NtcDeviceOptions, clock: Clock): Promise<number | null> {
  await recognise(bus, o.address);
  const supply = o.supply_channel == null ? o.supply_v : await convert(bus, o, o.supply_channel, clock);
  const input = await convert(bus, o, o.channel, clock);
  // A supply far from what was declared is measured on the wrong input, or missing.
  if (supply === null || input === null || Math.abs(supply - o.supply_v) > 0.2 * o.supply_v) return null;
  return input / supply;
}

/** An ADS1115 has no identification; its thresholds, which nobody sets when the comparator is off, tell it from others at the address. */
async function recognise(bus: I2cBus, address: number): Promise<void> {
  const low = await bus.readRegister(address, LOW_THRESHOLD);
  const high = await bus.readRegister(address, HIGH_THRESHOLD);
  if (low === ALL_ONES && high === ALL_ONES) throw allOnes();
  if (low === 0x8000 && high === 0x7fff) return;
  const mend = 'Check its address; take its supply away for a moment if another program used it';
  throw new DeviceError(`the chip at ${hex(address)} does not behave like an ADS1115 (${hex(low)}, ${hex(high)})`, { mend });
}

/** One conversion of one input in V, null at the end of the range. The wait is not given up: the next in turn starts another. */
async function convert(bus: I2cBus, o: NtcDeviceOptions, channel: number, clock: Clock): Promise<number | null> {
  // The smallest range that holds the supply: ±4.096 V or ±6.144 V.
  const [code, volts] = o.supply_v <= 4 ? [1, 4.096] : [0, 6.144];
  const settings = ((4 + channel) << 12) | (code << 9) | SINGLE_SHOT;
  await bus.writeRegister(o.address, CONFIG, READY | settings);
  await clock.sleep(CONVERSION_MS);
  const config = await bus.readRegister(o.address, CONFIG);
  if (config === ALL_ONES) throw allOnes();
  if (config !== (READY | settings)) {
    const mend = 'Check its power supply, and that no other program uses it';
    throw new DeviceError(`the ADS1115 at ${hex(o.address)} did not finish its conversion (${hex(config)})`, { mend });
  }
  const steps = signed16(await bus.readRegister(o.address, CONVERSION));
  return steps >= 0x7fff || steps <= -0x8000 ? null : (steps * volts) / 32_768;
}
