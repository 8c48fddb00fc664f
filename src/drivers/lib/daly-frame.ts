/** Daly's 13-byte frames and what they say. Reference: batteries 5.4. */
import type { Value } from '../../model.ts';
import { believable, cellValues, sensorValues } from './bms-cells.ts';
import { balancingValues, packValues, percent } from './bms-pack.ts';
import type { FrameFinder } from './serial-query.ts';

type Row = Record<string, Value>;

const START = 0xa5;
const DATA_BYTES = 8;
const FRAME_BYTES = 13;
/** The first board is asked as 0x40, the second as 0x41; each answers with its own number. */
const BOARD_BASE = 0x3f;
/** Boards synchronise on edges and lose requests full of zeros. */
const FILLER = 0xaa;

export const CELLS_PER_FRAME = 3;
export const SENSORS_PER_FRAME = 7;

/** The request that reads `command` of a board; nothing is ever written to it. */
export function dalyRequest(board: number, command: number): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES).fill(FILLER);
  frame.set([START, BOARD_BASE + board, command, DATA_BYTES]);
  frame[FRAME_BYTES - 1] = sum(frame.subarray(0, -1));
  return frame;
}

/** Data of the answers to `command` from that board whose checksum is right. */
export function findDalyAnswer(board: number, command: number): FrameFinder<DataView> {
  return (bytes, at) => {
    if (bytes[at] !== START) return undefined;
    const [, from = board, echoed = command, length = DATA_BYTES] = bytes.subarray(at, at + 4);
    if (from !== board || echoed !== command || length !== DATA_BYTES) return undefined;
    const end = at + FRAME_BYTES;
    if (bytes.length < end) return 'more';
    if (bytes[end - 1] !== sum(bytes.subarray(at, end - 1))) return undefined;
    return { frame: new DataView(bytes.slice(at + 4, end - 1).buffer), end };
  };
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0) & 0xff;
}

/** Answer 90. The board counts discharging positive, from 30 000. */
export function packOf(data: DataView): Row {
  const amps = (30_000 - data.getUint16(4)) / 10;
  return { ...packValues(data.getUint16(0) / 10, amps), state_of_charge: percent(data.getUint16(6) / 10) };
}

export const STATES = ['idle', 'charging', 'discharging'] as const;

/** Answer 93: what the battery does, its switches, its remaining charge. */
export function stateOf(data: DataView): Row {
  return {
    state: STATES[data.getUint8(0)] ?? null,
    charging_enabled: data.getUint8(1) === 1,
    discharging_enabled: data.getUint8(2) === 1,
    remaining_capacity: data.getUint32(4) / 1000,
  };
}

export interface DalyShape {
  readonly cells: number;
  readonly sensors: number;
  readonly values: Row;
}
/** Answer 94. */
export function shapeOf(data: DataView): DalyShape {
  return {
    cells: data.getUint8(0),
    sensors: data.getUint8(1),
    values: { charger_connected: data.getUint8(2) === 1, load_connected: data.getUint8(3) === 1, cycles: data.getUint16(5) },
  };
}

/** Frames in the order of their numbers, undefined when one is missing or double. Some boards number from 0, some from 1. */
function inOrder(frames: readonly DataView[]): readonly DataView[] | undefined {
  const sorted = [...frames].sort((a, b) => a.getUint8(0) - b.getUint8(0));
  const first = sorted[0]?.getUint8(0) ?? 0;
  return first <= 1 && sorted.every((frame, i) => frame.getUint8(0) === first + i) ? sorted : undefined;
}

/** Answers 95; undefined when they do not fit together. */
export function cellsOf(frames: readonly DataView[], cells: number): Row | undefined {
  const millivolts = inOrder(frames)?.flatMap((frame) => [1, 3, 5].map((at) => frame.getUint16(at)));
  return millivolts === undefined || millivolts.length < cells ? undefined : cellValues(millivolts.slice(0, cells));
}

/** What is unknown when battery and cells contradict each other. */
export const UNSURE: Row = {
  voltage: null,
  power: null,
  cell_voltage_min: null,
  cell_lowest: null,
  cell_voltage_max: null,
  cell_highest: null,
  cell_voltage_spread: null,
};
const TOLERANCE = 0.1;

/** One damaged frame in 256 has a right sum by accident: the cells must add up to the battery's voltage, where both are known. */
export function agree(pack: Row, cells: Row): boolean {
  const volts = Object.entries(cells).flatMap(([key, value]) => (/^cell_\d+$/.test(key) ? [value] : []));
  if (typeof pack.voltage !== 'number' || volts.some((value) => value === null)) return true;
  const sum = volts.reduce<number>((total, value) => total + Number(value), 0);
  return Math.abs(sum - pack.voltage) <= TOLERANCE * pack.voltage;
}

/** Answers 96; undefined when they do not fit together. A raw 0 (−40 °C) is a missing sensor. */
export function sensorsOf(frames: readonly DataView[], sensors: number): Row | undefined {
  const raw = inOrder(frames)?.flatMap((frame) => [1, 2, 3, 4, 5, 6, 7].map((at) => frame.getUint8(at)));
  if (raw === undefined || raw.length < sensors) return undefined;
  return sensorValues(raw.slice(0, sensors).map((byte) => (byte === 0 ? null : believable(byte - 40))));
}

/** Answer 97: one bit a cell, of which the largest boards have 48. */
export function balancingOf(data: DataView): Row {
  const low = data.getUint8(0) | (data.getUint8(1) << 8) | (data.getUint8(2) << 16) | (data.getUint8(3) << 24);
  const high = data.getUint8(4) | (data.getUint8(5) << 8);
  return balancingValues(low, high);
}

/** Answer 50: the capacity the battery was built with. */
export function ratingOf(data: DataView): Row {
  const milliampHours = data.getUint32(0);
  return { design_capacity: milliampHours > 0 ? milliampHours / 1000 : null };
}
