import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/model.ts';
import { kernelCan } from '../../src/ports/can.ts';
import { decodeFrame, encodeAddress, encodeFilters, passes } from '../../src/ports/can-abi.ts';
import { loadCanKernel } from '../../src/ports/can-kernel.ts';
import type { CanBuses, CanFrame, CanOptions } from '../../src/ports/can-types.ts';
import { simulatedCan } from '../../src/ports/sim/can.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { fakeCanKernel, frameBytes } from './fake-can-kernel.ts';

const OPTIONS: CanOptions = { bitrate: 500_000, silent: true };
const EXTENDED = 0x8000_0000;
const REMOTE = 0x4000_0000;

/** Reads a bus in the background. */
async function listen(buses: CanBuses, name: string, options: CanOptions = OPTIONS) {
  const controller = new AbortController();
  const line = await buses.open(name, options, controller.signal);
  const seen: CanFrame[] = [];
  const running = (async () => {
    for await (const frame of line.frames()) seen.push(frame);
  })();
  running.catch(() => undefined);
  return { line, seen, running, controller };
}
const real = (fake: ReturnType<typeof fakeCanKernel>) => {
  const clock = virtualClock();
  return { clock, buses: kernelCan({ serial: simulatedSerial(), kernel: async () => fake.kernel, clock }) };
};

describe('the bytes of the kernel', () => {
  test('address and filters are laid out as linux/can.h says', () => {
    expect(encodeAddress(3).toString('hex')).toBe(`1d000000${'03000000'}${'00'.repeat(16)}`);
    expect(encodeFilters([{ id: 0x351 }]).toString('hex')).toBe('51030000ff0700c0');
    expect(encodeFilters([{ id: 0x18ff50e5, mask: 0xffff00, extended: true }]).toString('hex')).toBe('e550ff9800ffffc0');
  });
  test('a frame has its kind, id, length and data; remote, error and foreign frames give nothing', () => {
    const read = (bytes: Buffer) => decodeFrame(bytes, bytes.length, 5);
    expect(read(frameBytes(0x351, [1, 2, 3]))).toEqual({ id: 0x351, extended: false, data: Uint8Array.of(1, 2, 3), atMs: 5 });
    expect(read(frameBytes(0x18ff50e5, [], EXTENDED))).toMatchObject({ id: 0x18ff50e5, extended: true, data: new Uint8Array() });
    expect(read(frameBytes(0x351, [1], REMOTE))).toBeUndefined();
    expect(read(frameBytes(0x351, [1], 0x2000_0000))).toBeUndefined();
    const long = frameBytes(0x351, [1]);
    long.writeUInt8(9, 4);
    expect(read(long)).toBeUndefined();
    expect(read(Buffer.alloc(72))).toBeUndefined();
  });
  test('filters in software do what the kernel does', () => {
    expect(passes(undefined, { id: 1, extended: true })).toBe(true);
    expect(passes([{ id: 0x350, mask: 0x7f0 }], { id: 0x35a, extended: false })).toBe(true);
    expect(passes([{ id: 0x350, mask: 0x7f0 }], { id: 0x35a, extended: true })).toBe(false);
    expect(passes([{ id: 0x350 }, { id: 0x361 }], { id: 0x360, extended: false })).toBe(false);
  });
});

