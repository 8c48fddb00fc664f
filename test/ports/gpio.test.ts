import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Gpio as OnoffGpio } from 'onoff';
import { describe, expect, test } from 'vitest';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { kernelGpio } from '../../src/ports/gpio.ts';
import * as abi from '../../src/ports/gpio-abi.ts';
import { cdevGpio } from '../../src/ports/gpio-cdev.ts';
import type { GpioKernel } from '../../src/ports/gpio-kernel.ts';
import { loadGpioKernel } from '../../src/ports/gpio-kernel.ts';
import { sysfsGpio } from '../../src/ports/gpio-sysfs.ts';
import type { Gpio } from '../../src/ports/types.ts';

describe('the ABI', () => {
  test('a relay request, byte by byte', () => {
    const bytes = abi.encodeLineRequest({ line: 17, flags: abi.FLAG.output | abi.FLAG.activeLow, outputValue: true });
    expect(bytes.length).toBe(592);
    expect(bytes.readUInt32LE(0)).toBe(17);
    expect(bytes.toString('ascii', 256, 267)).toBe('boxenergie\0');
    expect(bytes.readBigUInt64LE(288)).toBe(0xan); // output, active low
    expect([bytes.readUInt32LE(296), bytes.readUInt32LE(320), bytes.readBigUInt64LE(328), bytes.readBigUInt64LE(336)]).toEqual([
      1,
      2,
      1n,
      1n,
    ]);
    expect([bytes.readUInt32LE(560), bytes.readUInt32LE(564)]).toEqual([1, 0]);
  });
  test('an input request carries bias, one edge and the kernel’s debounce', () => {
    const bytes = abi.encodeLineRequest({
      line: 4,
      flags: abi.FLAG.input | abi.FLAG.biasUp | abi.FLAG.edgeFalling,
      debounceUs: 5000,
      eventBuffer: 1024,
    });
    expect(bytes.readBigUInt64LE(288)).toBe(0x124n);
    expect([bytes.readUInt32LE(296), bytes.readUInt32LE(320), bytes.readUInt32LE(328), bytes.readUInt32LE(564)]).toEqual([
      1, 3, 5000, 1024,
    ]);
  });
  test('pulses are the difference of sequence numbers, which wrap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 1_000_000 }), (before, pulses) => {
        expect(abi.edgesBetween(before, (before + pulses) >>> 0)).toBe(pulses);
      }),
    );
  });

  const compiler = ((): boolean => {
    try {
      execFileSync('sh', ['-c', 'command -v cc && test -f /usr/include/linux/gpio.h'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  test.skipIf(!compiler)('sizes, offsets and numbers are those of the kernel’s own header', () => {
    const directory = mkdtempSync(join(tmpdir(), 'boxenergie-abi-'));
    const source = `#include <stdio.h>\n#include <stddef.h>\n#include <linux/gpio.h>\nint main(void){printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %lu %lu %lu %lu %lu",
      sizeof(struct gpio_v2_line_request), offsetof(struct gpio_v2_line_request, consumer), offsetof(struct gpio_v2_line_request, config),
      offsetof(struct gpio_v2_line_request, num_lines), offsetof(struct gpio_v2_line_request, fd), offsetof(struct gpio_v2_line_config, attrs),
      sizeof(struct gpio_v2_line_config_attribute), sizeof(struct gpio_v2_line_event), offsetof(struct gpio_v2_line_event, line_seqno), offsetof(struct gpio_v2_line_info, flags),
      (unsigned long)GPIO_GET_CHIPINFO_IOCTL, (unsigned long)GPIO_V2_GET_LINEINFO_IOCTL, (unsigned long)GPIO_V2_GET_LINE_IOCTL, (unsigned long)GPIO_V2_LINE_GET_VALUES_IOCTL, (unsigned long)GPIO_V2_LINE_SET_VALUES_IOCTL);return 0;}`;
    writeFileSync(join(directory, 'a.c'), source);
    execFileSync('cc', ['-o', join(directory, 'a'), join(directory, 'a.c')]);
    const numbers = execFileSync(join(directory, 'a'), { encoding: 'utf8' }).split(' ').map(Number);
    rmSync(directory, { recursive: true });
    const { chipInfo, lineInfo, requestLine, getValues, setValues } = abi.IOCTL;
    expect(numbers).toEqual([592, 256, 288, 560, 588, 32, 24, 48, 20, 72, chipInfo, lineInfo, requestLine, getValues, setValues]);
  });
});

/** A chip behind the system calls: what the kernel would keep. */
function fakeKernel(label = 'pinctrl-rp1') {
  const calls: string[] = [];
  const lines = new Map<number, { value: boolean; owner: string }>();
  const queue: Buffer[] = [];
  let nextFd = 10;
  const lineOf = new Map<number, number>();
  let seqno = 0;
  const kernel: GpioKernel = {
    open: (path) => {
      if (path === '/dev/gpiochip9') throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      calls.push(`open ${path}`);
      return nextFd++;
    },
    close: (fd) => void calls.push(`close ${fd}`),
    ioctl(fd, request, bytes) {
      if (request === abi.IOCTL.chipInfo) {
        bytes.write('gpiochip0', 0);
        bytes.write(label, 32);
        bytes.writeUInt32LE(54, 64);
      } else if (request === abi.IOCTL.lineInfo) bytes.write(lines.get(bytes.readUInt32LE(64))?.owner ?? '', 32);
      else if (request === abi.IOCTL.requestLine) {
        const line = bytes.readUInt32LE(0);
        if (lines.get(line)?.owner) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
        lines.set(line, { value: bytes.readBigUInt64LE(328) === 1n, owner: '' });
        lineOf.set(nextFd, line);
        bytes.writeInt32LE(nextFd++, 588);
        calls.push(`request ${line} ${bytes.readBigUInt64LE(288).toString(16)} ${lines.get(line)?.value}`);
      } else {
        const line = lines.get(lineOf.get(fd) ?? -1);
        if (line === undefined) throw new Error('EBADF');
        if (request === abi.IOCTL.setValues) line.value = (bytes.readBigUInt64LE(0) & 1n) === 1n;
        else bytes.writeBigUInt64LE(line.value ? 1n : 0n, 0);
      }
    },
    setNonBlocking: (fd) => void calls.push(`nonblocking ${fd}`),
    read(_fd, bytes) {
      const next = queue.shift();
      next?.copy(bytes);
      return next?.length ?? 0;
    },
    poll: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return queue.length > 0;
    },
  };
  return {
    kernel,
    calls,
    lines,
    /** `happened` edges of which only `kept` found room in the kernel's queue. */
    edges(happened: number, kept = happened) {
      const events = Buffer.alloc(48 * kept);
      for (let i = 0; i < kept; i += 1) {
        events.writeBigUInt64LE(process.hrtime.bigint(), i * 48);
        events.writeUInt32LE(seqno + happened - kept + i + 1, i * 48 + 20);
      }
      seqno += happened;
      for (let at = 0; at < events.length; at += 48 * 64) queue.push(events.subarray(at, at + 48 * 64));
    },
  };
}
const cdev = (fake: ReturnType<typeof fakeKernel>): Gpio =>
  cdevGpio({ kernel: fake.kernel, chips: () => ['/dev/gpiochip9', '/dev/gpiochip0'] });
const OUTPUT = { chip: 'auto', line: 5, activeLow: true, initial: false };
const INPUT = { chip: 'auto', line: 4, bias: 'up', activeLow: true, debounceUs: 5000, edge: 'rising' } as const;

describe('the character device', () => {
  test.each(['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'])('finds the header by its label %s', async (label) => {
    expect(await cdev(fakeKernel(label)).probe()).toEqual({ kind: 'cdev', usable: true, detail: `${label}, 54 lines` });
  });
  test('a relay is requested with its level in one call, read back, and driven', async () => {
    const fake = fakeKernel();
    const line = await cdev(fake).openOutput({ ...OUTPUT, initial: true });
    expect(fake.calls.filter((call) => call.startsWith('request'))).toEqual(['request 5 a true']);
    expect(line.get()).toBe(true);
    line.set(false);
    expect([line.get(), fake.lines.get(5)?.value]).toEqual([false, false]);
  });
  test('a line in use names its owner; a line that is not there, the range; no chip, what was tried', async () => {
    const fake = fakeKernel();
    fake.lines.set(5, { value: false, owner: 'gpio-fan' });
    await expect((async () => cdev(fake).openOutput(OUTPUT))()).rejects.toThrow('line 5 of pinctrl-rp1 is held by gpio-fan');
    await expect((async () => cdev(fake).openOutput({ ...OUTPUT, line: 60 }))()).rejects.toBeInstanceOf(ConfigError);
    await expect((async () => cdev(fakeKernel('gpio-foo')).openOutput(OUTPUT))()).rejects.toThrow(
      /no GPIO chip of a Raspberry Pi header: \/dev\/gpiochip9: EPERM, \/dev\/gpiochip0 is gpio-foo/,
    );
  });
  test('pulses are counted by the kernel: events that found no room cost no count', async () => {
    const fake = fakeKernel();
    const input = await cdev(fake).openInput(INPUT);
    expect(input.lossless).toBe(true);
    const controller = new AbortController();
    fake.edges(3);
    const counts: number[] = [];
    for await (const batch of input.edges(controller.signal)) {
      counts.push(batch.count);
      expect(Math.abs(performance.now() - batch.lastMs)).toBeLessThan(1_000);
      if (counts.length === 1) fake.edges(5000, 1024);
      else controller.abort();
    }
    expect(counts).toEqual([3, 5003]);
    await input[Symbol.asyncDispose]();
    expect(fake.calls.at(-1)).toMatch(/^close/);
  });
  test('the real system calls load, and a machine without a header says what is missing', async () => {
    const probe = await cdevGpio({ kernel: await loadGpioKernel(), chips: () => ['/dev/null'] }).probe();
    expect(probe).toMatchObject({ usable: false, detail: expect.stringMatching(/\/dev\/null: ioctl: ENOTTY/) });
  });
});

describe('sysfs', () => {
  function tree(): string {
    const root = mkdtempSync(join(tmpdir(), 'boxenergie-sysfs-'));
    mkdirSync(join(root, 'gpiochip512'));
    writeFileSync(join(root, 'gpiochip512', 'label'), 'pinctrl-bcm2711\n');
    writeFileSync(join(root, 'gpiochip512', 'base'), '512\n');
    return root;
  }
  function onoff() {
    const made: unknown[][] = [];
    let watcher: (error: Error | null, value: 0 | 1) => void = () => undefined;
    class Fake {
      value = 0;
      constructor(...args: unknown[]) {
        made.push(args);
        if (args[0] === 599) throw Object.assign(new Error('x'), { code: 'EBUSY' });
      }
      writeSync(value: number): void {
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
    return { Onoff: Fake as unknown as typeof OnoffGpio, made, edge: () => watcher(null, 1), fail: (error: Error) => watcher(error, 0) };
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
  test('with neither, both reasons are told', async () =>
    expect(await chosen('auto', false, false)).toMatch(/no usable GPIO \(cdev: no chip; sysfs: no chip\)/));
});
