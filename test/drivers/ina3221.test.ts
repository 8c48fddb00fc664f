import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, ina3221 } from '../../src/drivers/ina3221.ts';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { SimulatedChip } from '../../src/ports/sim/i2c.ts';
import { simulatedIna3221 } from '../../src/ports/sim/ina3221.ts';
import { onI2c, watch } from './watching.ts';

const PLAIN = { invert: false, gain: 1, offset_a: 0 };
const OPTIONS = { bus: 1, address: 0x40, channel: 1 as const, ...PLAIN, period_s: 1 };

describe('registers', () => {
  test('the datasheet’s example of a negative shunt voltage (SBOS576, 8.6.2.2): C180h is −80 mV', () => {
    expect(decode({ shunt: 0xc180, bus: 0 }, 0.1, PLAIN)).toMatchObject({ shunt_voltage: -0.08, current: -0.8 });
  });
  test.each([
    [0x0008, 0.00004],
    [0xfff8, -0.00004],
    [0x7ff0, 0.16376],
  ])('shunt register %i (40 µV a step, three bits unused)', (shunt, volts) => {
    expect(decode({ shunt, bus: 0 }, 0.1, PLAIN).shunt_voltage).toBe(volts);
  });
  test.each([
    [0x0008, 0.008],
    [0x2ee0, 12],
    [0x7ff0, 32.752],
  ])('bus register %i (8 mV a step)', (bus, volts) => {
    expect(decode({ shunt: 0, bus }, 0.1, PLAIN).bus_voltage).toBe(volts);
  });
  test('the ends of the scales are no values', () => {
    expect(decode({ shunt: 0x7ff8, bus: 0x7ff8 }, 0.1, PLAIN)).toMatchObject({ bus_voltage: null, current: null, overrange: true });
    expect(decode({ shunt: 0x8000, bus: 0x2ee0 }, 0.1, PLAIN)).toMatchObject({ current: null, power: null, overrange: true });
  });
  test('power is signed; invert, gain and offset as everywhere', () => {
    expect(decode({ shunt: 0xc180, bus: 0x2ee0 }, 0.1, PLAIN).power).toBe(-9.6);
    expect(decode({ shunt: 0xc180, bus: 0x2ee0 }, 0.1, { invert: true, gain: 2, offset_a: 0.1 }).current).toBe(1.4);
  });
  test.each([
    [0xffff, /all ones/],
    [0x8000, /impossible/],
  ])('bus register %i is a fault', (bus, message) => {
    expect(() => decode({ shunt: 0, bus }, 0.1, PLAIN)).toThrow(message);
  });
});

/** The chip with three batteries, watched on one channel. */
function monitor(options: Partial<Parameters<typeof ina3221.describe>[0]> = {}, chip?: SimulatedChip | null) {
  const time = virtualClock();
  const three = [1, 2, 3].map((n) => ({ volts: () => 12 + 0.08 * n, amps: () => n / 10, shuntOhms: 0.1 }));
  const simulated = simulatedIna3221(three, time);
  const { chips, ports } = onI2c(0x40, chip === null ? undefined : (chip ?? simulated));
  return { chips, ports, time, simulated, ...watch(ina3221, { ...OPTIONS, ...options }, ports, time) };
}

describe('the driver on a chip', () => {
  test.each([
    [1, 12.08, 0.1],
    [2, 12.16, 0.2],
    [3, 12.24, 0.3],
  ] as const)('channel %i', async (channel, volts, amps) => {
    const { clock, seen } = monitor({ channel });
    await clock.advance(500);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ bus_voltage: volts, current: amps, overrange: false });
  });

  test('three devices share the chip: one sets it up, none ever shows its zeros, also after a loss of supply', async () => {
    const first = monitor();
    const second = watch(ina3221, { ...OPTIONS, channel: 2 as const }, first.ports, first.time);
    const third = watch(ina3221, { ...OPTIONS, channel: 3 as const, period_s: 0.2 }, first.ports, first.time);
    await first.time.advance(2_000);
    first.simulated.powerLoss();
    await first.time.advance(10_000);
    expect([first, second, third].map(({ seen }) => seen.length > 7)).toEqual([true, true, true]);
    for (const [index, { seen }] of [first, second, third].entries()) {
      for (const values of seen) expect(values.current).toBe((index + 1) / 10);
    }
  });

  test('a channel that is given up while it sets the chip up leaves no zeros to the others', async () => {
    const first = monitor();
    const second = watch(ina3221, { ...OPTIONS, channel: 2 as const }, first.ports, first.time);
    await first.time.advance(100);
    first.controller.abort(new Error('stop'));
    await expect(first.running).rejects.toThrow('stop');
    await first.time.advance(3_000);
    expect(second.seen.length).toBeGreaterThan(1);
    for (const values of second.seen) expect(values.current).toBe(0.2);
  });

  test('another chip is not written to', async () => {
    const written: number[] = [];
    const write = (register: number): void => void written.push(register);
    await expect(monitor({}, { read: () => 0x1234, write }).running).rejects.toThrow(/is no INA3221/);
    await expect(monitor({}, { read: () => 0xffff, write }).running).rejects.toThrow(/all ones/);
    expect(written).toEqual([]);
  });

  test('a chip that keeps no settings, an absent one, one that goes away', async () => {
    const forgetful = monitor({}, { read: (register) => ({ 254: 0x5449, 255: 0x3220 })[register] ?? 0x7127, write: () => undefined });
    await forgetful.clock.advance(1_000);
    await expect(forgetful.running).rejects.toThrow(/loses its settings/);
    await expect(monitor({}, null).running).rejects.toThrow(/no chip answers at 0x40/);
    const { clock, chips, running } = monitor();
    await clock.advance(500);
    chips.delete(0x40);
    await clock.advance(1000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test('half a plate is refused', async () => {
    await expect(monitor({ shunt_amps: 50 }).running).rejects.toBeInstanceOf(ConfigError);
  });

  test('random registers: a believable value or a fault', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(word, word, (shunt, bus) => {
        try {
          const values = decode({ shunt, bus }, 0.1, PLAIN);
          for (const value of Object.values(values)) if (typeof value === 'number') expect(Math.abs(value)).toBeLessThan(60);
        } catch (error) {
          expect(error).toBeInstanceOf(DeviceError);
        }
      }),
    );
  });
});
