/** Victron's codes in words: charger states, errors, reasons to be off, alarms. Reference: batteries 4. */
import type { Text } from '../../model.ts';

/** A code's number, its word in the enumeration, and its names. */
type Codes = readonly (readonly [code: number, word: string, en: string, fr: string])[];

export const CHARGER_STATES: Codes = [
  [0, 'off', 'Off', 'Arrêt'],
  [1, 'low_power', 'Low power', 'Faible puissance'],
  [2, 'fault', 'Fault', 'Défaut'],
  [3, 'bulk', 'Bulk', 'Bulk'],
  [4, 'absorption', 'Absorption', 'Absorption'],
  [5, 'float', 'Float', 'Float'],
  [6, 'storage', 'Storage', 'Stockage'],
  [7, 'equalise', 'Equalise', 'Égalisation'],
  [9, 'inverting', 'Inverting', 'Conversion'],
  [11, 'supply', 'Power supply', 'Alimentation'],
  [245, 'starting', 'Starting', 'Démarrage'],
  [246, 'repeated_absorption', 'Repeated absorption', 'Absorption répétée'],
  [247, 'auto_equalise', 'Automatic equalisation', 'Égalisation automatique'],
  [248, 'battery_safe', 'BatterySafe', 'BatterySafe'],
  [252, 'external_control', 'External control', 'Commande externe'],
];

export const TRACKER_MODES: Codes = [
  [0, 'off', 'Off', 'Arrêt'],
  [1, 'limited', 'Limited by voltage or current', 'Limité en tension ou en courant'],
  [2, 'tracking', 'Tracking', 'Recherche du maximum'],
];

/** What a monitor is set to watch: sources are below zero, loads above. */
export const MONITOR_MODES: Codes = [
  [-9, 'solar_charger', 'Solar charger', 'Chargeur solaire'],
  [-8, 'wind_turbine', 'Wind turbine', 'Éolienne'],
  [-7, 'shaft_generator', 'Shaft generator', "Générateur d'arbre"],
  [-6, 'alternator', 'Alternator', 'Alternateur'],
  [-5, 'fuel_cell', 'Fuel cell', 'Pile à combustible'],
  [-4, 'water_generator', 'Water generator', 'Hydrogénérateur'],
  [-3, 'dc_charger', 'DC charger', 'Chargeur continu'],
  [-2, 'ac_charger', 'AC charger', 'Chargeur secteur'],
  [-1, 'source', 'Another source', 'Autre source'],
  [0, 'battery', 'Battery', 'Batterie'],
  [1, 'load', 'Another load', 'Autre consommateur'],
  [2, 'electric_drive', 'Electric drive', 'Moteur électrique'],
  [3, 'fridge', 'Fridge', 'Réfrigérateur'],
  [4, 'water_pump', 'Water pump', 'Pompe à eau'],
  [5, 'bilge_pump', 'Bilge pump', 'Pompe de cale'],
  [6, 'dc_system', 'DC system', 'Système continu'],
  [7, 'inverter', 'Inverter', 'Onduleur'],
  [8, 'water_heater', 'Water heater', 'Chauffe-eau'],
];

