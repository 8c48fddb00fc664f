import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/model.ts';
import { byteQueue } from '../../src/ports/byte-queue.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { nodeDisks } from '../../src/ports/disks.ts';
import { kernelI2c, swap, type WordBus } from '../../src/ports/i2c.ts';
import { kernelSerial } from '../../src/ports/serial.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedI2c } from '../../src/ports/sim/i2c.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';

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

/** The kernel's side of one bus: registers little-endian as SMBus words, one transfer at a time or it is a fault. */
function words(failing?: string) {
  const log: string[] = [];
  let busy = false;
  const transfer = async <T>(what: string, result: T): Promise<T> => {
    if (busy) log.push('overlap');
    busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    busy = false;
    if (failing !== undefined) throw Object.assign(new Error(failing), { code: failing });
    log.push(what);
    return result;
  };
  const bus: WordBus = {
    readWord: (address, register) => transfer(`read ${address}.${register}`, 0x9f39),
    writeWord: (address, register, word) => transfer(`write ${address}.${register}=${word.toString(16)}`, undefined),
    readI2cBlock: (address, register, length, buffer) =>
      transfer(`block ${address}.${register}+${length}`, {
        bytesRead: Math.min(length, 5),
        buffer: buffer.fill(Uint8Array.of(1, 2, 3, 4, 5)),
      }),
    close: async () => void log.push('close'),
  };
  let opened = 0;
  const open = async (): Promise<WordBus> => {
    opened += 1;
    return bus;
  };
  return { log, open, opened: () => opened };
}

