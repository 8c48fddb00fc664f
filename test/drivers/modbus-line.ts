/** A Modbus driver read through real frames on a serial line in memory. */
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Value } from '../../src/model.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports, SerialSettings } from '../../src/ports/types.ts';

const PORT = '/dev/serial/by-id/usb-rs485';
/** The options of every Modbus device, but for its unit, speed and period. */
export const LINE = { transport: 'rtu', port: PORT, parity: 'none', stop_bits: 1, tcp_port: 502, timeout_ms: 1_000 } as const;

export interface LineReading {
  readonly seen: readonly Record<string, Value>[];
  readonly questions: readonly Buffer[];
  readonly running: Promise<void>;
  opened(): SerialSettings | undefined;
}

/** Reads for `forMs`, then stops it; `answer` gives what the far end sends for a question, undefined is silence. */
export async function readOnLine(
  driver: AnyDriver,
  options: { readonly baud_rate: number; readonly unit: number },
  answer: (question: Buffer) => Uint8Array | undefined,
  forMs = 4_000,
): Promise<LineReading> {
  const clock = virtualClock();
  const serial = simulatedSerial();
  const wire = serial.wire(PORT);
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const ports = { modbus: kernelModbus(serial, clock) } as unknown as Ports;
  const running = (async () => {
    for await (const values of driver.read({ options, ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  let answered = 0;
  for (let passed = 0; passed < forMs; passed += 20) {
    await clock.advance(20);
    for (; answered < wire.written.length; answered += 1) {
      const said = answer(Buffer.from(wire.written[answered] ?? []));
      if (said !== undefined) wire.send(said, options.baud_rate);
    }
  }
  controller.abort(new Error('stop'));
  await clock.advance(10);
  return { seen, questions: wire.written.map((question) => Buffer.from(question)), running, opened: () => wire.opened };
}
