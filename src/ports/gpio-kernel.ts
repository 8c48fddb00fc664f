/** The few system calls the GPIO character device needs, through koffi: ioctl and fcntl. */
import { closeSync, openSync } from 'node:fs';
import { loadLibc, readReady } from './libc.ts';

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
  const { func, check } = await loadLibc();
  const ioctl = func('int ioctl(int fd, unsigned long request, void *argp)');
  const fcntl = func('int fcntl(int fd, int cmd, long arg)');
  return {
    open: (path) => openSync(path, 'r+'),
    close: (fd) => closeSync(fd),
    ioctl: (fd, request, bytes) => void check(ioctl(fd, request, bytes), 'ioctl'),
    setNonBlocking(fd) {
      const flags = check(fcntl(fd, F_GETFL, 0), 'fcntl');
      check(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 'fcntl');
    },
    read: readReady,
  };
}