describe('I2C', () => {
  test('all who open a bus share one handle, take turns, and the last one closes it', async () => {
    const fake = words();
    const buses = kernelI2c(fake.open);
    const [a, b] = await Promise.all([buses.open(1), buses.open(1)]);
    const [read] = await Promise.all([a.readRegister(0x40, 0), b.writeRegister(0x41, 5, 0x1234), a.readRegister(0x40, 2)]);
    expect(read).toBe(0x399f);
    expect(fake.log).toEqual(['read 64.0', 'write 65.5=3412', 'read 64.2']);
    await a[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    await expect(a.readRegister(0x40, 0)).rejects.toThrow('bus 1 was closed');
    expect(await b.readRegister(0x41, 0)).toBe(0x399f);
    expect(fake.log).not.toContain('close');
    await b[Symbol.asyncDispose]();
    expect(fake.log.filter((entry) => entry === 'close')).toHaveLength(1);
    await using again = await buses.open(1);
    expect(await again.readRegister(0x40, 0)).toBe(0x399f);
    expect(fake.opened()).toBe(2);
  });
  test('a longer register comes in wire order, in its turn; half of it is a fault', async () => {
    const fake = words();
    await using bus = await kernelI2c(fake.open).open(1);
    const [bytes] = await Promise.all([bus.readBytes(0x40, 9, 3), bus.readRegister(0x40, 0)]);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(fake.log).toEqual(['block 64.9+3', 'read 64.0']);
    const short = await bus.readBytes(0x40, 9, 6).catch((error: unknown) => error);
    expect(short).toBeInstanceOf(DeviceError);
    expect(short).toMatchObject({ message: expect.stringMatching(/bus 1, chip 0x40.*5 of 6 bytes/) });
  });
  test('the simulated bus answers alike', async () => {
    const chip = { read: () => 0x1234, write: () => undefined };
    const long = { ...chip, readBytes: (register: number, length: number) => Array.from({ length }, (_, i) => register + i) };
    await using bus = await simulatedI2c(
      new Map([
        [
          1,
          new Map([
            [0x40, chip],
            [0x41, long],
          ]),
        ],
      ]),
    ).open(1);
    expect(await bus.readBytes(0x40, 9, 3)).toEqual(Uint8Array.of(0x12, 0x34, 0x12));
    expect(await bus.readBytes(0x41, 9, 3)).toEqual(Uint8Array.of(9, 10, 11));
    await expect(bus.readBytes(0x42, 9, 3)).rejects.toThrow(/no chip answers/);
  });
  test.each([
    ['ENXIO', /no chip answers at 0x40 on bus 1/, /wiring/],
    ['EREMOTEIO', /no chip answers at 0x40 on bus 1/, /wiring/],
    ['ENODEV', /no chip answers at 0x40 on bus 1/, /wiring/],
    ['EBUSY', /driver of the kernel keeps chip 0x40/, /dtoverlay/],
    ['ENOENT', /\/dev\/i2c-1 does not exist/, /reboot twice/],
    ['EACCES', /\/dev\/i2c-1 may not be opened/, /devices/],
    ['EPERM', /\/dev\/i2c-1 may not be opened/, /devices/],
  ])('%s says what to do, and does not stop the others', async (code, message, mend) => {
    await using bus = await kernelI2c(words(code).open).open(1);
    const errors = await Promise.all(
      [bus.readRegister(0x40, 0), bus.readRegister(0x40, 1)].map((reading) => reading.catch((e: unknown) => e)),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(DeviceError);
      expect(error).toMatchObject({ message: expect.stringMatching(message), mend: expect.stringMatching(mend) });
    }
  });
  test('a bus that could not be opened is tried afresh by the next', async () => {
    let tries = 0;
    const fake = words();
    const buses = kernelI2c(async () => {
      tries += 1;
      if (tries === 1) throw new DeviceError('not yet');
      return fake.open();
    });
    await expect(buses.open(1)).rejects.toThrow('not yet');
    await using bus = await buses.open(1);
    expect(await bus.readRegister(0x40, 0)).toBe(0x399f);
  });
});

test('room on a disk: as df counts it; of an absent folder nothing is known', async () => {
  const counted = execFileSync('df', ['--block-size=1', '--output=used,avail', tmpdir()], { encoding: 'utf8' });
  const [used = 0, free = 0] = counted.split('\n')[1]?.trim().split(/ +/).map(Number) ?? [];
  const space = await nodeDisks().space(tmpdir());
  // Others use the disk at the same time.
  expect(Math.abs(Number(space?.totalBytes) - used - free)).toBeLessThan(1e9);
  expect(Math.abs(Number(space?.freeBytes) - free)).toBeLessThan(1e9);
  expect(await nodeDisks().space('/nowhere/at/all')).toBeUndefined();
});

describe('the simulated serial line', () => {
  const bytes = new TextEncoder().encode('\x0aADCO 012345678901 B\x0d');
  const heard = async (as: number | typeof SETTINGS | (Omit<typeof SETTINGS, 'parity'> & { parity: 'none' })): Promise<string> => {
    const serial = simulatedSerial();
    const wire = serial.wire('/dev/tic');
    const controller = new AbortController();
    await using line = await serial.open('/dev/tic', SETTINGS, controller.signal);
    wire.send(bytes, as);
    controller.abort();
    let text = '';
    for await (const chunk of line.chunks()) text += new TextDecoder().decode(chunk);
    return text;
  };
  test('gives bytes as sent to who listens with the same settings, garbage to all others', async () => {
    const clean = new TextDecoder().decode(bytes);
    expect(await heard(9600)).toBe(clean);
    expect(await heard(SETTINGS)).toBe(clean);
    expect(await heard(1200)).not.toContain('ADCO');
    expect(await heard({ ...SETTINGS, parity: 'none' })).not.toContain('ADCO');
  });
  test('is exclusive, can be pulled, and works again once it is back', async () => {
    const serial = simulatedSerial();
    const { signal } = new AbortController();
    await expect(serial.open('/dev/tic', SETTINGS, signal)).rejects.toThrow('/dev/tic does not exist');
    const wire = serial.wire('/dev/tic');
    const line = await serial.open('/dev/tic', SETTINGS, signal);
    await expect(serial.open('/dev/tic', SETTINGS, signal)).rejects.toThrow(/used by another program/);
    wire.unplug();
    await expect(line.chunks()[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(DeviceError);
    await expect(line.write(bytes)).rejects.toThrow(/unplugged/);
    await line[Symbol.asyncDispose]();
    await expect(serial.open('/dev/tic', SETTINGS, signal)).rejects.toThrow(/does not exist/);
    wire.plug();
    await using back = await serial.open('/dev/tic', SETTINGS, signal);
    await back.write(bytes);
    expect(wire.written).toEqual([bytes]);
  });
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
