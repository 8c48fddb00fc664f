/** What a foxBMS 2 offers: the pack, its strings, and as many cells and sensors as the user declares. */
import type { Entity, Text } from '../../model.ts';

export interface FoxbmsSize {
  readonly strings: number;
  readonly cells: number;
  readonly sensors: number;
}

/** BmsState of message 0x220; 11 is called undefined there. */
export const STATES = {
  uninitialised: { en: 'Uninitialised', fr: 'Non initialisé' },
  initialisation: { en: 'Initialising', fr: 'Initialisation' },
  initialised: { en: 'Initialised', fr: 'Initialisé' },
  idle: { en: 'Idle', fr: 'Inactif' },
  open_contactors: { en: 'Opening contactors', fr: 'Ouverture des contacteurs' },
  standby: { en: 'Standby', fr: 'Veille' },
  precharge: { en: 'Precharge', fr: 'Précharge' },
  normal: { en: 'Normal', fr: 'Normal' },
  discharge: { en: 'Discharging', fr: 'Décharge' },
  charge: { en: 'Charging', fr: 'Charge' },
  error: { en: 'Error', fr: 'Erreur' },
} as const satisfies Record<string, Text>;

/** Bits of message 0x220. */
export const STATE_PROBLEMS = {
  warning: [9, { en: 'General warning', fr: 'Avertissement général' }],
  error: [10, { en: 'General error', fr: 'Erreur générale' }],
  emergency_shutoff: [11, { en: 'Emergency shut-off', fr: "Arrêt d'urgence" }],
  system_monitoring: [12, { en: 'System monitoring error', fr: 'Erreur de surveillance du système' }],
  precharge_voltage: [16, { en: 'Precharge voltage error', fr: 'Erreur de tension de précharge' }],
  precharge_current: [17, { en: 'Precharge current error', fr: 'Erreur de courant de précharge' }],
  controller_temperature: [18, { en: 'Controller temperature error', fr: 'Erreur de température du contrôleur' }],
  board_too_warm: [19, { en: 'Board too warm', fr: 'Carte trop chaude' }],
  board_too_cold: [20, { en: 'Board too cold', fr: 'Carte trop froide' }],
  main_fuse: [21, { en: 'Main fuse blown', fr: 'Fusible principal fondu' }],
  interlock: [22, { en: 'Interlock open', fr: 'Boucle de sécurité ouverte' }],
  insulation: [23, { en: 'Insulation error', fr: "Défaut d'isolement" }],
  can_timing: [24, { en: 'CAN timing error', fr: 'Erreur de délai CAN' }],
  pack_overcurrent_charge: [25, { en: 'Pack over-current while charging', fr: 'Surintensité du pack en charge' }],
  pack_overcurrent_discharge: [26, { en: 'Pack over-current while discharging', fr: 'Surintensité du pack en décharge' }],
  alert: [27, { en: 'Alert', fr: 'Alerte' }],
  memory: [28, { en: 'Memory checksum error', fr: 'Erreur de somme de contrôle mémoire' }],
} as const satisfies Record<string, readonly [bit: number, name: Text]>;

/** Places of message 0x240 in which any bit means the same to a person. */
export const STRING_PROBLEMS = {
  string_fuse: [[6], { en: 'String fuse blown', fr: 'Fusible de chaîne fondu' }],
  deep_discharge: [[7], { en: 'Deep discharge', fr: 'Décharge profonde' }],
  contactor: [[32, 33], { en: 'Contactor error', fr: 'Erreur de contacteur' }],
  cell_electronics: [
    [34, 35, 37, 39, 41, 49],
    { en: 'Cell electronics or wiring error', fr: "Erreur d'électronique ou de câblage des cellules" },
  ],
  measurement: [[43, 44, 45, 46, 47, 48], { en: 'Measurement error', fr: 'Erreur de mesure' }],
  plausibility: [[51, 52, 53, 54, 55], { en: 'Implausible measurements', fr: 'Mesures invraisemblables' }],
  string_overcurrent: [[63], { en: 'String over-current', fr: 'Surintensité de chaîne' }],
} as const satisfies Record<string, readonly [bits: readonly number[], name: Text]>;

/** Cell limits in the order of their bits; message 0x240 has them three times: error (8 on), two grades of warning (16, 24 on). */
export const LIMITS = {
  over_temperature_charge: { en: 'over-temperature while charging', fr: 'surtempérature en charge' },
  under_temperature_charge: { en: 'under-temperature while charging', fr: 'sous-température en charge' },
  over_temperature_discharge: { en: 'over-temperature while discharging', fr: 'surtempérature en décharge' },
  under_temperature_discharge: { en: 'under-temperature while discharging', fr: 'sous-température en décharge' },
  over_current_charge: { en: 'over-current while charging', fr: 'surintensité en charge' },
  over_current_discharge: { en: 'over-current while discharging', fr: 'surintensité en décharge' },
  over_voltage: { en: 'over-voltage', fr: 'surtension' },
  under_voltage: { en: 'under-voltage', fr: 'sous-tension' },
} as const satisfies Record<string, Text>;

