/** I2C buses of the kernel through i2c-bus: SMBus word access, one shared handle a bus, one transfer at a time. */
import type { PromisifiedBus } from 'i2c-bus';
import { DeviceError } from '../model.ts';
import type { I2cBus, I2cBuses } from './types.ts';

/** The part of i2c-bus that is used. */
export type WordBus = Pick<PromisifiedBus, 'readWord' | 'writeWord' | 'readI2cBlock' | 'close'>;
interface Shared {
  readonly bus: Promise<WordBus>;
  users: number;
  /** The end of the transfers already asked for: chips on one bus take turns. */
  tail: Promise<unknown>;
}

/** All buses of this machine. `openWords` stands for the kernel in tests. */
export function kernelI2c(openWords: (number: number) => Promise<WordBus> = openBus): I2cBuses {
  const shared = new Map<number, Shared>();
  return {
    async open(number) {
      const entry = shared.get(number) ?? { bus: openWords(number), users: 0, tail: Promise.resolve() };
      shared.set(number, entry);
      entry.users += 1;
      const release = async (): Promise<void> => {
        entry.users -= 1;
        if (entry.users > 0) return;
        shared.delete(number);
        await entry.tail.catch(() => undefined);
        await entry.bus.then((bus) => bus.close()).catch(() => undefined);
      };
      try {
        return user(number, entry, await entry.bus, release);
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

function user(number: number, entry: Shared, bus: WordBus, release: () => Promise<void>): I2cBus {
  let open = true;
  const inTurn = async <T>(address: number, transfer: () => Promise<T>): Promise<T> => {
    if (!open) throw new DeviceError(`bus ${number} was closed`);
    const turn = entry.tail.catch(() => undefined).then(transfer);
    entry.tail = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw transferError(error, number, address);
    });
  };
  return {
    readRegister: (address, register) => inTurn(address, async () => swap(await bus.readWord(address, register))),
    writeRegister: (address, register, value) => inTurn(address, () => bus.writeWord(address, register, swap(value))),
    readBytes: (address, register, length) =>
      inTurn(address, async () => {
        const { bytesRead, buffer } = await bus.readI2cBlock(address, register, length, Buffer.alloc(length));
        if (bytesRead !== length) throw new Error(`${bytesRead} of ${length} bytes came`);
        return new Uint8Array(buffer);
      }),
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await release();
    },
  };
}

/** SMBus words travel low byte first, the chips' registers high byte first (reference: batteries 1.3). */
export function swap(word: number): number {
  return ((word & 0xff) << 8) | ((word >> 8) & 0xff);
}

/** A handle of i2c-bus. Throws DeviceError with what to do. */
export async function openBus(number: number): Promise<PromisifiedBus> {
  let openPromisified: typeof import('i2c-bus').openPromisified;
  try {
    ({ openPromisified } = (await import('i2c-bus')).default);
  } catch (cause) {
    throw new DeviceError('the i2c-bus package is not installed', { cause, mend: 'Install with a compiler present: npm ci' });
  }
  try {
    return await openPromisified(number);
  } catch (cause) {
    throw openError(cause, number);
  }
}

function openError(cause: unknown, number: number): DeviceError {
  const path = `/dev/i2c-${number}`;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENXIO') {
    const mend =
      'Enable I2C: on Home Assistant OS put dtparam=i2c_arm=on into config.txt and i2c-dev into CONFIG/modules/rpi-i2c.conf, then reboot twice';
    return new DeviceError(`${path} does not exist`, { cause, mend });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new DeviceError(`${path} may not be opened`, { cause, mend: `Give the program ${path} (the app lists it under devices)` });
  }
  return new DeviceError(`${path}: ${String(cause)}`, { cause });
}

function transferError(cause: unknown, number: number, address: number): DeviceError {
  const hex = `0x${address.toString(16)}`;
  const code = (cause as NodeJS.ErrnoException).code;
  // i2c-bus opens the device at the first transfer with a chip.
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM') return openError(cause, number);
  // ENXIO and EREMOTEIO: no acknowledge; ENODEV: what i2c-stub says of an absent address.
  if (code === 'ENXIO' || code === 'EREMOTEIO' || code === 'ENODEV') {
    const mend = 'Check the wiring, the power and the address jumpers';
    return new DeviceError(`no chip answers at ${hex} on bus ${number}`, { cause, mend });
  }
  if (code === 'EBUSY') {
    const mend = "Take the chip's dtoverlay out of config.txt and restart";
    return new DeviceError(`a driver of the kernel keeps chip ${hex} on bus ${number} for itself`, { cause, mend });
  }
  return new DeviceError(`bus ${number}, chip ${hex}: ${code ?? String(cause)}`, { cause });
}
