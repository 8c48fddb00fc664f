import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPulseCounter } from '../../src/drivers/lib/pulse-counter.ts';
import { noPulses, rateNow, withPulses } from '../../src/drivers/lib/pulse-rate.ts';
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
  counting: 'pulse',
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
    // The first pulse after the silence says nothing about the power; the second does.
    expect(last().power).toBeNull();
    await clock.advance(35_000);
    gpio.pulse(17);
    await clock.advance(500);
    expect(last().power).toBe(100);
  });

  test('a meter that stands still since the start is at zero after the time-out, unknown before', async () => {
    const { clock, last } = meter({ medium: 'water' });
    await clock.advance(299_000);
    expect(last().flow).toBeNull();
    await clock.advance(2_000);
    expect(last()).toMatchObject({ flow: 0, volume: 0 });
    expect(last().last_pulse).toBeUndefined();
  });

  test('the time of the last pulse is fixed when it comes: a clock that is set later does not move it', async () => {
    const { clock, gpio, last } = meter();
    await clock.advance(5000);
    gpio.pulse(17);
    await clock.advance(1000);
    expect(last().last_pulse).toBe('2026-11-21T12:00:05.000Z');
    clock.jumpWall(3_600_000);
    await clock.advance(10_000);
    expect(last().last_pulse).toBe('2026-11-21T12:00:05.000Z');
  });

  test('reports leave nothing behind, however long it runs', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const clock = virtualClock();
    const controller = new AbortController();
    let reports = 0;
    const running = (async () => {
      const ports = { gpio: simulatedGpio(clock) } as unknown as Ports;
      for await (const _ of pulse.read({ options: OPTIONS, ports, clock, signal: controller.signal })) reports += 1;
    })().catch(() => undefined);
    const heapAfter = async (seconds: number): Promise<number> => {
      await clock.advance(seconds * 1000);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await heapAfter(3_000);
    const grown = (await heapAfter(15_000)) - before;
    expect(reports).toBeGreaterThan(17_000);
    // Only 100 bytes kept of each report would be 1.5 MB here, and 9 MB a day.
    expect(grown).toBeLessThan(1_000_000);
    controller.abort(new Error('stop'));
    await running;
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

const TIMEOUT = 60_000;
const batches = fc.array(
  fc.record({ pause: fc.integer({ min: 1, max: 150_000 }), n: fc.integer({ min: 1, max: 50 }), span: fc.integer({ min: 0, max: 5_000 }) }),
  { maxLength: 50 },
);

test('whatever the train of pulses: the count is exact, the rate falls with the silence and never exceeds one pulse in it', () => {
  fc.assert(
    fc.property(batches, (train) => {
      let rate = noPulses(0);
      let now = 0;
      let count = 0;
      for (const { pause, n, span } of train) {
        const firstMs = now + pause;
        now = firstMs + (n === 1 ? 0 : span);
        count += n;
        rate = withPulses(rate, { count, firstMs, lastMs: now }, TIMEOUT);
        expect(rate.count).toBe(count);
        // A lone first pulse, or one after the time-out, restarts and tells no rate.
        if (n === 1 && (pause > TIMEOUT || count === 1)) expect(rateNow(rate, now, TIMEOUT)).toBeNull();
        let before = Number.POSITIVE_INFINITY;
        for (const silence of [1, 10, 1000, 59_999, 60_001]) {
          const value = rateNow(rate, now + silence, TIMEOUT);
          if (value === null) continue;
          expect(value).toBeLessThanOrEqual(Math.min(before, 1000 / silence));
          expect(value).toBeGreaterThanOrEqual(0);
          before = value;
        }
        expect(rateNow(rate, now + TIMEOUT + 1, TIMEOUT)).toBe(0);
      }
    }),
  );
});

test('an even train gives its rate exactly, however it is cut into batches', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 50_000 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 20 }),
      (interval, cuts) => {
        let rate = noPulses(0);
        let count = 0;
        for (const n of cuts) {
          rate = withPulses(rate, { count: count + n, firstMs: (count + 1) * interval, lastMs: (count + n) * interval }, TIMEOUT);
          count += n;
        }
        expect(rateNow(rate, count * interval, TIMEOUT)).toBeCloseTo(1000 / interval, 9);
      },
    ),
  );
});

describe('both edges', () => {
  test('each counts; closed and open may last differently long, the flow stays even', async () => {
    const { clock, gpio, last, seen } = meter({ medium: 'water', counting: 'edge', litres_per_pulse: 0.5, period_s: 0.1 });
    for (let turn = 0; turn < 20; turn += 1) {
      gpio.pulse(17);
      await clock.advance(100);
      gpio.pulse(17);
      await clock.advance(900);
    }
    // Two edges of half a litre each second: 60 L/min.
    expect(last()).toMatchObject({ pulses: 40, volume: 20, implausible: false });
    expect(new Set(seen.slice(30).map(({ flow }) => flow))).toEqual(new Set([60]));
  });
  test('the line is asked for both edges, or for one', async () => {
    for (const [counting, edge] of [
      ['edge', 'both'],
      ['pulse', 'rising'],
    ] as const) {
      const clock = virtualClock();
      const asked: string[] = [];
      const gpio = simulatedGpio(clock);
      const openInput: typeof gpio.openInput = (o) => {
        asked.push(o.edge);
        return gpio.openInput(o);
      };
      const ports = { gpio: { ...gpio, openInput } };
      const controller = new AbortController();
      const read = pulse.read({ options: { ...OPTIONS, counting }, ports: ports as unknown as Ports, clock, signal: controller.signal });
      await read[Symbol.asyncIterator]().next();
      expect(asked).toEqual([edge]);
      controller.abort();
    }
  });
  test('whatever the looks see together, the rate follows and ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 40 }),
        fc.integer({ min: 5, max: 95 }),
        (looks, onMs) => {
          // Edges at 0, onMs, 100, 100 + onMs, … (ms), seen in groups.
          const at = (edge: number): number => Math.floor(edge / 2) * 100 + (edge % 2) * onMs;
          const counter = createPulseCounter(-1, TIMEOUT, 2);
          let count = 0;
          for (const n of looks) {
            counter.seen({ count: count + n, firstMs: at(count), lastMs: at(count + n - 1) });
            count += n;
            const rate = counter.perSecond(at(count - 1));
            if (count > 20) expect(rate).toBeGreaterThan(9);
            if (rate !== null && count > 20) expect(rate).toBeLessThanOrEqual(20.001);
          }
          expect(counter.count).toBe(count);
          expect(counter.perSecond(at(count) + 10_000)).toBeLessThanOrEqual(0.2);
          expect(counter.perSecond(at(count) + TIMEOUT + 1)).toBe(0);
        },
      ),
    );
  });
});
