/** Messages of foxBMS 2 by its own definition (tools/dbc/foxbms.dbc of release 1.11.0), eight bytes each, to values. */
import type { Value } from '../../model.ts';
import type { CanFrame } from '../../ports/can-types.ts';
import { between, ordered } from './believable.ts';
import type { Said } from './can-session.ts';
import { readBit, readSignal, type Signal } from './can-signal.ts';
import { cellKey, type FoxbmsSize, LIMITS, STATE_PROBLEMS, STATES, STRING_PROBLEMS, sensorKey } from './foxbms-entities.ts';

/** v1.11 parted the extremes into two messages; v1.8 turned the validity bits of cells and sensors round. */
export type Release = 'v1.11' | 'v1.8' | 'v1.7';
export interface FoxbmsLayout extends FoxbmsSize {
  readonly release: Release;
  /** The system counts current positive while discharging, as foxBMS does unless it was built otherwise. */
  readonly positive_discharge: boolean;
}

type Values = Record<string, Value>;
type Read = (data: Uint8Array, layout: FoxbmsLayout) => Values;

const MESSAGES: ReadonlyMap<number, Read> = new Map<number, Read>([
  [0x220, bmsState],
  [0x222, (data, { release }) => ({ fatal_error: release === 'v1.11' ? String(data[0] ?? 0) : null })],
  [0x230, (data, { release }) => (release === 'v1.11' ? temperatureExtremes(data, 39, 47) : {})],
  [
    0x231,
    (data, { release }) =>
      release === 'v1.11' ? voltageExtremes(data, 53, 37) : { ...voltageExtremes(data, 9, 7), ...temperatureExtremes(data, 63, 55) },
  ],
  [0x232, limits],
  [0x233, packValues],
  [0x235, estimation],
  [0x240, stringState],
  [0x243, stringValues],
  [0x250, cellVoltages],
  [0x260, cellTemperatures],
]);
/** The bits that say which part of a multiplexed message this is. */
const PART: ReadonlyMap<number, Signal> = new Map([
  [0x240, { start: 3, length: 4 }],
  [0x243, { start: 7, length: 3 }],
  [0x250, { start: 7, length: 8 }],
  [0x260, { start: 7, length: 8 }],
]);
export const FOXBMS_IDS: readonly number[] = [...MESSAGES.keys()];

/** Undefined for a message of another device or another length. */
export function foxbmsDecoder(layout: FoxbmsLayout): (frame: CanFrame) => Said | undefined {
  return ({ id, data }) => {
    const read = MESSAGES.get(id);
    if (read === undefined || data.length !== 8) return undefined;
    const part = PART.get(id);
    return { source: part === undefined ? id : `${id}.${readSignal(data, part)}`, values: read(data, layout) };
  };
}

function bmsState(data: Uint8Array): Values {
  const values: Values = {
    state: Object.keys(STATES)[value(data, { start: 3, length: 4 })] ?? null,
    connected_strings: value(data, { start: 7, length: 4 }),
    charging_complete: readBit(data, 8),
  };
  for (const [key, [bit]] of Object.entries(STATE_PROBLEMS)) values[`problem_${key}`] = readBit(data, bit);
  return values;
}

function stringState(data: Uint8Array): Values {
  const values: Values = { balancing: readBit(data, 5) };
  for (const [key, [bits]] of Object.entries(STRING_PROBLEMS)) values[`problem_${key}`] = bits.some((bit) => readBit(data, bit));
  for (const [place, key] of Object.keys(LIMITS).entries()) {
    values[`alarm_${key}`] = readBit(data, 8 + place);
    values[`warning_${key}`] = readBit(data, 16 + place) || readBit(data, 24 + place);
  }
  return values;
}

