/** GPIO through sysfs and onoff, the second choice: no bias, no kernel debounce, and short pulses can be lost. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { BinaryValue, Gpio as OnoffGpio } from 'onoff';
import { ConfigError, DeviceError } from '../model.ts';
import { HEADER_LABELS } from './gpio-cdev.ts';
import type { EdgeBatch, Gpio, InputLine, LineDescriptor, OutputLine } from './types.ts';

export interface SysfsOptions {
  /** /sys/class/gpio, or a copy of it in tests. */
  readonly root: string;
  readonly Onoff: typeof OnoffGpio;
}

/** Loads onoff. Throws DeviceError where it or sysfs is absent. */
export async function loadSysfsGpio(root = '/sys/class/gpio'): Promise<Gpio> {
  if (!existsSync(`${root}/export`)) {
    throw new DeviceError(`${root} does not exist`, { mend: 'This kernel has no sysfs GPIO: use the character device' });
  }
  try {
    return sysfsGpio({ root, Onoff: (await import('onoff')).Gpio });
  } catch (cause) {
    throw new DeviceError('the onoff package is not installed', { cause, mend: 'Install with a compiler present: npm ci' });
  }
}

/** The sysfs backend. Line numbers are offsets on the chip; sysfs counts from the chip's base, which differs by kernel. */
export function sysfsGpio({ root, Onoff }: SysfsOptions): Gpio {
  const baseOf = (chip: string): number => {
    const chips = readdirSync(root).filter((name) => name.startsWith('gpiochip'));
    for (const name of chips) {
      const label = readFileSync(`${root}/${name}/label`, 'utf8').trim();
      if (chip === label || chip === `/dev/${name}` || (chip === 'auto' && HEADER_LABELS.has(label))) {
        return Number(readFileSync(`${root}/${name}/base`, 'utf8'));
      }
    }
    throw new DeviceError(`no GPIO chip ${chip} in ${root}`, { mend: 'Name the chip by its label' });
  };
  const opening = <T>(chip: string, line: number, open: (number: number) => T): T => {
    try {
      return open(baseOf(chip) + line);
    } catch (cause) {
      if (cause instanceof DeviceError) throw cause;
      const code = (cause as NodeJS.ErrnoException).code;
      const mend = code === 'EBUSY' ? 'Another program holds this line' : 'Give the app its gpio right, or use the character device';
      throw new DeviceError(`line ${line} through sysfs: ${code ?? String(cause)}`, { cause, mend });
    }
  };
  return {
    async probe() {
      try {
        return { kind: 'sysfs', usable: true, detail: `base ${baseOf('auto')}; short pulses can be lost` };
      } catch (error) {
        return { kind: 'sysfs', usable: false, detail: error instanceof Error ? error.message : String(error) };
      }
    },
    async openInput({ chip, line, bias, activeLow, debounceUs, edge }) {
      if (bias !== 'as-is') {
        throw new ConfigError(
          'bias',
          `sysfs cannot switch the pull resistor (${bias})`,
          'Use bias: as-is with an outside resistor, or the character device',
        );
      }
      const debounceTimeout = Math.round(debounceUs / 1000);
      return inputLine(opening(chip, line, (number) => new Onoff(number, 'in', edge, { activeLow, debounceTimeout })));
    },
    openOutput({ chip, line, activeLow, initial }) {
      // 'high' and 'low' set level and direction at once; 'out' would first drive low and click an active-low relay.
      const level = initial === activeLow ? 'low' : 'high';
      const name = `line ${line} through sysfs`;
      return opening(chip, line, (number) =>
        outputLine(name, new Onoff(number, level, 'none', { activeLow }), valueFile(`${root}/gpio${number}/value`)),
      );
    },
  };
}

/** A descriptor of our own, for the keeper. */
function valueFile(path: string): LineDescriptor | undefined {
  try {
    return { fd: openSync(path, 'r+'), kind: 'file' };
  } catch {
    return undefined;
  }
}

function outputLine(name: string, gpio: OnoffGpio, descriptor: LineDescriptor | undefined): OutputLine {
  let open = true;
  const onLine = <T>(act: () => T): T => {
    if (!open) throw new DeviceError(`${name} was closed`);
    try {
      return act();
    } catch (cause) {
      throw new DeviceError(`${name}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`, { cause });
    }
  };
  return {
    ...(descriptor !== undefined && { descriptor }),
    set: (active) => onLine(() => gpio.writeSync(active ? 1 : 0)),
    get: () => onLine(() => gpio.readSync() === 1),
    close() {
      if (!open) return;
      open = false;
      if (descriptor !== undefined) closeSync(descriptor.fd);
      // Not unexported: that would let the level go.
      gpio.unwatchAll();
    },
  };
}

function inputLine(gpio: OnoffGpio): InputLine {
  let wake: (() => void) | undefined;
  let failure: Error | undefined;
  let closed = false;
  let batch: EdgeBatch | undefined;
  let count = 0;
  gpio.watch((error: Error | null | undefined, _value: BinaryValue) => {
    if (error) failure = error;
    else {
      const nowMs = performance.now();
      count += 1;
      batch = { count, firstMs: batch?.firstMs ?? nowMs, lastMs: nowMs };
    }
    wake?.();
  });
  return {
    lossless: false,
    async *edges(signal) {
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!closed && !signal.aborted) {
          if (failure !== undefined) throw new DeviceError(`line lost: ${failure.message}`, { cause: failure });
          const ready = batch;
          batch = undefined;
          if (ready !== undefined) yield ready;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      wake?.();
      gpio.unexport();
    },
  };
}
