/** Texas Instruments INA3221: three current monitors for 12 V in one chip; a device of the house is one of its channels. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Values } from '../model.ts';
import type { Clock, I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { abortable } from './lib/abortable.ts';
import { ALL_ONES, allOnes, hex, type I2cOptions, i2cProperties, signed16 } from './lib/i2c-chip.ts';
import { type Correction, monitorEntities, monitored, type ShuntOptions, shuntOhms, shuntProperties } from './lib/shunt.ts';
import { inTurn } from './lib/turns.ts';

interface Ina3221Options extends I2cOptions, ShuntOptions {
  readonly channel: 1 | 2 | 3;
}

// Registers (datasheet SBOS576, table 4); shunt and bus voltage of a channel follow each other.
const CONFIG = 0x00;
const FIRST_CHANNEL = 0x01;
const MANUFACTURER = 0xfe;
const DIE = 0xff;
const TEXAS_INSTRUMENTS = 0x5449;
const INA3221_DIE = 0x3220;
/** All channels on, 64 samples of 1.1 ms each for shunt and bus, continuous: the same for every channel, so that none disturbs another. */
const SETTINGS = 0x7000 | (3 << 9) | (4 << 6) | (4 << 3) | 7;
/** 3 channels × 2 voltages × 64 × 1.1 ms, with the chip's clock up to 10 % slow. */
const CYCLE_MS = 470;
const SHUNT_LSB_V = 40e-6;
const BUS_LSB_V = 8e-3;
/** The registers end at 7FF8h: 4095 steps. */
const FULL_SCALE = 4095;

const options: JSONSchemaType<Ina3221Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'channel', 'invert', 'gain', 'offset_a', 'period_s'],
  properties: {
    ...i2cProperties(0x40, 0x43),
    channel: { type: 'integer', enum: [1, 2, 3], description: 'Channel of the chip, 1 to 3', fr: 'Voie de la puce, de 1 à 3' },
    ...shuntProperties,
  },
};

export const ina3221: SensorDriver<Ina3221Options, typeof monitorEntities> = {
  type: 'ina3221',
  title: { en: 'INA3221 current monitor, one channel', fr: 'Moniteur de courant INA3221, une voie' },
  proof: 'vendor-document',
  options,
  describe: ({ channel, period_s }) => ({
    manufacturer: 'Texas Instruments',
    model: `INA3221, ${channel}`,
    periodMs: Math.max(period_s * 1000, CYCLE_MS),
    entities: monitorEntities,
  }),
  async *read({ options: o, ports, clock, signal }) {
    const ohms = shuntOhms(o);
    await using bus = await ports.i2c.open(o.bus);
    const read = (): Promise<Measured | undefined> => measure(bus, o, clock);
    for (;;) {
      // While one channel sets the chip up, the others would read zeros that nobody measured.
      const measured = await abortable(() => inTurn(ports.i2c, `INA3221 ${o.bus} ${o.address}`, read), signal);
      if (measured === undefined) continue;
      yield decode(measured, ohms, o);
      await clock.sleep(Math.max(o.period_s * 1000, CYCLE_MS), signal);
    }
  },
};

interface Measured {
  readonly shunt: number;
  readonly bus: number;
}

/** Undefined when the chip lost its supply meanwhile. The wait for the first measurement is not given up: another channel may follow. */
async function measure(bus: I2cBus, { address, channel }: Ina3221Options, clock: Clock): Promise<Measured | undefined> {
  if ((await bus.readRegister(address, CONFIG)) !== SETTINGS) {
    await identify(bus, address);
    await bus.writeRegister(address, CONFIG, SETTINGS);
    await clock.sleep(CYCLE_MS);
    if ((await bus.readRegister(address, CONFIG)) !== SETTINGS) {
      throw new DeviceError(`the chip at ${hex(address)} loses its settings`, { mend: 'Check its power supply' });
    }
  }
  const register = FIRST_CHANNEL + 2 * (channel - 1);
  const shunt = await bus.readRegister(address, register);
  const volts = await bus.readRegister(address, register + 1);
  return (await bus.readRegister(address, CONFIG)) === SETTINGS ? { shunt, bus: volts } : undefined;
}

async function identify(bus: I2cBus, address: number): Promise<void> {
  const maker = await bus.readRegister(address, MANUFACTURER);
  const die = await bus.readRegister(address, DIE);
  if (maker === ALL_ONES && die === ALL_ONES) throw allOnes();
  if (maker === TEXAS_INSTRUMENTS && die === INA3221_DIE) return;
  throw new DeviceError(`the chip at ${hex(address)} is no INA3221 (${hex(maker)}, ${hex(die)})`, { mend: 'Check its address' });
}

/** Registers: batteries 1.7. Exported for the vendor's examples. */
export function decode({ shunt, bus }: Measured, ohms: number, o: Correction): Values<typeof monitorEntities> {
  if (bus === ALL_ONES) throw allOnes();
  // A bus below ground does not exist: the sign bit is noise on the wires.
  if (bus > 0x7fff) throw new DeviceError(`impossible bus voltage ${hex(bus)}`, { mend: 'Keep the I2C wires short' });
  const steps = signed16(shunt) >> 3;
  const overrange = Math.abs(steps) >= FULL_SCALE;
  const volts = bus >> 3;
  return monitored(volts === FULL_SCALE ? null : volts * BUS_LSB_V, steps * SHUNT_LSB_V, { ohms, overrange }, o);
}
