/** The GPIO character devices as they are: chips, lines and who holds them. No line is requested. */
import * as abi from './gpio-abi.ts';
import { kernelChips } from './gpio-cdev.ts';
import { type GpioKernel, loadGpioKernel } from './gpio-kernel.ts';
import type { GpioChipSeen, GpioLook } from './look.ts';

/** `load` and `paths` stand for the kernel in tests. */
export function kernelGpioLook(load: () => Promise<GpioKernel> = loadGpioKernel, paths: () => readonly string[] = kernelChips): GpioLook {
  let kernel: Promise<GpioKernel> | undefined;
  const ask = async (path: string, request: number, bytes: Buffer): Promise<Buffer> => {
    kernel ??= load();
    const calls = await kernel;
    const fd = calls.open(path);
    try {
      calls.ioctl(fd, request, bytes);
    } finally {
      calls.close(fd);
    }
    return bytes;
  };
  const chip = async (path: string): Promise<GpioChipSeen> => {
    try {
      const { label, lines } = abi.decodeChipInfo(await ask(path, abi.IOCTL.chipInfo, abi.chipInfoBuffer()));
      return { path, label, lines };
    } catch (error) {
      return { path, refused: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  };
  return {
    chips: () => Promise.all(paths().map(chip)),
    line: async (path, line) => abi.decodeLineInfo(await ask(path, abi.IOCTL.lineInfo, abi.lineInfoRequest(line))),
  };
}
