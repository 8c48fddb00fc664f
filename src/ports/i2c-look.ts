/** I2C buses looked through with reads only, through i2c-bus. The kernel refuses addresses that one of its drivers holds. */
import type { PromisifiedBus } from 'i2c-bus';
import { DeviceError } from '../model.ts';
import { openBus, swap } from './i2c.ts';
import type { I2cLook } from './look.ts';

/** The part of i2c-bus that is used. */
export type ReadingBus = Pick<PromisifiedBus, 'receiveByte' | 'readWord' | 'close'>;
/** No acknowledge, as the adapters of this kernel say it; a bus that hangs says ETIMEDOUT. */
const ABSENT: ReadonlySet<string> = new Set(['ENXIO', 'EREMOTEIO', 'ENODEV', 'EIO']);

/** `openReading` stands for the kernel in tests. */
export function kernelI2cLook(openReading: (bus: number) => Promise<ReadingBus> = openBus): I2cLook {
  return {
    async open(number) {
      const bus = await openReading(number);
      const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
      const broken = (cause: unknown): DeviceError => new DeviceError(`/dev/i2c-${number}: ${codeOf(cause)}`, { cause });
      return {
        async answers(address) {
          try {
            await bus.receiveByte(address);
            return 'yes';
          } catch (error) {
            if (codeOf(error) === 'EBUSY') return 'kernel';
            if (ABSENT.has(codeOf(error))) return 'no';
            throw broken(error);
          }
        },
        async word(address, register) {
          try {
            return swap(await bus.readWord(address, register));
          } catch (error) {
            if (ABSENT.has(codeOf(error)) || codeOf(error) === 'EBUSY') return undefined;
            throw broken(error);
          }
        },
        [Symbol.asyncDispose]: () => bus.close().catch(() => undefined),
      };
    },
  };
}
