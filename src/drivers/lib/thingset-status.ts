/** State and faults of Libre Solar's devices, in the house's words. */
import type { Entity, Text, Value } from '../../model.ts';
import { type BitNames, bitEntities, bitValues, MORE_ENTITIES } from './bms-pack.ts';
import { isGroup } from './thingset-text.ts';

type Row = Record<string, Value>;
/** Groups by their names, as a report or several answers give them. */
export type Groups = Readonly<Record<string, unknown>>;

const SEEN = { whenSeen: true } as const;
const text = (en: string, fr: string): Text => ({ en, fr });

const STATES = {
  battery: ['off', 'charge_only', 'discharge_only', 'normal', 'shutdown'],
  charger: ['idle', 'bulk', 'topping', 'float', 'equalise', 'follower'],
} as const;
const STATE_NAMES: Readonly<Record<string, Text>> = {
  off: text('Off', 'Arrêt'),
  charge_only: text('Charge only', 'Charge seule'),
  discharge_only: text('Discharge only', 'Décharge seule'),
  normal: text('Normal', 'Normal'),
  shutdown: text('Shut down', 'Coupée'),
  idle: text('Idle', 'Repos'),
  bulk: text('Bulk', 'Charge principale'),
  topping: text('Absorption', 'Absorption'),
  float: text('Float', 'Entretien'),
  equalise: text('Equalising', 'Égalisation'),
  follower: text('Follower', 'Suiveur'),
};
const stateEntity = (en: string, fr: string, states: readonly string[]): Entity => ({
  ...{ name: text(en, fr), quantity: 'enum', ...SEEN },
  options: Object.fromEntries(states.map((state) => [state, STATE_NAMES[state] ?? text(state, state)])),
});

/** `rErrorFlags` of a battery management system, lowest bit first. */
const BMS_ERRORS: BitNames = [
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['short_circuit', 'Short circuit', 'Court-circuit'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['open_wire', 'Cell wire open', 'Fil de cellule coupé'],
  ['discharge_undertemperature', 'Too cold to discharge', 'Trop froid pour décharger'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['charge_undertemperature', 'Too cold to charge', 'Trop froid pour charger'],
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['chip_overtemperature', 'Chip too hot', 'Puce trop chaude'],
  ['cell_failure', 'Cell failure', 'Cellule défaillante'],
  ['discharge_switch_off', 'Discharge switch does not close', 'Interrupteur de décharge ouvert'],
  ['charge_switch_off', 'Charge switch does not close', 'Interrupteur de charge ouvert'],
  ['mosfet_overtemperature', 'MOSFET too hot', 'MOSFET trop chauds'],
];
/** The same of a charge controller. */
const CHARGER_ERRORS: BitNames = [
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  BMS_ERRORS[3],
  BMS_ERRORS[4],
  BMS_ERRORS[6],
  BMS_ERRORS[7],
  BMS_ERRORS[8],
  BMS_ERRORS[9],
  ...[undefined, undefined, undefined, undefined, undefined],
  ['internal_overtemperature', 'Controller too hot', 'Régulateur trop chaud'],
  ['mosfet_short', 'MOSFET shorted', 'MOSFET en court-circuit'],
  ['solar_overvoltage', 'Panel voltage too high', 'Tension des panneaux trop haute'],
];
const problems = Object.entries({ ...bitEntities(BMS_ERRORS), ...bitEntities(CHARGER_ERRORS) });

export const STATUS_ENTITIES: Readonly<Record<string, Entity>> = {
  battery_state: stateEntity('State of the battery', 'État de la batterie', STATES.battery),
  charger_state: stateEntity('State of the charger', 'État du chargeur', STATES.charger),
  balancing: { ...MORE_ENTITIES.balancing, ...SEEN },
  ...Object.fromEntries(problems.map(([key, entity]) => [key, { ...entity, ...SEEN }])),
};

export function statusValues(groups: Groups): Row {
  return { ...states(groups), ...errors(groups) };
}

function states(groups: Groups): Row {
  const battery = find(groups, 'Meas', 'rBmsState');
  const charger = find(groups, 'Charger', 'rState');
  const balancing = find(groups, 'Meas', 'rBalancingStatus');
  return {
    ...(battery !== undefined && { battery_state: STATES.battery[Number(battery)] ?? null }),
    ...(charger !== undefined && { charger_state: STATES.charger[Number(charger)] ?? null }),
    ...(typeof balancing === 'number' && { balancing: balancing !== 0 }),
  };
}

function errors(groups: Groups): Row {
  const bms = find(groups, 'Meas', 'rErrorFlags');
  const charger = find(groups, 'Device', 'rErrorFlags');
  if (isFlags(bms)) return bitValues(BMS_ERRORS, bms);
  return isFlags(charger) ? bitValues(CHARGER_ERRORS, charger) : {};
}

function isFlags(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** The first of the items in the first of the groups that has one. */
export function find(groups: Groups, names: string, items: string): unknown {
  for (const name of names.split(' ')) {
    const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (!isGroup(group)) continue;
    const item = items.split(' ').find((candidate) => Object.hasOwn(group, candidate));
    if (item !== undefined) return group[item];
  }
  return undefined;
}
