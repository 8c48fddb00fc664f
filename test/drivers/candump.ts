/** Recorded frames as `candump` prints them, and a device on a simulated bus that sends them. */
import { readFileSync } from 'node:fs';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Value } from '../../src/model.ts';
import { type SimulatedBus, simulatedCan } from '../../src/ports/sim/can.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { Ports } from '../../src/ports/types.ts';

export interface Recorded {
  readonly id: number;
  readonly data: Uint8Array;
}

/** The frames of test/fixtures/can/`name`.candump. */
export function recorded(name: string): Recorded[] {
  const text = readFileSync(`test/fixtures/can/${name}.candump`, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, id = '', length = '', data = ''] = /^\S+\s+([0-9A-F]+)\s+\[(\d)\]\s+([0-9A-F ]*)$/.exec(line) ?? [];
      const bytes = Uint8Array.from(Buffer.from(data.replaceAll(' ', ''), 'hex'));
      if (bytes.length !== Number(length)) throw new Error(`${name}: ${line}`);
      return { id: Number.parseInt(id, 16), data: bytes };
    });
}

/** The driver reading `vcan0`, on a clock that the test moves. */
export function onBus(driver: AnyDriver, options: object = {}) {
  const clock = virtualClock();
  const can = simulatedCan(clock);
  const bus: SimulatedBus = can.bus('vcan0');
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const common = { port: 'vcan0', bitrate: 500_000, silent: true, period_s: 1 };
  const running = (async () => {
    const read = driver.read({ options: { ...common, ...options }, ports: { can } as unknown as Ports, clock, signal: controller.signal });
    for await (const values of read) seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  const send = (frames: readonly Recorded[]): void => {
    for (const { id, data } of frames) bus.send(id, data);
  };
  return { clock, bus, send, seen, running, controller };
}
