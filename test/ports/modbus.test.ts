/** The Modbus port: RTU frames through the real modbus-serial code on a line in memory, TCP on loopback, and the sharing of both. */
import { createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError, DeviceError } from '../../src/model.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { findAnswer } from '../../src/ports/modbus-rtu.ts';
import type { ModbusBus, ModbusSettings } from '../../src/ports/modbus-types.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedModbus } from '../../src/ports/sim/modbus.ts';
import { type SimulatedSerial, simulatedSerial } from '../../src/ports/sim/serial.ts';
import { wordsFrame } from '../drivers/modbus-frames.ts';

const PATH = '/dev/serial/by-id/usb-adapter';
const LINE: ModbusSettings & { transport: 'rtu' } = { transport: 'rtu', path: PATH, baudRate: 9600, parity: 'none', stopBits: 1 };
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

// Recorded on a Tracer 2215BN: kasbert/epsolar-tracer test/testdata.py (Apache-2.0) and its protocol notes.
const ASK_BATTERY = '0104331a00039e88';
const BATTERY = hex('0104 06 04FC FFFD FFFF 9157');
const ASK_HOLDING = '010330000001';
const REFUSED = hex('01 83 02 C0F1');
const ASK_DISCRETE = '010220000001b20a';
const DISCRETE = hex('01 02 01 00 A188');
const LOAD_ON = hex('0105 0002 FF00 2DFA');

