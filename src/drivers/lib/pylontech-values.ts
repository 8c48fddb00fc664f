/** What Pylontech's answers say: 42 (measurements), 44 (alarms), 92 (what the battery asks of its charger). Reference: batteries 5.5. */
import { DeviceError, type Entity, type Value } from '../../model.ts';
import { cellValues, celsiusOfKelvin } from './bms-cells.ts';
import { type BitNames, bitEntities, bitValues, packValues, percent } from './bms-pack.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';

type Row = Record<string, Value>;

export const MAX_CELLS = 24;
export const MAX_SENSORS = 8;
/** A 16-bit capacity that says: see the 24-bit one that follows. */
const EXTENDED_ITEMS = 4;

/** Answer 42 to a single address: flag, address, one pack. */
export function analogOf(info: Uint8Array): Row {
  const reader = byteReader(info, 'the measurements');
  reader.u16();
  return packOf(reader);
}

/** One pack of answer 42. The first sensor sits on the board, the others between the cells. */
export function packOf(reader: ByteReader): Row {
  const cells = reader.list(MAX_CELLS, reader.u16);
  const [board, ...others] = reader.list(MAX_SENSORS, () => celsiusOfKelvin(reader.u16()));
  const amps = reader.i16() / 10;
  const volts = reader.u16() / 1000;
  let remaining = reader.u16();
  const items = reader.u8();
  let total = reader.u16();
  const cycles = reader.u16();
  if (items >= EXTENDED_ITEMS) {
    remaining = reader.u24();
    total = reader.u24();
  }
  return {
    ...packValues(volts, amps),
    ...cellValues(cells),
    ...(board !== undefined && { temperature_board: board }),
    ...Object.fromEntries(others.map((celsius, i) => [`temperature_${i + 1}`, celsius])),
    remaining_capacity: remaining / 1000,
    full_capacity: total > 0 ? total / 1000 : null,
    state_of_charge: total > 0 ? percent(Number(((remaining / total) * 100).toFixed(1))) : null,
    cycles,
  };
}

const STATUS_1: BitNames = [
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  undefined,
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
];
/** Answers of their own for what only says normal, low, high or other. */
const WATCHED: BitNames = [
  ['cells_alarm', 'Cell out of limits', 'Cellule hors limites'],
  ['temperatures_alarm', 'Temperature out of limits', 'Température hors limites'],
  ['charge_current_alarm', 'Charge current out of limits', 'Courant de charge hors limites'],
  ['voltage_alarm', 'Battery voltage out of limits', 'Tension de batterie hors limites'],
  ['discharge_current_alarm', 'Discharge current out of limits', 'Courant de décharge hors limites'],
  ['cell_fault', 'Cell fault', 'Défaut de cellule'],
];
const SEEN = { whenSeen: true } as const;

export const STATUS_ENTITIES: Readonly<Record<string, Entity>> = {
  state: {
    name: { en: 'State', fr: 'État' },
    quantity: 'enum',
    options: {
      idle: { en: 'Idle', fr: 'Au repos' },
      charging: { en: 'Charging', fr: 'En charge' },
      discharging: { en: 'Discharging', fr: 'En décharge' },
    },
  },
  full: { name: { en: 'Full', fr: 'Pleine' }, quantity: 'flag', diagnostic: true },
  heater: { name: { en: 'Heater', fr: 'Chauffage' }, quantity: 'flag', diagnostic: true },
  ...bitEntities(STATUS_1),
  ...bitEntities(WATCHED),
};

/** Answer 44 to a single address: flag, address, one pack. */
export function alarmsOf(info: Uint8Array): Row {
  const reader = byteReader(info, 'the alarms');
  reader.u16();
  return packAlarmsOf(reader);
}

/** One pack of answer 44. */
export function packAlarmsOf(reader: ByteReader): Row {
  const wrong = (levels: readonly number[]): boolean => levels.some((level) => level !== 0);
  const cells = reader.list(MAX_CELLS, reader.u8);
  const sensors = reader.list(MAX_SENSORS, reader.u8);
  const [charge, voltage, discharge] = [reader.u8(), reader.u8(), reader.u8()];
  const [protections, switches, doing] = [reader.u8(), reader.u8(), reader.u8()];
  const faults = reader.u16();
  const charging = (doing & 0x80) !== 0;
  const discharging = (doing & 0x40) !== 0;
  return {
    cells_alarm: wrong(cells),
    temperatures_alarm: wrong(sensors),
    charge_current_alarm: charge !== 0,
    voltage_alarm: voltage !== 0,
    discharge_current_alarm: discharge !== 0,
    cell_fault: faults !== 0,
    ...bitValues(STATUS_1, protections),
    charging_enabled: (switches & 2) !== 0,
    discharging_enabled: (switches & 4) !== 0,
    state: charging === discharging ? (charging ? null : 'idle') : charging ? 'charging' : 'discharging',
    heater: (doing & 0x20) !== 0,
    full: (doing & 0x08) !== 0,
  };
}

const limit = (en: string, fr: string, quantity: 'voltage' | 'current'): Entity => ({
  name: { en, fr },
  quantity,
  decimals: 1,
  setting: true,
  diagnostic: true,
  ...SEEN,
});
const wish = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'flag', diagnostic: true, ...SEEN });

export const MANAGEMENT_ENTITIES: Readonly<Record<string, Entity>> = {
  charge_voltage_limit: limit('Charge voltage limit', 'Limite de tension de charge', 'voltage'),
  discharge_voltage_limit: limit('Discharge voltage limit', 'Limite de tension de décharge', 'voltage'),
  charge_current_limit: limit('Charge current limit', 'Limite de courant de charge', 'current'),
  discharge_current_limit: limit('Discharge current limit', 'Limite de courant de décharge', 'current'),
  charge_permitted: wish('Charging permitted', 'Charge permise'),
  discharge_permitted: wish('Discharging permitted', 'Décharge permise'),
  charge_requested: wish('Charge requested', 'Charge demandée'),
  full_charge_requested: wish('Full charge requested', 'Charge complète demandée'),
};

/** Answer 92: address, limits, flags. The discharge limit has the sign of a discharge. */
export function managementOf(info: Uint8Array): Row {
  const reader = byteReader(info, 'the charge management');
  reader.u8();
  const [charge, discharge] = [reader.u16() / 1000, reader.u16() / 1000];
  const [chargeAmps, dischargeAmps] = [reader.i16() / 10, reader.i16() / 10];
  const flags = reader.u8();
  // Answers bear no name: that of another question, come late, would be taken for this one but for its length.
  if (reader.left > 0) throw new DeviceError(`the charge management has ${reader.left} bytes too many`);
  return {
    charge_voltage_limit: charge,
    discharge_voltage_limit: discharge,
    charge_current_limit: chargeAmps,
    discharge_current_limit: dischargeAmps,
    charge_permitted: (flags & 0x80) !== 0,
    discharge_permitted: (flags & 0x40) !== 0,
    charge_requested: (flags & 0x30) !== 0,
    full_charge_requested: (flags & 0x08) !== 0,
  };
}
