/** Texas Instruments INA226: battery monitor for 12 and 24 V over I2C, ten times finer than an INA219, with identification. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Values } from '../model.ts';
import type { I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { ALL_ONES, allOnes, hex, type I2cOptions, i2cProperties, signed16 } from './lib/i2c-chip.ts';
import { AVERAGES, cycleMs, largestAmps, type SamplingOptions, samplingProperties } from './lib/sampling.ts';
import { type Correction, monitorEntities, monitored, type ShuntOptions, shuntOhms, shuntProperties } from './lib/shunt.ts';

interface Ina226Options extends I2cOptions, ShuntOptions, SamplingOptions {}

// Registers (datasheet SBOS547B, table 7-1).
const CONFIG = 0x00;
const SHUNT = 0x01;
const BUS = 0x02;
const CALIBRATION = 0x05;
const MASK = 0x06;
const MANUFACTURER = 0xfe;
const DIE = 0xff;
const TEXAS_INSTRUMENTS = 0x5449;
/** The upper twelve bits of the die register; the lower four count revisions. */
const INA226_DIE = 0x226;
const CONVERSION_READY = 0x0008;
const OVERFLOW = 0x0004;
const SHUNT_LSB_V = 2.5e-6;
const BUS_LSB_V = 1.25e-3;
const FULL_SCALE = 0x7fff;
const FULL_SCALE_MV = 81.92;
/** Codes of the time fields are the places in this list (datasheet 7.1.1). */
const CONVERSIONS_US: readonly number[] = [140, 204, 332, 588, 1100, 2116, 4156, 8244];

const options: JSONSchemaType<Ina226Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'invert', 'gain', 'offset_a', 'averaging', 'conversion_us', 'period_s'],
  properties: {
    ...i2cProperties(0x40, 0x4f),
    ...shuntProperties,
    ...samplingProperties(FULL_SCALE_MV, CONVERSIONS_US, 1100),
  },
};

interface Settings {
  readonly config: number;
  readonly calibration: number;
}

/** The chip's current and power registers are not read (power has no sign), but they are set up: their overflow flag guards `max_amps`. */
export const ina226: SensorDriver<Ina226Options, typeof monitorEntities> = {
  type: 'ina226',
  title: { en: 'INA226 current monitor', fr: 'Moniteur de courant INA226' },
  proof: 'vendor-document',
  options,
  describe: (o) => ({ manufacturer: 'Texas Instruments', model: 'INA226', periodMs: pauseMs(o), entities: monitorEntities }),
  async *read({ options: o, ports, clock, signal }) {
    const ohms = shuntOhms(o);
    const settings = settingsFor(o, ohms);
    await using bus = await ports.i2c.open(o.bus);
    for (let ready = false; ; ) {
      if (!ready || !(await keeps(bus, o.address, settings))) {
        await setUp(bus, o.address, settings);
        await clock.sleep(cycleMs(o, 2), signal);
        ready = true;
      }
      // Reading the mask register clears its ready flag, so it must come back with every measurement.
      const mask = await bus.readRegister(o.address, MASK);
      const shunt = await bus.readRegister(o.address, SHUNT);
      const volts = await bus.readRegister(o.address, BUS);
      // A chip that lost its supply since the first look reads zeros that nobody measured.
      if (!(await keeps(bus, o.address, settings))) continue;
      yield decode({ shunt, bus: volts, mask }, ohms, o);
      await clock.sleep(pauseMs(o), signal);
    }
  },
};

/** A shorter pause would read the same measurement twice. */
function pauseMs(o: Ina226Options): number {
  return Math.max(o.period_s * 1000, cycleMs(o, 2));
}

function settingsFor(o: Ina226Options, ohms: number): Settings {
  const averages = AVERAGES.indexOf(o.averaging);
  const time = CONVERSIONS_US.indexOf(o.conversion_us);
  // Datasheet 6.5.1: 0.00512 / (current step × shunt), the step being the largest current / 2^15.
  const calibration = Math.floor((0.00512 * 32_768) / (largestAmps(o, FULL_SCALE_MV, ohms) * ohms));
  return { config: 0x4000 | (averages << 9) | (time << 6) | (time << 3) | 7, calibration: Math.min(0x7fff, calibration) };
}

/** True while the chip shows what was written. The calibration is 0 after a loss of supply, whatever the configuration. */
async function keeps(bus: I2cBus, address: number, { config, calibration }: Settings): Promise<boolean> {
  return (await bus.readRegister(address, CONFIG)) === config && (await bus.readRegister(address, CALIBRATION)) === calibration;
}

/** Writes only to a chip that says it is an INA226. */
async function setUp(bus: I2cBus, address: number, settings: Settings): Promise<void> {
  const maker = await bus.readRegister(address, MANUFACTURER);
  const die = await bus.readRegister(address, DIE);
  if (maker === ALL_ONES && die === ALL_ONES) throw allOnes();
  if (maker !== TEXAS_INSTRUMENTS || die >> 4 !== INA226_DIE) {
    const mend = 'Check the address; boards sold as INA226 sometimes carry an INA219: then use type: ina219';
    throw new DeviceError(`the chip at ${hex(address)} is no INA226 (${hex(maker)}, ${hex(die)})`, { mend });
  }
  await bus.writeRegister(address, CALIBRATION, settings.calibration);
  await bus.writeRegister(address, CONFIG, settings.config);
  if (await keeps(bus, address, settings)) return;
  throw new DeviceError(`the chip at ${hex(address)} loses its settings`, { mend: 'Check its power supply' });
}

/** Registers: batteries 1.5. Exported for the vendor's example and the recorded vectors. */
export function decode(
  read: { readonly shunt: number; readonly bus: number; readonly mask: number },
  ohms: number,
  o: Correction,
): Values<typeof monitorEntities> {
  if (read.bus === ALL_ONES && read.mask === ALL_ONES) throw allOnes();
  // Bit 15 of the bus register is always 0 (datasheet 7.1.3).
  if (read.bus > FULL_SCALE) throw new DeviceError(`impossible bus voltage ${hex(read.bus)}`, { mend: 'Keep the I2C wires short' });
  if ((read.mask & CONVERSION_READY) === 0) throw new DeviceError('the chip measures nothing', { mend: 'Check its power supply' });
  const steps = signed16(read.shunt);
  const overrange = Math.abs(steps) >= FULL_SCALE || (read.mask & OVERFLOW) !== 0;
  return monitored(read.bus === FULL_SCALE ? null : read.bus * BUS_LSB_V, steps * SHUNT_LSB_V, { ohms, overrange }, o);
}