const about = { diagnostic: true } as const;
const PACK: Readonly<Record<string, Entity>> = {
  voltage: { name: { en: 'Voltage', fr: 'Tension' }, quantity: 'voltage', decimals: 1 },
  bus_voltage: { name: { en: 'Bus voltage', fr: 'Tension du bus' }, quantity: 'voltage', decimals: 1, ...about },
  current: { name: { en: 'Current', fr: 'Courant' }, quantity: 'current', decimals: 2, deadBand: 0.05 },
  power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 0, deadBand: 5 },
  state_of_charge: { name: { en: 'State of charge', fr: 'État de charge' }, quantity: 'stateOfCharge', decimals: 1 },
  max_soc: {
    name: { en: 'State of charge, fullest string', fr: 'État de charge, chaîne la plus pleine' },
    quantity: 'ratio',
    decimals: 1,
    ...about,
  },
  state_of_energy: { name: { en: 'State of energy', fr: "État d'énergie" }, quantity: 'ratio', decimals: 1 },
  state_of_health: { name: { en: 'State of health', fr: 'État de santé' }, quantity: 'ratio', decimals: 1, ...about },
  cell_voltage_min: { name: { en: 'Lowest cell voltage', fr: 'Tension de cellule minimale' }, quantity: 'voltage', decimals: 3 },
  cell_voltage_max: { name: { en: 'Highest cell voltage', fr: 'Tension de cellule maximale' }, quantity: 'voltage', decimals: 3 },
  cell_temperature_min: {
    name: { en: 'Lowest cell temperature', fr: 'Température de cellule minimale' },
    quantity: 'temperature',
    decimals: 0,
  },
  cell_temperature_max: {
    name: { en: 'Highest cell temperature', fr: 'Température de cellule maximale' },
    quantity: 'temperature',
    decimals: 0,
  },
  charge_current_limit: {
    name: { en: 'Charge current limit', fr: 'Limite de courant de charge' },
    quantity: 'current',
    decimals: 1,
    ...about,
  },
  discharge_current_limit: {
    name: { en: 'Discharge current limit', fr: 'Limite de courant de décharge' },
    quantity: 'current',
    decimals: 1,
    ...about,
  },
  state: { name: { en: 'State', fr: 'État' }, quantity: 'enum', options: STATES },
  connected_strings: { name: { en: 'Connected strings', fr: 'Chaînes connectées' }, quantity: 'count', ...about },
  charging_complete: { name: { en: 'Charging complete', fr: 'Charge terminée' }, quantity: 'flag', ...about },
  balancing: { name: { en: 'Balancing', fr: 'Équilibrage' }, quantity: 'flag', ...about },
  fatal_error: { name: { en: 'Fatal error code', fr: "Code d'erreur fatale" }, quantity: 'text', ...about, whenSeen: true },
};

/** Stable ids: `string_1_…`, `cell_001_voltage`, `sensor_001_temperature`, `problem_…`, `alarm_…`, `warning_…`. */
export function foxbmsEntities({ strings, cells, sensors }: FoxbmsSize): Readonly<Record<string, Entity>> {
  const found: Record<string, Entity> = { ...PACK };
  for (const [key, [, name]] of [...Object.entries(STATE_PROBLEMS), ...Object.entries(STRING_PROBLEMS)]) {
    found[`problem_${key}`] = { name, quantity: 'problem' };
  }
  for (const [key, { en, fr }] of Object.entries(LIMITS)) {
    found[`alarm_${key}`] = { name: { en: `Alarm: ${en}`, fr: `Alarme : ${fr}` }, quantity: 'problem' };
    found[`warning_${key}`] = { name: { en: `Warning: ${en}`, fr: `Avertissement : ${fr}` }, quantity: 'problem', ...about };
  }
  for (let n = 1; n <= strings; n += 1) {
    found[`string_${n}_voltage`] = {
      name: { en: `String ${n} voltage`, fr: `Tension de la chaîne ${n}` },
      quantity: 'voltage',
      decimals: 2,
      ...about,
    };
    found[`string_${n}_current`] = {
      name: { en: `String ${n} current`, fr: `Courant de la chaîne ${n}` },
      quantity: 'current',
      decimals: 2,
      ...about,
    };
  }
  for (let n = 1; n <= cells; n += 1) {
    found[cellKey(n)] = { name: { en: `Cell ${n} voltage`, fr: `Tension de la cellule ${n}` }, quantity: 'voltage', decimals: 3, ...about };
  }
  for (let n = 1; n <= sensors; n += 1) {
    found[sensorKey(n)] = {
      name: { en: `Sensor ${n} temperature`, fr: `Température du capteur ${n}` },
      quantity: 'temperature',
      decimals: 0,
      ...about,
    };
  }
  return found;
}

/** Numbered from 1, as people count. */
export function cellKey(n: number): string {
  return `cell_${String(n).padStart(3, '0')}_voltage`;
}
export function sensorKey(n: number): string {
  return `sensor_${String(n).padStart(3, '0')}_temperature`;
}
