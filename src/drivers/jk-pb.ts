/** JK batteries of the PB ("inverter") series and newer boards over their RS485 Modbus (maker's protocol V1.1). Only reads, never writes. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { between } from './lib/believable.ts';
import { believable, cellEntities, cellValues, namedSensor, sensorEntities } from './lib/bms-cells.ts';
import { type BitNames, bitEntities, bitValues, MORE_ENTITIES, PACK_ENTITIES, packValues, percent } from './lib/bms-pack.ts';
import { type BlockAnswers, type RegisterBlock, readBlocks, viewOf } from './lib/modbus-blocks.ts';
import { MODBUS_REQUIRED, type ModbusOptions, modbusProperties } from './lib/modbus-options.ts';

type Entities = Readonly<Record<string, Entity>>;
type Row = Record<string, Value>;

const options: JSONSchemaType<ModbusOptions> = {
  type: 'object',
  additionalProperties: false,
  required: MODBUS_REQUIRED,
  properties: {
    ...modbusProperties({ baudRate: 115_200, periodS: 5 }),
    unit: {
      type: 'integer',
      minimum: 1,
      maximum: 247,
      default: 1,
      description: 'Address on its DIP switches, 1 to 15 (at 0 the battery is master of the line and answers nobody)',
      fr: 'Adresse sur ses micro-interrupteurs, 1 à 15 (à 0 la batterie est maître de la ligne et ne répond à personne)',
    },
  },
};

const MAX_CELLS = 32;
/** The largest boards are of 300 A and 24 cells; beyond twice that the answer is no measurement. */
const MAX_VOLTS = 200;
const MAX_AMPS = 600;

/** Addresses count bytes although a register has two: 32 cells take 0x1200 to 0x123E (batteries 5.1). Then which cells are there. */
const CELLS: RegisterBlock = { kind: 'holding', address: 0x1200, count: 34 };
/** From the switches' temperature to the byte that tells which sensors are fitted. */
const PACK: RegisterBlock = { kind: 'holding', address: 0x128a, count: 36 };
const MORE_SENSORS: RegisterBlock = { kind: 'holding', address: 0x12f8, count: 3, optional: true };
const FIRMWARE: RegisterBlock = { kind: 'holding', address: 0x1418, count: 4, optional: true, once: true };