export const ERRORS: Codes = [
  [0, 'none', 'None', 'Aucune'],
  [2, 'battery_voltage_high', 'Battery voltage too high', 'Tension de batterie trop haute'],
  [17, 'too_hot', 'Charger too hot', 'Chargeur trop chaud'],
  [18, 'over_current', 'Charger over-current', 'Surintensité du chargeur'],
  [19, 'reversed', 'Charger current reversed', 'Courant du chargeur inversé'],
  [20, 'bulk_too_long', 'Bulk took too long', 'Phase bulk trop longue'],
  [21, 'current_sensor', 'Current sensor', 'Capteur de courant'],
  [26, 'terminals_hot', 'Terminals too hot', 'Bornes trop chaudes'],
  [28, 'converter', 'Converter', 'Convertisseur'],
  [33, 'panel_voltage_high', 'Panel voltage too high', 'Tension des panneaux trop haute'],
  [34, 'panel_current_high', 'Panel current too high', 'Courant des panneaux trop fort'],
  [38, 'input_shutdown_voltage', 'Input shut down: battery voltage', 'Entrée coupée : tension de batterie'],
  [39, 'input_shutdown_current', 'Input shut down: current when off', "Entrée coupée : courant à l'arrêt"],
  [65, 'lost_communication', 'Lost communication with another device', 'Communication perdue avec un appareil'],
  [66, 'sync_configuration', 'Synchronised charging misconfigured', 'Charge synchronisée mal réglée'],
  [67, 'bms_lost', 'Connection to the BMS lost', 'Liaison avec le BMS perdue'],
  [68, 'network', 'Network misconfigured', 'Réseau mal réglé'],
  [116, 'calibration_lost', 'Calibration lost', 'Étalonnage perdu'],
  [117, 'firmware', 'Incompatible firmware', 'Micrologiciel incompatible'],
  [119, 'settings', 'Settings invalid', 'Réglages invalides'],
];

export const OFF_REASONS: Codes = [
  [0, 'none', 'None', 'Aucune'],
  [1, 'no_input', 'No input power', "Pas d'énergie en entrée"],
  [2, 'switch', 'Power switch', 'Interrupteur'],
  [4, 'mode_register', 'Switched off by its mode', 'Coupé par son mode'],
  [8, 'remote', 'Remote input', 'Commande à distance'],
  [0x10, 'protection', 'Protection', 'Protection'],
  [0x20, 'paygo', 'PAYGO', 'PAYGO'],
  [0x40, 'bms', 'BMS', 'BMS'],
  [0x80, 'engine', 'Engine stopped', 'Moteur arrêté'],
  [0x100, 'analysing', 'Analysing the input voltage', "Analyse de la tension d'entrée"],
];

export const ALARM_REASONS: Codes = [
  [0, 'none', 'None', 'Aucune'],
  [1, 'low_voltage', 'Low voltage', 'Tension basse'],
  [2, 'high_voltage', 'High voltage', 'Tension haute'],
  [4, 'low_state_of_charge', 'Low state of charge', 'État de charge bas'],
  [8, 'low_starter_voltage', 'Low starter voltage', 'Tension de démarrage basse'],
  [16, 'high_starter_voltage', 'High starter voltage', 'Tension de démarrage haute'],
  [32, 'low_temperature', 'Low temperature', 'Température basse'],
  [64, 'high_temperature', 'High temperature', 'Température haute'],
  [128, 'midpoint', 'Midpoint voltage', 'Tension médiane'],
  [256, 'overload', 'Overload', 'Surcharge'],
  [512, 'ripple', 'DC ripple', 'Ondulation'],
  [1024, 'low_ac', 'Low AC output voltage', 'Tension de sortie basse'],
  [2048, 'high_ac', 'High AC output voltage', 'Tension de sortie haute'],
  [4096, 'short_circuit', 'Short circuit', 'Court-circuit'],
  [8192, 'bms_lockout', 'BMS lockout', 'Blocage par le BMS'],
];

const SEVERAL = ['several', 'Several', 'Plusieurs'] as const;

/** The options of an enumeration; with `bits`, also `several`. */
export function codeOptions(codes: Codes, bits = false): Readonly<Record<string, Text>> {
  const options: Record<string, Text> = {};
  for (const [, word, en, fr] of codes) options[word] = { en, fr };
  if (bits) options[SEVERAL[0]] = { en: SEVERAL[1], fr: SEVERAL[2] };
  return options;
}

/** The word of a code; null when Victron invented a new one. */
export function codeWord(codes: Codes, code: number): string | null {
  return codes.find(([known]) => known === code)?.[1] ?? null;
}

/** The word of a set of bits: of its only one, `several`, or null when the only one is new. */
export function bitWord(codes: Codes, bits: number): string | null {
  const single = (bits & (bits - 1)) === 0;
  return single ? codeWord(codes, bits) : SEVERAL[0];
}
