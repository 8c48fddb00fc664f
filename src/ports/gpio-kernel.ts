/** The few system calls the GPIO character device needs, through koffi: ioctl and fcntl. */
import { closeSync, openSync, readSync } from 'node:fs';
import { DeviceError } from '../model.ts';

/** System calls with the kernel's error codes as exceptions (`code` is EBUSY and the like). None of them waits. */
export interface GpioKernel {
  open(path: string): number;
  close(fd: number): void;
  ioctl(fd: number, request: number, bytes: Buffer): void;
  setNonBlocking(fd: number): void;
  /** Bytes read; 0 when nothing is there. */
  read(fd: number, bytes: Buffer): number;
}

const O_NONBLOCK = 0o4000;
const F_GETFL = 3;
const F_SETFL = 4;

/** Loads koffi. Throws DeviceError where it cannot be had. */
export async function loadGpioKernel(): Promise<GpioKernel> {
  let koffi: typeof import('koffi');
  try {
    koffi = (await import('koffi')).default as unknown as typeof import('koffi');
  } catch (cause) {
    throw new DeviceError('the koffi package is not installed', { cause, mend: 'Install again: npm ci' });
  }
  const libc = koffi.load(null);
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argp)');
  const fcntl = libc.func('int fcntl(int fd, int cmd, long arg)');
  const check = (result: number, call: string): number => {
    if (result >= 0) return result;
    const errno = koffi.errno();
    const code = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
    throw Object.assign(new Error(`${call}: ${code}`), { code });
  };
  return {
    open: (path) => openSync(path, 'r+'),
    close: (fd) => closeSync(fd),
    ioctl: (fd, request, bytes) => void check(ioctl(fd, request, bytes) as number, 'ioctl'),
    setNonBlocking(fd) {
      const flags = check(fcntl(fd, F_GETFL, 0) as number, 'fcntl');
      check(fcntl(fd, F_SETFL, flags | O_NONBLOCK) as number, 'fcntl');
    },
    read(fd, bytes) {
      try {
        return readSync(fd, bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
        throw error;
      }
    },
  };
}
