import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, ina226 } from '../../src/drivers/ina226.ts';
import { ConfigError, DeviceError } from '../../src/model.ts';
import type { SimulatedChip } from '../../src/ports/sim/i2c.ts';
import { INA226_RESET_CONFIG, simulatedIna226 } from '../../src/ports/sim/ina226.ts';
import { onI2c, watch } from './watching.ts';

const PLAIN = { invert: false, gain: 1, offset_a: 0 };
const OPTIONS = { bus: 1, address: 0x40, ...PLAIN, averaging: 64, conversion_us: 1100, period_s: 1 };
const READY = 0x0008;

describe('registers', () => {
  test('the worked example of the datasheet (SBOS547, table 1): 10 A through 2 mΩ at 11.98 V', () => {
    const values = decode({ shunt: 0x1f40, bus: 0x2570, mask: READY }, 0.002, PLAIN);
    expect(values).toEqual({ bus_voltage: 11.98, shunt_voltage: 0.02, current: 10, power: 119.8, overrange: false });
  });
  test('a recorded shunt register: 03BCh on 150 mΩ, some 16 mA (e2e.ti.com, current shunt monitors, thread 668765)', () => {
    expect(decode({ shunt: 0x03bc, bus: 0x0fa0, mask: READY }, 0.15, PLAIN)).toMatchObject({ shunt_voltage: 0.00239, current: 0.0159 });
  });
  test('negative shunt voltage as the datasheet prints it (SBOS547, page 20): 8300h is −80 mV', () => {
    const values = decode({ shunt: 0x8300, bus: 0x2570, mask: READY }, 0.002, PLAIN);
    expect(values).toMatchObject({ shunt_voltage: -0.08, current: -40, power: -479.2 });
  });
  test.each([[0x7fff], [0x8000], [0x8001]])('the end of the scale %i is "at least", not a current', (shunt) => {
    expect(decode({ shunt, bus: 0x2570, mask: READY }, 0.002, PLAIN)).toMatchObject({ current: null, power: null, overrange: true });
  });
  test('the overflow flag takes current and power away, not the voltage', () => {
    const values = decode({ shunt: 0x1f40, bus: 0x2570, mask: READY | 4 }, 0.002, PLAIN);
    expect(values).toMatchObject({ bus_voltage: 11.98, current: null, power: null, overrange: true });
  });
  test('a bus voltage at the end of its scale is not known', () => {
    expect(decode({ shunt: 0, bus: 0x7fff, mask: READY }, 0.1, PLAIN)).toMatchObject({ bus_voltage: null, current: 0, power: null });
  });
  test('invert, offset and gain', () => {
    expect(decode({ shunt: 8000, bus: 0, mask: READY }, 0.1, { invert: true, gain: 1.1, offset_a: 0.05 }).current).toBe(-0.275);
  });
  test.each([
    [{ shunt: 0xffff, bus: 0xffff, mask: 0xffff }, /all ones/],
    [{ shunt: 0, bus: 0x8000, mask: READY }, /impossible bus voltage/],
    [{ shunt: 0, bus: 0x2570, mask: 0 }, /measures nothing/],
  ])('%j is a fault', (read, message) => {
    expect(() => decode(read, 0.1, PLAIN)).toThrow(DeviceError);
    expect(() => decode(read, 0.1, PLAIN)).toThrow(message);
  });
});

function monitor(chip: SimulatedChip | undefined, options: Partial<Parameters<typeof ina226.describe>[0]> = {}) {
  const { chips, ports } = onI2c(0x40, chip);
  return { chips, ...watch(ina226, { ...OPTIONS, ...options }, ports) };
}
const flowing = (volts: number, amps: () => number, shuntOhms: number) => simulatedIna226({ volts: () => volts, amps, shuntOhms });
/** The simulated chip with some registers as given. */
const showing = (chip: SimulatedChip, registers: Readonly<Record<number, number>>): SimulatedChip => ({
  write: (register, value) => chip.write(register, value),
  read: (register) => registers[register] ?? chip.read(register),
});

