import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { cdevGpio } from '../../src/ports/gpio-cdev.ts';
import { loadGpioKernel } from '../../src/ports/gpio-kernel.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { EdgeBatch, InputLine } from '../../src/ports/types.ts';
import { cdev, fakeKernel, INPUT, OUTPUT } from './fake-gpio-kernel.ts';

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
    expect(line.descriptor).toEqual({ fd: fake.fdOf(5), kind: 'gpio' });
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
  test('a line that fails, or was closed, is a DeviceError: never a call on a descriptor that may be another line’s', async () => {
    const fake = fakeKernel();
    const line = await cdev(fake).openOutput(OUTPUT);
    const closed = `close ${fake.fdOf(5)}`;
    fake.unplug();
    expect(() => line.set(true)).toThrow(DeviceError);
    expect(() => line.get()).toThrow(/line 5 of pinctrl-rp1 is lost: ENODEV/);
    line.close();
    line.close();
    expect(fake.calls.filter((call) => call === closed)).toHaveLength(1);
    expect(() => line.set(true)).toThrow(/line 5 of pinctrl-rp1 was closed/);
  });
  test('every descriptor of a chip that was only looked at is closed again', async () => {
    const fake = fakeKernel('gpio-foo');
    await cdev(fake).probe();
    const count = (word: string): number => fake.calls.filter((call) => call.startsWith(word)).length;
    expect([count('open'), count('close')]).toEqual([1, 1]);
  });
  test('a pin that serves another function says which', async () => {
    const fake = fakeKernel();
    fake.lines.set(2, { value: false, owner: 'i2c' });
    await expect((async () => cdev(fake).openOutput({ ...OUTPUT, line: 2 }))()).rejects.toThrow(/held by i2c \(this pin also serves I2C\)/);
  });

  /** Reads an input in the background; the clock decides when it looks. */
  async function listen(fake: ReturnType<typeof fakeKernel>) {
    const clock = virtualClock();
    const input: InputLine = await cdev(fake, clock).openInput(INPUT);
    const controller = new AbortController();
    const seen: EdgeBatch[] = [];
    let ended = false;
    const running = (async () => {
      for await (const batch of input.edges(controller.signal)) seen.push(batch);
    })().finally(() => (ended = true));
    running.catch(() => undefined);
    return { clock, input, controller, seen, running, ended: () => ended };
  }
  test.each([
    ['rising', 0x10],
    ['falling', 0x20],
    ['both', 0x30],
  ] as const)('%s edges are asked for', async (edge, wanted) => {
    const fake = fakeKernel();
    await cdev(fake).openInput({ ...INPUT, edge, activeLow: false, bias: 'as-is' });
    const flags = Number.parseInt(fake.calls.find((call) => call.startsWith('request'))?.split(' ')[2] ?? '', 16);
    expect(flags & 0x30).toBe(wanted);
  });
  test('pulses are counted by the kernel: events that found no room cost no count', async () => {
    const fake = fakeKernel();
    const { clock, input, seen } = await listen(fake);
    expect(input.lossless).toBe(true);
    await clock.advance(0);
    fake.edges(3);
    await clock.advance(200);
    fake.edges(5000, 1024);
    await clock.advance(200);
    expect(seen.map((batch) => batch.count)).toEqual([3, 5003]);
    for (const { firstMs, lastMs } of seen) expect(firstMs).toBeLessThanOrEqual(lastMs);
    expect(seen[1]?.lastMs).toBeGreaterThan(400 - 10_000);
    expect(seen[1]?.lastMs).toBeLessThanOrEqual(400);
  });
  test('whatever the bursts and losses, the count is what happened', async () => {
    const burst = fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 1024 }));
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 6 }), async (bursts) => {
        const fake = fakeKernel();
        const { clock, controller, seen } = await listen(fake);
        let happened = 0;
        for (const [edges, room] of bursts) {
          fake.edges(edges, Math.min(edges, room));
          happened += edges;
          await clock.advance(200);
        }
        controller.abort();
        expect(seen.at(-1)?.count).toBe(happened);
      }),
      { numRuns: 20 },
    );
  });
  test('the count goes on where the kernel’s number wraps', async () => {
    const fake = fakeKernel();
    const { clock, seen } = await listen(fake);
    await clock.advance(0);
    fake.startAt(0xffff_fffe);
    fake.edges(1, 1);
    await clock.advance(200);
    const before = seen.at(-1)?.count ?? 0;
    fake.edges(5, 5);
    await clock.advance(200);
    expect((seen.at(-1)?.count ?? 0) - before).toBe(5);
  });
  test('abort and close end the edges at once, without a tick of the clock, and free the line once', async () => {
    const aborted = await listen(fakeKernel());
    await aborted.clock.advance(0);
    aborted.controller.abort();
    await aborted.running;
    expect(aborted.ended()).toBe(true);
    const fake = fakeKernel();
    const { clock, input, running } = await listen(fake);
    const closed = `close ${fake.fdOf(4)}`;
    await clock.advance(0);
    await input[Symbol.asyncDispose]();
    await input[Symbol.asyncDispose]();
    await running;
    expect(fake.calls.filter((call) => call === closed)).toHaveLength(1);
    expect([aborted.clock.monotonicMs(), clock.monotonicMs()]).toEqual([0, 0]);
  });
  test('a chip that goes away ends the edges with a DeviceError', async () => {
    const fake = fakeKernel();
    const { clock, running } = await listen(fake);
    await clock.advance(0);
    fake.unplug();
    await clock.advance(200);
    await expect(running).rejects.toThrow(/line 4 of pinctrl-rp1 is lost: ENODEV/);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });
  test('with the real system calls, an empty descriptor is looked at without waiting', async () => {
    const kernel = await loadGpioKernel();
    // A terminal nobody writes to: a blocking read of it would never return.
    const fd = kernel.open('/dev/ptmx');
    try {
      kernel.setNonBlocking(fd);
      expect(kernel.read(fd, Buffer.alloc(48))).toBe(0);
    } finally {
      kernel.close(fd);
    }
  });
  test('the real system calls load, and a machine without a header says what is missing', async () => {
    const probe = await cdevGpio({ kernel: await loadGpioKernel(), chips: () => ['/dev/null'] }).probe();
    expect(probe).toMatchObject({ usable: false, detail: expect.stringMatching(/\/dev\/null: ioctl: ENOTTY/) });
  });
});
