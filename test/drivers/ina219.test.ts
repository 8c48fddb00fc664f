import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, ina219 } from '../../src/drivers/ina219.ts';
import { ConfigError, DeviceError, type Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type SimulatedChip, simulatedI2c } from '../../src/ports/sim/i2c.ts';
import { simulatedIna219 } from '../../src/ports/sim/ina219.ts';
import type { Ports } from '../../src/ports/types.ts';

const PLAIN = { invert: false, gain: 1, offset_a: 0 };
const OPTIONS = { bus: 1, address: 0x40, max_amps: 3.2, invert: false, gain: 1, offset_a: 0, period_s: 1 };

describe('registers', () => {
  // Recorded values of a real chip: chrisb2/pi_ina219 (MIT), tests/.
  test.each([
    [0x2592, 4.808],
    [0xfa00, 32],
    [0x0008, 0.004],
    [0x000a, 0.004],
  ])('bus register 0x%s', (register, volts) => {
    expect(decode(0, register, 3, 0.1, PLAIN).bus_voltage).toBe(volts);
  });
  test.each([
    [0x07d0, 0.02, 0.2],
    [0xf060, -0.04, -0.4],
    [0xffff, -0.00001, -0.0001],
    [0x0000, 0, 0],
  ])('shunt register %i', (register, volts, amps) => {
    const values = decode(register, 12_000 << 1, 3, 0.1, PLAIN);
    expect([values.shunt_voltage, values.current]).toEqual([volts, amps]);
  });
  test('power has the sign of the current', () => {
    expect(decode(0xf060, (3000 << 3) | 2, 3, 0.1, PLAIN)).toMatchObject({ bus_voltage: 12, current: -0.4, power: -4.8 });
  });
  test('the overflow bit says nothing about the shunt: the current stays (reference: batteries 1.4)', () => {
    expect(decode(0x07d0, (3000 << 3) | 3, 3, 0.1, PLAIN)).toEqual(decode(0x07d0, (3000 << 3) | 2, 3, 0.1, PLAIN));
  });
  test('invert, offset and gain', () => {
    expect(decode(0x07d0, 0, 3, 0.1, { invert: true, gain: 1.1, offset_a: 0.05 }).current).toBeCloseTo((-0.2 - 0.05) * 1.1, 6);
  });
  test('at the end of the range there is no current, rather than a wrong one', () => {
    expect(decode(4000, 0, 0, 0.1, PLAIN)).toMatchObject({ current: null, power: null, overrange: true });
    expect(decode(3999, 0, 0, 0.1, PLAIN)).toMatchObject({ overrange: false });
  });
  test('a bus of all ones is a fault, not 32 V', () => {
    expect(() => decode(0xffff, 0xffff, 3, 0.1, PLAIN)).toThrow(DeviceError);
  });
});

