/** Devices on one bus: some talk, one is silent where a bus can have a silent one, and the bus can fail. */
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Ports } from '../../src/ports/types.ts';

export interface World {
  readonly driver: AnyDriver;
  readonly ports: Partial<Ports>;
  /** Options of device `unit`; 1 and 2 talk, 3 is silent where a bus can have a silent one. */
  options(unit: number): object;
  readonly hasSilent: boolean;
  /** Ends in the middle of a message, and comes back (serial: under another name of the kernel). */
  readonly gone?: () => void;
  readonly back?: () => void;
  /** Answers come under the number of another unit, or are meant for another. */
  readonly wrongUnit?: (on: boolean) => void;
  /** The device says that it cannot: exceptions, refusals, unreadable answers. */
  readonly refuse?: (on: boolean) => void;
}

/** Units that answer. */
export const TALKING = new Set([1, 2]);
