/** CAN buses in memory: devices send frames, readers hear those they filter for, an interface can go down or away. */
import { DeviceError } from '../../model.ts';
import { type BoundedQueue, boundedQueue } from '../bounded-queue.ts';
import { passes } from '../can-abi.ts';
import type { CanBuses, CanFrame, CanOptions } from '../can-types.ts';
import type { Clock } from '../types.ts';

export interface SimulatedBus {
  /** What a device on the bus sends; 11-bit id unless `extended`. Heard by every open reader. */
  send(id: number, data: Uint8Array | readonly number[], extended?: boolean): void;
  /** The interface is taken down, or the adapter pulled: readers fail, opening is refused until `up`. */
  down(): void;
  up(): void;
  /** How many readers have it open, and with which options the last one did. */
  readonly readers: number;
  readonly opened: CanOptions | undefined;
}
export interface SimulatedCan extends CanBuses {
  /** A bus exists as soon as it is asked for. */
  bus(name: string): SimulatedBus;
}

interface Bus extends SimulatedBus {
  isUp: boolean;
  opened: CanOptions | undefined;
  readonly queues: Map<BoundedQueue<CanFrame>, CanOptions>;
}

/** Buses that hold at most `limit` unread frames a reader. */
export function simulatedCan(clock: Pick<Clock, 'monotonicMs'>, limit = 4_096): SimulatedCan {
  const buses = new Map<string, Bus>();
  return {
    bus(name) {
      const bus = buses.get(name) ?? newBus(name, clock);
      buses.set(name, bus);
      return bus;
    },
    async open(name, options, signal) {
      const bus = buses.get(name);
      const mend = `ip link set ${name} up type can bitrate ${options.bitrate}`;
      if (bus === undefined) throw new DeviceError(`${name} does not exist`, { mend });
      if (!bus.isUp) throw new DeviceError(`${name} is down`, { mend });
      const queue = boundedQueue<CanFrame>(limit, () => 1);
      bus.queues.set(queue, options);
      bus.opened = options;
      const abort = (): void => queue.end();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      return {
        frames: queue.items,
        get droppedFrames() {
          return queue.dropped;
        },
        damagedLines: 0,
        async [Symbol.asyncDispose]() {
          signal.removeEventListener('abort', abort);
          queue.end();
          bus.queues.delete(queue);
          if (bus.queues.size === 0) bus.opened = undefined;
        },
      };
    },
  };
}

function newBus(name: string, clock: Pick<Clock, 'monotonicMs'>): Bus {
  return {
    isUp: true,
    opened: undefined,
    queues: new Map(),
    get readers() {
      return this.queues.size;
    },
    send(id, data, extended = false) {
      if (!this.isUp) return;
      const frame: CanFrame = { id, extended, data: Uint8Array.from(data), atMs: clock.monotonicMs() };
      for (const [queue, { filters }] of this.queues) if (passes(filters, frame)) queue.push(frame);
    },
    down() {
      this.isUp = false;
      for (const queue of this.queues.keys()) queue.end(new DeviceError(`${name} was taken down`, { mend: `ip link set ${name} up` }));
    },
    up() {
      this.isUp = true;
    },
  };
}
