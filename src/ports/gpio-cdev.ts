/** GPIO through the kernel's character device: no glitch at opening, kernel debounce, pulses counted by the kernel. */
import { readdirSync } from 'node:fs';
import { ConfigError, DeviceError } from '../model.ts';
import { systemClock } from './clock.ts';
import * as abi from './gpio-abi.ts';
import { cdevInput, cdevOutput, type LineHandle } from './gpio-cdev-lines.ts';
import type { GpioKernel } from './gpio-kernel.ts';
import type { Clock, Gpio, InputOptions, OutputOptions } from './types.ts';

/** Header chips of the Raspberry Pi 3, 4 and 5: the number of the device differs, the label does not (gpio-and-addon 1.1). */
export const HEADER_LABELS: ReadonlySet<string> = new Set(['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1']);
/** Header pins that often serve something else; newer kernels then refuse them with a code that names nobody. */
const SHARED_PINS: ReadonlyMap<number, string> = new Map([
  [0, 'the HAT memory'],
  [1, 'the HAT memory'],
  [2, 'I2C'],
  [3, 'I2C'],
  [14, 'the serial port'],
  [15, 'the serial port'],
]);

export interface CdevOptions {
  readonly kernel: GpioKernel;
  /** Paths of the chips; the kernel's own by default. */
  readonly chips?: () => readonly string[];
  readonly clock?: Clock;
}

/** The character device backend. */
export function cdevGpio({ kernel, chips = kernelChips, clock = systemClock() }: CdevOptions): Gpio {
  const find = (chip: string) => findChip(kernel, chip.startsWith('/') ? [chip] : chips(), chip);

  /** Requests one line; the chip's own descriptor is not needed afterwards. */
  const request = (chip: string, wanted: abi.LineRequest): LineHandle => {
    const { fd, label, lines } = find(chip);
    try {
      if (wanted.line >= lines) {
        throw new ConfigError('line', `${label} has no line ${wanted.line}`, `Use a line from 0 to ${lines - 1} (the BCM number)`);
      }
      const bytes = abi.encodeLineRequest(wanted);
      kernel.ioctl(fd, abi.IOCTL.requestLine, bytes);
      return { kernel, fd: abi.decodeLineFd(bytes), name: `line ${wanted.line} of ${label}` };
    } catch (error) {
      throw error instanceof ConfigError ? error : refused(error, kernel, fd, label, wanted.line);
    } finally {
      kernel.close(fd);
    }
  };

  return {
    async probe() {
      try {
        const { fd, label, lines } = find('auto');
        kernel.close(fd);
        return { kind: 'cdev', usable: true, detail: `${label}, ${lines} lines` };
      } catch (error) {
        return { kind: 'cdev', usable: false, detail: message(error) };
      }
    },
    async openInput(options) {
      const handle = request(options.chip, inputRequest(options));
      try {
        kernel.setNonBlocking(handle.fd);
      } catch (cause) {
        kernel.close(handle.fd);
        throw new DeviceError(`${handle.name}: ${message(cause)}`, { cause });
      }
      return cdevInput(handle, clock);
    },
    openOutput: (options) => cdevOutput(request(options.chip, outputRequest(options))),
  };
}

/** Opens the chip that was asked for; throws DeviceError with what was found instead. */
function findChip(kernel: GpioKernel, paths: readonly string[], chip: string): { fd: number; label: string; lines: number } {
  const tried: string[] = [];
  for (const path of paths) {
    let fd: number | undefined;
    try {
      fd = kernel.open(path);
      const info = abi.chipInfoBuffer();
      kernel.ioctl(fd, abi.IOCTL.chipInfo, info);
      const { label, lines } = abi.decodeChipInfo(info);
      if (chip === path || chip === label || (chip === 'auto' && HEADER_LABELS.has(label))) return { fd, label, lines };
      tried.push(`${path} is ${label}`);
    } catch (error) {
      tried.push(`${path}: ${message(error)}`);
    }
    if (fd !== undefined) kernel.close(fd);
  }
  const mend = 'On a Raspberry Pi give the app its gpio right; elsewhere name the chip by its label or path';
  const found = tried.length === 0 ? 'this machine has none' : tried.join(', ');
  throw new DeviceError(`no GPIO chip ${chip === 'auto' ? 'of a Raspberry Pi header' : chip}: ${found}`, { mend });
}

/** Why the kernel did not give a line: who holds it, and what the pin usually serves. */
function refused(error: unknown, kernel: GpioKernel, fd: number, label: string, line: number): DeviceError {
  const shared = HEADER_LABELS.has(label) ? SHARED_PINS.get(line) : undefined;
  const hint = shared === undefined ? '' : ` (this pin also serves ${shared})`;
  if ((error as NodeJS.ErrnoException).code !== 'EBUSY') {
    return new DeviceError(`line ${line} of ${label}: ${message(error)}${hint}`, {
      cause: error,
      ...(shared !== undefined && { mend: 'Use another line, or switch the other function of this pin off' }),
    });
  }
  const holder = ownerOf(kernel, fd, line);
  return new DeviceError(`line ${line} of ${label} is held by ${holder}${hint}`, {
    cause: error,
    mend: 'Free it there, or use another line',
  });
}

function ownerOf(kernel: GpioKernel, fd: number, line: number): string {
  try {
    const info = abi.lineInfoRequest(line);
    kernel.ioctl(fd, abi.IOCTL.lineInfo, info);
    return abi.decodeLineInfo(info).consumer || 'the kernel';
  } catch {
    return 'somebody unknown';
  }
}

function inputRequest(o: InputOptions): abi.LineRequest {
  const { FLAG } = abi;
  const bias = { up: FLAG.biasUp, down: FLAG.biasDown, off: FLAG.biasOff, 'as-is': 0 }[o.bias];
  const edge = { rising: FLAG.edgeRising, falling: FLAG.edgeFalling, both: FLAG.edgeRising | FLAG.edgeFalling }[o.edge];
  const flags = FLAG.input | bias | edge | (o.activeLow ? FLAG.activeLow : 0);
  return { line: o.line, flags, debounceUs: o.debounceUs, eventBuffer: abi.EVENT_BUFFER };
}

function outputRequest(o: OutputOptions): abi.LineRequest {
  return { line: o.line, flags: abi.FLAG.output | (o.activeLow ? abi.FLAG.activeLow : 0), outputValue: o.initial };
}

/** Paths of the character devices, by number. */
export function kernelChips(): string[] {
  return readdirSync('/dev')
    .filter((name) => /^gpiochip\d+$/.test(name))
    .sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)))
    .map((name) => `/dev/${name}`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
