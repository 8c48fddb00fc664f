/** What Libre Solar's devices offer, from the groups of their ThingSet data to the house's words. */
import type { Entity, Text, Value } from '../../model.ts';
import { between } from './believable.ts';
import { believable, cellEntities, cellValues, namedSensor, sensorEntities, sensorValues } from './bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './bms-pack.ts';
import { find, type Groups, STATUS_ENTITIES, statusValues } from './thingset-status.ts';

type Row = Record<string, Value>;

/** The BQ76952 measures sixteen cells; boards carry up to four thermistors. */
const CELLS = 16;
const SENSORS = 4;
const SEEN = { whenSeen: true } as const;
const text = (en: string, fr: string): Text => ({ en, fr });

/** Entity, groups and items by which firmwares know it, lowest and highest believable value. */
type Field = readonly [key: string, entity: Entity, groups: string, items: string, min: number, max: number];
const BATTERY = 'Meas Battery Bat';
const total = (en: string, fr: string): Entity => ({
  name: text(en, fr),
  quantity: 'energy',
  decimals: 0,
  total: { from: 'index', maxPerHour: 20_000 },
  ...SEEN,
});
const today = (en: string, fr: string): Entity => ({
  name: text(en, fr),
  quantity: 'energy',
  decimals: 0,
  setting: true,
  diagnostic: true,
  ...SEEN,
});
const measured = (en: string, fr: string, quantity: 'voltage' | 'current' | 'power', decimals: number): Entity => ({
  ...{ name: text(en, fr), quantity, decimals },
  ...SEEN,
});

// bms-firmware and charge-controller-firmware, data_objects.cpp; `rMeas_V` and `rMeas_A` are of 2022.
const FIELDS: readonly Field[] = [
  ['voltage', PACK_ENTITIES.voltage, BATTERY, 'rPackVoltage_V rVoltage_V rMeas_V', 0.5, 150],
  ['current', PACK_ENTITIES.current, BATTERY, 'rPackCurrent_A rCurrent_A rMeas_A', -1000, 1000],
  ['power', PACK_ENTITIES.power, BATTERY, 'rPower_W', -100_000, 100_000],
  ['state_of_charge', PACK_ENTITIES.state_of_charge, BATTERY, 'rSOC_pct', 0, 100],
  ['state_of_health', { ...MORE_ENTITIES.state_of_health, ...SEEN }, BATTERY, 'pSOH_pct', 0, 100],
  [
    'stack_voltage',
    { ...measured('Voltage of the cells', 'Tension des cellules', 'voltage', 2), diagnostic: true },
    BATTERY,
    'rStackVoltage_V',
    0.5,
    150,
  ],
  [
    'temperature_battery',
    namedSensor('Battery temperature', 'Température de la batterie'),
    BATTERY,
    'rBatTemp_degC rTemperature_degC',
    -45,
    125,
  ],
  ['temperature_ic', namedSensor('Chip temperature', 'Température de la puce'), BATTERY, 'rICTemp_degC', -45, 125],
  ['temperature_mosfet', namedSensor('MOSFET temperature', 'Température des MOSFET'), BATTERY, 'rMOSFETTemp_degC', -45, 125],
  ['energy_in', total('Energy charged', 'Énergie chargée'), BATTERY, 'pChgEnergyTotal_Wh', 0, 1e12],
  ['energy_out', total('Energy discharged', 'Énergie déchargée'), BATTERY, 'pDisEnergyTotal_Wh', 0, 1e12],
  ['energy_in_today', today('Charged today', "Chargée aujourd'hui"), BATTERY, 'pChgEnergyToday_Wh pChgDay_Wh', 0, 1e6],
  ['energy_out_today', today('Discharged today', "Déchargée aujourd'hui"), BATTERY, 'pDisEnergyToday_Wh pDisDay_Wh', 0, 1e6],
  ['solar_voltage', measured('Panel voltage', 'Tension des panneaux', 'voltage', 2), 'Solar', 'rVoltage_V rMeas_V', 0, 250],
  ['solar_current', measured('Panel current', 'Courant des panneaux', 'current', 2), 'Solar', 'rCurrent_A rMeas_A', -200, 200],
  ['solar_power', measured('Solar power', 'Puissance solaire', 'power', 1), 'Solar', 'rPower_W', -20_000, 20_000],
  ['solar_energy', total('Solar energy', 'Énergie solaire'), 'Solar', 'pInputTotal_Wh', 0, 1e12],
  ['solar_energy_today', today('Solar energy today', "Énergie solaire aujourd'hui"), 'Solar', 'pInputToday_Wh pInDay_Wh', 0, 1e6],
  ['load_current', measured('Load current', 'Courant de la charge', 'current', 2), 'Load', 'rCurrent_A rMeas_A', -200, 200],
  ['load_power', measured('Load power', 'Puissance de la charge', 'power', 1), 'Load', 'rPower_W', -20_000, 20_000],
];

export const THINGSET_ENTITIES: Readonly<Record<string, Entity>> = {
  ...Object.fromEntries(FIELDS.map(([key, entity]) => [key, entity])),
  ...Object.fromEntries(
    Object.entries(cellEntities(CELLS)).map(([key, entity]) => [key, entity.attributeOf === undefined ? { ...entity, ...SEEN } : entity]),
  ),
  ...sensorEntities(SENSORS),
  ...STATUS_ENTITIES,
};

/** What the groups say; a key is absent where the device does not speak of it, null where it cannot be believed. */
export function thingsetValues(groups: Groups): Row {
  const row: Row = {};
  for (const [key, , names, items, min, max] of FIELDS) {
    const value = find(groups, names, items);
    if (value !== undefined) row[key] = typeof value === 'number' ? between(value + 0, min, max) : null;
  }
  const power = powerOf(row);
  return { ...row, ...(power !== undefined && { power }), ...lists(groups), ...statusValues(groups) };
}

/** Firmware that does not tell its power tells voltage and current. */
function powerOf({ power, voltage, current }: Row): Value | undefined {
  if (power !== undefined || voltage === undefined || current === undefined) return undefined;
  return typeof voltage === 'number' && typeof current === 'number' ? Number((voltage * current).toFixed(2)) : null;
}

function lists(groups: Groups): Row {
  const cells = numbers(find(groups, 'Meas', 'rCellVoltages_V'));
  const sensors = numbers(find(groups, 'Meas', 'rCellTemps_degC'))
    ?.slice(0, SENSORS)
    .map(believable);
  // Inputs without a cell read 0.000: the chip has more of them than most batteries have cells.
  const used = cells?.slice(0, CELLS).slice(0, cells.findLastIndex((volts) => volts !== 0) + 1);
  return {
    ...(used !== undefined && used.length > 0 && cellValues(used.map((volts) => Math.round(volts * 1000)))),
    ...(sensors !== undefined && sensorValues(sensors)),
  };
}

function numbers(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'number') ? value : undefined;
}
