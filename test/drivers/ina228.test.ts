import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ina228 } from '../../src/drivers/ina228.ts';
import { flowCounters } from '../../src/drivers/lib/flow-counters.ts';
import { busVoltsOf, dieCelsiusOf, shuntVoltsOf, signedOf, unsignedOf } from '../../src/drivers/lib/ina228-registers.ts';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { SimulatedChip } from '../../src/ports/sim/i2c.ts';
import { simulatedIna228 } from '../../src/ports/sim/ina228.ts';
import { onI2c, watch } from './watching.ts';

const PLAIN = { invert: false, gain: 1, offset_a: 0 };
const OPTIONS = { bus: 1, address: 0x40, ...PLAIN, averaging: 64, conversion_us: 1052, period_s: 1 };
const WIDE = { wide: true, fine: false };
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
/** A number as the chip sends it. */
const sent = (value: number, length: number): Uint8Array => {
  const whole = BigInt.asUintN(8 * length, BigInt(value));
  return bytes(whole.toString(16).padStart(2 * length, '0'));
};

describe('registers of a real INA228 (esphome/feature-requests issue 2549)', () => {
  test('fine range: 0.11125 mV, 9.93184 V, 23.414 °C', () => {
    expect(shuntVoltsOf(bytes('005900'), { wide: true, fine: true }).volts).toBeCloseTo(0.11125e-3, 9);
    expect(busVoltsOf(bytes('0c6a30'), WIDE)).toBeCloseTo(9.93184, 5);
    expect(dieCelsiusOf(bytes('0bb5'), WIDE)).toBeCloseTo(23.41406, 5);
  });
  // The same 1 A both ways, 50 A range (the second as that log shows it: 0.99974 A; the first was misread there as −101.15 A).
  test.each([
    ['fd0cd0', -1.15233],
    ['02ef60', 1.14651],
    ['028f30', 0.99974],
    ['fd6f60', -1.00193],
  ])('the 20 signed bits of %s are %d A', (hex, amps) => expect((signedOf(bytes(hex)) >> 4) * (50 / 2 ** 19)).toBeCloseTo(amps, 4));
});

describe('the worked example of the datasheet (INA229, SLYS023A, table 8-4: the same registers): 16.2 mΩ, 6 A, 48 V, one hour', () => {
  test('measurements', () => {
    expect(shuntVoltsOf(sent(311_040 * 16, 3), WIDE).volts).toBeCloseTo(0.0972, 9);
    expect(shuntVoltsOf(bytes('b41000'), WIDE).volts).toBeCloseTo(-0.0972, 9);
    expect(busVoltsOf(sent(245_760 * 16, 3), WIDE)).toBe(48);
    expect(dieCelsiusOf(sent(3200, 2), WIDE)).toBe(25);
  });
  test('counters: 1 036 800 J and 21 600 C are 288 Wh and 6 Ah', () => {
    const coulombs = 10 / 2 ** 19;
    const counters = flowCounters({ coulombs, joules: 51.2 * coulombs, amps: 10, volts: 85 }, (c) => c);
    counters.take({ charge: 0, energy: 0, atMs: 0 });
    const flow = counters.take({
      charge: signedOf(sent(1_132_462_080, 5)),
      energy: unsignedOf(sent(1_061_683_200, 5)),
      atMs: 3_600_000,
    });
    expect(flow.charge_in).toBeCloseTo(6, 5);
    expect(flow.energy_in).toBeCloseTo(288, 3);
    expect([flow.charge_out, flow.energy_out]).toEqual([0, 0]);
  });
});

describe('the 16-bit registers of INA238 (SBOSA20)', () => {
  const layout = { wide: false, fine: false };
  test('steps of 5 µV, 3.125 mV and 0.125 °C', () => {
    expect(shuntVoltsOf(bytes('ffff'), layout).volts).toBeCloseTo(-5e-6, 12);
    expect(shuntVoltsOf(bytes('4bf0'), { wide: false, fine: true }).volts).toBeCloseTo(0.0243, 9);
    expect(busVoltsOf(bytes('3c00'), layout)).toBe(48);
    expect(dieCelsiusOf(bytes('0c80'), layout)).toBe(25);
    expect(dieCelsiusOf(bytes('ff80'), layout)).toBe(-1);
  });
  test('ends of the range', () => {
    expect([shuntVoltsOf(bytes('7fff'), layout).full, shuntVoltsOf(bytes('8000'), layout).full]).toEqual([true, true]);
    expect([shuntVoltsOf(bytes('7ffff0'), WIDE).full, shuntVoltsOf(bytes('7fffe0'), WIDE).full]).toEqual([true, false]);
  });
});

