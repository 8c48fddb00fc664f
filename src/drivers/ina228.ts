/** Texas Instruments INA228, INA238 and INA237: monitors for batteries up to 85 V; the INA228 counts charge and energy itself. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Values } from '../model.ts';
import type { Clock, I2cBus } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { type Flow, flowCounters } from './lib/flow-counters.ts';
import { ALL_ONES, allOnes, hex, type I2cOptions, i2cProperties } from './lib/i2c-chip.ts';
import { busVoltsOf, dieCelsiusOf, type Ina228Layout, shuntVoltsOf, signedOf, unsignedOf } from './lib/ina228-registers.ts';
import { round } from './lib/round.ts';
import { AVERAGES, cycleMs, largestAmps, type SamplingOptions, samplingProperties } from './lib/sampling.ts';
import { monitorEntities, monitored, type ShuntOptions, shuntOhms, shuntProperties } from './lib/shunt.ts';

interface Ina228Options extends I2cOptions, ShuntOptions, SamplingOptions {}

// Registers (datasheet SLYS021A, table 7-3).
const CONFIG = 0x00;
const ADC_CONFIG = 0x01;
const SHUNT_CAL = 0x02;
const SHUNT = 0x04;
const BUS = 0x05;
const DIE_TEMPERATURE = 0x06;
const ENERGY = 0x09;
const CHARGE = 0x0a;
const DIAGNOSTICS = 0x0b;
const MANUFACTURER = 0x3e;
const DEVICE = 0x3f;
const TEXAS_INSTRUMENTS = 0x5449;
const INA228 = 0x228;
const WITHOUT_COUNTERS: readonly number[] = [0x237, 0x238];
const FINE_RANGE = 0x0010;
const MEMORY_GOOD = 0x0001;
/** Near the 4096 that make the current register as wide as the shunt's, but another value than after a loss of supply. */
const CALIBRATION = 4100;
const FULL_SCALE_MV = 163.84;
const CONVERSIONS_US: readonly number[] = [50, 84, 150, 280, 540, 1052, 2074, 4120];

const options: JSONSchemaType<Ina228Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['bus', 'address', 'invert', 'gain', 'offset_a', 'averaging', 'conversion_us', 'period_s'],
  properties: {
    ...i2cProperties(0x40, 0x4f),
    ...shuntProperties,
    ...samplingProperties(FULL_SCALE_MV, CONVERSIONS_US, 1052),
  },
};

const total = (en: string, fr: string, quantity: 'charge' | 'energy') => {
  const maxPerHour = quantity === 'charge' ? 2_000 : 100_000;
  return {
    name: { en, fr },
    quantity,
    decimals: quantity === 'charge' ? 2 : 0,
    whenSeen: true,
    total: { from: 'session', maxPerHour },
  } as const;
};
const entities = {
  ...monitorEntities,
  energy_in: total('Energy charged', 'Énergie chargée', 'energy'),
  energy_out: total('Energy discharged', 'Énergie déchargée', 'energy'),
  charge_in: total('Charge in', 'Charge entrée', 'charge'),
  charge_out: total('Charge out', 'Charge sortie', 'charge'),
  chip_temperature: {
    name: { en: 'Chip temperature', fr: 'Température de la puce' },
    quantity: 'temperature',
    decimals: 1,
    diagnostic: true,
    disabled: true,
  },
} as const satisfies Record<string, Entity>;
type Entities = typeof entities;

/**
 * Current and power are computed from the shunt (the chip's power has no sign), charge and energy are the chip's own. Its flag for an
 * overflow of the arithmetic is not used: it stays set until the chip starts anew.
 */
export const ina228: SensorDriver<Ina228Options, Entities> = {
  type: 'ina228',
  title: { en: 'INA228, INA238, INA237 current monitor', fr: 'Moniteur de courant INA228, INA238, INA237' },
  proof: 'recorded',
  options,
  describe: (o) => ({ manufacturer: 'Texas Instruments', model: 'INA228', periodMs: pauseMs(o), entities }),
  async *read({ options: o, ports, clock, signal }) {
    const plan = planFor(o);
    const counters = flowCounters(plan.steps, (coulombs, s) => (coulombs * (o.invert ? -1 : 1) - o.offset_a * s) * o.gain);
    await using bus = await ports.i2c.open(o.bus);
    for (let wide: boolean | undefined; ; ) {
      if (wide === undefined || !(await keeps(bus, o.address, plan))) {
        wide = await setUp(bus, o.address, plan);
        counters.forget();
        await clock.sleep(cycleMs(o, 3), signal);
      }
      const values = await measure(bus, o, plan, wide);
      const counted = wide ? await countersOf(bus, o.address, clock) : undefined;
      // A chip that lost its supply since the first look reads zeros that nobody measured.
      if (!(await keeps(bus, o.address, plan))) continue;
      yield { ...values, ...(counted !== undefined && rounded(counters.take(counted))) };
      await clock.sleep(pauseMs(o), signal);
    }
  },
};

