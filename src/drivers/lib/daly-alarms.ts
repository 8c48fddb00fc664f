/** Daly's alarm bytes (answer 98) as problems: most come in two levels, the second of which switches off. Reference: batteries 5.4. */
import type { Entity, Value } from '../../model.ts';
import { CHARGE_LOW, CURRENT_LEVELS, levelEntities, pairValues, TEMPERATURE_LEVELS, VOLTAGE_LEVELS } from './bms-alarms.ts';
import { type BitNames, bitEntities, bitValues } from './bms-pack.ts';

/** Two bits each, from byte 0 on. */
const LEVELS: BitNames = [
  ...VOLTAGE_LEVELS,
  ...TEMPERATURE_LEVELS,
  ...CURRENT_LEVELS,
  ['charge_high', 'State of charge high', 'État de charge haut'],
  CHARGE_LOW,
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

/** Some boards never answer 98: announced once seen. */
export const ALARM_ENTITIES: Readonly<Record<string, Entity>> = {
  ...levelEntities(LEVELS),
  ...Object.fromEntries(Object.entries(bitEntities(FAULTS)).map(([key, entity]) => [key, { ...entity, whenSeen: true } as const])),
};

/** The problems of answer 98. */
export function alarmsOf(data: DataView): Record<string, Value> {
  return {
    ...pairValues(LEVELS, data.getUint32(0, true)),
    ...bitValues(FAULTS, data.getUint32(4, true)),
  };
}
