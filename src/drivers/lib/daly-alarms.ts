/** Daly's alarm bytes (answer 98) as problems: most come in two levels, the second of which switches off. Reference: batteries 5.4. */
import type { Entity, Value } from '../../model.ts';
import { type BitNames, bitEntities, bitValues } from './bms-pack.ts';

/** Two bits each, first and second level, from byte 0 on. */
const LEVELS: BitNames = [
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['charge_undertemperature', 'Too cold to charge', 'Trop froid pour charger'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['discharge_undertemperature', 'Too cold to discharge', 'Trop froid pour décharger'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['charge_high', 'State of charge high', 'État de charge haut'],
  ['charge_low', 'State of charge low', 'État de charge bas'],
  ['cell_difference', 'Cells too different', 'Cellules trop différentes'],
  ['temperature_difference', 'Temperatures too different', 'Températures trop différentes'],
];
/** One bit each, from byte 4 on. */
const FAULTS: BitNames = [
  ['charge_switch_hot', 'Charge switch too hot', 'Interrupteur de charge trop chaud'],
  ['discharge_switch_hot', 'Discharge switch too hot', 'Interrupteur de décharge trop chaud'],
  ['charge_switch_sensor', 'Charge switch sensor fault', "Capteur de l'interrupteur de charge en défaut"],
  ['discharge_switch_sensor', 'Discharge switch sensor fault', "Capteur de l'interrupteur de décharge en défaut"],
  ['charge_switch_stuck', 'Charge switch stuck', 'Interrupteur de charge collé'],
  ['discharge_switch_stuck', 'Discharge switch stuck', 'Interrupteur de décharge collé'],
  ['charge_switch_open', 'Charge switch does not close', 'Interrupteur de charge ne ferme pas'],
  ['discharge_switch_open', 'Discharge switch does not close', 'Interrupteur de décharge ne ferme pas'],
  ['front_end_fault', 'Measuring chip fault', 'Défaut du circuit de mesure'],
  ['voltage_sampling_lost', 'Voltage sampling lost', 'Mesure des tensions perdue'],
  ['cell_sensor_fault', 'Cell sensor fault', 'Défaut de mesure de cellule'],
  ['temperature_sensor_fault', 'Temperature sensor fault', 'Défaut de sonde de température'],
  ['memory_fault', 'Memory fault', 'Défaut de mémoire'],
  ['clock_fault', 'Clock fault', "Défaut d'horloge"],
  ['precharge_fault', 'Precharge fault', 'Défaut de précharge'],
  ['communication_fault', 'Communication fault', 'Défaut de communication'],
  ['module_fault', 'Communication module fault', 'Défaut du module de communication'],
  ['internal_fault', 'Internal communication fault', 'Défaut de communication interne'],
  ['current_module_fault', 'Current module fault', 'Défaut du module de courant'],
  ['pack_voltage_fault', 'Battery voltage measurement fault', 'Défaut de mesure de la tension de batterie'],
  ['short_circuit', 'Short circuit', 'Court-circuit'],
  ['low_voltage_lock', 'Too empty to charge', 'Trop vide pour charger'],
];

export const ALARM_ENTITIES: Readonly<Record<string, Entity>> = {
  ...seen(bitEntities(LEVELS)),
  ...Object.fromEntries(
    LEVELS.map((bit) => [`${bit?.[0]}_level`, { name: { en: 'level', fr: 'niveau' }, quantity: 'count', attributeOf: bit?.[0] ?? '' }]),
  ),
  ...seen(bitEntities(FAULTS)),
};

/** Some boards never answer 98. */
function seen(table: Readonly<Record<string, Entity>>): Readonly<Record<string, Entity>> {
  return Object.fromEntries(Object.entries(table).map(([key, entity]) => [key, { ...entity, whenSeen: true }]));
}

/** The problems of answer 98; a problem of two levels is on from the first. */
export function alarmsOf(data: DataView): Record<string, Value> {
  const row: Record<string, Value> = {};
  for (const [i, bit] of LEVELS.entries()) {
    if (bit === undefined) continue;
    const pair = (data.getUint8(i >> 2) >> (2 * (i & 3))) & 3;
    row[bit[0]] = pair > 0;
    row[`${bit[0]}_level`] = pair > 1 ? 2 : pair;
  }
  return { ...row, ...bitValues(FAULTS, data.getUint8(4) | (data.getUint8(5) << 8) | (data.getUint8(6) << 16)) };
}
