/** What VE.Direct labels mean: entity, unit, believable range. Missing is `---` or no field at all, never 0. Reference: batteries 4. */
import type { Entity, Quantity, Value } from '../../model.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './bms-pack.ts';
import {
  ALARM_REASONS,
  bitWord,
  CHARGER_STATES,
  codeOptions,
  codeWord,
  ERRORS,
  MONITOR_MODES,
  OFF_REASONS,
  TRACKER_MODES,
} from './vedirect-codes.ts';
import { firmware16, firmware24 } from './vedirect-firmware.ts';
import type { VeBlock } from './vedirect-frame.ts';
import { asText, code, coded, hundredthKwh, milliamps, millivolts, minutes, onOff, scaled, tally, watts } from './vedirect-readers.ts';

interface Field {
  readonly key: string;
  readonly entity: Entity;
  /** The value of what was sent, null when it cannot be believed. */
  readonly read: (raw: string) => Value;
}
type Row = Record<string, Value>;

const SEEN = { whenSeen: true } as const;
const DIAGNOSTIC = { diagnostic: true, whenSeen: true } as const;
const HIDDEN = { diagnostic: true, disabled: true, whenSeen: true } as const;
const PAST = { setting: true, diagnostic: true, whenSeen: true } as const;
/** The largest charger (100 A at 60 V) and the largest monitor (1000 A at 100 V), with room, in Wh per hour. */
const YIELD = { from: 'index', maxPerHour: 10_000 } as const;
const THROUGH = { from: 'index', maxPerHour: 150_000 } as const;
const DRAWN = { from: 'index', maxPerHour: 2000 } as const;

const VOLT = { decimals: 2, deadBand: 0.01 } as const;

function field(key: string, entity: Entity, read: Field['read']): Field {
  return { key, entity, read };
}
function named(quantity: Quantity, en: string, fr: string, more: Partial<Entity>): Entity {
  return { name: { en, fr }, quantity, ...more };
}
const counter = (key: string, en: string, fr: string): Field => field(key, named('tally', en, fr, HIDDEN), tally);
const depth = (key: string, en: string, fr: string): Field =>
  field(key, named('charge', en, fr, { decimals: 1, ...PAST }), scaled(0.001, -1e6, 0));
const pastVolts = (key: string, en: string, fr: string, min = 0): Field =>
  field(key, named('voltage', en, fr, { decimals: 2, ...PAST }), scaled(0.001, min, 500));

