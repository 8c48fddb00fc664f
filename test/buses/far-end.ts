/** The far end of a bus in memory that can misbehave, and devices that are read as the program reads them. */
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Values } from '../../src/model.ts';
import type { VirtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports, SerialPorts } from '../../src/ports/types.ts';
import { supervise } from '../../src/supervise.ts';

export interface Watched {
  /** When values came, on the monotonic clock (ms). */
  readonly times: number[];
  readonly values: Values<object>[];
  readonly problems: string[];
}

/** A device under supervision, with the pauses of the program. */
export function watched(driver: AnyDriver, options: object, ports: Partial<Ports>, clock: VirtualClock, signal: AbortSignal): Watched {
  const seen: Watched = { times: [], values: [], problems: [] };
  const { periodMs } = driver.describe(options);
  void supervise(
    {
      open: (life) => driver.read({ options, ports: ports as Ports, clock, signal: life }),
      onOpen: () => undefined,
      onItem(values) {
        seen.times.push(clock.monotonicMs());
        seen.values.push(values as Values<object>);
      },
      onFailure: (error) => seen.problems.push(error.message),
      onRecovery: () => seen.problems.push('recovered'),
    },
    { clock, signal, silenceMs: Math.max(60_000, 10 * periodMs) },
  );
  return seen;
}

/** Sound; silent for one unit; gone in the middle of a message; under another's number; refusing. */
export type Conduct = 'sound' | 'half and gone' | 'wrong unit' | 'refusing';

/** The name that stands in the configuration; the kernel's name behind it may change. */
export const LASTING = '/dev/serial/by-id/usb-adapter';
export const [FIRST, SECOND] = ['/dev/ttyUSB0', '/dev/ttyUSB1'];

export interface SerialFar {
  readonly serial: SerialPorts;
  conduct: Conduct;
  /** Sends as the far device does, half of it and no more when that is its conduct. */
  send(bytes: Uint8Array): void;
  /** The adapter is put in again and gets another name of the kernel. */
  replug(): void;
}

/** An adapter at `LASTING`; `answer` gives what comes for a request under a conduct. */
export function serialFar(clock: VirtualClock, answer: (request: Buffer, conduct: Conduct) => Uint8Array | undefined): SerialFar {
  const simulated = simulatedSerial();
  let path = FIRST;
  simulated.wire(path);
  simulated.link(LASTING, path);
  const far: SerialFar = {
    conduct: 'sound',
    send(bytes) {
      const wire = simulated.wire(path);
      const half = far.conduct === 'half and gone';
      wire.send(half ? bytes.subarray(0, bytes.length >> 1) : bytes, wire.opened?.baudRate ?? 0);
      if (half) clock.after(1, () => wire.unplug());
    },
    replug() {
      path = path === FIRST ? SECOND : FIRST;
      simulated.wire(path).plug();
      simulated.link(LASTING, path);
      far.conduct = 'sound';
    },
    serial: {
      adapterOf: (name) => simulated.adapterOf(name),
      async open(name, settings, signal) {
        const line = await simulated.open(name, settings, signal);
        const write = async (request: Uint8Array): Promise<void> => {
          await line.write(request);
          const reply = answer(Buffer.from(request), far.conduct);
          if (reply !== undefined) clock.after(20, () => far.send(reply));
        };
        return {
          chunks: () => line.chunks(),
          lines: () => line.lines(),
          write,
          droppedBytes: 0,
          [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
        };
      },
    },
  };
  return far;
}
