/** What the answers of Seplos V2 and PACE (version 25) say: 42 (measurements) and 44 (state and alarms). Reference: batteries 5.5. */
import type { Value } from '../../model.ts';
import { CHARGE_LOW, CURRENT_LEVELS, levelValues, pairValues, TEMPERATURE_LEVELS, VOLTAGE_LEVELS } from './bms-alarms.ts';
import { cellValues, celsiusOfKelvin } from './bms-cells.ts';
import { type BitNames, balancingValues, bitValues, packValues, percent } from './bms-pack.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';

type Row = Record<string, Value>;

export const MAX_CELLS = 24;
export const MAX_SENSORS = 8;

/** Seplos 42: the last two sensors are the surroundings and the switches; everything in hundredths, percents in tenths. */
export function seplosAnalog(info: Uint8Array): Row {
  const reader = byteReader(info, 'the measurements');
  reader.u16();
  const cells = reader.list(MAX_CELLS, reader.u16);
  const sensors = reader.list(MAX_SENSORS, () => celsiusOfKelvin(reader.u16()));
  const amps = reader.i16() / 100;
  const pack = packValues(reader.u16() / 100, amps);
  const remaining = reader.u16() / 100;
  reader.u8();
  const full = reader.u16() / 100;
  const charge = percent(reader.u16() / 10);
  const design = reader.u16() / 100;
  const cycles = reader.u16();
  return {
    ...pack,
    ...cellValues(cells),
    ...named(sensors, ['temperature_environment', 'temperature_switch']),
    remaining_capacity: remaining,
    full_capacity: full,
    state_of_charge: charge,
    design_capacity: design,
    cycles,
    state_of_health: percent(reader.u16() / 10),
  };
}

/** PACE 42: the last two sensors are the switches and the surroundings; the voltage is in mV. */
export function paceAnalog(info: Uint8Array): Row {
  const reader = byteReader(info, 'the measurements');
  reader.u16();
  const cells = reader.list(MAX_CELLS, reader.u16);
  const sensors = reader.list(MAX_SENSORS, () => celsiusOfKelvin(reader.u16() + 1));
  const amps = reader.i16() / 100;
  const pack = packValues(reader.u16() / 1000, amps);
  const remaining = reader.u16() / 100;
  reader.u8();
  const full = reader.u16() / 100;
  return {
    ...pack,
    ...cellValues(cells),
    ...named(sensors, ['temperature_switch', 'temperature_environment']),
    remaining_capacity: remaining,
    full_capacity: full,
    state_of_charge: full > 0 ? percent(Number(((remaining / full) * 100).toFixed(1))) : null,
    cycles: reader.u16(),
    design_capacity: reader.u16() / 100,
  };
}

/** Sensors between the cells by number, the last ones by name; with fewer than one cell sensor all are numbered. */
function named(sensors: readonly (number | null)[], names: readonly string[]): Row {
  const cells = sensors.length > names.length ? sensors.length - names.length : sensors.length;
  return Object.fromEntries(
    sensors.map((celsius, i) => [i < cells ? `temperature_${i + 1}` : (names[i - cells] ?? `temperature_${i + 1}`), celsius]),
  );
}

/** Skips to what follows the alarms of single cells and sensors: those of current and voltage, which are said again below. */
function alarmsReader(info: Uint8Array): ByteReader {
  const reader = byteReader(info, 'the state');
  reader.u16();
  reader.list(MAX_CELLS, reader.u8);
  reader.list(MAX_SENSORS, reader.u8);
  return reader;
}

const SEPLOS_STATES = ['discharging', 'charging', 'floating', 'full', 'standby', 'off'] as const;

/** The one state whose bit is set; null when none or several are. */
export function seplosState(byte: number): string | null {
  const state = byte & 0x3f;
  return state === 0 || (state & (state - 1)) !== 0 ? null : (SEPLOS_STATES[Math.log2(state)] ?? null);
}