function monitor(
  chip: SimulatedChip | undefined,
  options: Partial<typeof OPTIONS> & { shunt_ohms?: number; shunt_mv?: number; shunt_amps?: number } = {},
) {
  const clock = virtualClock();
  const chips = new Map<number, SimulatedChip>(chip === undefined ? [] : [[0x40, chip]]);
  const ports = { i2c: simulatedI2c(new Map([[1, chips]])) } as unknown as Ports;
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of ina219.read({ options: { ...OPTIONS, ...options }, ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  return { clock, chips, seen, controller, running };
}

describe('the driver on a chip', () => {
  test('measures what flows, both ways', async () => {
    let amps = 1.5;
    const { clock, seen } = monitor(simulatedIna219({ volts: () => 13.2, amps: () => amps, shuntOhms: 0.1 }));
    await clock.advance(200);
    amps = -2.25;
    await clock.advance(1000);
    expect(seen[0]).toMatchObject({ bus_voltage: 13.2, current: 1.5, power: 19.8, overrange: false });
    expect(seen[1]).toMatchObject({ current: -2.25, power: -29.7 });
  });

  test('an external shunt is given by its plate', async () => {
    const chip = simulatedIna219({ volts: () => 12, amps: () => 30, shuntOhms: 0.075 / 50 });
    const { clock, seen } = monitor(chip, { shunt_mv: 75, shunt_amps: 50, max_amps: 40 });
    await clock.advance(200);
    expect(seen[0]?.current).toBeCloseTo(30, 2);
  });

  test('an external shunt measures what its plate says, whatever max_amps was left at', async () => {
    const chip = simulatedIna219({ volts: () => 12, amps: () => 95, shuntOhms: 0.075 / 100 });
    const { clock, seen } = monitor(chip, { shunt_mv: 75, shunt_amps: 100 });
    await clock.advance(200);
    expect(seen[0]).toMatchObject({ overrange: false });
    expect(seen[0]?.current).toBeCloseTo(95, 1);
  });

  test.each([
    [{ shunt_mv: 75 }, /shunt_mv is given without shunt_amps/],
    [{ shunt_amps: 100 }, /shunt_amps is given without shunt_mv/],
    [{ shunt_ohms: 0.1, shunt_mv: 75, shunt_amps: 100 }, /given twice/],
  ])('a shunt that is not known is not guessed: %j', async (options, message) => {
    const { clock, running, seen } = monitor(simulatedIna219({ volts: () => 12, amps: () => 1, shuntOhms: 0.1 }), options);
    await clock.advance(200);
    await expect(running).rejects.toBeInstanceOf(ConfigError);
    await expect(running).rejects.toThrow(message);
    expect(seen).toEqual([]);
  });

  test('a chip that loses its supply between two registers gives no zeros', async () => {
    const chip = simulatedIna219({ volts: () => 12.8, amps: () => 2, shuntOhms: 0.1 });
    let dying = false;
    const flaky: SimulatedChip = {
      write: chip.write,
      read(register) {
        if (dying && register === 1) {
          dying = false;
          dead = true;
          chip.powerLoss();
        }
        if (dead && register === 2) {
          dead = false;
          return 0;
        }
        return dead ? 0 : chip.read(register);
      },
    };
    let dead = false;
    const { clock, seen } = monitor(flaky);
    await clock.advance(200);
    dying = true;
    await clock.advance(3000);
    expect(dying).toBe(false);
    expect(seen.length).toBeGreaterThan(2);
    for (const values of seen) expect(values).toMatchObject({ bus_voltage: 12.8, current: 2 });
  });

  test('a bus of all ones is called so at once', async () => {
    const { clock, running } = monitor({ read: () => 0xffff, write: () => undefined });
    await clock.advance(1000);
    await expect(running).rejects.toThrow(/all ones/);
  });

  test('a chip that lost its supply for a moment is set up again', async () => {
    const chip = simulatedIna219({ volts: () => 20, amps: () => 1, shuntOhms: 0.1 });
    const { clock, seen } = monitor(chip);
    await clock.advance(200);
    chip.powerLoss();
    await clock.advance(2000);
    expect(chip.read(0)).not.toBe(0x399f);
    expect(seen.at(-1)).toMatchObject({ bus_voltage: 20, current: 1 });
  });

  test('another chip at the address is not believed', async () => {
    const { clock, running } = monitor({ read: () => 0x1234, write: () => undefined });
    await clock.advance(1000);
    await expect(running).rejects.toThrow(/does not behave like an INA219/);
  });

  test('an absent chip, and one that goes away, end the reading with what to check', async () => {
    const absent = monitor(undefined);
    await absent.clock.advance(0);
    await expect(absent.running).rejects.toThrow(/no chip answers at 0x40/);
    const { clock, chips, running } = monitor(simulatedIna219({ volts: () => 12, amps: () => 0, shuntOhms: 0.1 }));
    await clock.advance(200);
    chips.delete(0x40);
    await clock.advance(1000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test('random registers never give NaN nor a hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 20, maxLength: 20 }), async (words) => {
        let at = 0;
        const config = simulatedIna219({ volts: () => 0, amps: () => 0, shuntOhms: 0.1 });
        const chip = { read: (register: number) => (register === 0 ? config.read(0) : (words[at++ % 20] ?? 0)), write: config.write };
        const { clock, seen, controller } = monitor(chip);
        await clock.advance(5000);
        controller.abort(new Error('stop'));
        for (const values of seen) for (const value of Object.values(values)) expect(value).not.toBeNaN();
      }),
      { numRuns: 20 },
    );
  });
});
