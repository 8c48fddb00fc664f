/** The kernel's CAN sockets as bytes: the address to bind, filters to set, frames to read. Pure. Source: include/uapi/linux/can.h. */
import { endianness } from 'node:os';
import type { CanFilter, CanFrame } from './can-types.ts';

export const CAN = {
  family: 29, // PF_CAN, AF_CAN
  rawSocket: 3, // SOCK_RAW
  nonBlocking: 0o4000, // SOCK_NONBLOCK
  closeOnExec: 0o2000000, // SOCK_CLOEXEC
  rawProtocol: 1, // CAN_RAW
  rawLevel: 101, // SOL_CAN_RAW
  filterOption: 1, // CAN_RAW_FILTER
  socketLevel: 1, // SOL_SOCKET
  memoryOption: 55, // SO_MEMINFO
} as const;

const FLAG = { extended: 0x8000_0000, remote: 0x4000_0000, error: 0x2000_0000 } as const;
const MASK = { standard: 0x7ff, extended: 0x1fff_ffff } as const;
export const FRAME_SIZE = 16;
/** CAN_RAW_FILTER_MAX. */
export const MOST_FILTERS = 512;

/** struct sockaddr_can: family u16 · interface index s32 @4 · 16 bytes that raw sockets leave alone. */
export function encodeAddress(index: number): Buffer {
  const bytes = Buffer.alloc(24);
  if (LITTLE) bytes.writeUInt16LE(CAN.family, 0);
  else bytes.writeUInt16BE(CAN.family, 0);
  put32(bytes, index, 4);
  return bytes;
}

/** struct can_filter for each: id u32 · mask u32. The mask covers the kind of frame, so that remote and other ids stay out. */
export function encodeFilters(filters: readonly CanFilter[]): Buffer {
  const bytes = Buffer.alloc(8 * filters.length);
  for (const [index, { id, mask, extended = false }] of filters.entries()) {
    const bits = extended ? MASK.extended : MASK.standard;
    put32(bytes, (id & bits) | (extended ? FLAG.extended : 0), 8 * index);
    put32(bytes, ((mask ?? bits) & bits) | FLAG.extended | FLAG.remote, 8 * index + 4);
  }
  return bytes;
}

/**
 * struct can_frame: id u32, its three highest bits flags · length u8 @4 · data @8. Remote and error frames carry no data
 * that anybody measured, and a length above 8 is no classic frame: undefined.
 */
export function decodeFrame(bytes: Buffer, length: number, atMs: number): CanFrame | undefined {
  if (length !== FRAME_SIZE) return undefined;
  const word = LITTLE ? bytes.readUInt32LE(0) : bytes.readUInt32BE(0);
  const size = bytes.readUInt8(4);
  if ((word & (FLAG.remote | FLAG.error)) !== 0 || size > 8) return undefined;
  const extended = (word & FLAG.extended) !== 0;
  return { id: word & (extended ? MASK.extended : MASK.standard), extended, data: Uint8Array.from(bytes.subarray(8, 8 + size)), atMs };
}

/** Answer of SO_MEMINFO: nine u32, the last counts what found no room. */
export function memoryInfoBuffer(): Buffer {
  return Buffer.alloc(36);
}
export function decodeDrops(bytes: Buffer): number {
  return LITTLE ? bytes.readUInt32LE(32) : bytes.readUInt32BE(32);
}

/** True when one of the filters lets the frame through; for lines where no kernel does it. */
export function passes(filters: readonly CanFilter[] | undefined, frame: Pick<CanFrame, 'id' | 'extended'>): boolean {
  if (filters === undefined) return true;
  return filters.some(({ id, mask = MASK.extended, extended = false }) => extended === frame.extended && ((id ^ frame.id) & mask) === 0);
}

// The kernel speaks the machine's own byte order.
const LITTLE = endianness() === 'LE';
function put32(bytes: Buffer, value: number, at: number): void {
  if (LITTLE) bytes.writeUInt32LE(value >>> 0, at);
  else bytes.writeUInt32BE(value >>> 0, at);
}