/** Seplos 44: two alarms, a count, six event bytes, switches, balancing, state. */
export function seplosStatus(info: Uint8Array): Row {
  const reader = alarmsReader(info);
  reader.u16();
  reader.u8();
  const [hardware, voltage, temperature, surroundings, current, charge] = Array.from({ length: 6 }, reader.u8);
  const switches = reader.u8();
  const balancing = reader.u8() | (reader.u8() << 8);
  const state = seplosState(reader.u8());
  return {
    hardware_fault: hardware !== 0,
    ...pairValues(VOLTAGE_LEVELS, voltage ?? 0),
    ...pairValues(TEMPERATURE_LEVELS, temperature ?? 0),
    environment_alarm: ((surroundings ?? 0) & 0x0f) !== 0,
    switch_hot: ((surroundings ?? 0) & 0x30) !== 0,
    ...pairValues(CURRENT_LEVELS, current ?? 0),
    // Transient over-current and short circuit, each with its lock.
    short_circuit: ((current ?? 0) & 0xf0) !== 0,
    ...pairValues([undefined, CHARGE_LOW], charge ?? 0),
    discharging_enabled: (switches & 1) !== 0,
    charging_enabled: (switches & 2) !== 0,
    ...balancingValues(balancing),
    state,
  };
}

export const PACE_LEVELS: BitNames = [...VOLTAGE_LEVELS, ...CURRENT_LEVELS];
export const PACE_TEMPERATURES: BitNames = [
  TEMPERATURE_LEVELS[0],
  TEMPERATURE_LEVELS[2],
  TEMPERATURE_LEVELS[1],
  TEMPERATURE_LEVELS[3],
  ['switch_hot', 'Switches too hot', 'Interrupteurs trop chauds'],
  ['environment_overtemperature', 'Surroundings too hot', 'Environnement trop chaud'],
  ['environment_undertemperature', 'Surroundings too cold', 'Environnement trop froid'],
];
/** Where the warnings of these temperatures stand: the last three in another order than the protections. */
const WARNING_BITS = [0, 1, 2, 3, 6, 4, 5] as const;

export const PACE_FAULTS: BitNames = [
  ['charge_switch_fault', 'Charge switch fault', "Défaut de l'interrupteur de charge"],
  ['discharge_switch_fault', 'Discharge switch fault', "Défaut de l'interrupteur de décharge"],
  ['temperature_sensor_fault', 'Temperature sensor fault', 'Défaut de sonde de température'],
  undefined,
  ['cell_fault', 'Cell fault', 'Défaut de cellule'],
  ['front_end_fault', 'Measuring chip fault', 'Défaut du circuit de mesure'],
];

/** PACE 44: three alarms, two bytes of protections, state, settings, faults, balancing, two bytes of warnings. */
export function paceStatus(info: Uint8Array): Row {
  const reader = alarmsReader(info);
  reader.u24();
  const [stopped, stoppedT, state] = [reader.u8(), reader.u8(), reader.u8()];
  reader.u8();
  const faults = reader.u8();
  const balancing = reader.u16();
  const [warned, warnedT] = [reader.u8(), reader.u8()];
  const charging = (state & 0x20) !== 0;
  const discharging = (state & 0x08) !== 0;
  return {
    ...levelValues(
      PACE_LEVELS,
      (i) => warned >>> i,
      (i) => stopped >>> i,
    ),
    ...levelValues(
      PACE_TEMPERATURES,
      (i) => warnedT >>> (WARNING_BITS[i] ?? 0),
      (i) => stoppedT >>> i,
    ),
    short_circuit: (stopped & 0x40) !== 0,
    charge_low: (warnedT & 0x80) !== 0,
    full: (stoppedT & 0x80) !== 0,
    reversed: (state & 0x10) !== 0,
    ...bitValues(PACE_FAULTS, faults),
    charging_enabled: (state & 2) !== 0,
    discharging_enabled: (state & 4) !== 0,
    ...balancingValues(balancing),
    state: charging === discharging ? (charging ? null : 'standby') : charging ? 'charging' : 'discharging',
  };
}
