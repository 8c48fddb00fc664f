/** A CAN network interface through a raw socket: filtered and queued by the kernel, looked at without ever waiting in it. */
import { DeviceError } from '../model.ts';
import * as abi from './can-abi.ts';
import type { CanKernel } from './can-kernel.ts';
import type { CanLine, CanOptions } from './can-types.ts';
import type { Clock } from './types.ts';

/**
 * Pause between two looks into the kernel's queue (ms): a full bus of 500 kbit/s brings some 200 whole frames in it, less than
 * the queue holds (278 on Linux 6.1), and only those that pass the filters count. Node waits for no sockets of this family,
 * and waiting in poll() would hold one of its four worker threads.
 */
const LOOK_MS = 50;
/** Frames taken in at one look, so that a flood leaves time to others; the rest waits in the kernel. */
const FRAMES_A_LOOK = 500;

export interface SocketParts {
  readonly kernel: CanKernel;
  readonly clock: Clock;
}

/** Opens `name` (`can0`). Throws DeviceError: absent, down, not a CAN interface, no CAN in this kernel. */
export function openSocketCan(parts: SocketParts, name: string, options: CanOptions, signal: AbortSignal): CanLine {
  const { kernel, clock } = parts;
  const fd = connect(kernel, name, options);
  const closing = new AbortController();
  let dropped = 0;
  return {
    async *frames() {
      const ended = AbortSignal.any([signal, closing.signal]);
      const bytes = Buffer.alloc(abi.FRAME_SIZE);
      while (!ended.aborted) {
        for (let taken = 0; taken < FRAMES_A_LOOK && !ended.aborted; taken += 1) {
          const length = read(kernel, fd, bytes, name, options);
          if (length === 0) break;
          const frame = abi.decodeFrame(bytes, length, clock.monotonicMs());
          if (frame !== undefined) yield frame;
        }
        await clock.sleep(LOOK_MS, ended).catch(() => undefined);
      }
    },
    get droppedFrames() {
      if (!closing.signal.aborted) dropped = countDrops(kernel, fd, dropped);
      return dropped;
    },
    damagedLines: 0,
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return;
      dropped = countDrops(kernel, fd, dropped);
      closing.abort();
      kernel.close(fd);
    },
  };
}

function connect(kernel: CanKernel, name: string, options: CanOptions): number {
  const index = kernel.interfaceIndex(name);
  if (index === 0) throw new DeviceError(`${name} does not exist`, { mend: bringUp(name, options, 'Enable the CAN interface, then') });
  let fd: number | undefined;
  try {
    fd = kernel.socket();
    if (options.filters !== undefined) {
      kernel.setOption(fd, abi.CAN.rawLevel, abi.CAN.filterOption, abi.encodeFilters(options.filters.slice(0, abi.MOST_FILTERS)));
    }
    kernel.bind(fd, abi.encodeAddress(index));
    // A raw socket binds to an interface that is down and says so only at the first read, once.
    if (!kernel.isUp(name)) throw Object.assign(new Error('ENETDOWN'), { code: 'ENETDOWN' });
    return fd;
  } catch (cause) {
    if (fd !== undefined) kernel.close(fd);
    throw refused(cause, name, options);
  }
}

function read(kernel: CanKernel, fd: number, bytes: Buffer, name: string, options: CanOptions): number {
  try {
    return kernel.read(fd, bytes);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENETDOWN') throw new DeviceError(`${name} was taken down`, { cause, mend: bringUp(name, options, 'Bring it up:') });
    if (code !== 'ENODEV' && code !== 'ENXIO') throw new DeviceError(`${name}: ${code}`, { cause });
    throw new DeviceError(`${name} was removed`, { cause, mend: bringUp(name, options, 'Plug the adapter in, then') });
  }
}

/** Why there is no socket on this interface. */
function refused(cause: unknown, name: string, options: CanOptions): DeviceError {
  const code = codeOf(cause);
  if (code === 'ENETDOWN') return new DeviceError(`${name} is down`, { cause, mend: bringUp(name, options, 'Bring it up:') });
  if (code === 'ENODEV')
    return new DeviceError(`${name} is no CAN interface`, { cause, mend: 'Name one that `ip link show type can` lists' });
  if (code === 'EAFNOSUPPORT' || code === 'EPROTONOSUPPORT') {
    return new DeviceError('this kernel has no CAN', {
      cause,
      mend: 'Load it (modprobe can-raw), or use a serial adapter that speaks SLCAN',
    });
  }
  if (code === 'EPERM' || code === 'EACCES') {
    return new DeviceError(`${name} may not be opened`, { cause, mend: 'Allow the program CAN sockets, or use a serial adapter' });
  }
  return new DeviceError(`${name}: ${code}`, { cause });
}

function bringUp(name: string, { bitrate }: CanOptions, first: string): string {
  const type = name.startsWith('vcan') ? '' : ` type can bitrate ${bitrate}`;
  return `${first} ip link set ${name} up${type}. An app that does not share the machine's network needs a serial adapter (SLCAN) instead`;
}

function countDrops(kernel: CanKernel, fd: number, before: number): number {
  const bytes = abi.memoryInfoBuffer();
  try {
    kernel.getOption(fd, abi.CAN.socketLevel, abi.CAN.memoryOption, bytes);
    return abi.decodeDrops(bytes);
  } catch {
    return before;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