interface Bench {
  readonly clock: VirtualClock;
  readonly serial: SimulatedSerial;
  readonly open: (settings?: ModbusSettings, signal?: AbortSignal) => Promise<ModbusBus>;
  /** What was sent, as hex. */
  readonly sent: () => string[];
  readonly answer: (bytes: Uint8Array) => Promise<void>;
}
function bench(): Bench {
  const clock = virtualClock();
  const serial = simulatedSerial();
  const wire = serial.wire(PATH);
  const ports = kernelModbus(serial, clock);
  return {
    clock,
    serial,
    open: (settings = LINE, signal = new AbortController().signal) => ports.open(settings, signal),
    sent: () => wire.written.map((bytes) => Buffer.from(bytes).toString('hex')),
    async answer(bytes) {
      wire.send(bytes, wire.opened ?? 9600);
      await clock.advance(0);
    },
  };
}
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('RTU frames on a line', () => {
  test('words, bits and a coil, as recorded', async () => {
    const { clock, open, sent, answer } = bench();
    const bus = await open();
    const words = bus.readInput({ unit: 1 }, 0x331a, 3);
    await clock.advance(0);
    expect(sent()).toEqual([ASK_BATTERY]);
    await answer(BATTERY);
    expect(await words).toEqual([0x04fc, 0xfffd, 0xffff]);
    const bits = bus.readDiscrete({ unit: 1 }, 0x2000, 1);
    await clock.advance(50);
    expect(sent()[1]).toBe(ASK_DISCRETE);
    await answer(DISCRETE);
    expect(await bits).toEqual([false]);
    const done = bus.writeCoil({ unit: 1 }, 2, true);
    await clock.advance(50);
    expect(sent()[2]).toBe(LOAD_ON.toString('hex'));
    await answer(LOAD_ON);
    expect(await done).toBeUndefined();
  });

  test('an answer in pieces, after noise of the line driver and the echo of the question', async () => {
    const { clock, open, answer } = bench();
    const bus = await open();
    const words = bus.readInput({ unit: 1 }, 0x331a, 3);
    await clock.advance(0);
    for (const piece of [hex('00'), hex(ASK_BATTERY), BATTERY.subarray(0, 2), BATTERY.subarray(2, 7)]) await answer(piece);
    await clock.advance(400);
    await answer(BATTERY.subarray(7));
    expect(await words).toEqual([0x04fc, 0xfffd, 0xffff]);
  });

  test('a refusal has its code, so that a driver can learn from it', async () => {
    const { clock, open, sent, answer } = bench();
    const bus = await open();
    const refused = failure(bus.readHolding({ unit: 1 }, 0x3000, 1));
    await clock.advance(0);
    expect(sent()[0]).toMatch(new RegExp(`^${ASK_HOLDING}`));
    await answer(REFUSED);
    expect(await refused).toMatchObject({ fault: 'exception', code: 2 });
    expect(await refused).toBeInstanceOf(DeviceError);
  });

  test.each([
    ['a wrong checksum', hex('0104 06 04FC FFFD FFFE 9157'), /CRC/],
    ['a refusal with a wrong checksum', hex('01 84 02 C0F2'), /CRC/],
    ['half a frame', BATTERY.subarray(0, 8), /8 bytes that are no answer/],
    ['another unit', hex('0204 06 04FC FFFD FFFF 9157'), /11 bytes that are no answer/],
    ['another function', hex('0103 06 04FC FFFD FFFF 9157'), /11 bytes that are no answer/],
    ['another length', hex('0104 02 04CE 3A64'), /7 bytes that are no answer/],
  ])('%s is no value', async (_, bytes, message) => {
    const { clock, open, answer } = bench();
    const bus = await open();
    const damaged = failure(bus.readInput({ unit: 1 }, 0x331a, 3));
    await clock.advance(0);
    await answer(bytes);
    await clock.advance(1_000);
    expect(await damaged).toMatchObject({ fault: 'damaged', message: expect.stringMatching(message) });
  });

  test('silence is said after its time, and an answer that comes later is not taken for the next one', async () => {
    const { clock, open, sent, answer } = bench();
    const bus = await open();
    const silent = failure(bus.readInput({ unit: 1, timeoutMs: 300 }, 0x3100, 3));
    await clock.advance(300);
    expect(await silent).toMatchObject({ fault: 'timeout', message: 'no answer from unit 1 within 300 ms' });
    const next = bus.readInput({ unit: 1 }, 0x331a, 3);
    await clock.advance(100);
    expect(sent()).toHaveLength(1);
    await answer(wordsFrame(1, 4, [1, 2, 3]));
    await clock.advance(100);
    expect(sent()).toHaveLength(2);
    await answer(BATTERY);
    expect(await next).toEqual([0x04fc, 0xfffd, 0xffff]);
  });

  test('random bytes are never a value, and never end the program', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (pieces) => {
        const { clock, open, answer } = bench();
        const bus = await open();
        const result = failure(bus.readInput({ unit: 1, timeoutMs: 100 }, 0, 2));
        await clock.advance(0);
        for (const piece of pieces) await answer(piece);
        await clock.advance(100);
        expect(await result).toMatchObject({ fault: expect.stringMatching(/damaged|timeout/) });
      }),
      { numRuns: 60 },
    );
  });

  test('a frame is found wherever it lies', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        fc.pre(!noise.includes(1));
        expect(findAnswer(Buffer.concat([noise, BATTERY]), hex(ASK_BATTERY))).toEqual(BATTERY);
      }),
    );
  });
});

