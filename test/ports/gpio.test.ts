import { fstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gpio as OnoffGpio } from 'onoff';
import { afterAll, describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/model.ts';
import { kernelGpio } from '../../src/ports/gpio.ts';
import { sysfsGpio } from '../../src/ports/gpio-sysfs.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedGpio } from '../../src/ports/sim/gpio.ts';
import type { Gpio, OutputLine } from '../../src/ports/types.ts';
import { INPUT, OUTPUT } from './fake-gpio-kernel.ts';

describe('sysfs', () => {
  const roots: string[] = [];
  afterAll(() => {
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  });
  function tree(): string {
    const root = mkdtempSync(join(tmpdir(), 'boxenergie-sysfs-'));
    roots.push(root);
    mkdirSync(join(root, 'gpiochip512'));
    writeFileSync(join(root, 'gpiochip512', 'label'), 'pinctrl-bcm2711\n');
    writeFileSync(join(root, 'gpiochip512', 'base'), '512\n');
    return root;
  }
  function onoff() {
    const made: unknown[][] = [];
    let watcher: (error: Error | null, value: 0 | 1) => void = () => undefined;
    let broken = false;
    class Fake {
      value = 0;
      constructor(...args: unknown[]) {
        made.push(args);
        if (args[0] === 599) throw Object.assign(new Error('x'), { code: 'EBUSY' });
      }
      writeSync(value: number): void {
        if (broken) throw Object.assign(new Error('x'), { code: 'EROFS' });
        this.value = value;
      }
      readSync(): number {
        return this.value;
      }
      watch(callback: typeof watcher): void {
        watcher = callback;
      }
      unwatchAll(): void {}
      unexport(): void {}
    }
    return {
      Onoff: Fake as unknown as typeof OnoffGpio,
      made,
      edge: () => watcher(null, 1),
      fail: (error: Error) => watcher(error, 0),
      freeze: () => void (broken = true),
    };
  }
  test('outputs are born with their level, so no relay clicks; lines count from the chip’s base', () => {
    const fake = onoff();
    const gpio = sysfsGpio({ root: tree(), Onoff: fake.Onoff });
    gpio.openOutput({ ...OUTPUT, initial: false });
    gpio.openOutput({ ...OUTPUT, activeLow: false, initial: false });
    gpio.openOutput({ ...OUTPUT, initial: true });
    expect(fake.made.map((args) => args.slice(0, 2))).toEqual([
      [517, 'high'],
      [517, 'low'],
      [517, 'low'],
    ]);
    expect(() => gpio.openOutput({ ...OUTPUT, line: 87 })).toThrow(DeviceError);
  });
  test('a write that the kernel refuses is a DeviceError, and a closed line refuses', async () => {
    const fake = onoff();
    const line = await sysfsGpio({ root: tree(), Onoff: fake.Onoff }).openOutput(OUTPUT);
    line.set(true);
    expect(line.get()).toBe(true);
    fake.freeze();
    expect(() => line.set(false)).toThrow('line 5 through sysfs: EROFS');
    expect(() => line.set(false)).toThrow(DeviceError);
    line.close();
    expect(() => line.get()).toThrow(/was closed/);
  });
  test('a line has a descriptor of its value for the keeper, where there is one, and closes it', async () => {
    const root = tree();
    const gpio = sysfsGpio({ root, Onoff: onoff().Onoff });
    mkdirSync(join(root, 'gpio517'));
    writeFileSync(join(root, 'gpio517', 'value'), '0\n');
    const line = await gpio.openOutput(OUTPUT);
    const { fd = -1, kind } = line.descriptor ?? {};
    expect([kind, fstatSync(fd).size]).toEqual(['file', 2]);
    line.close();
    expect(() => fstatSync(fd)).toThrow(/EBADF/);
    rmSync(join(root, 'gpio517'), { recursive: true });
    expect((await gpio.openOutput(OUTPUT)).descriptor).toBeUndefined();
  });
  test('it says that pulses may be lost, and refuses what it cannot do', async () => {
    const fake = onoff();
    const gpio = sysfsGpio({ root: tree(), Onoff: fake.Onoff });
    await expect(gpio.openInput(INPUT)).rejects.toThrow(/pull resistor/);
    const input = await gpio.openInput({ ...INPUT, bias: 'as-is' });
    expect(input.lossless).toBe(false);
    const controller = new AbortController();
    fake.edge();
    fake.edge();
    for await (const batch of input.edges(controller.signal)) {
      expect(batch.count).toBe(2);
      controller.abort();
    }
    fake.fail(new Error('EIO'));
    await expect(input.edges(new AbortController().signal)[Symbol.asyncIterator]().next()).rejects.toThrow(/line lost: EIO/);
  });
});

describe('the choice of the backend', () => {
  const usable = (kind: 'cdev' | 'sysfs', works: boolean): Gpio => ({
    probe: async () => ({ kind, usable: works, detail: works ? 'ok' : 'no chip' }),
    openInput: () => Promise.reject(new Error(kind)),
    openOutput: () => Promise.reject(new Error(kind)),
  });
  const chosen = (backend: 'auto' | 'cdev' | 'sysfs', cdevWorks: boolean, sysfsWorks: boolean): Promise<unknown> =>
    Promise.resolve(
      kernelGpio(backend, { cdev: async () => usable('cdev', cdevWorks), sysfs: async () => usable('sysfs', sysfsWorks) }).openOutput(
        OUTPUT,
      ),
    ).catch((error: Error) => error.message);
  test.each([
    ['auto', true, true, 'cdev'],
    ['auto', false, true, 'sysfs'],
    ['sysfs', true, true, 'sysfs'],
    ['cdev', false, true, 'cdev'],
  ] as const)('%s, %s, %s: %s', async (backend, a, b, expected) => expect(await chosen(backend, a, b)).toBe(expected));
  test('a chip named by the user does not choose for the others', async () => {
    const gpio = kernelGpio('auto', { cdev: async () => usable('cdev', false), sysfs: async () => usable('sysfs', true) });
    await expect(gpio.openInput({ ...INPUT, chip: 'gpio-sim.0' })).rejects.toThrow('cdev');
    await expect(gpio.openInput(INPUT)).rejects.toThrow('sysfs');
  });
  test('a failed choice is made again, and a probe says what to do', async () => {
    let there = false;
    const gpio = kernelGpio('auto', { cdev: async () => usable('cdev', there), sysfs: () => Promise.reject(new Error('no sysfs')) });
    expect(await gpio.probe()).toMatchObject({ usable: false, detail: expect.stringMatching(/no chip; no sysfs.*gpio: true/) });
    there = true;
    expect(await gpio.probe()).toEqual({ kind: 'cdev', usable: true, detail: 'ok' });
  });
  test('with neither, both reasons are told', async () =>
    expect(await chosen('auto', false, false)).toMatch(/no usable GPIO \(cdev: no chip; sysfs: no chip\)/));
});

describe('the simulated twin', () => {
  test('records every level from the first, sticks, goes away and comes back, as a line does', () => {
    const gpio = simulatedGpio(virtualClock());
    const open = (): OutputLine => gpio.openOutput(OUTPUT) as OutputLine;
    const line = open();
    line.set(true);
    line.set(false);
    expect(gpio.levels(5)).toEqual([true, false, true]);
    gpio.stick(5, true);
    line.set(true);
    expect([line.get(), gpio.levels(5).length]).toEqual([false, 3]);
    gpio.unplug(5);
    expect(() => line.set(true)).toThrow(DeviceError);
    gpio.plug(5);
    gpio.stick(5, false);
    line.set(true);
    expect(line.get()).toBe(true);
    expect(open).toThrow(/held by boxenergie/);
    line.close();
    expect(() => line.get()).toThrow(/was closed/);
    gpio.occupy(5, 'gpiomon');
    expect(open).toThrow(/held by gpiomon/);
    gpio.vacate(5);
    expect(open().get()).toBe(false);
  });
});