/** A shorter pause would read the same measurement twice. */
function pauseMs(o: Ina228Options): number {
  return Math.max(o.period_s * 1000, cycleMs(o, 3));
}

type Plan = ReturnType<typeof planFor>;
function planFor(o: Ina228Options) {
  const ohms = shuntOhms(o);
  const amps = largestAmps(o, FULL_SCALE_MV, ohms);
  const fine = amps * ohms < 0.04096;
  const time = CONVERSIONS_US.indexOf(o.conversion_us);
  // Datasheet 8.1.2: calibration = 13107.2e6 × current step × shunt, four times that in the fine range.
  const coulombs = CALIBRATION / (13_107.2e6 * ohms * (fine ? 4 : 1));
  return {
    ohms,
    fine,
    amps,
    config: fine ? FINE_RANGE : 0,
    adc: 0xf000 | (time << 9) | (time << 6) | (time << 3) | AVERAGES.indexOf(o.averaging),
    steps: { coulombs, joules: 16 * 3.2 * coulombs, amps: (fine ? 0.04096 : 0.16384) / ohms, volts: 102.4 },
  };
}

async function keeps(bus: I2cBus, address: number, { config, adc }: Plan): Promise<boolean> {
  if ((await bus.readRegister(address, SHUNT_CAL)) !== CALIBRATION) return false;
  return (await bus.readRegister(address, CONFIG)) === config && (await bus.readRegister(address, ADC_CONFIG)) === adc;
}

/** Writes only to a chip that says what it is. True for an INA228. */
async function setUp(bus: I2cBus, address: number, plan: Plan): Promise<boolean> {
  const maker = await bus.readRegister(address, MANUFACTURER);
  const device = await bus.readRegister(address, DEVICE);
  if (maker === ALL_ONES && device === ALL_ONES) throw allOnes();
  // The lowest four bits count revisions.
  const kind = device >> 4;
  if (maker !== TEXAS_INSTRUMENTS || (kind !== INA228 && !WITHOUT_COUNTERS.includes(kind))) {
    throw new DeviceError(`the chip at ${hex(address)} is no INA228 or INA238 (${hex(maker)}, ${hex(device)})`, {
      mend: 'Check its address',
    });
  }
  if (!(await keeps(bus, address, plan))) {
    await bus.writeRegister(address, CONFIG, plan.config);
    await bus.writeRegister(address, SHUNT_CAL, CALIBRATION);
    await bus.writeRegister(address, ADC_CONFIG, plan.adc);
  }
  if (await keeps(bus, address, plan)) return kind === INA228;
  throw new DeviceError(`the chip at ${hex(address)} loses its settings`, { mend: 'Check its power supply' });
}

async function measure(bus: I2cBus, o: Ina228Options, { ohms, fine, amps }: Plan, wide: boolean): Promise<Values<Entities>> {
  const layout: Ina228Layout = { wide, fine };
  const length = wide ? 3 : 2;
  const diagnostics = await bus.readRegister(o.address, DIAGNOSTICS);
  if (diagnostics === ALL_ONES) throw allOnes();
  if ((diagnostics & MEMORY_GOOD) === 0) throw new DeviceError('the chip reports that its trim memory is damaged', { mend: 'Replace it' });
  const shunt = shuntVoltsOf(await bus.readBytes(o.address, SHUNT, length), layout);
  const volts = busVoltsOf(await bus.readBytes(o.address, BUS, length), layout);
  if (volts < 0) throw new DeviceError('impossible bus voltage', { mend: 'Keep the I2C wires short' });
  const celsius = dieCelsiusOf(await bus.readBytes(o.address, DIE_TEMPERATURE, 2), layout);
  const overrange = shunt.full || Math.abs(shunt.volts / ohms) > amps;
  return { ...monitored(volts, shunt.volts, { ohms, overrange }, o), chip_temperature: round(celsius, 1) };
}

async function countersOf(bus: I2cBus, address: number, clock: Clock) {
  const energy = unsignedOf(await bus.readBytes(address, ENERGY, 5));
  const charge = signedOf(await bus.readBytes(address, CHARGE, 5));
  return { energy, charge, atMs: clock.monotonicMs() };
}

function rounded(flow: Flow): Flow {
  const { charge_in, charge_out, energy_in, energy_out } = flow;
  return {
    charge_in: round(charge_in, 5),
    charge_out: round(charge_out, 5),
    energy_in: round(energy_in, 4),
    energy_out: round(energy_out, 4),
  };
}
