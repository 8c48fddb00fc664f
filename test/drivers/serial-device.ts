/** A device in memory at the far end of a serial wire that answers requests, read by its driver under a clock that tests move. */
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Value } from '../../src/model.ts';
import { sharedSerial } from '../../src/ports/serial-shared.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports, SerialPorts } from '../../src/ports/types.ts';

export const PATH = '/dev/serial/by-id/battery';

/** What the device sends for a request; undefined is silence. */
export type Answering = (request: Uint8Array) => Uint8Array | undefined;

export function serialDevice(answering: Answering, delayMs = 20, clock: VirtualClock = virtualClock()) {
  const simulated = simulatedSerial();
  const wire = simulated.wire(PATH);
  const device = { answering };
  const serial: SerialPorts = {
    adapterOf: (path) => simulated.adapterOf(path),
    async open(path, settings, signal) {
      const line = await simulated.open(path, settings, signal);
      const write = async (bytes: Uint8Array): Promise<void> => {
        await line.write(bytes);
        const reply = device.answering(bytes);
        if (reply !== undefined) clock.after(delayMs, () => wire.send(reply, settings));
      };
      return {
        chunks: () => line.chunks(),
        lines: () => line.lines(),
        write,
        get droppedBytes() {
          return line.droppedBytes;
        },
        [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
      };
    },
  };
  const serialLines = sharedSerial(serial, clock);
  /** Starts a driver on the wire. */
  const read = (driver: AnyDriver, options: Record<string, unknown>) => {
    const controller = new AbortController();
    const seen: Record<string, Value>[] = [];
    const running = (async () => {
      const ports = { serial, serialLines } as unknown as Ports;
      for await (const values of driver.read({ options, ports, clock, signal: controller.signal })) {
        seen.push(values as Record<string, Value>);
      }
    })();
    let error: unknown;
    running.catch((thrown: unknown) => (error = thrown));
    return { seen, running, controller, error: () => error, last: () => seen.at(-1) ?? {} };
  };
  return { clock, simulated, wire, serial, serialLines, device, read };
}

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/[\s:]/g, ''), 'hex'));

/** A copy with one bit of byte `at` turned. */
export const damaged = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
