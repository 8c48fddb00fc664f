/** Worlds of the buses without a serial line: chips on I2C, probes on 1-Wire, topics of a broker. */
import { ds18b20 } from '../../src/drivers/ds18b20.ts';
import { ina219 } from '../../src/drivers/ina219.ts';
import { mqtt } from '../../src/drivers/mqtt.ts';
import { DeviceError } from '../../src/model.ts';
import type { VirtualClock } from '../../src/ports/sim/clock.ts';
import { w1Slave, w1SlaveOf } from '../../src/ports/sim/ds18b20.ts';
import { type SimulatedChip, simulatedI2c } from '../../src/ports/sim/i2c.ts';
import { simulatedIna219 } from '../../src/ports/sim/ina219.ts';
import { simulatedSubscriptions } from '../../src/ports/sim/subscriptions.ts';
import { TALKING, type World } from './world.ts';

export function i2cWorld(): World {
  const sound = (amps: number): SimulatedChip => simulatedIna219({ volts: () => 13.2, amps: () => amps, shuntOhms: 0.1 });
  const state = { broken: false };
  const broken = (chip: SimulatedChip): SimulatedChip => {
    const working = (): SimulatedChip => {
      if (state.broken) throw new DeviceError('EREMOTEIO');
      return chip;
    };
    return {
      read: (register) => working().read(register),
      write: (register, value) => working().write(register, value),
    };
  };
  const chips = new Map([1, 2].map((unit) => [0x3f + unit, broken(sound(unit))]));
  const base = { bus: 1, shunt_ohms: 0.1, max_amps: 3.2, invert: false, gain: 1, offset_a: 0, period_s: 1 };
  return {
    ...{ driver: ina219, hasSilent: true, ports: { i2c: simulatedI2c(new Map([[1, chips]])) } },
    options: (unit) => ({ ...base, address: 0x3f + unit }),
    gone: () => void (state.broken = true),
    back: () => void (state.broken = false),
  };
}

export function oneWireWorld(clock: VirtualClock): World {
  const state = { gone: false, refusing: false };
  const read = async (path: string): Promise<string | undefined> => {
    const unit = Number(/28-0*(\d)\/w1_slave$/.exec(path)?.[1]);
    // A conversion takes as long whether a probe is there or not: the kernel finds out at its end.
    await clock.sleep(750);
    if (!TALKING.has(unit) || state.gone) return undefined;
    return state.refusing ? w1SlaveOf([0x50, 5, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10, 0]) : w1Slave(20 + unit);
  };
  return {
    ...{ driver: ds18b20, hasSilent: true, ports: { files: { read, writeAtomic: async () => undefined } } },
    options: (unit) => ({ sensor: `28-${String(unit).padStart(12, '0')}`, directory: '/sys/bus/w1/devices', period_s: 10 }),
    gone: () => void (state.gone = true),
    back: () => void (state.gone = false),
    refuse: (on) => void (state.refusing = on),
  };
}

export function mqttWorld(clock: VirtualClock): World {
  const subscriptions = simulatedSubscriptions(clock);
  const state = { payload: '{"power":12.5}', topic: 'plug' };
  const talk = (): void => {
    for (const unit of TALKING) subscriptions.say(`${state.topic}/${unit}`, state.payload);
    clock.after(5000, talk);
  };
  talk();
  const values = [{ key: 'power', name: 'Power', quantity: 'power', path: 'power', scale: 1, total: false }];
  return {
    ...{ driver: mqtt, hasSilent: true, ports: { subscriptions } },
    options: (unit) => ({ topic: `plug/${unit}`, values, stale_s: 60, accept_retained: true }),
    gone: () => subscriptions.down(),
    back: () => subscriptions.up(),
    wrongUnit: (on) => void (state.topic = on ? 'plugs' : 'plug'),
    refuse: (on) => void (state.payload = on ? '{"power":"unavailable"}' : '{"power":12.5}'),
  };
}
