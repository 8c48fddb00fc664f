/** What an EPEver controller says in its registers, and how it is shown. Source: the maker's protocol V2.5 (reference: batteries 3). */
import type { Entity, Quantity } from '../../model.ts';
import type { Register, RegisterKind, Scaling, WordType } from './registers.ts';

export interface EpeverField extends Register, Scaling {
  readonly key: string;
  /** Absent: used to compute others, not shown. */
  readonly entity?: Entity;
}
type More = Omit<Entity, 'name' | 'quantity'>;
type Range = readonly [min: number, max: number];

const INDEX = { total: { from: 'index', maxPerHour: 10_000 } } as const;
const DIAGNOSTIC = { diagnostic: true } as const;
const SETTING = { diagnostic: true, setting: true, whenSeen: true } as const;
const HIDDEN_SETTING = { ...SETTING, disabled: true } as const;

/** Decimals that the scales of the controller give. */
const DECIMALS: Partial<Record<Quantity, number>> = {
  voltage: 2,
  current: 2,
  power: 1,
  temperature: 1,
  energy: 0,
  stateOfCharge: 0,
  charge: 0,
};
const RANGES: Partial<Record<Quantity, Range>> = {
  voltage: [0, 400],
  current: [0, 300],
  power: [0, 30_000],
  temperature: [-50, 150],
  stateOfCharge: [0, 100],
  energy: [0, 1e9],
};
const NO_RANGE: Range = [0, Number.MAX_SAFE_INTEGER];

/** 32-bit values have their low word first. */
function raw(key: string, kind: RegisterKind, address: number, type: WordType, scale = 1, [min, max]: Range = NO_RANGE): EpeverField {
  return { key, kind, address, type, order: 'low-first', scale, offset: 0, min, max };
}

function shown(
  key: string,
  address: number,
  type: WordType,
  quantity: Quantity,
  name: readonly [string, string],
  more: More = {},
): EpeverField {
  // Energies come in steps of 0.01 kWh, everything but whole numbers in hundredths.
  const scale = quantity === 'energy' ? 10 : quantity === 'stateOfCharge' || quantity === 'charge' ? 1 : 0.01;
  const decimals = DECIMALS[quantity];
  const kind = address >= 0x9000 ? 'holding' : 'input';
  const entity: Entity = { name: { en: name[0], fr: name[1] }, quantity, ...(decimals !== undefined && { decimals }), ...more };
  return { ...raw(key, kind, address, type, scale, RANGES[quantity]), entity };
}

/** Read every period. `charger_*`, `net_*` and `status_*` are the parts of what `epever.ts` puts together. */
export const LIVE: readonly EpeverField[] = [
  shown('pv_voltage', 0x3100, 'u16', 'voltage', ['PV voltage', 'Tension PV'], { deadBand: 0.1 }),
  shown('pv_current', 0x3101, 'u16', 'current', ['PV current', 'Courant PV'], { deadBand: 0.02 }),
  shown('pv_power', 0x3102, 'u32', 'power', ['PV power', 'Puissance PV'], { deadBand: 0.5 }),
  raw('charger_voltage', 'input', 0x3104, 'u16', 0.01, RANGES.voltage),
  shown('charge_current', 0x3105, 'u16', 'current', ['Charge current', 'Courant de charge'], { ...DIAGNOSTIC, deadBand: 0.02 }),
  shown('charge_power', 0x3106, 'u32', 'power', ['Charge power', 'Puissance de charge'], { ...DIAGNOSTIC, deadBand: 0.5 }),
  shown('load_voltage', 0x310c, 'u16', 'voltage', ['Load voltage', "Tension de l'utilisation"], { whenSeen: true, deadBand: 0.05 }),
  shown('load_current', 0x310d, 'u16', 'current', ['Load current', "Courant de l'utilisation"], { whenSeen: true, deadBand: 0.02 }),
  shown('load_power', 0x310e, 'u32', 'power', ['Load power', "Puissance de l'utilisation"], { whenSeen: true, deadBand: 0.5 }),
  shown('battery_temperature', 0x3110, 'i16', 'temperature', ['Battery temperature', 'Température batterie']),
  shown('device_temperature', 0x3111, 'i16', 'temperature', ['Controller temperature', 'Température du régulateur'], DIAGNOSTIC),
  shown('power_stage_temperature', 0x3112, 'i16', 'temperature', ['Power stage temperature', "Température de l'étage de puissance"], {
    ...DIAGNOSTIC,
    whenSeen: true,
  }),
  // The controller guesses it from the voltage.
  shown('state_of_charge', 0x311a, 'u16', 'stateOfCharge', ["Controller's estimate of charge", 'Charge estimée par le régulateur'], {
    whenSeen: true,
  }),
  raw('filtered_voltage', 'input', 0x331a, 'u16', 0.01, RANGES.voltage),
  raw('net_current', 'input', 0x331b, 'i32', 0.01, [-300, 300]),
  raw('status_battery', 'input', 0x3200, 'u16'),
  raw('status_charger', 'input', 0x3201, 'u16'),
  raw('status_load', 'input', 0x3202, 'u16'),
  raw('over_temperature', 'discrete', 0x2000, 'bit'),
  raw('night', 'discrete', 0x200c, 'bit'),
];