describe('counters of charge and energy', () => {
  const STEPS = { coulombs: 1, joules: 1, amps: 100, volts: 60 };
  test('energy goes where its charge went', () => {
    const counters = flowCounters(STEPS, (c) => c);
    counters.take({ charge: 100, energy: 5_000, atMs: 0 });
    counters.take({ charge: 60, energy: 5_480, atMs: 1_000 });
    expect(counters.take({ charge: 80, energy: 5_720, atMs: 2_000 })).toEqual({
      charge_in: 20 / 3600,
      charge_out: 40 / 3600,
      energy_in: 240 / 3600,
      energy_out: 480 / 3600,
    });
  });
  test('past their ends, the signed and the unsigned one', () => {
    const counters = flowCounters(STEPS, (c) => c);
    counters.take({ charge: 2 ** 39 - 10, energy: 2 ** 40 - 100, atMs: 0 });
    const flow = counters.take({ charge: -(2 ** 39) + 10, energy: 140, atMs: 1_000 });
    expect(flow).toMatchObject({ charge_in: 20 / 3600, energy_in: 240 / 3600, charge_out: 0 });
  });
  test('a step that no current can make is not counted (misread, or set to zero by another program)', () => {
    const counters = flowCounters(STEPS, (c) => c);
    counters.take({ charge: 100_000, energy: 500_000, atMs: 0 });
    expect(counters.take({ charge: 0, energy: 0, atMs: 1_000 })).toMatchObject({ charge_in: 0, charge_out: 0, energy_in: 0 });
    expect(counters.take({ charge: 50, energy: 600, atMs: 2_000 })).toMatchObject({ charge_in: 50 / 3600 });
  });
  test('whatever is read: finite, and nothing ever decreases', () => {
    const reading = fc.record({
      charge: fc.integer({ min: -(2 ** 39), max: 2 ** 39 - 1 }),
      energy: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
      pause: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        const counters = flowCounters(STEPS, (c, s) => (-c - 0.1 * s) * 1.01);
        let atMs = 0;
        let before = counters.take({ charge: 0, energy: 0, atMs });
        for (const { charge, energy, pause } of readings) {
          atMs += pause;
          const flow = counters.take({ charge, energy, atMs });
          for (const key of ['charge_in', 'charge_out', 'energy_in', 'energy_out'] as const) {
            expect(Number.isFinite(flow[key])).toBe(true);
            expect(flow[key]).toBeGreaterThanOrEqual(before[key]);
          }
          before = flow;
        }
      }),
    );
  });
});

function monitor(
  flowing: { volts: number; amps: () => number; shuntOhms: number; device?: number } | SimulatedChip | undefined,
  options: Partial<Parameters<typeof ina228.describe>[0]> = {},
) {
  const time = virtualClock();
  const simulated =
    flowing !== undefined && 'volts' in flowing ? simulatedIna228({ ...flowing, volts: () => flowing.volts }, time) : undefined;
  const { chips, ports } = onI2c(0x40, simulated ?? (flowing as SimulatedChip | undefined));
  return { chips, simulated, ...watch(ina228, { ...OPTIONS, ...options }, ports, time) };
}

