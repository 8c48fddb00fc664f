/** The status words 0x3200 to 0x3202 of an EPEver controller: what goes on, and every fault by its name (reference: batteries 3.3). */
import type { Entity, Text, Value } from '../../model.ts';

/** The words as read; a missing one was refused by the controller. */
export interface StatusWords {
  readonly battery: number | undefined;
  readonly charger: number | undefined;
  readonly load: number | undefined;
}
type Part = keyof StatusWords;
type Problem = readonly [key: string, part: Part, mask: number, is: number, en: string, fr: string];

const bit = (n: number): readonly [number, number] => [1 << n, 1 << n];
/** The general fault bits 1 of 0x3201 and 0x3202 are left out: they are set on healthy controllers. */
const PROBLEMS: readonly Problem[] = [
  ['battery_over_voltage', 'battery', 0x0f, 1, 'Battery voltage too high', 'Tension batterie trop haute'],
  ['battery_under_voltage', 'battery', 0x0f, 2, 'Battery voltage low', 'Tension batterie basse'],
  ['battery_over_discharged', 'battery', 0x0f, 3, 'Battery discharged, load cut', 'Batterie déchargée, utilisation coupée'],
  ['battery_fault', 'battery', 0x0f, 4, 'Battery fault', 'Défaut batterie'],
  ['battery_too_hot', 'battery', 0xf0, 0x10, 'Battery too hot', 'Batterie trop chaude'],
  ['battery_too_cold', 'battery', 0xf0, 0x20, 'Battery too cold', 'Batterie trop froide'],
  ['battery_resistance', 'battery', ...bit(8), 'Battery resistance abnormal', 'Résistance batterie anormale'],
  ['wrong_system_voltage', 'battery', ...bit(15), 'Wrong system voltage', 'Tension système incorrecte'],
  ['pv_short', 'charger', ...bit(4), 'PV short circuit', 'Court-circuit PV'],
  ['circuits_unbalanced', 'charger', ...bit(6), 'Charge circuits unbalanced', 'Circuits de charge déséquilibrés'],
  ['load_switch_shorted', 'charger', ...bit(7), 'Load transistor shorted', "Transistor d'utilisation en court-circuit"],
  ['load_short', 'charger', ...bit(8), 'Load short circuit', "Court-circuit de l'utilisation"],
  ['load_over_current', 'charger', ...bit(9), 'Load over-current', "Surintensité de l'utilisation"],
  ['pv_over_current', 'charger', ...bit(10), 'PV over-current', 'Surintensité PV'],
  ['reverse_protection_shorted', 'charger', ...bit(11), 'Reverse protection shorted', 'Protection anti-retour en court-circuit'],
  ['charge_switch_open', 'charger', ...bit(12), 'Charge transistor open', 'Transistor de charge coupé'],
  ['charge_switch_shorted', 'charger', ...bit(13), 'Charge transistor shorted', 'Transistor de charge en court-circuit'],
  ['pv_over_voltage', 'charger', 0xc000, 0x8000, 'PV voltage too high', 'Tension PV trop haute'],
  ['pv_voltage_error', 'charger', 0xc000, 0xc000, 'PV voltage error', 'Erreur de tension PV'],
  ['output_over_voltage', 'load', ...bit(4), 'Output over-voltage', 'Surtension en sortie'],
  ['boost_over_voltage', 'load', ...bit(5), 'Boost stage over-voltage', "Surtension de l'élévateur"],
  ['output_side_short', 'load', ...bit(6), 'High-voltage side shorted', 'Court-circuit côté haute tension'],
  ['output_input_over_voltage', 'load', ...bit(7), 'Output stage: input too high', 'Étage de sortie : entrée trop haute'],
  ['output_abnormal', 'load', ...bit(8), 'Output voltage abnormal', 'Tension de sortie anormale'],
  ['cannot_stop_discharging', 'load', ...bit(9), 'Cannot stop discharging', 'Décharge impossible à arrêter'],
  ['cannot_discharge', 'load', ...bit(10), 'Cannot discharge', 'Décharge impossible'],
  ['output_short', 'load', ...bit(11), 'Output short circuit', 'Court-circuit en sortie'],
  ['overload', 'load', 0x3000, 0x3000, 'Load too large', 'Utilisation trop forte'],
];

const STAGES: readonly (readonly [string, Text])[] = [
  ['off', { en: 'Not charging', fr: 'Pas de charge' }],
  ['float', { en: 'Float', fr: 'Maintien' }],
  ['boost', { en: 'Boost', fr: 'Absorption' }],
  ['equalise', { en: 'Equalise', fr: 'Égalisation' }],
];

const problem = (en: string, fr: string): Entity => ({
  name: { en, fr },
  quantity: 'problem',
  diagnostic: true,
  whenSeen: true,
});
/** Everything that `statusValues` gives. */
export const STATUS_ENTITIES: Readonly<Record<string, Entity>> = {
  charging_stage: { name: { en: 'Charging stage', fr: 'Étape de charge' }, quantity: 'enum', options: Object.fromEntries(STAGES) },
  charging: { name: { en: 'Charger running', fr: 'Chargeur en marche' }, quantity: 'flag', diagnostic: true },
  load_on: { name: { en: 'Load output', fr: "Sortie d'utilisation" }, quantity: 'flag', whenSeen: true },
  ...Object.fromEntries(PROBLEMS.map(([key, , , , en, fr]) => [key, problem(en, fr)])),
};

/** A word that is missing says nothing about its part. */
export function statusValues(words: StatusWords): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [key, part, mask, is] of PROBLEMS) {
    const word = words[part];
    if (word !== undefined) values[key] = (word & mask) === is;
  }
  if (words.charger !== undefined) {
    values.charging_stage = STAGES[(words.charger >> 2) & 3]?.[0] ?? null;
    values.charging = (words.charger & 1) === 1;
  }
  if (words.load !== undefined) values.load_on = (words.load & 1) === 1;
  return values;
}
