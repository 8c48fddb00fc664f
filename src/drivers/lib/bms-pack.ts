/** A battery pack as a whole: what every management system tells, under the same keys whatever the protocol. */
import type { Entity, Text, Value } from '../../model.ts';

type Row = Record<string, Value>;

const text = (en: string, fr: string): Text => ({ en, fr });

/** What all of them offer. */
export const PACK_ENTITIES = {
  voltage: { name: text('Voltage', 'Tension'), quantity: 'voltage', decimals: 2, deadBand: 0.01 },
  current: { name: text('Current', 'Courant'), quantity: 'current', decimals: 2, deadBand: 0.02 },
  power: { name: text('Power', 'Puissance'), quantity: 'power', decimals: 1, deadBand: 0.5 },
  state_of_charge: { name: text('State of charge', 'État de charge'), quantity: 'stateOfCharge', decimals: 0 },
  remaining_capacity: { name: text('Remaining charge', 'Charge restante'), quantity: 'charge', decimals: 2 },
  cycles: { name: text('Cycles', 'Cycles'), quantity: 'tally', diagnostic: true },
} as const satisfies Record<string, Entity>;

/** What some offer. */
export const MORE_ENTITIES = {
  full_capacity: { name: text('Full capacity', 'Capacité pleine'), quantity: 'charge', decimals: 1, setting: true, diagnostic: true },
  design_capacity: { name: text('Design capacity', 'Capacité nominale'), quantity: 'charge', decimals: 1, setting: true, diagnostic: true },
  state_of_health: { name: text('State of health', 'État de santé'), quantity: 'ratio', decimals: 1, diagnostic: true },
  charging_enabled: { name: text('Charging switched on', 'Charge autorisée'), quantity: 'flag', diagnostic: true },
  discharging_enabled: { name: text('Discharging switched on', 'Décharge autorisée'), quantity: 'flag', diagnostic: true },
  balancing: { name: text('Balancing', 'Équilibrage'), quantity: 'flag', diagnostic: true },
  balancing_cells: { name: text('cells', 'cellules'), quantity: 'text', attributeOf: 'balancing' },
  firmware: { name: text('Firmware', 'Micrologiciel'), quantity: 'text', diagnostic: true },
} as const satisfies Record<string, Entity>;

/** Voltage, signed current (positive = charging) and signed power. A pack of 0 V would not answer: its voltage is unknown. */
export function packValues(volts: number, amps: number | null): Row {
  const known = volts > 0;
  return { voltage: known ? volts : null, current: amps, power: known && amps !== null ? Number((volts * amps).toFixed(1)) : null };
}

/** A percentage, null outside 0 to 100. */
export function percent(value: number): number | null {
  return value >= 0 && value <= 100 ? value : null;
}

/** One problem entity a bit, lowest bit first; undefined where a bit has no name. */
export type BitNames = readonly (readonly [key: string, en: string, fr: string] | undefined)[];

export function bitEntities(names: BitNames): Readonly<Record<string, Entity>> {
  const table: Record<string, Entity> = {};
  for (const bit of names) if (bit) table[bit[0]] = { name: text(bit[1], bit[2]), quantity: 'problem', diagnostic: true };
  return table;
}

export function bitValues(names: BitNames, bits: number): Row {
  return Object.fromEntries(names.flatMap((bit, i) => (bit ? [[bit[0], ((bits >>> i) & 1) === 1]] : [])));
}

/** Cells being balanced as `1, 3`, empty when none; cell 1 is the lowest bit of `low`, cell 33 that of `high`. */
export function balancingValues(low: number, high = 0): Row {
  const bit = (i: number): number => (i < 32 ? low >>> i : high >>> (i - 32)) & 1;
  const cells = Array.from({ length: 64 }, (_, i) => i + 1).filter((cell) => bit(cell - 1) === 1);
  return { balancing: cells.length > 0, balancing_cells: cells.join(', ') };
}
