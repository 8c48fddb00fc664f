/** CAN buses of this machine: a network interface through SocketCAN, or a serial adapter that speaks SLCAN; the name tells which. */
import { type CanKernel, loadCanKernel } from './can-kernel.ts';
import { openSlcan } from './can-slcan.ts';
import { openSocketCan } from './can-socket.ts';
import type { CanBuses } from './can-types.ts';
import { systemClock } from './clock.ts';
import type { Clock, SerialPorts } from './types.ts';

export interface CanParts {
  readonly serial: SerialPorts;
  /** The system calls; the real ones by default, loaded when an interface is opened. */
  readonly kernel?: () => Promise<CanKernel>;
  readonly clock?: Clock;
}

/** All CAN buses of this machine. */
export function kernelCan({ serial, kernel = loadCanKernel, clock = systemClock() }: CanParts): CanBuses {
  return {
    open: async (name, options, signal) =>
      name.startsWith('/')
        ? openSlcan({ serial, clock }, name, options, signal)
        : openSocketCan({ kernel: await kernel(), clock }, name, options, signal),
  };
}
