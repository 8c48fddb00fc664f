/** A battery that talks to an inverter on CAN: what Pylontech, SMA and Victron made common, only listened to. */
import type { JSONSchemaType } from 'ajv';
import type { Entity, Values } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { CAN_PROPERTIES, CAN_REQUIRED, type CanBusOptions, listenTo } from './lib/can-session.ts';
import { ALARM_ENTITIES } from './lib/pack-alarms.ts';
import { createPackDecoder, PACK_IDS } from './lib/pack-frames.ts';

const options: JSONSchemaType<CanBusOptions> = {
  type: 'object',
  additionalProperties: false,
  required: CAN_REQUIRED,
  properties: CAN_PROPERTIES,
};

const seen = { whenSeen: true } as const;
const about = { ...seen, diagnostic: true } as const;
/** Energy that a home battery can move in an hour, Wh. */
const MOST_WH = 60_000;

const entities: Readonly<Record<string, Entity>> = {
  voltage: { name: { en: 'Voltage', fr: 'Tension' }, quantity: 'voltage', decimals: 2, deadBand: 0.02 },
  current: { name: { en: 'Current', fr: 'Courant' }, quantity: 'current', decimals: 1, deadBand: 0.1 },
  power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 0, deadBand: 5 },
  temperature: { name: { en: 'Temperature', fr: 'Température' }, quantity: 'temperature', decimals: 1, deadBand: 0.2 },
  state_of_charge: { name: { en: 'State of charge', fr: 'État de charge' }, quantity: 'stateOfCharge', decimals: 1 },
  state_of_health: { name: { en: 'State of health', fr: 'État de santé' }, quantity: 'ratio', decimals: 0, ...about },
  charge_voltage_limit: {
    name: { en: 'Charge voltage limit', fr: 'Limite de tension de charge' },
    quantity: 'voltage',
    decimals: 1,
    ...about,
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
  discharge_voltage_limit: {
    name: { en: 'Discharge voltage limit', fr: 'Limite de tension de décharge' },
    quantity: 'voltage',
    decimals: 1,
    ...about,
  },
  charge_enabled: { name: { en: 'Charging allowed', fr: 'Charge autorisée' }, quantity: 'flag', ...seen },
  discharge_enabled: { name: { en: 'Discharging allowed', fr: 'Décharge autorisée' }, quantity: 'flag', ...seen },
  force_charge: { name: { en: 'Charge demanded', fr: 'Charge exigée' }, quantity: 'flag', ...seen },
  full_charge_request: { name: { en: 'Full charge demanded', fr: 'Charge complète demandée' }, quantity: 'flag', ...seen },
  cell_voltage_min: { name: { en: 'Lowest cell voltage', fr: 'Tension de cellule minimale' }, quantity: 'voltage', decimals: 3, ...seen },
  cell_voltage_max: { name: { en: 'Highest cell voltage', fr: 'Tension de cellule maximale' }, quantity: 'voltage', decimals: 3, ...seen },
  cell_temperature_min: {
    name: { en: 'Lowest cell temperature', fr: 'Température de cellule minimale' },
    quantity: 'temperature',
    decimals: 0,
    ...seen,
  },
  cell_temperature_max: {
    name: { en: 'Highest cell temperature', fr: 'Température de cellule maximale' },
    quantity: 'temperature',
    decimals: 0,
    ...seen,
  },
  cell_id_min: { name: { en: 'Cell of the lowest voltage', fr: 'Cellule à la tension minimale' }, quantity: 'text', ...about },
  cell_id_max: { name: { en: 'Cell of the highest voltage', fr: 'Cellule à la tension maximale' }, quantity: 'text', ...about },
  min_temperature_id: { name: { en: 'Coldest cell', fr: 'Cellule la plus froide' }, quantity: 'text', ...about },
  max_temperature_id: { name: { en: 'Warmest cell', fr: 'Cellule la plus chaude' }, quantity: 'text', ...about },
  charged_energy: {
    name: { en: 'Energy charged', fr: 'Énergie chargée' },
    quantity: 'energy',
    decimals: 0,
    total: { from: 'index', maxPerHour: MOST_WH },
    ...seen,
  },
  discharged_energy: {
    name: { en: 'Energy discharged', fr: 'Énergie déchargée' },
    quantity: 'energy',
    decimals: 0,
    total: { from: 'index', maxPerHour: MOST_WH },
    ...seen,
  },
  installed_capacity: {
    name: { en: 'Installed capacity', fr: 'Capacité installée' },
    quantity: 'charge',
    decimals: 0,
    setting: true,
    ...about,
  },
  remaining_capacity: { name: { en: 'Available capacity', fr: 'Capacité disponible' }, quantity: 'charge', decimals: 0, ...about },
  modules_online: { name: { en: 'Modules online', fr: 'Modules en ligne' }, quantity: 'count', ...about },
  modules_offline: { name: { en: 'Modules offline', fr: 'Modules hors ligne' }, quantity: 'count', ...about },
  modules_blocking_charge: { name: { en: 'Modules refusing charge', fr: 'Modules refusant la charge' }, quantity: 'count', ...about },
  modules_blocking_discharge: {
    name: { en: 'Modules refusing discharge', fr: 'Modules refusant la décharge' },
    quantity: 'count',
    ...about,
  },
  manufacturer: { name: { en: 'Manufacturer', fr: 'Fabricant' }, quantity: 'text', ...about },
  battery_name: { name: { en: 'Battery name', fr: 'Nom de la batterie' }, quantity: 'text', ...about },
  firmware: { name: { en: 'Firmware', fr: 'Micrologiciel' }, quantity: 'text', ...about },
  ...ALARM_ENTITIES,
};

/**
 * Frames 0x351 to 0x379, once a second, 11-bit ids. Current is positive while charging on the wire already. Nothing is ever
 * sent: what an inverter answers (0x305) stays the inverter's business, so a battery that falls silent without it needs one.
 */
export const canPack: SensorDriver<CanBusOptions, Readonly<Record<string, Entity>>> = {
  type: 'can_pack',
  title: { en: 'Battery with inverter CAN (Pylontech, SMA, Victron, BYD…)', fr: 'Batterie à CAN onduleur (Pylontech, SMA, Victron, BYD…)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'CAN', model: 'Inverter protocol', periodMs: period_s * 1000, entities }),
  async *read(context): AsyncGenerator<Values<Readonly<Record<string, Entity>>>> {
    yield* listenTo({ ids: PACK_IDS, what: 'the battery', decode: createPackDecoder() }, context);
  },
};
