/** Each bus through its faults, as the program lives them: devices under supervision, time that is moved. */
import { beforeAll, describe, expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type Watched, watched } from './far-end.ts';
import type { World } from './world.ts';
import { WORLDS } from './worlds.ts';

const MINUTE = 60_000;
// Loaded at first use otherwise, for which moved time does not wait.
beforeAll(() => import('modbus-serial'));

async function run(build: (clock: ReturnType<typeof virtualClock>) => World, units: readonly number[]) {
  const clock = virtualClock();
  const controller = new AbortController();
  const world = build(clock);
  const devices = units.map((unit) => watched(world.driver, world.options(unit), world.ports, clock, controller.signal));
  await clock.advance(2 * MINUTE);
  return { clock, world, devices, controller };
}
/** Number of readings, and mean and longest pause between them. */
function pace({ times }: Watched) {
  const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  return { count: times.length, meanMs: pauses.reduce((sum, each) => sum + each, 0) / pauses.length, longestMs: Math.max(...pauses) };
}

describe.each(Object.entries(WORLDS))('%s', (_, build) => {
  const offers = build(virtualClock());
  const units = offers.hasSilent ? [1, 2] : [1];

  if (offers.hasSilent)
    test('a silent device takes nothing from the others: they keep their period within 10 %', async () => {
      const alone = await run(build, [1, 2]);
      const beside = await run(build, [1, 2, 3]);
      for (const each of [alone, beside]) await each.clock.advance(20 * MINUTE);
      for (const unit of [0, 1]) {
        const [calm, hurt] = [alone, beside].map(({ devices }) => pace(devices[unit] as Watched));
        if (calm === undefined || hurt === undefined) throw new Error('no device');
        expect(hurt.count).toBeGreaterThanOrEqual(0.9 * calm.count);
        expect(hurt.meanMs).toBeLessThanOrEqual(1.1 * calm.meanMs);
      }
      expect(beside.devices[2]?.values).toEqual([]);
    });

  if (offers.gone)
    test('gone in the middle of a message: all say so; back, under another name of the kernel: all are read again', async () => {
      const { clock, world, devices } = await run(build, units);
      const sound = devices.map(({ values }) => values.at(-1));
      world.gone?.();
      await clock.advance(3 * MINUTE);
      const goneMs = clock.monotonicMs();
      for (const { problems, times } of devices) {
        expect(problems.length).toBeGreaterThan(0);
        expect(times.at(-1)).toBeLessThan(goneMs - MINUTE);
      }
      world.back?.();
      await clock.advance(2 * MINUTE);
      for (const [at, { times, values, problems }] of devices.entries()) {
        expect(times.at(-1)).toBeGreaterThan(goneMs);
        expect(problems.at(-1)).toBe('recovered');
        expect(Object.keys(values.at(-1) ?? {})).toEqual(Object.keys(sound[at] ?? {}));
      }
    });

  if (offers.wrongUnit)
    test("answers of another unit are nobody's values", async () => {
      const { clock, world, devices } = await run(build, units);
      world.wrongUnit?.(true);
      await clock.advance(1_000);
      const fromMs = clock.monotonicMs();
      await clock.advance(3 * MINUTE);
      for (const { times, problems } of devices) {
        expect(times.filter((at) => at > fromMs + 30_000)).toEqual([]);
        expect(problems.length).toBeGreaterThan(0);
      }
      world.wrongUnit?.(false);
      await clock.advance(2 * MINUTE);
      for (const { problems } of devices) expect(problems.at(-1)).toBe('recovered');
    });

  if (offers.refuse)
    test('a device that refuses gives no number, and is read again when it gives in', async () => {
      const { clock, world, devices } = await run(build, units);
      world.refuse?.(true);
      await clock.advance(30_000);
      const fromMs = clock.monotonicMs();
      await clock.advance(2 * MINUTE);
      for (const { times, values } of devices) {
        const told = values.filter((_, i) => (times[i] ?? 0) > fromMs).flatMap((each) => Object.entries(each));
        expect(told.filter(([key, value]) => typeof value === 'number' && !/refused/.test(key))).toEqual([]);
      }
      world.refuse?.(false);
      await clock.advance(3 * MINUTE);
      for (const { values } of devices) expect(Object.values(values.at(-1) ?? {}).some((value) => typeof value === 'number')).toBe(true);
    });
});
