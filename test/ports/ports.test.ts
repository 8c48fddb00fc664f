import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/model.ts';
import { byteQueue } from '../../src/ports/byte-queue.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { kernelI2c, swap } from '../../src/ports/i2c.ts';
import { kernelSerial } from '../../src/ports/serial.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';

const SETTINGS = { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 } as const;

test('SMBus words travel low byte first', () => expect([swap(0x399f), swap(0x00ff), swap(swap(0x1234))]).toEqual([0x9f39, 0xff00, 0x1234]));

test('an absent bus and an absent port say what to do', async () => {
  const read = async (): Promise<number> => {
    await using bus = await kernelI2c().open(250);
    return await bus.readRegister(0x40, 0);
  };
  const error = await read().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DeviceError);
  // Where no compiler was, the package itself is missing: then that is said.
  expect((error as DeviceError).mend).toMatch(/Enable I2C|npm ci/);
  const port = await kernelSerial()
    .open('/dev/serial/by-id/none', SETTINGS, new AbortController().signal)
    .catch((error: unknown) => error);
  expect(port).toMatchObject({ message: '/dev/serial/by-id/none does not exist', mend: expect.stringMatching(/by-id/) });
});

describe('bytes that wait', () => {
  test('are bounded: the oldest go, and are counted', async () => {
    const queue = byteQueue(100);
    for (let i = 0; i < 50; i += 1) queue.push(new Uint8Array(10).fill(i));
    queue.end();
    const kept: number[] = [];
    for await (const chunk of queue.chunks()) kept.push(chunk[0] ?? -1);
    expect(kept).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
    expect(queue.dropped).toBe(400);
  });
  test('an end wakes who waits, an error reaches it after the last bytes', async () => {
    const queue = byteQueue();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const chunk of queue.chunks()) seen.push(chunk.length);
    })();
    await new Promise((resolve) => setImmediate(resolve));
    queue.push(new Uint8Array(3));
    queue.end(new Error('unplugged'));
    queue.push(new Uint8Array(9));
    await expect(reading).rejects.toThrow('unplugged');
    expect(seen).toEqual([3]);
  });
});

describe('clocks', () => {
  test('the virtual one fires in order, also what timers start, and moves wall time apart', async () => {
    const clock = virtualClock(1_000);
    const fired: string[] = [];
    clock.after(20, () => fired.push(`b${clock.monotonicMs()}`));
    clock.after(10, () => {
      fired.push(`a${clock.monotonicMs()}`);
      clock.after(5, () => fired.push(`c${clock.monotonicMs()}`));
    });
    const cancel = clock.after(15, () => fired.push('never'));
    cancel();
    clock.jumpWall(3_600_000);
    await clock.advance(30);
    expect(fired).toEqual(['a10', 'c15', 'b20']);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([30, 3_601_030]);
  });
  test.each([
    ['virtual', virtualClock()],
    ['system', systemClock()],
  ])('a sleep of the %s clock ends on abort with its reason', async (_, clock) => {
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('stop');
  });
});
