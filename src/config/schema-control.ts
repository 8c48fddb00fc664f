/** The part of the house file's shape that tells how relays are spared and batteries are guarded and charged. */
import type { SchemaObject } from 'ajv';
import { CHEMISTRIES } from '../model.ts';

const number = (en: string, fr: string, minimum: number, maximum: number, fallback?: number): SchemaObject => ({
  type: 'number',
  minimum,
  maximum,
  ...(fallback !== undefined && { default: fallback }),
  description: en,
  fr,
});
/** `bat_01.bus_voltage`: an entity of one of the devices. */
const source = (en: string, fr: string): SchemaObject => ({
  type: 'string',
  pattern: '^[a-z][a-z0-9_]{0,31}\\.[a-z][a-z0-9_]{0,63}$',
  description: `${en}, as device.entity`,
  fr: `${fr}, sous la forme appareil.entité`,
});
const relays = (en: string, fr: string): SchemaObject => ({
  type: 'array',
  maxItems: 16,
  uniqueItems: true,
  default: [],
  items: { type: 'string', pattern: '^rs_[0-9]{2}$' },
  description: en,
  fr,
});
const DAY_S = 86_400;

/** Beside id, name, place, line and safe state of a relay. */
export const RELAY_CONTROL: Readonly<Record<string, SchemaObject>> = {
  contact: {
    type: 'string',
    enum: ['no', 'nc'],
    default: 'no',
    description: 'Contact used: no (normally open) or nc (normally closed: the load runs while the coil rests)',
    fr: 'Contact utilisé : no (travail) ou nc (repos : la charge marche bobine au repos)',
  },
  min_on_s: number('Once on, stays on at least, s', 'Une fois en marche, y reste au moins, s', 0, DAY_S, 0),
  min_off_s: number('Once off, stays off at least, s', "Une fois à l'arrêt, y reste au moins, s", 0, DAY_S, 0),
  max_on_s: number('On for at most, s; absent: no limit', 'En marche au plus, s ; absent : sans limite', 1, 30 * DAY_S),
  max_changes_per_hour: { ...number('Changes per hour at most', 'Commutations par heure au plus', 2, 3_600, 6), type: 'integer' },
  max_changes_per_day: { ...number('Changes per day at most', 'Commutations par jour au plus', 2, 86_400, 40), type: 'integer' },
  group: {
    type: 'string',
    pattern: '^[a-z][a-z0-9_]{0,31}$',
    description: 'Of the relays of one group only one is ever on',
    fr: "Un seul relais d'un même groupe est en marche à la fois",
  },
  dead_time_s: number('Group: pause between off and on, s', 'Groupe : pause entre arrêt et marche, s', 0.1, 600, 2),
  override_minutes: number(
    'Manual mode ends by itself after, min; 0: never',
    'Le mode manuel prend fin après, min ; 0 : jamais',
    0,
    525_600,
    1_440,
  ),
  feedback: source('What shows that the contact is really closed', 'Ce qui montre que le contact est vraiment fermé'),
  feedback_w: number('Feedback in W: closed from this power on', 'Retour en W : fermé à partir de cette puissance', 1, 100_000, 50),
};