describe('one port, several users', () => {
  test('share one handle, one transfer at a time with a pause, in fair turns', async () => {
    const { clock, serial, open, sent, answer } = bench();
    const [a, b] = await Promise.all([open(), open()]);
    const order: string[] = [];
    const ask = (bus: ModbusBus, unit: number): Promise<unknown> => bus.readInput({ unit }, 0, 1).then(() => order.push(String(unit)));
    const all = [ask(a, 1), ask(a, 2), ask(a, 3), ask(b, 4)];
    await clock.advance(0);
    expect(sent()).toHaveLength(1);
    for (const unit of [1, 4, 2, 3]) {
      await answer(wordsFrame(unit, 4, [0]));
      await clock.advance(49);
      const before = sent().length;
      await clock.advance(1);
      if (before < 4) expect(sent()).toHaveLength(before + 1);
    }
    await Promise.all(all);
    expect(order).toEqual(['1', '4', '2', '3']);
    expect(sent()).toHaveLength(4);
    await a[Symbol.asyncDispose]();
    expect(serial.wire(PATH).opened).toBeDefined();
    await b[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    expect(serial.wire(PATH).opened).toBeUndefined();
  });

  test('with another speed or frame is a mistake of the file', async () => {
    const { open } = bench();
    await using _bus = await open();
    const error = await failure(open({ ...LINE, parity: 'even' }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ field: 'baud_rate', mend: expect.stringMatching(/parity/) });
  });

  test('one who stops waiting frees itself at once and disturbs nobody', async () => {
    const { clock, open, sent, answer } = bench();
    const stop = new AbortController();
    const [a, b] = await Promise.all([open(LINE, stop.signal), open()]);
    const aborted = [failure(a.readInput({ unit: 1 }, 0, 1)), failure(a.readInput({ unit: 1 }, 1, 1))];
    const kept = b.readInput({ unit: 1 }, 0x331a, 3);
    await clock.advance(0);
    stop.abort(new Error('stop'));
    for (const one of aborted) expect(await one).toMatchObject({ message: 'stop' });
    await answer(hex('0104020000b930'));
    await clock.advance(50);
    expect(sent()).toHaveLength(2);
    await answer(BATTERY);
    expect(await kept).toHaveLength(3);
  });

  test('an adapter pulled out ends all handles; a new one opens the port anew', async () => {
    const { clock, serial, open, answer } = bench();
    const [a, b] = await Promise.all([open(), open()]);
    const waiting = failure(a.readInput({ unit: 1 }, 0, 1));
    await clock.advance(0);
    serial.wire(PATH).unplug();
    await clock.advance(0);
    expect(await waiting).toMatchObject({ fault: 'gone', mend: expect.stringMatching(/Plug/) });
    expect(await failure(b.readInput({ unit: 1 }, 0, 1))).toMatchObject({ fault: 'gone' });
    expect(await failure(open())).toMatchObject({ message: expect.stringMatching(/does not exist/) });
    // One of the old users has not noticed yet: it does not stand in the way.
    await a[Symbol.asyncDispose]();
    serial.wire(PATH).plug();
    await b[Symbol.asyncDispose]();
    await using again = await open();
    const words = again.readInput({ unit: 1 }, 0x331a, 3);
    await clock.advance(0);
    await answer(BATTERY);
    expect(await words).toHaveLength(3);
  });

  test('closing while a question is open, and asking after closing, are said', async () => {
    const { clock, open } = bench();
    const bus = await open();
    const waiting = failure(bus.readInput({ unit: 1 }, 0, 1));
    await clock.advance(0);
    await bus[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ message: `${PATH} was closed` });
    expect(await failure(bus.readInput({ unit: 1 }, 0, 1))).toBeInstanceOf(DeviceError);
  });

  test('an absent port fails for all who wait for it', async () => {
    const { serial, open } = bench();
    serial.wire(PATH).unplug();
    for (const error of await Promise.all([failure(open()), failure(open())])) expect(error).toBeInstanceOf(DeviceError);
    serial.wire(PATH).plug();
    await (await open())[Symbol.asyncDispose]();
  });
});