const FIELDS: Readonly<Record<string, Field>> = {
  V: field('voltage', { ...PACK_ENTITIES.voltage, ...SEEN }, millivolts),
  I: field('current', { ...PACK_ENTITIES.current, ...SEEN }, milliamps),
  P: field('power', { ...PACK_ENTITIES.power, ...SEEN }, scaled(1, -1e6, 1e6)),
  VPV: field('panel_voltage', named('voltage', 'Panel voltage', 'Tension des panneaux', { ...VOLT, ...SEEN }), scaled(0.001, 0, 1000)),
  PPV: field('panel_power', named('power', 'Panel power', 'Puissance des panneaux', { decimals: 0, deadBand: 1, ...SEEN }), watts),
  IL: field('load_current', named('current', 'Load current', 'Courant de sortie', { decimals: 2, deadBand: 0.02, ...SEEN }), milliamps),
  LOAD: field('load_output', named('flag', 'Load output', 'Sortie de charge', SEEN), onOff),
  CS: field(
    'charger_state',
    named('enum', 'Charger state', 'État du chargeur', { options: codeOptions(CHARGER_STATES), ...SEEN }),
    coded((n) => codeWord(CHARGER_STATES, n)),
  ),
  MPPT: field(
    'tracker',
    named('enum', 'Tracker', 'Régulateur MPPT', { options: codeOptions(TRACKER_MODES), ...DIAGNOSTIC }),
    coded((n) => codeWord(TRACKER_MODES, n)),
  ),
  OR: field(
    'off_reason',
    named('enum', 'Off because of', "Raison d'arrêt", { options: codeOptions(OFF_REASONS, true), ...DIAGNOSTIC }),
    coded((n) => bitWord(OFF_REASONS, n)),
  ),
  AR: field(
    'alarm_reason',
    named('enum', 'Alarm because of', "Raison de l'alarme", { options: codeOptions(ALARM_REASONS, true), ...DIAGNOSTIC }),
    coded((n) => bitWord(ALARM_REASONS, n)),
  ),
  ERR: field(
    'error',
    named('enum', 'Error', 'Erreur', { options: codeOptions(ERRORS), ...DIAGNOSTIC }),
    coded((n) => codeWord(ERRORS, n)),
  ),
  H19: field('yield_total', named('energy', 'Yield', 'Production', { decimals: 0, total: YIELD, ...SEEN }), hundredthKwh),
  H20: field('yield_today', named('energy', 'Yield today', 'Production du jour', { decimals: 0, setting: true, ...SEEN }), hundredthKwh),
  H22: field('yield_yesterday', named('energy', 'Yield yesterday', 'Production de la veille', { decimals: 0, ...PAST }), hundredthKwh),
  H21: field('max_power_today', named('power', 'Highest power today', 'Puissance maximale du jour', { decimals: 0, ...PAST }), watts),
  H23: field(
    'max_power_yesterday',
    named('power', 'Highest power yesterday', 'Puissance maximale de la veille', { decimals: 0, ...PAST }),
    watts,
  ),
  HSDS: field('day_number', named('count', 'Day number', 'Numéro du jour', { ...HIDDEN, setting: true }), scaled(1, 0, 364)),
  SOC: field('state_of_charge', { ...PACK_ENTITIES.state_of_charge, decimals: 1, ...SEEN }, scaled(0.1, 0, 100)),
  CE: field('consumed_charge', named('charge', 'Consumed charge', 'Charge consommée', { decimals: 1, ...SEEN }), scaled(0.001, -1e6, 1e6)),
  TTG: field('time_to_go', named('duration', 'Time to go', 'Autonomie restante', { decimals: 0, ...SEEN }), minutes),
  T: field('temperature', named('temperature', 'Temperature', 'Température', { decimals: 0, ...SEEN }), scaled(1, -60, 150)),
  VS: field('starter_voltage', named('voltage', 'Starter voltage', 'Tension de démarrage', { ...VOLT, ...SEEN }), scaled(0.001, -1, 500)),
  VM: field('midpoint_voltage', named('voltage', 'Midpoint voltage', 'Tension médiane', { ...VOLT, ...SEEN }), millivolts),
  DM: field('midpoint_deviation', named('ratio', 'Midpoint deviation', 'Écart médian', { decimals: 1, ...SEEN }), scaled(0.1, -100, 100)),
  MON: field('monitor_mode', named('enum', 'Monitors', 'Surveille', { options: codeOptions(MONITOR_MODES), ...DIAGNOSTIC }), (raw) =>
    /^-?\d$/.test(raw) ? codeWord(MONITOR_MODES, Number(raw)) : null,
  ),
  Alarm: field('alarm', named('problem', 'Alarm', 'Alarme', SEEN), onOff),
  Relay: field('relay', named('flag', 'Relay', 'Relais', SEEN), onOff),
  H1: depth('deepest_discharge', 'Deepest discharge', 'Décharge la plus profonde'),
  H2: depth('last_discharge', 'Last discharge', 'Dernière décharge'),
  H3: depth('average_discharge', 'Average discharge', 'Décharge moyenne'),
  H4: field('cycles', { ...PACK_ENTITIES.cycles, ...SEEN }, tally),
  H5: counter('full_discharges', 'Full discharges', 'Décharges complètes'),
  H6: field(
    'charge_drawn',
    named('charge', 'Charge drawn', 'Charge soutirée', { decimals: 1, diagnostic: true, total: DRAWN, ...SEEN }),
    scaled(-0.001, 0, 1e9),
  ),
  H7: pastVolts('voltage_min', 'Lowest voltage', 'Tension minimale'),
  H8: pastVolts('voltage_max', 'Highest voltage', 'Tension maximale'),
  H9: field(
    'since_full',
    named('duration', 'Since last full charge', 'Depuis la dernière charge complète', { decimals: 0, ...DIAGNOSTIC }),
    tally,
  ),
  H10: counter('auto_syncs', 'Automatic synchronisations', 'Synchronisations automatiques'),
  H11: counter('low_voltage_alarms', 'Low-voltage alarms', 'Alarmes de tension basse'),
  H12: counter('high_voltage_alarms', 'High-voltage alarms', 'Alarmes de tension haute'),
  H13: counter('starter_low_alarms', 'Low starter voltage alarms', 'Alarmes de tension de démarrage basse'),
  H14: counter('starter_high_alarms', 'High starter voltage alarms', 'Alarmes de tension de démarrage haute'),
  H15: pastVolts('starter_voltage_min', 'Lowest starter voltage', 'Tension de démarrage minimale', -1),
  H16: pastVolts('starter_voltage_max', 'Highest starter voltage', 'Tension de démarrage maximale', -1),
  H17: field(
    'energy_discharged',
    named('energy', 'Energy discharged', 'Énergie déchargée', { decimals: 0, total: THROUGH, ...SEEN }),
    hundredthKwh,
  ),
  H18: field(
    'energy_charged',
    named('energy', 'Energy charged', 'Énergie chargée', { decimals: 0, total: THROUGH, ...SEEN }),
    hundredthKwh,
  ),
  PID: field('product', named('text', 'Product id', 'Identifiant du produit', DIAGNOSTIC), asText),
  BMV: field('model', named('text', 'Model', 'Modèle', DIAGNOSTIC), asText),
  FW: field('firmware', { ...MORE_ENTITIES.firmware, ...SEEN }, firmware16),
  FWE: field('firmware', { ...MORE_ENTITIES.firmware, ...SEEN }, firmware24),
  'SER#': field('serial', named('text', 'Serial number', 'Numéro de série', { personal: true, ...HIDDEN }), asText),
};

