/** Runs one driver in virtual time and keeps what it says. */
import type { SensorDriver } from '../../src/drivers/driver.ts';
import type { Entities, Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type SimulatedChip, simulatedI2c } from '../../src/ports/sim/i2c.ts';
import type { Ports } from '../../src/ports/types.ts';

export function watch<O, E extends Entities>(
  driver: SensorDriver<O, E>,
  options: NoInfer<O>,
  ports: Partial<Ports>,
  clock = virtualClock(),
) {
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of driver.read({ options, ports: ports as Ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  return { clock, controller, seen, running };
}

/** One chip on bus 1, or none; it may be unplugged from `chips`. */
export function onI2c(address: number, chip: SimulatedChip | undefined) {
  const chips = new Map<number, SimulatedChip>(chip === undefined ? [] : [[address, chip]]);
  return { chips, ports: { i2c: simulatedI2c(new Map([[1, chips]])) } };
}
