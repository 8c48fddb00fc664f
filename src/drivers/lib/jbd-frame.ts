/** JBD frames on the wire and what they say: answers 03 (basic information) and 04 (cells). Reference: batteries 5.3. */
import { DeviceError, type Value } from '../../model.ts';
import { cellValues, celsiusOfKelvin, sensorValues } from './bms-cells.ts';
import { type BitNames, balancingValues, bitValues, packValues, percent } from './bms-pack.ts';
import type { FrameFinder } from './serial-query.ts';

const START = 0xdd;
const END = 0x77;
/** Start, command, status, length; two checksum bytes and the end. */
const FRAME_BYTES = 7;
/** Answer 03 without its sensors. */
const BASIC_BYTES = 23;
/** Newer boards append humidity, alarms, full and remaining capacity, balancing current. */
const EXTENSION_BYTES = 9;

export const PROTECTIONS: BitNames = [
  ['cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  ['cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  ['pack_overvoltage', 'Battery voltage too high', 'Tension de batterie trop haute'],
  ['pack_undervoltage', 'Battery voltage too low', 'Tension de batterie trop basse'],
  ['charge_overtemperature', 'Too hot to charge', 'Trop chaud pour charger'],
  ['charge_undertemperature', 'Too cold to charge', 'Trop froid pour charger'],
  ['discharge_overtemperature', 'Too hot to discharge', 'Trop chaud pour décharger'],
  ['discharge_undertemperature', 'Too cold to discharge', 'Trop froid pour décharger'],
  ['charge_overcurrent', 'Charge current too high', 'Courant de charge trop fort'],
  ['discharge_overcurrent', 'Discharge current too high', 'Courant de décharge trop fort'],
  ['short_circuit', 'Short circuit', 'Court-circuit'],
  ['front_end_fault', 'Measuring chip fault', 'Défaut du circuit de mesure'],
  ['switch_lock', 'Switched off by setting', 'Coupée par réglage'],
];

export interface JbdAnswer {
  /** 0 is well, 0x80 a refusal. */
  readonly status: number;
  readonly data: Uint8Array;
}

/** The request that reads `command`; nothing is ever written to the board. */
export function jbdRequest(command: number): Uint8Array {
  return Uint8Array.of(START, 0xa5, command, 0, ...checksum([command, 0]), END);
}

/** Answers to `command` whose length, end and checksum agree. */
export function findJbdAnswer(command: number): FrameFinder<JbdAnswer> {
  return (bytes, at) => {
    if (bytes[at] !== START) return undefined;
    const [, echoed = command, status = 0, length] = bytes.subarray(at, at + 4);
    if (echoed !== command || (status !== 0 && status !== 0x80)) return undefined;
    if (length === undefined || bytes.length < at + length + FRAME_BYTES) return 'more';
    const end = at + length + FRAME_BYTES;
    const [high, low] = checksum(bytes.subarray(at + 2, end - 3));
    if (bytes[end - 1] !== END || bytes[end - 3] !== high || bytes[end - 2] !== low) return undefined;
    return { frame: { status, data: bytes.slice(at + 4, end - 3) }, end };
  };
}

function checksum(summed: Iterable<number>): readonly [high: number, low: number] {
  let sum = 0;
  for (const byte of summed) sum -= byte;
  return [(sum >> 8) & 0xff, sum & 0xff];
}

export interface JbdBasic {
  readonly cells: number;
  readonly sensors: number;
  readonly values: Record<string, Value>;
}

/** Answer 03. Throws DeviceError when its length does not fit the sensors it announces. */
export function decodeBasic(data: Uint8Array): JbdBasic {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sensors = data[BASIC_BYTES - 1] ?? 0;
  const sensorsEnd = BASIC_BYTES + 2 * sensors;
  if (data.length < BASIC_BYTES || data.length < sensorsEnd)
    throw new DeviceError(`basic information of ${data.length} bytes instead of ${sensorsEnd}`);
  const word = (at: number): number => view.getUint16(at);
  const version = view.getUint8(18);
  const switches = view.getUint8(20);
  const celsius = Array.from({ length: sensors }, (_, i) => celsiusOfKelvin(word(BASIC_BYTES + 2 * i)));
  return {
    cells: view.getUint8(21),
    sensors,
    values: {
      ...packValues(word(0) / 100, view.getInt16(2) / 100),
      remaining_capacity: word(4) / 100,
      design_capacity: word(6) / 100,
      cycles: word(8),
      // Cells 1 to 16 come in the first word, 17 to 32 in the second.
      ...balancingValues(word(12) | (word(14) << 16)),
      ...bitValues(PROTECTIONS, word(16)),
      firmware: `${version >> 4}.${version & 15}`,
      state_of_charge: percent(view.getUint8(19)),
      charging_enabled: (switches & 1) === 1,
      discharging_enabled: (switches & 2) === 2,
      ...sensorValues(celsius),
      ...(data.length === sensorsEnd + EXTENSION_BYTES && { full_capacity: word(sensorsEnd + 3) / 100 }),
    },
  };
}

/** Answer 04, for a board that announced `cells`. Boards with more inputs than cells send the spare ones too, last. */
export function decodeCells(data: Uint8Array, cells: number): Record<string, Value> {
  if (data.length % 2 === 1 || data.length < 2 * cells) {
    throw new DeviceError(`cell voltages of ${data.length} bytes for ${cells} cells`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return cellValues(Array.from({ length: cells }, (_, i) => view.getUint16(2 * i)));
}