describe('the driver on a chip', () => {
  test('measures what flows, both ways, on a shunt given by its plate', async () => {
    let amps = 87.5;
    const { clock, seen } = monitor(
      flowing(27.2, () => amps, 0.075 / 100),
      { shunt_mv: 75, shunt_amps: 100 },
    );
    await clock.advance(200);
    amps = -40;
    await clock.advance(1000);
    expect(seen[0]).toMatchObject({ bus_voltage: 27.2, current: 87.5, power: 2380, overrange: false });
    expect(seen[1]).toMatchObject({ current: -40, power: -1088 });
  });

  test('what the chip shows at power-on (recorded: e71828/pi_ina226 issue 3) is recognised and set up', async () => {
    const recorded: Readonly<Record<number, number>> = { 0: 0x4127, 5: 0, 6: 0x0008, 7: 0, 254: 0x5449, 255: 0x2260 };
    const fresh = flowing(12, () => 1, 0.01);
    expect(INA226_RESET_CONFIG).toBe(recorded[0]);
    for (const register of [5, 6, 7, 0xfe, 0xff]) expect(fresh.read(register)).toBe(recorded[register]);
    const { clock, seen } = monitor(fresh, { shunt_ohms: 0.01, averaging: 1024, conversion_us: 8244 });
    await clock.advance(18_000);
    // Bits as printed in the datasheet, 7.1.1: averaging 111, both conversion times 111, mode 111.
    expect(fresh.read(0)).toBe(0b0100_1111_1111_1111);
    expect(seen).toHaveLength(0);
    await clock.advance(1_000);
    expect(seen).toHaveLength(1);
  });

  test('the calibration is the one of the datasheet (6.5.1): 15 A on 2 mΩ', async () => {
    const chip = flowing(12, () => 10, 0.002);
    const { clock } = monitor(chip, { shunt_ohms: 0.002, max_amps: 15 });
    await clock.advance(200);
    // 0.00512 / (15 / 32768 × 0.002)
    expect(chip.read(5)).toBe(5592);
  });

  test('a current above max_amps, or above the scale, gives no current', async () => {
    let amps = 14;
    const { clock, seen } = monitor(
      flowing(12, () => amps, 0.002),
      { shunt_ohms: 0.002, max_amps: 15 },
    );
    await clock.advance(200);
    amps = 16;
    await clock.advance(1000);
    expect(seen[0]).toMatchObject({ current: 14, overrange: false });
    expect(seen[1]).toMatchObject({ bus_voltage: 12, current: null, power: null, overrange: true });
  });

  test.each([
    [{ shunt_mv: 75 }, /shunt_mv is given without shunt_amps/],
    [{ shunt_ohms: 0.1, max_amps: 3.2 }, /more than 81.92 mV/],
  ])('a shunt that cannot be right is refused: %j', async (options, message) => {
    const { running, seen } = monitor(
      flowing(12, () => 1, 0.1),
      options,
    );
    await expect(running).rejects.toBeInstanceOf(ConfigError);
    await expect(running).rejects.toThrow(message);
    expect(seen).toEqual([]);
  });

  test('another chip is not written to: an INA219 in its place, a bus held high', async () => {
    const written: number[] = [];
    const ina219 = { read: (register: number) => (register === 0 ? 0x399f : 0), write: (register: number) => void written.push(register) };
    const { running } = monitor(ina219);
    await expect(running).rejects.toThrow(/is no INA226/);
    const high = monitor({ read: () => 0xffff, write: (register) => void written.push(register) });
    await expect(high.running).rejects.toThrow(/all ones/);
    expect(written).toEqual([]);
  });

  test('a later revision of the die is an INA226 too; a chip that keeps no settings says so', async () => {
    const chip = flowing(12, () => 0, 0.1);
    const { clock, seen } = monitor(showing(chip, { 255: 0x2261 }));
    await clock.advance(200);
    expect(seen).toHaveLength(1);
    await expect(monitor(showing(chip, { 5: 0 })).running).rejects.toThrow(/loses its settings/);
  });

  test('a chip that lost its supply gives no zeros and is set up again, even when its settings are those of the reset', async () => {
    const chip = flowing(25, () => 0.5, 0.1);
    const { clock, seen } = monitor(chip, { averaging: 1, conversion_us: 1100 });
    await clock.advance(200);
    expect(chip.read(0)).toBe(INA226_RESET_CONFIG);
    chip.powerLoss();
    await clock.advance(3000);
    expect(chip.read(5)).not.toBe(0);
    expect(seen.length).toBeGreaterThan(2);
    for (const values of seen) expect(values).toMatchObject({ bus_voltage: 25, current: 0.5 });
  });

  test('a loss of supply between two registers gives no zeros either', async () => {
    const chip = flowing(12.8, () => 0.2, 0.1);
    let dying = false;
    const flaky: SimulatedChip = {
      write: chip.write,
      read(register) {
        const dies = dying && register === 1;
        if (dies) {
          dying = false;
          chip.powerLoss();
        }
        return dies ? 0 : chip.read(register);
      },
    };
    const { clock, seen } = monitor(flaky);
    await clock.advance(200);
    dying = true;
    await clock.advance(3000);
    expect(dying).toBe(false);
    expect(seen.length).toBeGreaterThan(2);
    for (const values of seen) expect(values.current).toBe(0.2);
  });

  test('a chip that stops converting does not repeat its last value', async () => {
    const chip = flowing(12, () => 0.2, 0.1);
    const { clock, seen, running } = monitor(chip);
    await clock.advance(200);
    chip.freeze();
    await clock.advance(1000);
    await expect(running).rejects.toThrow(/measures nothing/);
    expect(seen).toHaveLength(1);
  });

  test('an absent chip, and one that goes away, end the reading', async () => {
    await expect(monitor(undefined).running).rejects.toThrow(/no chip answers at 0x40/);
    const { clock, chips, running } = monitor(flowing(12, () => 0, 0.1));
    await clock.advance(200);
    chips.delete(0x40);
    await clock.advance(1000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test('random measurements never give NaN nor a hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 20, maxLength: 20 }), async (words) => {
        let at = 0;
        const settled = flowing(0, () => 0, 0.1);
        const chip: SimulatedChip = {
          write: settled.write,
          read: (register) => ([1, 2, 6].includes(register) ? (words[at++ % 20] ?? 0) : settled.read(register)),
        };
        const { clock, seen, controller, running } = monitor(chip);
        await clock.advance(5000);
        controller.abort(new Error('stop'));
        await expect(running).rejects.toBeInstanceOf(Error);
        for (const values of seen) for (const value of Object.values(values)) expect(value).not.toBeNaN();
      }),
      { numRuns: 20 },
    );
  });
});
