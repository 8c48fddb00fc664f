/** Cells and temperature sensors of a battery, under the same keys whatever the protocol. */
import type { Entity, Text, Value } from '../../model.ts';

type Table = Readonly<Record<string, Entity>>;
type Row = Record<string, Value>;

/** Between a deeply discharged LTO cell and an overcharged NMC cell; outside, the wire is off or the chip is lost (mV). */
const CELL_MV = { min: 500, max: 5000 } as const;
/** What an NTC of a battery can tell; outside, it is missing or shorted (°C). */
const SENSOR_C = { min: -45, max: 125 } as const;

const key = (prefix: string, index: number): string => `${prefix}_${String(index + 1).padStart(2, '0')}`;

/** Lowest, highest, spread, and up to `count` cells that are announced once seen. */
export function cellEntities(count: number): Table {
  const volts = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'voltage', decimals: 3, deadBand: 0.002 });
  const which: Entity = { name: { en: 'cell', fr: 'cellule' }, quantity: 'count' };
  const table: Record<string, Entity> = {
    cell_voltage_min: volts('Lowest cell', 'Cellule la plus basse'),
    cell_lowest: { ...which, attributeOf: 'cell_voltage_min' },
    cell_voltage_max: volts('Highest cell', 'Cellule la plus haute'),
    cell_highest: { ...which, attributeOf: 'cell_voltage_max' },
    cell_voltage_spread: volts('Spread of the cells', 'Écart des cellules'),
  };
  for (let i = 0; i < count; i += 1) {
    table[key('cell', i)] = { ...volts(`Cell ${i + 1}`, `Cellule ${i + 1}`), diagnostic: true, whenSeen: true };
  }
  return table;
}

/** Values of cells in mV. One cell that cannot be believed makes the extremes unknown: they may be its own. */
export function cellValues(millivolts: readonly number[]): Row {
  const row: Row = {};
  for (const [i, mv] of millivolts.entries()) row[key('cell', i)] = mv >= CELL_MV.min && mv <= CELL_MV.max ? mv / 1000 : null;
  const min = Math.min(...millivolts);
  const max = Math.max(...millivolts);
  const sound = millivolts.length > 0 && min >= CELL_MV.min && max <= CELL_MV.max;
  return {
    ...row,
    cell_voltage_min: sound ? min / 1000 : null,
    cell_lowest: sound ? millivolts.indexOf(min) + 1 : null,
    cell_voltage_max: sound ? max / 1000 : null,
    cell_highest: sound ? millivolts.indexOf(max) + 1 : null,
    cell_voltage_spread: sound ? (max - min) / 1000 : null,
  };
}

/** Up to `count` numbered sensors, announced once seen. */
export function sensorEntities(count: number): Table {
  const table: Record<string, Entity> = {};
  for (let i = 0; i < count; i += 1) {
    const name: Text = { en: `Temperature ${i + 1}`, fr: `Température ${i + 1}` };
    table[`temperature_${i + 1}`] = { ...TEMPERATURE, name };
  }
  return table;
}
const TEMPERATURE = { quantity: 'temperature', decimals: 1, deadBand: 0.2, whenSeen: true } as const;

/** A sensor with a name of its own. */
export const namedSensor = (en: string, fr: string): Entity => ({ ...TEMPERATURE, name: { en, fr } });

export function sensorValues(celsius: readonly (number | null)[]): Row {
  return Object.fromEntries(celsius.map((value, i) => [`temperature_${i + 1}`, value]));
}

/** Tenths of kelvin as battery chips send them, 0 °C being 2731; null where no sensor can be that cold or hot: 0 means none. */
export function celsiusOfKelvin(tenths: number): number | null {
  return believable((tenths - 2731) / 10);
}

/** Null outside what a sensor can tell. */
export function believable(celsius: number): number | null {
  return celsius >= SENSOR_C.min && celsius <= SENSOR_C.max ? celsius : null;
}
