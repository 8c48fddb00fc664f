/** Eastron energy meters over Modbus: tables of their input registers, 32-bit floats (maker's protocols SDM120M and SDM630 v2.0). */
import type { JSONSchemaType } from 'ajv';
import type { Entity, Quantity } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { type MapEntities, type MappedRegister, mapEntities, readMap } from './lib/modbus-map.ts';
import { MODBUS_REQUIRED, type ModbusOptions, modbusProperties } from './lib/modbus-options.ts';

type More = Omit<Entity, 'name' | 'quantity'>;

const HIDDEN = { diagnostic: true, disabled: true } as const;
const MAXIMUM = { ...HIDDEN, setting: true } as const;
/** What is believable on any of the meters, in the unit of the quantity. The power factor is a percentage. */
const RANGES: Partial<Record<Quantity, readonly [scale: number, min: number, max: number, decimals: number]>> = {
  voltage: [1, 0, 700, 1],
  current: [1, -1_000, 1_000, 2],
  power: [1, -1e6, 1e6, 0],
  apparentPower: [1, 0, 1e6, 0],
  ratio: [100, -100, 100, 0],
  frequency: [1, 40, 70, 2],
  energy: [1_000, 0, 1e10, 0],
  reactiveEnergy: [1_000, 0, 1e10, 0],
};

function row(key: string, address: number, quantity: Quantity, en: string, fr: string, more: More = {}): MappedRegister {
  const [scale, min, max, decimals] = RANGES[quantity] ?? [1, 0, 0, 0];
  const entity = { name: { en, fr }, quantity, decimals, ...more };
  return { key, kind: 'input', address, type: 'f32', order: 'high-first', scale, offset: 0, min, max, entity };
}

/** Both meters count alike, in kWh as they leave the factory; `maxPerHour` is what their terminals can carry, Wh. */
function counters(maxPerHour: number): readonly MappedRegister[] {
  const total = { from: 'index', maxPerHour } as const;
  return [
    row('frequency', 0x46, 'frequency', 'Frequency', 'Fréquence', { diagnostic: true, deadBand: 0.05 }),
    row('energy_imported', 0x48, 'energy', 'Energy imported', 'Énergie importée', { total }),
    row('energy_exported', 0x4a, 'energy', 'Energy exported', 'Énergie exportée', { total }),
    row('reactive_energy_imported', 0x4c, 'reactiveEnergy', 'Reactive energy imported', 'Énergie réactive importée', { ...HIDDEN, total }),
    row('reactive_energy_exported', 0x4e, 'reactiveEnergy', 'Reactive energy exported', 'Énergie réactive exportée', { ...HIDDEN, total }),
    row('demand_power', 0x54, 'power', 'Mean power (demand)', 'Puissance moyenne', HIDDEN),
    row('demand_power_max', 0x56, 'power', 'Mean power, maximum', 'Puissance moyenne, maximum', MAXIMUM),
    row('energy_total', 0x156, 'energy', 'Energy, both directions', 'Énergie, deux sens', { ...HIDDEN, total }),
  ];
}

const SDM120: readonly MappedRegister[] = [
  row('voltage', 0x00, 'voltage', 'Voltage', 'Tension', { deadBand: 0.5 }),
  row('current', 0x06, 'current', 'Current', 'Courant', { deadBand: 0.02 }),
  row('power', 0x0c, 'power', 'Power', 'Puissance', { deadBand: 2 }),
  row('apparent_power', 0x12, 'apparentPower', 'Apparent power', 'Puissance apparente', { ...HIDDEN, deadBand: 2 }),
  row('power_factor', 0x1e, 'ratio', 'Power factor', 'Facteur de puissance', { ...HIDDEN, deadBand: 1 }),
  ...counters(15_000),
];

const PHASES = [0, 1, 2].flatMap((n): readonly MappedRegister[] => [
  row(`voltage_l${n + 1}`, 2 * n, 'voltage', `Voltage L${n + 1}`, `Tension L${n + 1}`, { deadBand: 0.5 }),
  row(`current_l${n + 1}`, 0x06 + 2 * n, 'current', `Current L${n + 1}`, `Courant L${n + 1}`, { deadBand: 0.02 }),
  row(`power_l${n + 1}`, 0x0c + 2 * n, 'power', `Power L${n + 1}`, `Puissance L${n + 1}`, { deadBand: 2 }),
]);
const SDM630: readonly MappedRegister[] = [
  ...PHASES,
  row('power', 0x34, 'power', 'Power', 'Puissance', { deadBand: 2 }),
  row('apparent_power', 0x38, 'apparentPower', 'Apparent power', 'Puissance apparente', { ...HIDDEN, deadBand: 2 }),
  row('power_factor', 0x3e, 'ratio', 'Power factor', 'Facteur de puissance', { ...HIDDEN, deadBand: 1 }),
  row('neutral_current', 0xe0, 'current', 'Neutral current', 'Courant du neutre', { ...HIDDEN, deadBand: 0.02 }),
  ...counters(120_000),
];

/** The meters give at most 80 registers at once, and zeros for those between (seen on an SDM230). At 2400 baud 40 take a third of a second. */
const BLOCKS = { maxWords: 40, maxGap: 8 } as const;

interface Meter {
  readonly type: string;
  readonly model: string;
  readonly what: { readonly en: string; readonly fr: string };
  /** As it leaves the factory. */
  readonly baudRate: number;
  readonly registers: readonly MappedRegister[];
}

function meter({ type, model, what, baudRate, registers }: Meter): SensorDriver<ModbusOptions, MapEntities> {
  const options: JSONSchemaType<ModbusOptions> = {
    type: 'object',
    additionalProperties: false,
    required: MODBUS_REQUIRED,
    properties: modbusProperties({ baudRate, periodS: 5 }),
  };
  return {
    type,
    title: { en: `Eastron ${model} ${what.en}`, fr: `${what.fr} Eastron ${model}` },
    proof: 'recorded',
    options,
    describe: ({ period_s }) => ({ manufacturer: 'Eastron', model, periodMs: period_s * 1000, entities: mapEntities(registers) }),
    read: (context) => readMap(registers, BLOCKS, context),
  };
}

/** Power positive: drawn from the side of the meter's supply terminals. */
export const sdm120 = meter({
  type: 'sdm120',
  model: 'SDM120',
  what: { en: 'energy meter', fr: "Compteur d'énergie" },
  baudRate: 2_400,
  registers: SDM120,
});
export const sdm630 = meter({
  type: 'sdm630',
  model: 'SDM630',
  what: { en: 'three-phase energy meter', fr: "Compteur d'énergie triphasé" },
  baudRate: 9_600,
  registers: SDM630,
});