/** Bits 18 and 19 are left out: GPS not connected, and a reminder to change the password that healthy batteries show. */
const ALARMS: BitNames = [
  ['balance_wire', 'Balance wire resistance too high', "Résistance d'un fil d'équilibrage trop forte"],
  ['switch_hot', 'Switches too hot', 'Interrupteurs trop chauds'],
  ['cell_count', 'Number of cells not as set', 'Nombre de cellules non conforme au réglage'],
  ['current_sensor_fault', 'Current sensor fault', 'Défaut de la mesure du courant'],
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['charge_short_circuit', 'Short circuit while charging', 'Court-circuit en charge'],
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['charge_undertemperature', 'Too cold to charge', 'Trop froid pour charger'],
  ['internal_communication', 'Communication fault inside', 'Défaut de communication interne'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['discharge_short_circuit', 'Short circuit while discharging', 'Court-circuit en décharge'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['charge_switch_fault', 'Charge switch fault', "Défaut de l'interrupteur de charge"],
  ['discharge_switch_fault', 'Discharge switch fault', "Défaut de l'interrupteur de décharge"],
  undefined,
  undefined,
  ['discharge_start_failed', 'Discharging did not start', 'La décharge ne démarre pas'],
  ['battery_overtemperature', 'Battery too hot', 'Batterie trop chaude'],
  ['temperature_sensor_fault', 'Temperature sensor fault', 'Défaut de sonde de température'],
  ['parallel_fault', 'Parallel module fault', 'Défaut du module de mise en parallèle'],
];

const entities: Entities = {
  ...PACK_ENTITIES,
  full_capacity: MORE_ENTITIES.full_capacity,
  state_of_health: { ...MORE_ENTITIES.state_of_health, decimals: 0 },
  charge_cycled: {
    name: { en: 'Charge cycled', fr: 'Charge cyclée' },
    quantity: 'charge',
    decimals: 0,
    diagnostic: true,
    total: { from: 'index', maxPerHour: 1000 },
  },
  ...cellEntities(MAX_CELLS),
  temperature_switch: namedSensor('Switch temperature', 'Température des interrupteurs'),
  ...sensorEntities(5),
  charging_enabled: MORE_ENTITIES.charging_enabled,
  discharging_enabled: MORE_ENTITIES.discharging_enabled,
  balancing: MORE_ENTITIES.balancing,
  heater: { name: { en: 'Heater', fr: 'Chauffage' }, quantity: 'flag', diagnostic: true },
  firmware: { ...MORE_ENTITIES.firmware, whenSeen: true },
  ...bitEntities(ALARMS),
};

export const jkPb: SensorDriver<ModbusOptions, Entities> = {
  type: 'jk_pb',
  title: { en: 'JK battery (Modbus, PB series)', fr: 'Batterie JK (Modbus, série PB)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'JK', model: 'PB BMS', periodMs: period_s * 1000, entities }),
  read: (context) =>
    readBlocks(
      {
        blocks: [CELLS, PACK, MORE_SENSORS, FIRMWARE],
        firstUnit: 1,
        mend: 'Set the protocol "JK BMS RS485 Modbus V1.0" in the JK app and give every battery of the line a DIP address from 1: at 0 it is the master and speaks over the others',
        decode: jkPbValues,
      },
      context,
    ),
};

/** Values of the blocks that were given. Exported for the recorded frames. */
export function jkPbValues(answers: BlockAnswers): Row {
  const [cells, pack, more = [], firmware] = [CELLS, PACK, MORE_SENSORS, FIRMWARE].map((block) => answers.get(block));
  if (cells === undefined || pack === undefined) throw new DeviceError('an answer without cells or voltage');
  const at = placesOf(viewOf(pack), 0x8a);
  const fitted = at.u8(0xd0);
  const sensors = [at.i16(0x9c), at.i16(0x9e), ...more.map((word) => (word << 16) >> 16)];
  return {
    ...cellsOf(cells),
    ...packOf(at),
    temperature_switch: sensor(at.i16(0x8a), fitted, 0),
    ...Object.fromEntries(sensors.map((tenths, i) => [`temperature_${i + 1}`, sensor(tenths, fitted, i + 1)])),
    ...(firmware !== undefined && { firmware: textOf(viewOf(firmware)) }),
  };
}

interface Places {
  u8(offset: number): number;
  i16(offset: number): number;
  u32(offset: number): number;
  i32(offset: number): number;
}
/** Values by their offset from 0x1200, of which `first` is the first that was read. */
function placesOf(view: DataView, first: number): Places {
  return {
    u8: (offset) => view.getUint8(offset - first),
    i16: (offset) => view.getInt16(offset - first),
    u32: (offset) => view.getUint32(offset - first),
    i32: (offset) => view.getInt32(offset - first),
  };
}

/** As many cells as the highest one that is there; a lower one that is not there is a wire that is off. */
function cellsOf(words: readonly number[]): Row {
  const present = ((words[MAX_CELLS] ?? 0) << 16) | (words[MAX_CELLS + 1] ?? 0);
  return cellValues(words.slice(0, MAX_CELLS - Math.clz32(present)));
}

function packOf(at: Places): Row {
  const volts = between(at.u32(0x90) / 1000, 0, MAX_VOLTS) ?? 0;
  const amps = between(at.i32(0x98) / 1000, -MAX_AMPS, MAX_AMPS);
  const [remaining, full] = [at.i32(0xa8) / 1000, at.u32(0xac) / 1000];
  const charge = percent(at.u8(0xa7));
  // Firmware 15.38 was seen to say 0 % for ever (syssi/esphome-jk-bms issue 763): the charge that remains says otherwise.
  const contradicted = charge === 0 && remaining > full / 20;
  return {
    ...packValues(volts, amps),
    state_of_charge: contradicted ? null : charge,
    remaining_capacity: remaining >= 0 ? remaining : null,
    full_capacity: full > 0 ? full : null,
    cycles: at.u32(0xb0),
    charge_cycled: at.u32(0xb4) / 1000,
    state_of_health: percent(at.u8(0xb8)),
    charging_enabled: at.u8(0xc0) === 1,
    discharging_enabled: at.u8(0xc1) === 1,
    balancing: at.u8(0xa6) !== 0,
    heater: at.u8(0xd1) === 1,
    ...bitValues(ALARMS, at.u32(0xa0)),
  };
}

/** Tenths of °C; bit `place` of `fitted` tells whether the sensor is there (0 for the switches, then by number). */
function sensor(tenths: number, fitted: number, place: number): number | null {
  return ((fitted >> place) & 1) === 1 ? believable(tenths / 10) : null;
}

/** Text up to the first NUL; null where it is none. */
function textOf(view: DataView): string | null {
  const text = Buffer.from(view.buffer).toString('latin1').replace(/\0.*$/s, '').trim();
  return /^[\x20-\x7e]+$/.test(text) ? text : null;
}
