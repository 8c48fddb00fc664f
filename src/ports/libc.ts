/** The C library through koffi, for the few system calls that no package offers. */
import { readSync } from 'node:fs';
import { DeviceError } from '../model.ts';

export interface Libc {
  /** A function by its C prototype. */
  func(prototype: string): (...args: unknown[]) => unknown;
  /** Gives the result back, or throws with the kernel's error code (`code` is EBUSY and the like). */
  check(result: unknown, call: string): number;
}

/** Loads koffi at first use. Throws DeviceError where it cannot be had. */
export async function loadLibc(): Promise<Libc> {
  let koffi: typeof import('koffi');
  try {
    koffi = (await import('koffi')).default as unknown as typeof import('koffi');
  } catch (cause) {
    throw new DeviceError('the koffi package is not installed', { cause, mend: 'Install again: npm ci' });
  }
  const libc = koffi.load(null);
  return {
    func: (prototype) => libc.func(prototype),
    check(result, call) {
      if ((result as number) >= 0) return result as number;
      const errno = koffi.errno();
      const code = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
      throw Object.assign(new Error(`${call}: ${code}`), { code });
    },
  };
}

/** Bytes read from a descriptor that does not block; 0 when nothing is there. */
export function readReady(fd: number, bytes: Buffer): number {
  try {
    return readSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
