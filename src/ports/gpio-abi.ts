/** The kernel's GPIO character device, ABI version 2, as bytes: requests to write, events to read. Pure. Source: include/uapi/linux/gpio.h. */
import { endianness } from 'node:os';

export const IOCTL = {
  chipInfo: 0x8044b401,
  lineInfo: 0xc100b405,
  requestLine: 0xc250b407,
  getValues: 0xc010b40e,
  setValues: 0xc010b40f,
} as const;

export const FLAG = {
  used: 0x1,
  activeLow: 0x2,
  input: 0x4,
  output: 0x8,
  edgeRising: 0x10,
  edgeFalling: 0x20,
  biasUp: 0x100,
  biasDown: 0x200,
  biasOff: 0x400,
} as const;

const ATTRIBUTE = { outputValues: 2, debounce: 3 } as const;
const SIZE = { chipInfo: 68, lineInfo: 256, lineRequest: 592, lineValues: 16, event: 48 } as const;
/** Most events the kernel queues for one request. */
export const EVENT_BUFFER = 1024;
export const EVENT_SIZE = SIZE.event;
const CONSUMER = 'boxenergie';

export interface LineRequest {
  readonly line: number;
  readonly flags: number;
  /** Outputs: the level driven from the first moment. */
  readonly outputValue?: boolean;
  /** Inputs: time a level must hold, in µs; 0 = no filter. */
  readonly debounceUs?: number;
  readonly eventBuffer?: number;
}

/**
 * struct gpio_v2_line_request, one line:
 * offsets[64] u32 @0 · consumer[32] @256 · config @288 {flags u64 · num_attrs u32 @8 · attrs @32, 24 bytes each: id u32, pad, value u64, mask u64}
 * · num_lines u32 @560 · event_buffer_size u32 @564 · fd s32 @588
 */
export function encodeLineRequest(request: LineRequest): Buffer {
  const bytes = Buffer.alloc(SIZE.lineRequest);
  put32(bytes, request.line, 0);
  bytes.write(CONSUMER, 256, 'ascii');
  const config = 288;
  put64(bytes, BigInt(request.flags), config);
  let attributes = 0;
  const attribute = (id: number, value: bigint): void => {
    const at = config + 32 + 24 * attributes++;
    put32(bytes, id, at);
    put64(bytes, value, at + 8);
    put64(bytes, 1n, at + 16); // the first and only line
  };
  if (request.outputValue !== undefined) attribute(ATTRIBUTE.outputValues, request.outputValue ? 1n : 0n);
  if (request.debounceUs !== undefined && request.debounceUs > 0) {
    const at = config + 32 + 24 * attributes++;
    put32(bytes, ATTRIBUTE.debounce, at);
    put32(bytes, request.debounceUs, at + 8);
    put64(bytes, 1n, at + 16);
  }
  put32(bytes, attributes, config + 8);
  put32(bytes, 1, 560);
  put32(bytes, request.eventBuffer ?? 0, 564);
  return bytes;
}

/** The line's file descriptor, filled in by the kernel. */
export function decodeLineFd(request: Buffer): number {
  return get32(request, 588) | 0;
}

/** struct gpiochip_info: name[32] · label[32] · lines u32. */
export function chipInfoBuffer(): Buffer {
  return Buffer.alloc(SIZE.chipInfo);
}
export function decodeChipInfo(bytes: Buffer): { name: string; label: string; lines: number } {
  return { name: text(bytes, 0), label: text(bytes, 32), lines: get32(bytes, 64) };
}

/** struct gpio_v2_line_info: name[32] · consumer[32] · offset u32 @64 · num_attrs @68 · flags u64 @72. */
export function lineInfoRequest(line: number): Buffer {
  const bytes = Buffer.alloc(SIZE.lineInfo);
  put32(bytes, line, 64);
  return bytes;
}
export function decodeLineInfo(bytes: Buffer): { name: string; consumer: string; used: boolean; output: boolean } {
  const flags = Number(get64(bytes, 72) & 0xffffffffn);
  return { name: text(bytes, 0), consumer: text(bytes, 32), used: (flags & FLAG.used) !== 0, output: (flags & FLAG.output) !== 0 };
}

/** struct gpio_v2_line_values: bits u64 · mask u64, for the one line of a request. */
export function encodeValues(on: boolean): Buffer {
  const bytes = Buffer.alloc(SIZE.lineValues);
  put64(bytes, on ? 1n : 0n, 0);
  put64(bytes, 1n, 8);
  return bytes;
}
export function decodeValues(bytes: Buffer): boolean {
  return (get64(bytes, 0) & 1n) === 1n;
}

export interface LineEvent {
  /** CLOCK_MONOTONIC, ns. */
  readonly timestampNs: bigint;
  /** Counted by the kernel per line before queueing, so a lost event still counts. */
  readonly lineSeqno: number;
}

/** struct gpio_v2_line_event: timestamp_ns u64 · id u32 @8 · offset u32 @12 · seqno u32 @16 · line_seqno u32 @20. */
export function decodeEvents(bytes: Buffer, length: number): LineEvent[] {
  const events: LineEvent[] = [];
  for (let at = 0; at + SIZE.event <= length; at += SIZE.event) {
    events.push({ timestampNs: get64(bytes, at), lineSeqno: get32(bytes, at + 20) });
  }
  return events;
}

/** Edges between two sequence numbers; they wrap at 2³². */
export function edgesBetween(before: number, after: number): number {
  return (after - before) >>> 0;
}

// The kernel speaks the machine's own byte order.
const LITTLE = endianness() === 'LE';
function put32(bytes: Buffer, value: number, at: number): void {
  if (LITTLE) bytes.writeUInt32LE(value >>> 0, at);
  else bytes.writeUInt32BE(value >>> 0, at);
}
function put64(bytes: Buffer, value: bigint, at: number): void {
  if (LITTLE) bytes.writeBigUInt64LE(value, at);
  else bytes.writeBigUInt64BE(value, at);
}
function get32(bytes: Buffer, at: number): number {
  return LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}
function get64(bytes: Buffer, at: number): bigint {
  return LITTLE ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
}
function text(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, Math.min(end === -1 ? at + 32 : end, at + 32));
}