describe('a network interface', () => {
  test('is bound with its filters, and its frames come stamped with the monotonic clock', async () => {
    const fake = fakeCanKernel();
    const { clock, buses } = real(fake);
    const { seen } = await listen(buses, 'can0', { ...OPTIONS, filters: [{ id: 0x351 }] });
    expect(fake.calls).toEqual(['socket', expect.stringMatching(/^bind 7 1d00000003/)]);
    expect(fake.filters.map((bytes) => bytes.toString('hex'))).toEqual(['51030000ff0700c0']);
    await clock.advance(1000);
    fake.send(0x351, [1, 2]);
    fake.send(0x351, [3], REMOTE);
    fake.send(0x351, [4]);
    await clock.advance(50);
    expect(seen.map(({ data, atMs }) => [[...data], atMs])).toEqual([
      [[1, 2], 1050],
      [[4], 1050],
    ]);
  });
  test('what the kernel had no room for is counted, also after closing', async () => {
    const fake = fakeCanKernel();
    const { line } = await listen(real(fake).buses, 'can0');
    expect(line.droppedFrames).toBe(0);
    fake.lose(12);
    expect(line.droppedFrames).toBe(12);
    await line[Symbol.asyncDispose]();
    fake.lose(5);
    expect(line.droppedFrames).toBe(12);
  });
  test('a flood leaves its turn to others', async () => {
    const fake = fakeCanKernel();
    const { clock, buses } = real(fake);
    const { seen } = await listen(buses, 'can0');
    for (let i = 0; i < 1200; i += 1) fake.send(0x100, [i & 0xff]);
    const counts: number[] = [];
    for (let look = 0; look < 3; look += 1) {
      await clock.advance(50);
      counts.push(seen.length);
    }
    expect(counts).toEqual([500, 1000, 1200]);
  });
  test.each([
    [{ name: 'can1' }, /^can0 does not exist$/, /ip link set can0 up type can bitrate 500000.*SLCAN/],
    [{ up: false }, /^can0 is down$/, /ip link set can0 up type can bitrate 500000/],
    [{ isCan: false }, /^can0 is no CAN interface$/, /ip link show/],
    [{ supported: false }, /^this kernel has no CAN$/, /can-raw/],
  ])('%j says what is wrong and what to do, and leaves nothing open', async (state, problem, mend) => {
    const fake = fakeCanKernel(state);
    const error = await real(fake)
      .buses.open('can0', OPTIONS, new AbortController().signal)
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as DeviceError).message).toMatch(problem);
    expect((error as DeviceError).mend).toMatch(mend);
    expect(fake.calls.filter((call) => call.startsWith('close')).length).toBe(fake.calls.filter((call) => call === 'socket').length);
  });
  test.each([
    ['down', /^can0 was taken down$/],
    ['remove', /^can0 was removed$/],
  ] as const)('that goes %s while open ends the frames with the mend', async (what, problem) => {
    const fake = fakeCanKernel();
    const { clock, buses } = real(fake);
    const { running, seen } = await listen(buses, 'can0');
    fake.send(0x351, [1]);
    await clock.advance(50);
    fake[what]();
    await clock.advance(50);
    await expect(running).rejects.toThrow(problem);
    await expect(running).rejects.toMatchObject({ mend: expect.stringContaining('ip link set can0 up') });
    expect(seen.length).toBe(1);
  });
  test('abort and close end the frames at once; the socket is closed once', async () => {
    const first = fakeCanKernel();
    const aborted = await listen(real(first).buses, 'can0');
    aborted.controller.abort();
    await aborted.running;
    await aborted.line[Symbol.asyncDispose]();
    await aborted.line[Symbol.asyncDispose]();
    expect(first.calls.filter((call) => call === 'close 7')).toHaveLength(1);
    const closed = await listen(real(fakeCanKernel()).buses, 'can0');
    await closed.line[Symbol.asyncDispose]();
    await closed.running;
  });
  test('the real system calls load, tell interfaces apart, and an absent one says what to do', async () => {
    const kernel = await loadCanKernel();
    expect([kernel.interfaceIndex('lo') > 0, kernel.interfaceIndex('can250'), kernel.interfaceIndex('../net/lo')]).toEqual([true, 0, 0]);
    expect(kernel.isUp('lo')).toBe(true);
    const error = await kernelCan({ serial: simulatedSerial() })
      .open('can250', OPTIONS, new AbortController().signal)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ message: 'can250 does not exist' });
    // The loopback interface is no CAN bus; a kernel without CAN says that first.
    const other = await kernelCan({ serial: simulatedSerial() })
      .open('lo', OPTIONS, new AbortController().signal)
      .catch((e: unknown) => e);
    expect((other as Error).message).toMatch(/lo is no CAN interface|no CAN|may not be opened/);
  });
});

describe('a simulated bus', () => {
  test('is heard by all its readers through their filters, bounded and counted', async () => {
    const clock = virtualClock();
    const can = simulatedCan(clock, 3);
    const bus = can.bus('vcan0');
    const one = await listen(can, 'vcan0', { ...OPTIONS, filters: [{ id: 0x351 }] });
    const idle = await can.open('vcan0', OPTIONS, new AbortController().signal);
    for (let i = 0; i < 5; i += 1) bus.send(0x355, [i]);
    bus.send(0x351, [9]);
    await clock.advance(0);
    expect(one.seen.map(({ data }) => data[0])).toEqual([9]);
    expect([idle.droppedFrames, one.line.droppedFrames, bus.readers]).toEqual([3, 0, 2]);
    bus.down();
    await expect(one.running).rejects.toThrow('vcan0 was taken down');
    await expect(can.open('vcan0', OPTIONS, new AbortController().signal)).rejects.toThrow('vcan0 is down');
    await expect(can.open('can9', OPTIONS, new AbortController().signal)).rejects.toThrow('can9 does not exist');
    bus.up();
    const again = await listen(can, 'vcan0');
    again.controller.abort();
    await again.running;
  });
});
