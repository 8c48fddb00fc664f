/** JK's 4E57 frames: a header, tagged values, a 16-bit sum; and what the tags say. Reference: batteries 5.2. */
import { DeviceError, type Value } from '../../model.ts';
import { believable, cellValues } from './bms-cells.ts';
import { type BitNames, bitValues, packValues, percent } from './bms-pack.ts';
import type { FrameFinder } from './serial-query.ts';

/** Start 4E 57, length, terminal number, command 6 (read all), source 3 (a computer), a request; record number, 68, sum. */
export const JK_READ_ALL = Uint8Array.of(0x4e, 0x57, 0, 0x13, 0, 0, 0, 0, 6, 3, 0, 0, 0, 0, 0, 0, 0x68, 0, 0, 1, 0x29);

const HEADER_BYTES = 11;
/** Record number, 68, and four bytes of sum. */
const TRAILER_BYTES = 9;
/** A board of 32 cells answers with about 340 bytes. */
const LONGEST = 600;
const ANSWER = 1;
const COMMANDS: ReadonlySet<number> = new Set([3, 6]);

/** The tagged part of an answer whose length and sum agree. */
export const findJkAnswer: FrameFinder<Uint8Array> = (bytes, at) => {
  if (bytes[at] !== 0x4e || (bytes[at + 1] ?? 0x57) !== 0x57) return undefined;
  if (bytes.length < at + HEADER_BYTES) return 'more';
  const word = (from: number): number => ((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0);
  const length = word(at + 2);
  if (length < HEADER_BYTES + TRAILER_BYTES || length > LONGEST) return undefined;
  if (!COMMANDS.has(bytes[at + 8] ?? 0) || bytes[at + 10] !== ANSWER) return undefined;
  const end = at + length + 2;
  if (bytes.length < end) return 'more';
  let sum = 0;
  for (const byte of bytes.subarray(at, end - 4)) sum += byte;
  if (bytes[end - 5] !== 0x68 || word(end - 2) !== (sum & 0xffff)) return undefined;
  return { frame: bytes.slice(at + HEADER_BYTES, end - TRAILER_BYTES), end };
};

const CELLS = 0x79;
export const MAX_CELLS = 32;
/** Bytes of a value where it is not two. */
const SIZES: Readonly<Record<number, number>> = {
  133: 1,
  134: 1,
  137: 4,
  157: 1,
  169: 1,
  170: 4,
  171: 1,
  172: 1,
  174: 1,
  175: 1,
  177: 1,
  178: 10,
  179: 1,
  180: 8,
  181: 4,
  182: 4,
  183: 15,
  184: 1,
  185: 4,
  186: 24,
  192: 1,
};

/** Values by tag. What follows an unknown tag cannot be told apart: it stays away. Throws DeviceError when a value is cut. */
export function tagsOf(data: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const tags = new Map<number, Uint8Array>();
  for (let at = 0; at < data.length; ) {
    const tag = data[at] ?? 0;
    if (tag < CELLS || tag > 0xc0) break;
    const head = tag === CELLS ? 2 : 1;
    const size = tag === CELLS ? (data[at + 1] ?? 0) : (SIZES[tag] ?? 2);
    if (at + head + size > data.length) throw new DeviceError(`value 0x${tag.toString(16)} of the battery is cut`);
    tags.set(tag, data.subarray(at + head, at + head + size));
    at += head + size;
  }
  return tags;
}

export const WARNINGS: BitNames = [
  ['charge_low', 'State of charge low', 'État de charge bas'],
  ['switch_hot', 'Switches too hot', 'Interrupteurs trop chauds'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
  ['battery_overtemperature', 'Battery too hot', 'Batterie trop chaude'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['cell_difference', 'Cells too different', 'Cellules trop différentes'],
  ['box_overtemperature', 'Battery box too hot', 'Coffret de batterie trop chaud'],
  ['battery_undertemperature', 'Battery too cold', 'Batterie trop froide'],
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['protection_309a', 'Protection 309 A', 'Protection 309 A'],
  ['protection_309b', 'Protection 309 B', 'Protection 309 B'],
];

const STATUS: BitNames = [
  ['charging_enabled', '', ''],
  ['discharging_enabled', '', ''],
  ['balancing', '', ''],
];
const same = (value: number): number => value;
const positive = (value: number): number | null => (value > 0 ? value : null);

const NUMBERS: readonly (readonly [tag: number, key: string, read: (raw: number) => Value])[] = [
  [0x80, 'temperature_switch', celsius],
  [0x81, 'temperature_1', celsius],
  [0x82, 'temperature_2', celsius],
  [0x85, 'state_of_charge', percent],
  [0x87, 'cycles', same],
  [0x89, 'charge_cycled', same],
  [0xaa, 'design_capacity', positive],
  [0xb9, 'full_capacity', positive],
];

/** All values of an answer. Throws DeviceError when cells or voltage are missing: without them it is no answer of a battery. */
export function jkValues(data: Uint8Array): Record<string, Value> {
  const tags = tagsOf(data);
  const number = (tag: number): number | undefined => tags.get(tag)?.reduce((value, byte) => value * 256 + byte, 0);
  const cells = tags.get(CELLS);
  const volts = number(0x83);
  if (cells === undefined || volts === undefined) throw new DeviceError('an answer without cells or voltage');
  const row: Record<string, Value> = {
    ...packValues(volts / 100, ampsOf(number(0x84), number(0xc0))),
    ...cellValues(millivoltsOf(cells)),
  };
  for (const [tag, key, read] of NUMBERS) {
    const raw = number(tag);
    if (raw !== undefined) row[key] = read(raw);
  }
  const [warnings, status, firmware] = [number(0x8b), number(0x8c), tags.get(0xb7)];
  if (warnings !== undefined) Object.assign(row, bitValues(WARNINGS, warnings));
  if (status !== undefined) Object.assign(row, bitValues(STATUS, status));
  if (firmware !== undefined) row.firmware = textOf(firmware);
  return row;
}

/** Version 1 of the protocol: the high bit set is charging. The sign of older ones was never seen on a device: unknown. */
function ampsOf(raw: number | undefined, version: number | undefined): number | null {
  if (raw === undefined || version !== 1) return null;
  const amps = (raw & 0x7fff) / 100;
  return raw >= 0x8000 || amps === 0 ? amps : -amps;
}

/** Triples of a number and millivolts; the numbers run from 1. */
function millivoltsOf(cells: Uint8Array): number[] {
  const count = cells.length / 3;
  if (!Number.isInteger(count) || count < 1 || count > MAX_CELLS) throw new DeviceError(`${cells.length} bytes of cell voltages`);
  const view = new DataView(cells.buffer, cells.byteOffset, cells.byteLength);
  return Array.from({ length: count }, (_, i) => {
    if (view.getUint8(3 * i) !== i + 1) throw new DeviceError('the numbers of the cells do not run from 1');
    return view.getUint16(3 * i + 1);
  });
}

/** Up to 100 as it is, above it below zero: 101 is −1 °C. */
function celsius(raw: number): number | null {
  return raw > 140 ? null : believable(raw <= 100 ? raw : 100 - raw);
}

/** `11.XW_S11.261__` as 11.XW_S11.261. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/[_ ]+$/, '');
}
