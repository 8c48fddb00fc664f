/** The kernel's side of CAN interfaces, in memory: what the system calls would do, and a record of them. */
import { CAN } from '../../src/ports/can-abi.ts';
import type { CanKernel } from '../../src/ports/can-kernel.ts';

const failed = (code: string): Error => Object.assign(new Error(code), { code });

/** One interface behind the system calls, up at first; frames are struct can_frame, little-endian. */
export function fakeCanKernel({ name = 'can0', supported = true, isCan = true, up = true } = {}) {
  const calls: string[] = [];
  const queue: Buffer[] = [];
  const filters: Buffer[] = [];
  let pending: string | undefined;
  let isUp = up;
  let drops = 0;
  const kernel: CanKernel = {
    socket() {
      if (!supported) throw failed('EAFNOSUPPORT');
      calls.push('socket');
      return 7;
    },
    interfaceIndex: (asked) => (asked === name ? 3 : 0),
    isUp: () => isUp,
    bind(fd, address) {
      calls.push(`bind ${fd} ${address.toString('hex')}`);
      if (!isCan) throw failed('ENODEV');
    },
    setOption(_fd, level, option, value) {
      if (level === CAN.rawLevel && option === CAN.filterOption) filters.push(value);
    },
    getOption: (_fd, _level, _option, value) => void value.writeUInt32LE(drops, 32),
    read(_fd, bytes) {
      if (pending !== undefined) {
        const code = pending;
        pending = undefined; // the kernel tells an error once
        throw failed(code);
      }
      const next = queue.shift();
      next?.copy(bytes);
      return next?.length ?? 0;
    },
    close: (fd) => void calls.push(`close ${fd}`),
  };
  return {
    kernel,
    calls,
    filters,
    raw: (bytes: Buffer) => void queue.push(bytes),
    send: (id: number, data: readonly number[], flags = 0) => void queue.push(frameBytes(id, data, flags)),
    down() {
      isUp = false;
      pending = 'ENETDOWN';
    },
    remove: () => void (pending = 'ENODEV'),
    lose: (frames: number) => void (drops += frames),
  };
}

export function frameBytes(id: number, data: readonly number[], flags = 0): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE((id | flags) >>> 0, 0);
  bytes.writeUInt8(data.length, 4);
  Buffer.from(data).copy(bytes, 8);
  return bytes;
}
