import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelCan } from '../../src/ports/can.ts';
import type { CanFrame, CanOptions } from '../../src/ports/can-types.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { createSlcanParser } from '../../src/ports/slcan-lines.ts';

const OPTIONS: CanOptions = { bitrate: 500_000, silent: true };
const PATH = '/dev/serial/by-id/adapter';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const parse = (text: string) => {
  const parser = createSlcanParser();
  return { items: parser.push(bytes(text)), badLines: parser.badLines };
};

describe('lines', () => {
  // The vendor's own examples: Lawicel CANUSB manual, t and T commands.
  test('the examples of the manual', () => {
    expect(parse('t10021133\rT0000010021133\r').items).toEqual([
      { id: 0x100, extended: false, data: Uint8Array.of(0x11, 0x33) },
      { id: 0x100, extended: true, data: Uint8Array.of(0x11, 0x33) },
    ]);
  });
  // raibisch/ESP32-SLCAN howto_slcand.md: seen on a serial terminal, an original Lawicel adapter on the other side.
  test('a line as an adapter sent it', () => {
    expect(parse('T0100011081122334455667788\r').items).toEqual([
      { id: 0x01000110, extended: true, data: Uint8Array.from(Buffer.from('1122334455667788', 'hex')) },
    ]);
  });
  test('small letters, no data, and the time that some adapters add', () => {
    expect(parse('t7ff0\rt35141a2b3c4d\rt35121A2BEA5F\r').items).toEqual([
      { id: 0x7ff, extended: false, data: new Uint8Array() },
      { id: 0x351, extended: false, data: Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d) },
      { id: 0x351, extended: false, data: Uint8Array.of(0x1a, 0x2b) },
    ]);
  });
  test('answers, and what else adapters say', () => {
    expect(parse('\r\u0007V1013\rNA123\rF00\rz\rZ\r')).toEqual({ items: ['done', 'refused'], badLines: 0 });
  });
  test('a remote frame carries nothing and is no damage', () => {
    expect(parse('r3518\rR000003512\rr3518EA5F\r')).toEqual({ items: [], badLines: 0 });
  });
  test.each([
    't8001AA', // 12 bits of id
    'T2000000000', // 30 bits
    't3519112233445566778899', // nine bytes
    't35121', // cut
    't3512112', // half a byte
    't35121122334455', // more than its length says
    't35x2AABB',
    'T35121122',
    'hello',
    'x',
    `t3518${'0'.repeat(100)}`,
  ])('%s is refused, and the next line is read', (line) => {
    const { items, badLines } = parse(`${line}\rt10021133\r`);
    expect(badLines).toBe(1);
    expect(items).toEqual([{ id: 0x100, extended: false, data: Uint8Array.of(0x11, 0x33) }]);
  });
  test('BEL ends a damaged line', () =>
    expect(parse('t351\u0007t1000\r').items).toEqual(['refused', expect.objectContaining({ id: 0x100 })]));

  const frame = fc.record({ extended: fc.boolean(), id: fc.integer({ min: 0, max: 0x7ff }), data: fc.uint8Array({ maxLength: 8 }) });
  const written = ({ extended, id, data }: { extended: boolean; id: number; data: Uint8Array }): string =>
    `${extended ? 'T' : 't'}${id.toString(16).padStart(extended ? 8 : 3, '0')}${data.length}${Buffer.from(data).toString('hex')}\r`;
  test('what was written is read, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (frames, cuts) => {
        const all = bytes(frames.map(written).join(''));
        const parser = createSlcanParser();
        const items = [];
        for (let at = 0, i = 0; at < all.length; i += 1) {
          const size = cuts[i % cuts.length] ?? 1;
          items.push(...parser.push(all.subarray(at, at + size)));
          at += size;
        }
        expect(items).toEqual(frames);
      }),
    );
  });
  test('noise is never a frame beyond its bounds', () => {
    const letters = fc.constantFrom(...bytes('tTrR0123456789abcdefF\r\u0007 zx'));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 400 }), (noise) => {
        for (const item of createSlcanParser().push(Uint8Array.from(noise))) {
          if (typeof item === 'string') continue;
          expect(item.data.length).toBeLessThanOrEqual(8);
          expect(item.id).toBeLessThanOrEqual(item.extended ? 0x1fff_ffff : 0x7ff);
        }
      }),
    );
  });
});

