import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, lm75 } from '../../src/drivers/lm75.ts';
import { DeviceError } from '../../src/model.ts';
import type { SimulatedChip } from '../../src/ports/sim/i2c.ts';
import { simulatedLm75 } from '../../src/ports/sim/lm75.ts';
import { onI2c, watch } from './watching.ts';

describe('the tables of the datasheets', () => {
  test.each([
    [0x0fa, 125],
    [0x032, 25],
    [0x001, 0.5],
    [0x000, 0],
    [0x1ff, -0.5],
    [0x1ce, -25],
    [0x192, -55],
  ])('LM75, 9 bits (TI SNIS153B, page 9): %i is %d °C', (bits, celsius) => {
    expect(decode(bits << 7, 'lm75')).toBe(celsius);
    // The seven lower bits are undefined.
    expect(decode((bits << 7) | 0x2a, 'lm75')).toBe(celsius);
  });
  test.each([
    [0x3f1, 126.125],
    [0x3e8, 125],
    [0x0c8, 25],
    [0x001, 0.125],
    [0x7ff, -0.125],
    [0x738, -25],
    [0x648, -55],
  ])('LM75A, 11 bits (NXP LM75A rev. 4, table 10): %i is %d °C', (bits, celsius) => expect(decode(bits << 5, 'lm75a')).toBe(celsius));
  test.each([
    [0x7ff, 127.9375],
    [0x640, 100],
    [0x500, 80],
    [0x190, 25],
    [0x004, 0.25],
    [0xffc, -0.25],
    [0xe70, -25],
    [0xc90, -55],
  ])('TMP102, 12 bits (SBOS397, table 5): %i is %d °C', (bits, celsius) => expect(decode(bits << 4, 'tmp102')).toBe(celsius));
  test.each([
    [0x0960, 150],
    [0x0800, 128],
    [0x0190, 25],
    [0x1ffc, -0.25],
    [0x1c90, -55],
  ])('TMP102 in extended mode, 13 bits and a 1 (SBOS397, table 6): %i is %d °C', (bits, celsius) => {
    expect(decode((bits << 3) | 1, 'tmp102')).toBe(celsius);
  });
  test('2B C0 is 43.75 °C (recorded: e2e.ti.com thread 1396454)', () => expect(decode(0x2bc0, 'tmp102')).toBe(43.75));
});

test('a bus of all ones is no −0.5 °C (recorded: jeremycole/Temperature_LM75_Derived issue 13)', () => {
  expect(() => decode(0xffff, 'lm75')).toThrow(/all ones/);
});
test.each([
  [0x8000, 'lm75'],
  [0xc880, 'lm75a'],
  [0x7f80, 'lm75'],
] as const)('%i of an %s is beyond what it measures', (register, chip) => expect(decode(register, chip)).toBeNull());
test('any register: a believable temperature, none, or a fault', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xfffe }),
      fc.constantFrom('lm75' as const, 'lm75a' as const, 'tmp102' as const),
      (word, chip) => {
        const celsius = decode(word, chip);
        if (celsius !== null) expect(celsius >= -55 && celsius <= 150).toBe(true);
      },
    ),
  );
});

function sensor(chip: SimulatedChip | undefined, type: 'lm75' | 'tmp102' = 'lm75') {
  const { chips, ports } = onI2c(0x48, chip);
  return { chips, ...watch(lm75, { bus: 1, address: 0x48, chip: type, period_s: 10 }, ports) };
}

describe('the driver on a bus', () => {
  test.each([
    ['lm75', 21.5],
    ['tmp102', -10.0625],
  ] as const)('%s', async (type, celsius) => {
    const { clock, seen } = sensor(
      simulatedLm75(type, () => celsius),
      type,
    );
    await clock.advance(10_400);
    expect(seen).toEqual(Array.from({ length: 2 }, () => ({ temperature: celsius, sensor_failed: false })));
  });

  test('a lone jump is not shown, a temperature out of range is a failed sensor', async () => {
    let celsius = 25;
    const { clock, seen } = sensor(simulatedLm75('lm75', () => celsius));
    await clock.advance(400);
    celsius = 80;
    await clock.advance(10_000);
    celsius = 26;
    await clock.advance(10_000);
    celsius = -100;
    await clock.advance(10_000);
    expect(seen.map(({ temperature }) => temperature)).toEqual([25, 26, null]);
    expect(seen.at(-1)?.sensor_failed).toBe(true);
  });

  test.each([
    ['an ADS1115', 0x8583],
    ['an INA219', 0x399f],
    ['an INA226', 0x4127],
  ])('%s at the address is not believed, and not written to', async (_, config) => {
    for (const type of ['lm75', 'tmp102'] as const) {
      const written: number[] = [];
      const { clock, running } = sensor({ read: () => config, write: (register) => void written.push(register) }, type);
      await clock.advance(400);
      await expect(running).rejects.toThrow(/does not behave like an/);
      expect(written).toEqual([]);
    }
  });

  test('standby would show the same temperature for ever: said instead', async () => {
    const chip = simulatedLm75('tmp102', () => 20);
    const { clock, running } = sensor({ ...chip, read: (register) => (register === 1 ? 0x61a0 : chip.read(register)) }, 'tmp102');
    await clock.advance(400);
    await expect(running).rejects.toMatchObject({ message: expect.stringMatching(/standby/), mend: expect.stringMatching(/supply/) });
  });

  test('absent, held high, unplugged', async () => {
    const absent = sensor(undefined);
    await absent.clock.advance(400);
    await expect(absent.running).rejects.toThrow(/no chip answers at 0x48/);
    const high = sensor({ read: () => 0xffff, write: () => undefined });
    await high.clock.advance(400);
    await expect(high.running).rejects.toThrow(/all ones/);
    const { clock, chips, running } = sensor(simulatedLm75('lm75', () => 20));
    await clock.advance(400);
    chips.delete(0x48);
    await clock.advance(10_000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });
});