function packValues(data: Uint8Array, { positive_discharge }: FoxbmsLayout): Values {
  const turn = positive_discharge ? -1 : 1;
  const kilowatts = value(data, { start: 25, length: 17, signed: true, factor: 0.01 });
  return {
    voltage: between(value(data, { start: 7, length: 15, signed: true, factor: 0.1 }), 0, 1_500),
    bus_voltage: between(value(data, { start: 8, length: 15, signed: true, factor: 0.1 }), 0, 1_500),
    current: plain(turn * value(data, { start: 40, length: 17, signed: true, factor: 0.01 })),
    power: plain(turn * Math.round(kilowatts * 1_000)),
  };
}

function estimation(data: Uint8Array): Values {
  const percent = (start: number): number | null => between(value(data, { start, length: 10, factor: 0.1 }), 0, 100);
  return {
    state_of_charge: percent(7),
    max_soc: percent(13),
    state_of_energy: percent(19),
    state_of_health: between(value(data, { start: 47, length: 8, factor: 0.5 }), 1, 100),
  };
}

function limits(data: Uint8Array): Values {
  const amps = (start: number): number => value(data, { start, length: 12, factor: 0.25 });
  return { discharge_current_limit: amps(7), charge_current_limit: amps(11) };
}

function voltageExtremes(data: Uint8Array, min: number, max: number): Values {
  const volts = (start: number): number | null => between(value(data, { start, length: 14, signed: true, factor: 0.001 }), 0.2, 5);
  const [low, high] = ordered(volts(min), volts(max));
  return { cell_voltage_min: low, cell_voltage_max: high };
}

function temperatureExtremes(data: Uint8Array, min: number, max: number): Values {
  const [cold, warm] = ordered(celsius(data, min), celsius(data, max));
  return { cell_temperature_min: cold, cell_temperature_max: warm };
}

function stringValues(data: Uint8Array, { strings, positive_discharge }: FoxbmsLayout): Values {
  const n = value(data, { start: 7, length: 3 }) + 1;
  if (n > strings) return {};
  const amps = value(data, { start: 18, length: 18, signed: true, factor: 0.01 });
  return {
    [`string_${n}_voltage`]: between(value(data, { start: 4, length: 18, signed: true, factor: 0.01 }), 0, 1_300),
    [`string_${n}_current`]: plain(positive_discharge ? -amps : amps),
  };
}

/** Four cells a message: their validity in the upper half of byte 1, then 13 bits of mV each. */
function cellVoltages(data: Uint8Array, layout: FoxbmsLayout): Values {
  const first = 4 * value(data, { start: 7, length: 8 });
  const values: Values = {};
  for (const [place, start] of [11, 30, 33, 52].entries()) {
    if (first + place >= layout.cells) break;
    const volts = value(data, { start, length: 13, factor: 0.001 });
    values[cellKey(first + place + 1)] = isValid(data, 12 + place, layout) ? between(volts, 0.2, 5) : null;
  }
  return values;
}

/** Six sensors a message: their validity in byte 1, then one signed byte of °C each. */
function cellTemperatures(data: Uint8Array, layout: FoxbmsLayout): Values {
  const first = 6 * value(data, { start: 7, length: 8 });
  const values: Values = {};
  for (let place = 0; place < 6 && first + place < layout.sensors; place += 1) {
    values[sensorKey(first + place + 1)] = isValid(data, 8 + place, layout) ? celsius(data, 23 + 8 * place) : null;
  }
  return values;
}

/** Named invalidFlag there; since v1.8 a 1 means valid (changelog of v1.8.0: they were inverted before). */
function isValid(data: Uint8Array, bit: number, { release }: FoxbmsLayout): boolean {
  return readBit(data, bit) !== (release === 'v1.7');
}

function celsius(data: Uint8Array, start: number): number | null {
  return between(value(data, { start, length: 8, signed: true }), -60, 125);
}

/** Every message here has its eight bytes. */
function value(data: Uint8Array, signal: Signal): number {
  return readSignal(data, signal) ?? 0;
}
/** Turning the sign of zero gives one that nobody wants to read. */
function plain(number: number): number {
  return number === 0 ? 0 : number;
}
