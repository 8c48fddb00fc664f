/** The few system calls a CAN socket needs, through koffi: socket, bind, setsockopt, getsockopt. */
import { closeSync, readFileSync } from 'node:fs';
import { CAN } from './can-abi.ts';
import { loadLibc, readReady } from './libc.ts';

/** System calls with the kernel's error codes as exceptions (`code` is ENODEV and the like). None of them waits. */
export interface CanKernel {
  /** A raw CAN socket that never blocks. */
  socket(): number;
  /** 0 where there is no such interface. */
  interfaceIndex(name: string): number;
  isUp(name: string): boolean;
  bind(fd: number, address: Buffer): void;
  setOption(fd: number, level: number, option: number, value: Buffer): void;
  getOption(fd: number, level: number, option: number, value: Buffer): void;
  /** Bytes read; 0 when nothing is there. */
  read(fd: number, bytes: Buffer): number;
  close(fd: number): void;
}

const IFF_UP = 1;

/** Loads koffi. Throws DeviceError where it cannot be had. */
export async function loadCanKernel(): Promise<CanKernel> {
  const { func, check } = await loadLibc();
  const socket = func('int socket(int domain, int type, int protocol)');
  const bind = func('int bind(int fd, void *address, unsigned int length)');
  const setsockopt = func('int setsockopt(int fd, int level, int option, void *value, unsigned int length)');
  const getsockopt = func('int getsockopt(int fd, int level, int option, void *value, void *length)');
  return {
    socket: () => check(socket(CAN.family, CAN.rawSocket | CAN.nonBlocking | CAN.closeOnExec, CAN.rawProtocol), 'socket'),
    // Of this network namespace, as if_nametoindex would say; that call wants a socket of its own kind in each C library.
    interfaceIndex: (name) => attribute(name, 'ifindex'),
    isUp: (name) => (attribute(name, 'flags') & IFF_UP) !== 0,
    bind: (fd, address) => void check(bind(fd, address, address.length), 'bind'),
    setOption: (fd, level, option, value) => void check(setsockopt(fd, level, option, value, value.length), 'setsockopt'),
    getOption(fd, level, option, value) {
      const length = new Uint32Array([value.length]);
      check(getsockopt(fd, level, option, value, length), 'getsockopt');
    },
    read: readReady,
    close: (fd) => closeSync(fd),
  };
}

/** A number that the kernel tells about an interface; 0 where there is none of that name. */
function attribute(name: string, file: 'ifindex' | 'flags'): number {
  if (!/^[\w.:-]{1,15}$/.test(name) || name.startsWith('.')) return 0;
  try {
    return Number(readFileSync(`/sys/class/net/${name}/${file}`, 'utf8'));
  } catch {
    return 0;
  }
}