/** An adapter at the far end: answers as `answers` says, by the first letter of the command; nothing for the unknown. */
async function adapter(answers: Readonly<Record<string, string>>, options: CanOptions = OPTIONS) {
  const clock = virtualClock();
  const serial = simulatedSerial();
  const wire = serial.wire(PATH);
  const heard: string[] = [];
  let read = 0;
  const answer = (): void => {
    for (; read < wire.written.length; read += 1) {
      const command = Buffer.from(wire.written[read] ?? [])
        .toString('latin1')
        .replaceAll('\r', '');
      heard.push(command);
      const said = answers[command] ?? answers[command.slice(0, 1)];
      if (said !== undefined) wire.send(bytes(said), 115_200);
    }
    clock.after(1, answer);
  };
  answer();
  const controller = new AbortController();
  const opening = kernelCan({ serial, clock }).open(PATH, options, controller.signal);
  opening.catch(() => undefined);
  return { clock, wire, heard, controller, opening };
}
const LAWICEL = { '': '\r', C: '\r', S: '\r', L: '\r', O: '\r', M: '\u0007' };

describe('an adapter', () => {
  test('is closed, set to the speed of the bus and opened for listening only', async () => {
    const { clock, heard, opening, wire } = await adapter(LAWICEL);
    await clock.advance(5_000);
    await opening;
    expect(heard.slice(1)).toEqual(['C', 'S6', 'L']);
    expect(wire.opened).toEqual({ baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 });
  });
  test.each([
    [250_000, false, ['C', 'S5', 'M0', 'O']],
    [125_000, true, ['C', 'S4', 'L']],
    [1_000_000, true, ['C', 'S8', 'L']],
  ] as const)('%i bit/s, silent %s', async (bitrate, silent, commands) => {
    const { clock, heard, opening } = await adapter(LAWICEL, { bitrate, silent });
    await clock.advance(5_000);
    await opening;
    expect(heard.slice(1)).toEqual(commands);
  });
  test('one that never answers gets both ways of listening', async () => {
    const { clock, heard, opening } = await adapter({});
    await clock.advance(10_000);
    await opening;
    expect(heard.slice(1)).toEqual(['C', 'S6', 'S6', 'L', 'M1', 'O']);
  });
  test.each([
    [{ ...LAWICEL, S: '\u0007' }, /refuses 500000 bit\/s/],
    [{ ...LAWICEL, L: '\u0007' }, /cannot listen without taking part/],
    [{ ...LAWICEL, L: '\u0007', M: '\r', O: '\u0007' }, /does not open the bus/],
  ])('%j: a refusal is told, and the port is free again', async (answers, message) => {
    const { clock, opening, wire } = await adapter(answers);
    await clock.advance(10_000);
    await expect(opening).rejects.toThrow(message);
    expect(wire.opened).toBeUndefined();
  });
  test('frames come filtered and stamped; abort ends them; closing closes the bus', async () => {
    const { clock, opening, wire, heard, controller } = await adapter(LAWICEL, { ...OPTIONS, filters: [{ id: 0x355 }] });
    await clock.advance(5_000);
    const line = await opening;
    const seen: CanFrame[] = [];
    const running = (async () => {
      for await (const frame of line.frames()) seen.push(frame);
    })();
    wire.send(bytes('t3\rt35143C0064'), 115_200);
    wire.send(bytes('00\rt35543C006400\r'), 115_200);
    await clock.advance(10);
    expect(seen).toEqual([{ id: 0x355, extended: false, data: Uint8Array.of(0x3c, 0, 0x64, 0), atMs: 5_000 }]);
    expect(line.damagedLines).toBe(1);
    controller.abort();
    await running;
    await line[Symbol.asyncDispose]();
    await clock.advance(2);
    expect(heard.at(-1)).toBe('C');
    expect(wire.opened).toBeUndefined();
  });
  test('frames that nobody reads are dropped oldest first and counted', async () => {
    const { clock, opening, wire } = await adapter(LAWICEL);
    await clock.advance(5_000);
    const line = await opening;
    for (let i = 0; i < 5_000; i += 1) {
      wire.send(bytes('t1000\r'), 115_200);
      if (i % 1_000 === 0) await clock.advance(0);
    }
    await clock.advance(0);
    expect(line.droppedFrames).toBe(5_000 - 4_096);
  });
  test('a pulled adapter ends the frames; an absent one, or an abort while opening, leaves nothing open', async () => {
    const { clock, opening, wire } = await adapter(LAWICEL);
    await clock.advance(5_000);
    const line = await opening;
    const running = (async () => {
      for await (const _ of line.frames());
    })();
    running.catch(() => undefined);
    wire.unplug();
    await expect(running).rejects.toThrow('unplugged');
    await line[Symbol.asyncDispose]();
    await expect(kernelCan({ serial: simulatedSerial() }).open('/dev/none', OPTIONS, new AbortController().signal)).rejects.toThrow(
      /does not exist/,
    );
    const slow = await adapter({});
    await slow.clock.advance(400);
    slow.controller.abort(new Error('stop'));
    await slow.clock.advance(1);
    await expect(slow.opening).rejects.toThrow('stop');
    expect(slow.wire.opened).toBeUndefined();
  });
});