export const VEDIRECT_ENTITIES: Readonly<Record<string, Entity>> = {
  ...Object.fromEntries(Object.values(FIELDS).map(({ key, entity }) => [key, entity])),
  fault: named('problem', 'Fault', 'Défaut', SEEN),
  error_code: named('count', 'code', 'code', { attributeOf: 'error' }),
  alarm_bits: named('text', 'bits', 'bits', { attributeOf: 'alarm_reason' }),
  off_bits: named('text', 'bits', 'bits', { attributeOf: 'off_reason' }),
};

/** The values of one block; keys of labels that it does not hold are absent. */
export function veValues(block: VeBlock): Row {
  const row: Row = {};
  for (const [label, raw] of block) {
    const known = Object.hasOwn(FIELDS, label) ? FIELDS[label] : undefined;
    if (known !== undefined) row[known.key] = known.read(raw);
  }
  const error = code(block.get('ERR') ?? '');
  if (error !== undefined) Object.assign(row, { fault: error !== 0, error_code: error });
  for (const [label, key] of [
    ['AR', 'alarm_bits'],
    ['OR', 'off_bits'],
  ] as const) {
    const bits = code(block.get(label) ?? '');
    if (bits !== undefined) row[key] = `0x${bits.toString(16)}`;
  }
  // Chargers send no power of the battery side.
  if (!block.has('P') && typeof row.voltage === 'number' && typeof row.current === 'number') {
    row.power = Number((row.voltage * row.current).toFixed(1));
  }
  return row;
}
