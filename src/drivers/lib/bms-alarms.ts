/** Problems that come in two levels, warning and protection, as most battery management systems tell them. */
import type { Entity, Value } from '../../model.ts';
import { type BitNames, bitEntities } from './bms-pack.ts';

/** In the order in which Daly and Seplos send them, two bits each. */
export const VOLTAGE_LEVELS: BitNames = [
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
];
export const TEMPERATURE_LEVELS: BitNames = [
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['charge_undertemperature', 'Too cold to charge', 'Trop froid pour charger'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['discharge_undertemperature', 'Too cold to discharge', 'Trop froid pour décharger'],
];
export const CURRENT_LEVELS: BitNames = [
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
];
export const CHARGE_LOW = ['charge_low', 'State of charge low', 'État de charge bas'] as const;

/** One problem each, on from the first level, with its level (0, 1 warning, 2 protection) as an attribute. Announced once seen. */
export function levelEntities(names: BitNames): Readonly<Record<string, Entity>> {
  const table: Record<string, Entity> = {};
  for (const [key, problem] of Object.entries(bitEntities(names))) {
    table[key] = { ...problem, whenSeen: true };
    table[`${key}_level`] = { name: { en: 'level', fr: 'niveau' }, quantity: 'count', attributeOf: key };
  }
  return table;
}

/** Levels that come as pairs of bits, warning first, lowest pair first. */
export function pairValues(names: BitNames, bits: number): Record<string, Value> {
  return levelValues(
    names,
    (i) => bits >>> (2 * i),
    (i) => bits >>> (2 * i + 1),
  );
}

/** Levels whose warnings and protections come apart: `warned` and `protected` give the bits, of which the lowest counts. */
export function levelValues(names: BitNames, warned: (i: number) => number, stopped: (i: number) => number): Record<string, Value> {
  const row: Record<string, Value> = {};
  for (const [i, bit] of names.entries()) {
    if (bit === undefined) continue;
    const level = (stopped(i) & 1) === 1 ? 2 : warned(i) & 1;
    row[bit[0]] = level > 0;
    row[`${bit[0]}_level`] = level;
  }
  return row;
}