const STATISTICS: readonly EpeverField[] = [
  shown('pv_voltage_max_today', 0x3300, 'u16', 'voltage', ['PV voltage, maximum today', 'Tension PV, maximum du jour'], SETTING),
  shown('pv_voltage_min_today', 0x3301, 'u16', 'voltage', ['PV voltage, minimum today', 'Tension PV, minimum du jour'], HIDDEN_SETTING),
  shown(
    'battery_voltage_max_today',
    0x3302,
    'u16',
    'voltage',
    ['Battery voltage, maximum today', 'Tension batterie, maximum du jour'],
    SETTING,
  ),
  shown(
    'battery_voltage_min_today',
    0x3303,
    'u16',
    'voltage',
    ['Battery voltage, minimum today', 'Tension batterie, minimum du jour'],
    SETTING,
  ),
  shown('energy_consumed_today', 0x3304, 'u32', 'energy', ['Energy used by the load today', "Énergie de l'utilisation, jour"], SETTING),
  shown(
    'energy_consumed_month',
    0x3306,
    'u32',
    'energy',
    ['Energy used by the load, month', "Énergie de l'utilisation, mois"],
    HIDDEN_SETTING,
  ),
  shown(
    'energy_consumed_year',
    0x3308,
    'u32',
    'energy',
    ['Energy used by the load, year', "Énergie de l'utilisation, année"],
    HIDDEN_SETTING,
  ),
  shown('energy_consumed', 0x330a, 'u32', 'energy', ['Energy used by the load', "Énergie de l'utilisation"], { ...INDEX, whenSeen: true }),
  shown('energy_generated_today', 0x330c, 'u32', 'energy', ['Energy generated today', 'Énergie produite, jour'], SETTING),
  shown('energy_generated_month', 0x330e, 'u32', 'energy', ['Energy generated, month', 'Énergie produite, mois'], HIDDEN_SETTING),
  shown('energy_generated_year', 0x3310, 'u32', 'energy', ['Energy generated, year', 'Énergie produite, année'], HIDDEN_SETTING),
  shown('energy_generated', 0x3312, 'u32', 'energy', ['Energy generated', 'Énergie produite'], INDEX),
];

const RATED: readonly EpeverField[] = [
  shown('rated_pv_voltage', 0x3000, 'u16', 'voltage', ['Rated PV voltage', 'Tension PV nominale'], HIDDEN_SETTING),
  shown('rated_pv_current', 0x3001, 'u16', 'current', ['Rated PV current', 'Courant PV nominal'], HIDDEN_SETTING),
  shown('rated_pv_power', 0x3002, 'u32', 'power', ['Rated PV power', 'Puissance PV nominale'], HIDDEN_SETTING),
  shown('rated_charge_current', 0x3005, 'u16', 'current', ['Rated charge current', 'Courant de charge nominal'], HIDDEN_SETTING),
  shown('rated_load_current', 0x300e, 'u16', 'current', ['Rated load current', "Courant nominal de l'utilisation"], HIDDEN_SETTING),
  shown('system_voltage', 0x311d, 'u16', 'voltage', ['System voltage found', 'Tension système reconnue'], SETTING),
];

const SETTINGS: readonly EpeverField[] = [
  raw('battery_type', 'holding', 0x9000, 'u16'),
  shown('battery_capacity', 0x9001, 'u16', 'charge', ['Battery capacity set', 'Capacité batterie réglée'], SETTING),
  ...(
    [
      ['over_voltage_disconnect', 'Over-voltage disconnect', 'Coupure surtension'],
      ['charge_limit', 'Charging limit', 'Limite de charge'],
      ['over_voltage_reconnect', 'Over-voltage reconnect', 'Retour après surtension'],
      ['equalise', 'Equalise', 'Égalisation'],
      ['boost', 'Boost', 'Absorption'],
      ['float', 'Float', 'Maintien'],
      ['boost_reconnect', 'Boost reconnect', "Reprise de l'absorption"],
      ['low_voltage_reconnect', 'Low-voltage reconnect', 'Retour après sous-tension'],
      ['under_voltage_recover', 'Under-voltage warning ends', "Fin d'alerte sous-tension"],
      ['under_voltage_warning', 'Under-voltage warning', 'Alerte sous-tension'],
      ['low_voltage_disconnect', 'Low-voltage disconnect', 'Coupure sous-tension'],
      ['discharge_limit', 'Discharging limit', 'Limite de décharge'],
    ] as const
  ).map(([key, en, fr], i) => shown(`set_${key}`, 0x9003 + i, 'u16', 'voltage', [`${en} voltage`, `${fr}, tension`], HIDDEN_SETTING)),
];

/** Read more rarely. */
export const SLOW: readonly EpeverField[] = [...STATISTICS, ...RATED, ...SETTINGS];