describe('TCP', () => {
  let server: Server | undefined;
  let peers: Socket[] = [];
  afterEach(() => {
    for (const peer of peers) peer.destroy();
    peers = [];
    server?.close();
  });
  async function gateway(reply: (request: Buffer, peer: Socket) => void): Promise<ModbusSettings> {
    server = createServer((peer) => {
      peers.push(peer);
      peer.on('data', (request) => reply(request, peer));
      peer.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return { transport: 'tcp', host: '127.0.0.1', port: (server.address() as { port: number }).port };
  }
  const ports = kernelModbus(simulatedSerial());
  const signal = new AbortController().signal;

  test('answers by transaction, and refusals', async () => {
    const settings = await gateway((request, peer) => {
      const head = request.subarray(0, 4).toString('hex');
      const body = request.readUInt16BE(8) === 0 ? '0104040001fffe' : '018402';
      peer.write(hex(`${head}00${(body.length / 2).toString(16).padStart(2, '0')}${body}`));
    });
    await using bus = await ports.open(settings, signal);
    expect(await bus.readInput({ unit: 1 }, 0, 2)).toEqual([1, 0xfffe]);
    expect(await failure(bus.readInput({ unit: 1 }, 1, 2))).toMatchObject({ fault: 'exception', code: 2 });
  });

  test('silence, nonsense, and a connection that is reset', async () => {
    const says: ((peer: Socket) => void)[] = [
      () => undefined,
      (peer) => peer.write(Buffer.alloc(40, 0x55)),
      (peer) => peer.resetAndDestroy(),
    ];
    const settings = await gateway((_, peer) => says.shift()?.(peer));
    await using bus = await ports.open(settings, signal);
    expect(await failure(bus.readInput({ unit: 1, timeoutMs: 30 }, 0, 2))).toMatchObject({ fault: 'timeout' });
    expect(await failure(bus.readInput({ unit: 1, timeoutMs: 30 }, 0, 2))).toMatchObject({ fault: 'timeout' });
    expect(await failure(bus.readInput({ unit: 1 }, 0, 2))).toMatchObject({ fault: 'gone' });
    expect(await failure(bus.readInput({ unit: 1 }, 0, 2))).toMatchObject({ fault: 'gone' });
  });

  test('a connection that went silent keeps nobody: who opens again gets a new one', async () => {
    let connections = 0;
    const settings = await gateway((request, peer) => {
      if (peers.indexOf(peer) > 0) peer.write(hex(`${request.subarray(0, 4).toString('hex')}00050104020007`));
    });
    server?.on('connection', () => (connections += 1));
    await using sleeping = await ports.open(settings, signal);
    const failing = await ports.open(settings, signal);
    expect(await failure(failing.readInput({ unit: 1, timeoutMs: 30 }, 0, 1))).toMatchObject({ fault: 'timeout' });
    await failing[Symbol.asyncDispose]();
    await using again = await ports.open(settings, signal);
    expect(await again.readInput({ unit: 1 }, 0, 1)).toEqual([7]);
    expect(connections).toBe(2);
    expect(await failure(sleeping.readInput({ unit: 1, timeoutMs: 30 }, 0, 1))).toMatchObject({ fault: 'timeout' });
  });

  test('nobody at the address', async () => {
    const settings = await gateway(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    expect(await failure(ports.open(settings, signal))).toMatchObject({
      message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/),
    });
  });
});

describe('in memory', () => {
  test('answers like the real port: values, refusals, silence, unplugging', async () => {
    const clock = virtualClock();
    const modbus = simulatedModbus(clock);
    const port = modbus.port(PATH);
    const coils = new Map([[2, 0]]);
    port.units.set(1, {
      maxCount: 4,
      read: (code, address) => (code === 1 ? coils.get(address) : address < 8 ? 0x10000 + address : undefined),
      writeCoil: (address, on) => coils.has(address) && Boolean(coils.set(address, on ? 1 : 0)),
    });
    const bus = await modbus.open(LINE, new AbortController().signal);
    const run = async <T>(promise: Promise<T>): Promise<unknown> => {
      const result = promise.catch((error: unknown) => error);
      await clock.advance(1_100);
      return result;
    };
    expect(await run(bus.readHolding({ unit: 1 }, 0, 4))).toEqual([0, 1, 2, 3]);
    expect(await run(bus.readHolding({ unit: 1 }, 6, 3))).toMatchObject({ fault: 'exception', code: 2 });
    expect(await run(bus.readHolding({ unit: 1 }, 0, 5))).toMatchObject({ fault: 'exception', code: 3 });
    expect(await run(bus.readHolding({ unit: 9 }, 0, 1))).toMatchObject({ fault: 'timeout' });
    expect(await run(bus.writeCoil({ unit: 1 }, 2, true))).toBeUndefined();
    expect(await run(bus.readCoils({ unit: 1 }, 2, 1))).toEqual([true]);
    expect(await run(bus.writeCoil({ unit: 1 }, 0x13, true))).toMatchObject({ fault: 'exception' });
    expect(port.requests[0]).toEqual([1, 3, 0, 4]);
    port.unplug();
    expect(await run(bus.readHolding({ unit: 1 }, 0, 1))).toMatchObject({ fault: 'gone' });
    expect(await run(modbus.open(LINE, new AbortController().signal))).toBeInstanceOf(DeviceError);
  });
});
