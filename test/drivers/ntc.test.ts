import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ntcCurve, ntcOhms } from '../../src/drivers/lib/ntc-curve.ts';
import { ntc } from '../../src/drivers/ntc.ts';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { simulatedAds1115 } from '../../src/ports/sim/ads1115.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { SimulatedChip } from '../../src/ports/sim/i2c.ts';
import { onI2c, watch } from './watching.ts';

const DIVIDER = { r25_ohms: 10_000, fixed_ohms: 10_000, ntc_to: 'ground' as const };
const BETA = { ...DIVIDER, beta: 3950 };
const OPTIONS = { bus: 1, address: 0x48, channel: 0, supply_v: 3.3, period_s: 10, ...BETA };

describe('from resistance to temperature', () => {
  // Resistance table of the 10K3MCD1 thermistor with its Steinhart-Hart coefficients (Campbell Scientific, manual 109SS, appendix C).
  const campbell = { ...DIVIDER, steinhart_a: 1.129241e-3, steinhart_b: 2.341077e-4, steinhart_c: 8.775468e-8 };
  test.each([
    [336_103.2, -40],
    [97_006.9, -20],
    [55_303.9, -10],
    [32_650.9, 0],
    [31_030.8, 1],
  ])('Steinhart-Hart: %d Ω are %d °C', (ohms, celsius) => expect(ntcCurve(campbell)(ohms)).toBeCloseTo(celsius, 2));
  test('beta: 25 °C at its rated resistance; 3950 K by its definition at 50 °C', () => {
    expect(ntcCurve(BETA)(10_000)).toBeCloseTo(25, 9);
    expect(ntcCurve(BETA)(10_000 * Math.exp(3950 * (1 / 323.15 - 1 / 298.15)))).toBeCloseTo(50, 9);
  });
  test('the divider, both ways round', () => {
    expect(ntcOhms(0.5, DIVIDER)).toBe(10_000);
    expect(ntcOhms(0.75, DIVIDER)).toBe(30_000);
    expect(ntcOhms(0.75, { ...DIVIDER, ntc_to: 'supply' })).toBeCloseTo(3333.33, 2);
  });
  test.each([[0], [0.019], [0.981], [1], [1.2], [-0.01], [Number.NaN]])('%d of the supply is a broken or shorted wire', (share) => {
    expect(ntcOhms(share, DIVIDER)).toBeNull();
  });
  test.each([
    [{}, /not known/],
    [{ steinhart_a: 1e-3, steinhart_b: 2e-4 }, /not known/],
    [{ beta: 3950, steinhart_a: 1e-3 }, /given twice/],
  ])('a curve that is not known is not guessed: %j', (curve, message) => {
    expect(() => ntcCurve({ ...DIVIDER, ...curve })).toThrow(ConfigError);
    expect(() => ntcCurve({ ...DIVIDER, ...curve })).toThrow(message);
  });
  test('colder is always more ohms', () => {
    fc.assert(
      fc.property(fc.double({ min: 10, max: 1e6, noNaN: true }), fc.double({ min: 1.01, max: 10, noNaN: true }), (ohms, factor) => {
        for (const curve of [ntcCurve(BETA), ntcCurve(campbell)]) expect(curve(ohms * factor)).toBeLessThan(curve(ohms));
      }),
    );
  });
});

/** Volts of the divider at a temperature. */
const volts = (celsius: number, supply = 3.3): number => {
  const ohms = 10_000 * Math.exp(3950 * (1 / (celsius + 273.15) - 1 / 298.15));
  return (supply * ohms) / (ohms + 10_000);
};
function thermistor(
  inputs: readonly (() => number)[] | SimulatedChip | undefined,
  options: Partial<Parameters<typeof ntc.describe>[0]> = {},
) {
  const time = virtualClock();
  const simulated = Array.isArray(inputs) ? simulatedAds1115(inputs as readonly (() => number)[], time) : undefined;
  const { chips, ports } = onI2c(0x48, simulated ?? (inputs as SimulatedChip | undefined));
  return { chips, ports, time, simulated, ...watch(ntc, { ...OPTIONS, ...options }, ports, time) };
}

