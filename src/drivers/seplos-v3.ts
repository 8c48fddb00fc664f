/** Seplos V3 batteries (BMS 3.0, 10E and later, XZH boards) over Modbus (maker's protocol V0.3). Only reads, never writes. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { CHARGE_LOW, CURRENT_LEVELS, levelValues, pairValues, TEMPERATURE_LEVELS, VOLTAGE_LEVELS } from './lib/bms-alarms.ts';
import { cellValues, celsiusOfKelvin, sensorValues } from './lib/bms-cells.ts';
import { balancingValues, packValues, percent } from './lib/bms-pack.ts';
import { type BlockAnswers, type RegisterBlock, readBlocks, viewOf } from './lib/modbus-blocks.ts';
import { MODBUS_REQUIRED, type ModbusOptions, modbusProperties } from './lib/modbus-options.ts';
import { SEPLOS_ENTITIES } from './lib/rack-entities.ts';
import { seplosState } from './lib/rack-values.ts';

type Entities = Readonly<Record<string, Entity>>;
type Row = Record<string, Value>;

export interface SeplosV3Options extends ModbusOptions {
  readonly current_step: number;
}

const options: JSONSchemaType<SeplosV3Options> = {
  type: 'object',
  additionalProperties: false,
  required: [...MODBUS_REQUIRED, 'current_step'],
  properties: {
    ...modbusProperties({ baudRate: 19_200, periodS: 5 }),
    unit: {
      type: 'integer',
      minimum: 0,
      maximum: 127,
      default: 0,
      description: 'Address on its DIP switches: 0 for a battery alone (in a parallel stack, 0 is master of the line)',
      fr: 'Adresse sur ses micro-interrupteurs : 0 pour une batterie seule (dans une pile en parallèle, 0 est maître de la ligne)',
    },
    current_step: {
      type: 'number',
      enum: [0.01, 0.1],
      default: 0.01,
      description: 'Step of the current, A: 0.01 on boards up to 200 A, 0.1 on those of 300 A and more',
      fr: "Pas du courant, A : 0.01 sur les cartes jusqu'à 200 A, 0.1 à partir de 300 A",
    },
  },
};

const CELLS = 16;
const CELL_SENSORS = 4;
const PACK: RegisterBlock = { kind: 'input', address: 0x1000, count: 18 };
/** 16 cells, eight places for sensors of which four are used, surroundings, switches. */
const INSIDE: RegisterBlock = { kind: 'input', address: 0x1100, count: 26 };
/** 18 bytes, lowest bit first. */
const STATUS: RegisterBlock = { kind: 'coil', address: 0x1200, count: 144, optional: true };

const limit = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'current', decimals: 0, setting: true, diagnostic: true });
const problem = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'problem', diagnostic: true, whenSeen: true });

const entities: Entities = {
  ...SEPLOS_ENTITIES,
  charge_out: {
    name: { en: 'Charge out', fr: 'Charge sortie' },
    quantity: 'charge',
    decimals: 0,
    diagnostic: true,
    total: { from: 'index', maxPerHour: 1000 },
  },
  charge_current_limit: limit('Charge current limit', 'Limite de courant de charge'),
  discharge_current_limit: limit('Discharge current limit', 'Limite de courant de décharge'),
  heater: { name: { en: 'Heater', fr: 'Chauffage' }, quantity: 'flag', diagnostic: true, whenSeen: true },
  cell_difference: problem('Cells too different', 'Cellules trop différentes'),
  reversed: problem('Poles reversed', 'Pôles inversés'),
};

export const seplosV3: SensorDriver<SeplosV3Options, Entities> = {
  type: 'seplos_v3',
  title: { en: 'Seplos V3 battery (Modbus)', fr: 'Batterie Seplos V3 (Modbus)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Seplos', model: 'BMS V3', periodMs: period_s * 1000, entities }),
  read: (context) =>
    readBlocks(
      {
        blocks: [PACK, INSIDE, STATUS],
        firstUnit: 0,
        mend: 'Check the DIP switches; in a parallel stack the battery 0 is the master and asks the others by itself: no second one can ask on that line',
        decode: (answers) => seplosV3Values(answers, context.options.current_step),
      },
      context,
    ),
};

/** Values of the blocks that were given. Exported for the recorded frames. */
export function seplosV3Values(answers: BlockAnswers, currentStep: number): Row {
  const [pack, inside, bits] = [PACK, INSIDE, STATUS].map((block) => answers.get(block));
  if (pack === undefined || inside === undefined) throw new DeviceError('an answer without cells or voltage');
  return { ...packOf(viewOf(pack), currentStep), ...insideOf(inside), ...(bits !== undefined && statusOf(bits)) };
}

/** Table PIA; mean, highest and lowest cell and temperature are left out: they follow from the next table. */
function packOf(view: DataView, currentStep: number): Row {
  const word = (register: number): number => view.getUint16(2 * register);
  const full = word(3) / 100;
  return {
    ...packValues(word(0) / 100, Number((view.getInt16(2) * currentStep).toFixed(2))),
    remaining_capacity: word(2) / 100,
    full_capacity: full > 0 ? full : null,
    charge_out: word(4) * 10,
    state_of_charge: percent(word(5) / 10),
    state_of_health: percent(word(6) / 10),
    cycles: word(7),
    discharge_current_limit: word(15),
    charge_current_limit: word(16),
  };
}

/** Table PIB. Smaller packs leave the last cells at 0. */
function insideOf(words: readonly number[]): Row {
  const cells = words.slice(0, CELLS);
  const last = cells.findLastIndex((millivolts) => millivolts > 0);
  const celsius = words.slice(CELLS).map(celsiusOfKelvin);
  return {
    ...cellValues(cells.slice(0, last + 1)),
    ...sensorValues(celsius.slice(0, CELL_SENSORS)),
    temperature_environment: celsius[8] ?? null,
    temperature_switch: celsius[9] ?? null,
  };
}

/** Table PIC, a byte each from the seventh on: balancing (2), state, events (tables 4.1 to 4.10); before them, cells one by one. */
function statusOf(bits: readonly number[]): Row {
  const byte = (at: number): number => bits.slice(8 * at, 8 * at + 8).reduce((sum, bit, i) => sum | (bit << i), 0);
  const [surroundings, current, locks, charge, switches] = [11, 12, 13, 14, 15].map(byte) as [number, number, number, number, number];
  return {
    ...balancingValues(byte(6) | (byte(7) << 8)),
    state: seplosState(byte(8)),
    ...pairValues(VOLTAGE_LEVELS, byte(9)),
    ...pairValues(TEMPERATURE_LEVELS, byte(10)),
    environment_alarm: (surroundings & 0x0f) !== 0,
    switch_hot: (surroundings & 0x30) !== 0,
    // Three bits each: warning, protection, protection of the second level; the lock of the latter comes in the next byte.
    ...levelValues(
      CURRENT_LEVELS,
      (i) => current >>> (3 * i),
      (i) => (current >>> (3 * i + 1)) | (current >>> (3 * i + 2)) | (locks >>> (2 + i)),
    ),
    short_circuit: (current & 0x40) !== 0 || (locks & 1) !== 0,
    reversed: (locks & 2) !== 0,
    ...pairValues([undefined, CHARGE_LOW], charge),
    cell_difference: (charge & 0x10) !== 0,
    discharging_enabled: (switches & 1) !== 0,
    charging_enabled: (switches & 2) !== 0,
    heater: (switches & 8) !== 0,
    hardware_fault: byte(17) !== 0,
  };
}