/** Beside id, name and place of a battery. */
export const BATTERY_OPTIONS: Readonly<Record<string, SchemaObject>> = {
  chemistry: {
    type: 'string',
    enum: [...CHEMISTRIES, 'unknown'],
    description: 'Chemistry; unknown: only its temperature is guarded',
    fr: 'Chimie ; unknown : seule la température est surveillée',
  },
  nominal_v: number('Nominal voltage, V', 'Tension nominale, V', 2, 1_000, 12),
  cells: {
    ...number('Cells in series; absent: from the nominal voltage', 'Éléments en série ; absent : selon la tension', 1, 400),
    type: 'integer',
  },
  capacity_ah: number(
    'Capacity, Ah: lets the charge end by its tail current',
    'Capacité, Ah : fin de charge au courant de queue',
    0.1,
    100_000,
  ),
  efficiency: number(
    'Share of the charge that can be drawn again, %; absent: as the chemistry',
    'Part de la charge que l’on peut reprendre, % ; absent : selon la chimie',
    50,
    100,
  ),
  peukert: number('Peukert exponent; absent: as the chemistry', 'Exposant de Peukert ; absent : selon la chimie', 1, 1.5),
  self_discharge: number(
    'Lost in a month at 20 °C, % of the capacity; absent: as the chemistry',
    'Perte en un mois à 20 °C, % de la capacité ; absent : selon la chimie',
    0,
    50,
  ),
  current_offset_a: number(
    'Largest error of the current sensor at rest, A; absent: 0.2 % of the capacity',
    'Plus grande erreur du capteur de courant au repos, A ; absent : 0,2 % de la capacité',
    0.001,
    10,
  ),
  bank: {
    type: 'string',
    pattern: '^[a-z][a-z0-9_]{0,31}$',
    description: 'Batteries of the same bank are summed up in a device of this id',
    fr: 'Les batteries d’un même parc sont additionnées dans un appareil de cet id',
  },
  voltage: source('Voltage at the terminals', 'Tension aux bornes'),
  current: source('Current, positive when charging', 'Courant, positif en charge'),
  soc: source('State of charge, %', 'État de charge, %'),
  highest_cell: source('Voltage of the highest cell', "Tension de l'élément le plus haut"),
  lowest_cell: source('Voltage of the lowest cell', "Tension de l'élément le plus bas"),
  full: source('The battery itself says full', 'La batterie elle-même se dit pleine'),
  temperatures: {
    type: 'array',
    maxItems: 8,
    uniqueItems: true,
    default: [],
    items: source('A temperature sensor on the battery', 'Un capteur de température sur la batterie'),
    description: 'Temperature sensors on the battery, as device.entity',
    fr: 'Capteurs de température sur la batterie, sous la forme appareil.entité',
  },
  charge_relays: relays('Relays that charge it', 'Relais qui la chargent'),
  discharge_relays: relays('Relays that draw from it', 'Relais qui la déchargent'),
  other_relays: relays('Other relays tied to it, opened in critical heat', 'Autres relais liés, ouverts en chaleur critique'),
  automatic: { type: 'boolean', default: true, description: 'Charge by itself', fr: 'Charger de soi-même' },
  start_v: number('Charge from this voltage down, V', 'Charger à partir de cette tension et en dessous, V', 1, 1_500),
  restart_v: number('No longer full from this voltage down, V', "N'est plus pleine à cette tension et en dessous, V", 1, 1_500),
  full_v: number('Full voltage, V', 'Tension de pleine charge, V', 1, 1_500),
  over_v: number('Cut the charge from this voltage on, V', 'Couper la charge à partir de cette tension, V', 1, 1_500),
  deep_v: number('Deeply discharged from this voltage down, V', 'Décharge profonde à cette tension et en dessous, V', 1, 1_500),
  charge_mode: {
    type: 'string',
    enum: ['cycle', 'standby', 'storage'],
    default: 'cycle',
    description: 'cycle: used daily; standby: kept full; storage: long absence (lithium half full, lead refreshed weekly)',
    fr: 'cycle : usage quotidien ; standby : gardée pleine ; storage : longue absence (lithium à moitié, plomb ravivé chaque semaine)',
  },
  full_charge_days: number(
    'A full charge at least so often, days; 0: never; absent: 7 lead, 30 lfp',
    'Une pleine charge au moins tous les, jours ; 0 : jamais ; absent : 7 plomb, 30 lfp',
    0,
    365,
  ),
  force_full_charge: {
    type: 'boolean',
    default: false,
    description: 'Make the full charge that is due, instead of only showing it',
    fr: 'Faire la pleine charge due, au lieu de seulement la signaler',
  },
  equalise_days: number(
    'Remind of equalising (lead-acid alone; never made by Boxénergie) after, days; 0: never',
    'Rappeler l’égalisation (lead-acid seul ; jamais faite par Boxénergie) après, jours ; 0 : jamais',
    0,
    365,
    0,
  ),
  compensation_mv: number(
    'Lead: correction of the charge voltages by temperature, mV per °C and cell; absent: -3',
    'Plomb : correction des tensions de charge selon la température, mV par °C et par élément ; absent : -3',
    -5,
    0,
  ),
  reserve_soc: number(
    'Discharge relays open at this state of charge, %; absent: no reserve (with battery_life: 50 lead, 15 lithium)',
    'Les relais de décharge s’ouvrent à ce niveau de charge, % ; absent : pas de réserve (avec battery_life : 50 plomb, 15 lithium)',
    0,
    95,
  ),
  battery_life: {
    type: 'boolean',
    default: false,
    description: 'Solar: the reserve rises by 5 % a day while the battery does not fill, and falls again when it does',
    fr: 'Solaire : la réserve monte de 5 % par jour tant que la batterie ne se remplit pas, et redescend quand elle se remplit',
  },
  control_soc: {
    type: 'string',
    enum: ['auto', 'battery', 'counted', 'none'],
    default: 'auto',
    description: 'State of charge that takes part in the control: auto (the battery’s own, else the counted one), battery, counted or none',
    fr: 'Niveau de charge qui prend part à la commande : auto (celui de la batterie, sinon le compté), battery, counted ou none',
  },
  start_soc: number('Charge from this state of charge down, %', 'Charger à cet état de charge et en dessous, %', 0, 100, 20),
  stop_soc: number('Full at this state of charge, %', 'Pleine à cet état de charge, %', 1, 100),
  restart_soc: number('No longer full below this state of charge, %', "N'est plus pleine sous cet état de charge, %", 0, 100, 80),
  absorption_minutes: number(
    'Full after so long at the full voltage, min',
    'Pleine après ce temps à la tension de pleine charge, min',
    1,
    1_440,
    120,
  ),
  warning_c: number('Warn from this temperature on, °C', 'Avertir à partir de cette température, °C', 20, 100),
  cut_c: number('Cut the charge above, °C; never above 80', 'Couper la charge au-dessus de, °C ; jamais plus de 80', 20, 80),
  critical_c: number('Open everything above, °C; never above 100', 'Tout ouvrir au-dessus de, °C ; jamais plus de 100', 20, 100),
  i_know: {
    type: 'boolean',
    default: false,
    description: 'I know why I set limits above those of the chemistry',
    fr: 'Je sais pourquoi je fixe des limites au-dessus de celles de la chimie',
  },
};
