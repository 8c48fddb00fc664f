/** GPIO through the kernel's character device: no glitch at opening, kernel debounce, pulses counted by the kernel. */
import { readdirSync } from 'node:fs';
import { ConfigError, DeviceError } from '../model.ts';
import * as abi from './gpio-abi.ts';
import type { GpioKernel } from './gpio-kernel.ts';
import type { EdgeBatch, Gpio, InputLine, InputOptions, OutputLine, OutputOptions } from './types.ts';

/** Header chips of the Raspberry Pi 3, 4 and 5: the number of the device differs, the label does not (gpio-and-addon 1.1). */
const HEADER_LABELS: ReadonlySet<string> = new Set(['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1']);
const POLL_MS = 500;

export interface CdevOptions {
  readonly kernel: GpioKernel;
  /** Paths of the chips; the kernel's own by default. */
  readonly chips?: () => readonly string[];
}

/** The character device backend. */
export function cdevGpio({ kernel, chips = kernelChips }: CdevOptions): Gpio {
  const findChip = (chip: string): { fd: number; label: string; lines: number } => {
    const tried: string[] = [];
    for (const path of chip.startsWith('/') ? [chip] : chips()) {
      try {
        const fd = kernel.open(path);
        const info = abi.chipInfoBuffer();
        kernel.ioctl(fd, abi.IOCTL.chipInfo, info);
        const { label, lines } = abi.decodeChipInfo(info);
        if (chip === path || chip === label || (chip === 'auto' && HEADER_LABELS.has(label))) return { fd, label, lines };
        kernel.close(fd);
        tried.push(`${path} is ${label}`);
      } catch (error) {
        tried.push(`${path}: ${message(error)}`);
      }
    }
    const mend = 'On a Raspberry Pi give the app its gpio right; elsewhere name the chip by its label or path';
    const found = tried.length === 0 ? 'this machine has none' : tried.join(', ');
    throw new DeviceError(`no GPIO chip ${chip === 'auto' ? 'of a Raspberry Pi header' : chip}: ${found}`, { mend });
  };

  /** Requests one line; the chip's own descriptor is not needed afterwards. */
  const request = (chip: string, wanted: abi.LineRequest): number => {
    const { fd, label, lines } = findChip(chip);
    try {
      if (wanted.line >= lines) {
        throw new ConfigError('line', `${label} has no line ${wanted.line}`, `Use a line from 0 to ${lines - 1} (the BCM number)`);
      }
      const bytes = abi.encodeLineRequest(wanted);
      kernel.ioctl(fd, abi.IOCTL.requestLine, bytes);
      return abi.decodeLineFd(bytes);
    } catch (error) {
      throw error instanceof ConfigError ? error : refused(error, fd, label, wanted.line);
    } finally {
      kernel.close(fd);
    }
  };

  const refused = (error: unknown, fd: number, label: string, line: number): DeviceError => {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY')
      return new DeviceError(`line ${line} of ${label}: ${message(error)}`, { cause: error });
    const info = abi.lineInfoRequest(line);
    kernel.ioctl(fd, abi.IOCTL.lineInfo, info);
    const owner = abi.decodeLineInfo(info).consumer || 'the kernel';
    return new DeviceError(`line ${line} of ${label} is held by ${owner}`, { cause: error, mend: 'Free it there, or use another line' });
  };

  return {
    async probe() {
      try {
        const { fd, label, lines } = findChip('auto');
        kernel.close(fd);
        return { kind: 'cdev', usable: true, detail: `${label}, ${lines} lines` };
      } catch (error) {
        return { kind: 'cdev', usable: false, detail: message(error) };
      }
    },
    async openInput(options) {
      const fd = request(options.chip, inputRequest(options));
      kernel.setNonBlocking(fd);
      return inputLine(kernel, fd);
    },
    openOutput(options) {
      return outputLine(kernel, request(options.chip, outputRequest(options)));
    },
  };
}

function inputRequest(o: InputOptions): abi.LineRequest {
  const { FLAG } = abi;
  const bias = { up: FLAG.biasUp, down: FLAG.biasDown, off: FLAG.biasOff, 'as-is': 0 }[o.bias];
  const edge = o.edge === 'rising' ? FLAG.edgeRising : FLAG.edgeFalling;
  const flags = FLAG.input | bias | edge | (o.activeLow ? FLAG.activeLow : 0);
  return { line: o.line, flags, debounceUs: o.debounceUs, eventBuffer: abi.EVENT_BUFFER };
}

function outputRequest(o: OutputOptions): abi.LineRequest {
  return { line: o.line, flags: abi.FLAG.output | (o.activeLow ? abi.FLAG.activeLow : 0), outputValue: o.initial };
}

function outputLine(kernel: GpioKernel, fd: number): OutputLine {
  return {
    set: (active) => kernel.ioctl(fd, abi.IOCTL.setValues, abi.encodeValues(active)),
    get() {
      const bytes = abi.encodeValues(false);
      kernel.ioctl(fd, abi.IOCTL.getValues, bytes);
      return abi.decodeValues(bytes);
    },
    close: () => kernel.close(fd),
  };
}

function inputLine(kernel: GpioKernel, fd: number): InputLine {
  let open = true;
  let polling: Promise<unknown> = Promise.resolve();
  return {
    lossless: true,
    async *edges(signal) {
      const buffer = Buffer.alloc(abi.EVENT_SIZE * 64);
      let count = 0;
      let seqno = 0;
      while (open && !signal.aborted) {
        const wait = kernel.poll(fd, POLL_MS);
        polling = wait.catch(() => undefined);
        await wait;
        let batch: EdgeBatch | undefined;
        for (let length = open ? kernel.read(fd, buffer) : 0; length > 0; length = kernel.read(fd, buffer)) {
          const events = abi.decodeEvents(buffer, length);
          const [first, last] = [events[0], events.at(-1)];
          if (first === undefined || last === undefined) break;
          count += abi.edgesBetween(seqno, last.lineSeqno);
          seqno = last.lineSeqno;
          batch = { count, firstMs: batch?.firstMs ?? toMs(first.timestampNs), lastMs: toMs(last.timestampNs) };
        }
        if (batch !== undefined) yield batch;
      }
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      // The descriptor must not be reused while the other thread still waits on it.
      await polling;
      kernel.close(fd);
    },
  };
}

/** The kernel stamps events with CLOCK_MONOTONIC, which Node's high-resolution time reads too; our clock starts later. */
function toMs(timestampNs: bigint): number {
  const ageNs = process.hrtime.bigint() - timestampNs;
  return performance.now() - Number(ageNs) / 1e6;
}

function kernelChips(): string[] {
  return readdirSync('/dev')
    .filter((name) => /^gpiochip\d+$/.test(name))
    .sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)))
    .map((name) => `/dev/${name}`);
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