type Failure = readonly [string, readonly (() => number)[], Partial<Parameters<typeof ntc.describe>[0]>];
const FAILURES: readonly Failure[] = [
  ['a broken wire (would compute as very cold)', [() => 3.3], {}],
  ['a short circuit (would compute as very hot)', [() => 0], {}],
  ['an input above its range', [() => 5], {}],
  ['an input below ground', [() => -0.1], {}],
  ['a supply that is not there', [() => 1.6, () => 0], { supply_channel: 1 }],
  ['a supply that is another one', [() => 1.6, () => 5], { supply_channel: 1 }],
  ['a curve of another thermistor', [() => volts(-40)], { beta: 1000 }],
];

describe('the driver on a chip', () => {
  test.each([[-20], [0], [25], [60], [95]])('%d °C', async (celsius) => {
    const { clock, seen } = thermistor([() => volts(celsius)]);
    await clock.advance(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ sensor_failed: false });
    expect(Math.abs(Number(seen[0]?.temperature) - celsius)).toBeLessThan(0.05);
  });

  test('a measured supply takes its error out', async () => {
    const inputs = [() => 0, () => volts(40, 3.15), () => 0, () => 3.15];
    const { clock, seen } = thermistor(inputs, { channel: 1, supply_channel: 3 });
    await clock.advance(400);
    expect(Math.abs(Number(seen[0]?.temperature) - 40)).toBeLessThan(0.05);
  });

  test.each(FAILURES)('%s is a failed sensor, neither hot nor cold', async (_, inputs, options) => {
    const { clock, seen } = thermistor(inputs, options);
    await clock.advance(400);
    expect(seen).toEqual([{ temperature: null, sensor_failed: true, refused: 1 }]);
  });

  test('several inputs of one chip take turns: none ever shows another’s temperature', async () => {
    const first = thermistor([() => volts(10), () => volts(15), () => volts(20), () => volts(25)], { period_s: 0.2 });
    const others = [1, 2, 3].map((channel) => watch(ntc, { ...OPTIONS, channel, period_s: 0.2 + channel / 10 }, first.ports, first.time));
    await first.time.advance(20_000);
    for (const [channel, { seen }] of [first, ...others].entries()) {
      expect(seen.length).toBeGreaterThan(10);
      for (const values of seen) expect(Math.abs(Number(values.temperature) - (10 + 5 * channel))).toBeLessThan(0.05);
    }
  });

  test('an input that is given up in the middle of a conversion disturbs no other', async () => {
    const first = thermistor([() => volts(10), () => volts(15)]);
    const second = watch(ntc, { ...OPTIONS, channel: 1 }, first.ports, first.time);
    await first.time.advance(50);
    first.controller.abort(new Error('stop'));
    await expect(first.running).rejects.toThrow('stop');
    await first.time.advance(500);
    expect(Number(second.seen[0]?.temperature)).toBeCloseTo(15, 1);
  });

  test('a chip that loses its supply during a conversion gives nothing', async () => {
    const { clock, seen, running, simulated } = thermistor([() => volts(25)]);
    await clock.advance(100);
    simulated?.powerLoss();
    await clock.advance(100);
    await expect(running).rejects.toThrow(/did not finish its conversion/);
    expect(seen).toEqual([]);
  });

  test('another chip is not written to; all ones and absence are said', async () => {
    const written: number[] = [];
    const write = (register: number): void => void written.push(register);
    const tmp102 = { read: (register: number) => [0x1900, 0x60a0, 0x4b00, 0x5000][register] ?? 0, write };
    await expect(thermistor(tmp102).running).rejects.toThrow(/does not behave like an ADS1115/);
    await expect(thermistor({ read: () => 0xffff, write }).running).rejects.toThrow(/all ones/);
    expect(written).toEqual([]);
    await expect(thermistor(undefined).running).rejects.toThrow(/no chip answers at 0x48/);
    const { clock, chips, running } = thermistor([() => volts(25)]);
    await clock.advance(200);
    chips.delete(0x48);
    await clock.advance(10_000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test('one input for both is refused', async () => {
    await expect(thermistor([() => 1], { supply_channel: 0 }).running).rejects.toBeInstanceOf(ConfigError);
  });

  test('random results never give NaN nor a hang', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0xffff }), async (word) => {
        const time = virtualClock();
        const calm = simulatedAds1115([() => 1], time);
        const chip = { ...calm, read: (register: number) => (register === 0 ? word : calm.read(register)) };
        const { seen } = watch(ntc, OPTIONS, onI2c(0x48, chip).ports, time);
        await time.advance(200);
        expect(seen).toHaveLength(1);
        const { temperature } = seen[0] ?? {};
        if (temperature !== null) expect(Number(temperature) >= -55 && Number(temperature) <= 150).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
