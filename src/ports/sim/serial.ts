/** Serial wires in memory: who sends and who reads must agree on the speed, and an adapter can be pulled. */
import { DeviceError } from '../../model.ts';
import { type ByteQueue, byteQueue } from '../byte-queue.ts';
import { loadParser, textLines } from '../text-lines.ts';
import type { SerialPorts, SerialSettings } from '../types.ts';

await loadParser();

export interface SimulatedWire {
  /** What the far device sends; a reader at another speed or with another frame hears garbage. A number is a speed with the reader's frame. */
  send(bytes: Uint8Array, as: number | SerialSettings): void;
  unplug(): void;
  plug(): void;
  readonly opened: SerialSettings | undefined;
  /** Bytes written towards the far device. */
  readonly written: Uint8Array[];
}
export interface SimulatedSerial extends SerialPorts {
  wire(path: string): SimulatedWire;
  /** A lasting name that leads to the wire at `path`, as a link of /dev/serial/by-id; it may lead to another one later. */
  link(name: string, path: string): void;
}

interface Wire extends SimulatedWire {
  plugged: boolean;
  opened: SerialSettings | undefined;
  queue: ByteQueue | undefined;
}

/** Ports exist as soon as their wire is asked for. */
export function simulatedSerial(): SimulatedSerial {
  const wires = new Map<string, Wire>();
  const links = new Map<string, string>();
  return {
    link: (name, path) => void links.set(name, path),
    adapterOf: async (path) => links.get(path) ?? path,
    wire(path) {
      const wire = wires.get(path) ?? newWire();
      wires.set(path, wire);
      return wire;
    },
    async open(path, settings, signal) {
      const wire = wires.get(links.get(path) ?? path);
      if (wire === undefined || !wire.plugged) throw new DeviceError(`${path} does not exist`, { mend: 'Plug the adapter in' });
      if (wire.queue !== undefined) throw new DeviceError(`${path} is used by another program`);
      const queue = byteQueue();
      wire.queue = queue;
      wire.opened = settings;
      const abort = (): void => queue.end();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      return {
        chunks: () => queue.chunks(),
        lines: () => textLines(queue.chunks()),
        async write(bytes) {
          if (!wire.plugged) throw new DeviceError(`${path} was unplugged`);
          wire.written.push(bytes);
        },
        get droppedBytes() {
          return queue.dropped;
        },
        async [Symbol.asyncDispose]() {
          signal.removeEventListener('abort', abort);
          queue.end();
          if (wire.queue === queue) wire.queue = undefined;
          wire.opened = undefined;
        },
      };
    },
  };
}

function newWire(): Wire {
  return {
    plugged: true,
    opened: undefined,
    queue: undefined,
    written: [],
    send(bytes, as) {
      if (!this.plugged || this.opened === undefined) return;
      const sent = typeof as === 'number' ? { ...this.opened, baudRate: as } : as;
      this.queue?.push(agree(sent, this.opened) ? bytes : garbled(bytes));
    },
    unplug() {
      this.plugged = false;
      this.queue?.end(new DeviceError('the adapter was unplugged'));
    },
    plug() {
      this.plugged = true;
    },
  };
}

function agree(a: SerialSettings, b: SerialSettings): boolean {
  return a.baudRate === b.baudRate && a.dataBits === b.dataBits && a.parity === b.parity && a.stopBits === b.stopBits;
}

/** At the wrong speed start and stop bits fall anywhere: bytes come, none of them meant. */
function garbled(bytes: Uint8Array): Uint8Array {
  return bytes.filter((_, index) => index % 8 !== 0).map((byte, index) => ((byte * 37 + index * 11) & 0x7f) | 0x40);
}