describe('the driver on a chip', () => {
  test('measures and counts what flows, both ways', async () => {
    let amps = 90;
    const { clock, seen } = monitor({ volts: 52.8, amps: () => amps, shuntOhms: 0.075 / 100 }, { shunt_mv: 75, shunt_amps: 100 });
    await clock.advance(250);
    expect(seen[0]).toMatchObject({ bus_voltage: 52.8, power: 4752, overrange: false, chip_temperature: 25, charge_in: 0, energy_in: 0 });
    expect(seen[0]?.current).toBeCloseTo(90, 3);
    await clock.advance(3_600_000);
    expect(Number(seen.at(-1)?.charge_in) / 90).toBeCloseTo(1, 3);
    expect(Number(seen.at(-1)?.energy_in) / 4752).toBeCloseTo(1, 3);
    amps = -45;
    await clock.advance(3_600_000);
    expect(Number(seen.at(-1)?.charge_out) / 45).toBeCloseTo(1, 3);
    expect(Number(seen.at(-1)?.energy_out) / 2376).toBeCloseTo(1, 3);
    expect(Number(seen.at(-1)?.charge_in) / 90).toBeCloseTo(1, 2);
  });

  test('invert, gain and offset hold for charge and energy too', async () => {
    const { clock, seen } = monitor(
      { volts: 50, amps: () => 10, shuntOhms: 0.001 },
      { shunt_ohms: 0.001, invert: true, gain: 1.1, offset_a: 1 },
    );
    await clock.advance(3_600_250);
    expect(seen.at(-1)).toMatchObject({ current: -12.1, power: -605, charge_in: 0, energy_in: 0 });
    expect(Number(seen.at(-1)?.charge_out)).toBeCloseTo(12.1, 1);
    expect(Number(seen.at(-1)?.energy_out) / 605).toBeCloseTo(1, 2);
  });

  test('a loss of supply costs nothing but its own time: no zeros, nothing counted twice', async () => {
    const { clock, seen, simulated } = monitor({ volts: 26, amps: () => 20, shuntOhms: 0.001 }, { shunt_ohms: 0.001 });
    await clock.advance(1_800_000);
    simulated?.powerLoss();
    await clock.advance(1_800_000);
    for (const values of seen) expect(values).toMatchObject({ bus_voltage: 26, current: 20 });
    expect(Number(seen.at(-1)?.charge_in)).toBeCloseTo(20, 1);
    expect(Number(seen.at(-1)?.charge_in)).toBeLessThan(20);
  });

  test('a small max_amps takes the fine range; above it there is no current', async () => {
    let amps = 0.3;
    const { clock, seen, simulated } = monitor({ volts: 12, amps: () => amps, shuntOhms: 0.1 }, { max_amps: 0.35 });
    await clock.advance(250);
    expect(simulated?.read(0)).toBe(0x10);
    amps = 0.36;
    await clock.advance(1_000);
    expect(seen[0]).toMatchObject({ current: 0.3, overrange: false });
    expect(seen[1]).toMatchObject({ current: null, power: null, overrange: true, bus_voltage: 12 });
  });

  test('an INA238 gives everything but charge and energy', async () => {
    const { clock, seen } = monitor({ volts: 48, amps: () => -1.5, shuntOhms: 0.1, device: 0x2381 });
    await clock.advance(250);
    expect(seen[0]).toEqual({
      bus_voltage: 48,
      shunt_voltage: -0.15,
      current: -1.5,
      power: -72,
      overrange: false,
      chip_temperature: 25,
    });
  });

  test('another chip is not written to; damaged memory, all ones, lost settings, absence are said', async () => {
    const written: number[] = [];
    const showing = (registers: Readonly<Record<number, number>>): SimulatedChip => ({
      write: (register) => void written.push(register),
      read: (register) => registers[register] ?? 0,
    });
    await expect(monitor(showing({ 62: 0x5449, 63: 0x2260 })).running).rejects.toThrow(/is no INA228/);
    await expect(monitor({ read: () => 0xffff, write: () => undefined }).running).rejects.toThrow(/all ones/);
    expect(written).toEqual([]);
    await expect(monitor(showing({ 62: 0x5449, 63: 0x2281 })).running).rejects.toThrow(/loses its settings/);
    await expect(monitor(undefined).running).rejects.toThrow(/no chip answers at 0x40/);
    const { clock, chips, running } = monitor({ volts: 48, amps: () => 1, shuntOhms: 0.1 });
    await clock.advance(250);
    const chip = chips.get(0x40) as SimulatedChip;
    chips.set(0x40, { ...chip, read: (register) => (register === 11 ? 0 : chip.read(register)) });
    await clock.advance(1_000);
    await expect(running).rejects.toThrow(/memory is damaged/);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test.each([
    [{ max_amps: 3.2 }, /more than 163.84 mV/],
    [{ shunt_mv: 75 }, /without shunt_amps/],
  ])('a shunt that cannot be right is refused: %j', async (options, message) => {
    const { running } = monitor({ volts: 12, amps: () => 1, shuntOhms: 0.1 }, options);
    await expect(running).rejects.toBeInstanceOf(ConfigError);
    await expect(running).rejects.toThrow(message);
  });

  test('random measurements never give NaN nor a hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 40, maxLength: 40 }), async (noise) => {
        let at = 0;
        const time = virtualClock();
        const calm = simulatedIna228({ volts: () => 0, amps: () => 0, shuntOhms: 0.1 }, time);
        const chip: SimulatedChip = { ...calm, readBytes: (_, length) => Array.from({ length }, () => noise[at++ % 40] ?? 0) };
        const { seen, controller, running } = watch(ina228, OPTIONS, onI2c(0x40, chip).ports, time);
        await time.advance(5000);
        controller.abort(new Error('stop'));
        await expect(running).rejects.toBeInstanceOf(Error);
        for (const values of seen) for (const value of Object.values(values)) expect(value).not.toBeNaN();
      }),
      { numRuns: 20 },
    );
  });
});
