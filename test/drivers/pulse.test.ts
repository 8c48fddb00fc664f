import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_PULSES, rateNow, withPulses } from '../../src/drivers/lib/pulse-rate.ts';
import { pulse } from '../../src/drivers/pulse.ts';
import { DeviceError, type Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedGpio } from '../../src/ports/sim/gpio.ts';
import type { Ports } from '../../src/ports/types.ts';

const OPTIONS = {
  chip: 'auto',
  line: 17,
  medium: 'electricity',
  contact: 's0',
  bias: 'up',
  active_low: true,
  timeout_s: 300,
  period_s: 1,
} as const;

function meter(options: Partial<Parameters<typeof pulse.describe>[0]> = {}, lossless = true) {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 12));
  const gpio = simulatedGpio(clock, { lossless });
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of pulse.read({
      options: { ...OPTIONS, ...options },
      ports: { gpio } as unknown as Ports,
      clock,
      signal: controller.signal,
    })) {
      seen.push(values as Record<string, Value>);
    }
  })();
  running.catch(() => undefined);
  return { clock, gpio, seen, controller, running, last: () => seen.at(-1) ?? {} };
}

describe('a pulse meter', () => {
  test('counts every pulse and gives the power of their interval', async () => {
    const { clock, gpio, last } = meter();
    for (let i = 0; i < 10; i += 1) {
      await clock.advance(3600);
      gpio.pulse(17);
    }
    await clock.advance(1000);
    // 1 pulse = 1 Wh every 3.6 s = 1000 W
    expect(last()).toMatchObject({ energy: 10, power: 1000, pulses: 10, limited_precision: false, implausible: false });
  });

  test('power is unknown before the first interval, falls with the silence, and is zero after the time-out', async () => {
    const { clock, gpio, last } = meter();
    await clock.advance(1000);
    expect(last().power).toBeNull();
    gpio.pulse(17);
    await clock.advance(3600);
    expect(last().power).toBeNull();
    gpio.pulse(17);
    await clock.advance(10_000);
    expect(last().power).toBeLessThanOrEqual(3600 / 9.4 + 1);
    expect(last().power).toBeGreaterThan(350);
    await clock.advance(300_000);
    expect(last().power).toBe(0);
    gpio.pulse(17);
    await clock.advance(1000);
    expect(last().energy).toBe(3);
  });

  test.each([
    [{ medium: 'water' as const }, { volume: 6, flow: 60 }],
    [{ medium: 'gas' as const }, { volume: 60, flow: 600 }],
    [
      { medium: 'electricity' as const, imp_per_kwh: 800 },
      { energy: 7.5, power: 4500 },
    ],
  ])('%j', async (options, expected) => {
    const { clock, gpio, last } = meter({ ...options, period_s: 0.1 });
    for (let i = 0; i < 6; i += 1) {
      await clock.advance(1000);
      gpio.pulse(17);
    }
    await clock.advance(100);
    expect(last()).toMatchObject(expected);
  });

  test('a rate beyond any home is counted but called implausible', async () => {
    const { clock, gpio, last } = meter();
    for (let i = 0; i < 60; i += 1) {
      await clock.advance(50);
      gpio.pulse(17);
    }
    await clock.advance(10);
    expect(last()).toMatchObject({ energy: 59, implausible: true });
  });

  test('a backend that may lose pulses says so', async () => {
    const { clock, last } = meter({}, false);
    await clock.advance(0);
    expect(last().limited_precision).toBe(true);
  });

  test('a lost line ends the reading; abort frees the line', async () => {
    const lost = meter();
    await lost.clock.advance(0);
    lost.gpio.unplug(17);
    await lost.clock.advance(0);
    await expect(lost.running).rejects.toBeInstanceOf(DeviceError);

    const { clock, gpio, controller, running } = meter();
    await clock.advance(0);
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    await clock.advance(0);
    await expect(
      gpio.openInput({ chip: 'auto', line: 17, bias: 'up', activeLow: true, debounceUs: 0, edge: 'rising' }),
    ).resolves.toBeDefined();
  });
});

test('whatever the train of pulses: the count is exact, the rate never exceeds one pulse per silence, never NaN', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 50 })), { maxLength: 50 }), (train) => {
      let rate = NO_PULSES;
      let now = 0;
      let count = 0;
      for (const [pause, n] of train) {
        now += pause;
        count += n;
        rate = withPulses(rate, count, now, 60_000);
        expect(rate.count).toBe(count);
        let before = Number.POSITIVE_INFINITY;
        for (const silence of [1, 10, 1000, 59_999, 60_001]) {
          const value = rateNow(rate, now + silence, 60_000);
          if (value === null) continue;
          expect(value).toBeLessThanOrEqual(Math.min(before, 1000 / silence));
          expect(value).toBeGreaterThanOrEqual(0);
          before = value;
        }
      }
    }),
  );
});
