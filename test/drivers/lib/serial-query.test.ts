/** One line, several askers: turns, silences, noise, a pulled adapter, and nothing left open. The protocol is invented. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScanner, type FrameFinder, openQueryLine } from '../../../src/drivers/lib/serial-query.ts';
import { ConfigError, DeviceError } from '../../../src/model.ts';
import type { Ports } from '../../../src/ports/types.ts';
import { joined, PATH, serialDevice } from '../serial-device.ts';

/** 0xAA, who answers, sum of both. */
const frame = (from: number): Uint8Array => Uint8Array.of(0xaa, from, (0xaa + from) & 0xff);
const from =
  (wanted: number): FrameFinder<number> =>
  (bytes, at) => {
    if (bytes[at] !== 0xaa) return undefined;
    const [, sender, sum] = bytes.subarray(at, at + 3);
    if (sender === undefined || sum === undefined) return 'more';
    return sender === wanted && sum === ((0xaa + sender) & 0xff) ? { frame: sender, end: at + 3 } : undefined;
  };

function bus(answering: (request: Uint8Array) => Uint8Array | undefined = ([to = 0]) => frame(to)) {
  const wired = serialDevice(answering);
  const join = (baudRate = 9600, controller = new AbortController()) =>
    openQueryLine(
      { ports: { serialLines: wired.serialLines } as unknown as Ports, clock: wired.clock, signal: controller.signal },
      { path: PATH, serial: { baudRate, dataBits: 8, parity: 'none', stopBits: 1 }, timeoutMs: 500, gapMs: 30, attempts: 2 },
    );
  return { ...wired, join };
}

describe('asking', () => {
  test('requests of two users wait for each other, in fair turns, with a silence between', async () => {
    const sent: [number, number][] = [];
    const { clock, join } = bus(([to = 0]) => {
      sent.push([clock.monotonicMs(), to]);
      return frame(to);
    });
    const [a, b] = [await join(), await join()];
    const answers = Promise.all([a.ask(Uint8Array.of(1), from(1)), a.ask(Uint8Array.of(2), from(2)), b.ask(Uint8Array.of(3), from(3))]);
    await clock.advance(200);
    expect(await answers).toEqual([[1], [2], [3]]);
    expect(sent).toEqual([
      [0, 1],
      [50, 3],
      [100, 2],
    ]);
  });
  test('an answer in several frames, each within its time', async () => {
    const { clock, wire, join } = bus(() => undefined);
    const line = await join();
    const asked = line.ask(Uint8Array.of(7), from(7), 3);
    for (let i = 0; i < 3; i += 1) {
      await clock.advance(400);
      wire.send(frame(7), 9600);
    }
    await clock.advance(1);
    expect(await asked).toEqual([7, 7, 7]);
  });
  test('what comes unasked, from another, or too late is not an answer', async () => {
    let asked = 0;
    const { clock, wire, join } = bus(([to = 0]) => (++asked === 1 ? joined(frame(9), frame(to)) : undefined));
    const line = await join();
    wire.send(frame(1), 9600);
    await clock.advance(10);
    const first = line.ask(Uint8Array.of(1), from(1));
    await clock.advance(30);
    expect(await first).toEqual([1]);
    const second = line.ask(Uint8Array.of(2), from(2));
    second.catch(() => undefined);
    await clock.advance(1100);
    await expect(second).rejects.toThrow(/nothing answers/);
    wire.send(frame(3), 9600);
    await clock.advance(10);
    const third = line.ask(Uint8Array.of(3), from(3));
    third.catch(() => undefined);
    await clock.advance(1200);
    await expect(third).rejects.toThrow(DeviceError);
  });
  test('an endless babble does not put the end off', async () => {
    const { clock, wire, join } = bus(() => undefined);
    const asked = (await join()).ask(Uint8Array.of(1), from(1));
    asked.catch(() => undefined);
    for (let i = 0; i < 25; i += 1) {
      wire.send(new Uint8Array(500).fill(0xaa), 9600);
      await clock.advance(50);
    }
    await expect(asked).rejects.toThrow(/no readable answer/);
  });
});

describe('sharing', () => {
  test('the first opens, the last closes', async () => {
    const { wire, join } = bus();
    const [a, b] = await Promise.all([join(), join()]);
    await a[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    expect(wire.opened).toBeDefined();
    await b[Symbol.asyncDispose]();
    expect(wire.opened).toBeUndefined();
    await (await join())[Symbol.asyncDispose]();
    expect(wire.opened).toBeUndefined();
  });
  test('two names of one adapter are one line', async () => {
    const { simulated, serialLines, wire } = bus();
    simulated.link('/dev/serial/by-path/battery', PATH);
    const settings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    const signal = new AbortController().signal;
    const both = [await serialLines.join(PATH, settings, signal), await serialLines.join('/dev/serial/by-path/battery', settings, signal)];
    expect(wire.opened).toBeDefined();
    await both[0]?.[Symbol.asyncDispose]();
    expect(wire.opened).toBeDefined();
    await both[1]?.[Symbol.asyncDispose]();
    expect(wire.opened).toBeUndefined();
  });
  test('two speeds on one line are a mistake of the file, and take nothing from the first', async () => {
    const { clock, wire, join } = bus();
    const line = await join(9600);
    await expect(join(19_200)).rejects.toBeInstanceOf(ConfigError);
    const asked = line.ask(Uint8Array.of(1), from(1));
    await clock.advance(30);
    expect(await asked).toEqual([1]);
    await line[Symbol.asyncDispose]();
    expect(wire.opened).toBeUndefined();
  });
  test('one user leaving in the middle of its question frees the line for the others', async () => {
    const { clock, join } = bus(([to = 0]) => (to === 1 ? undefined : frame(to)));
    const leaving = new AbortController();
    const [a, b] = [await join(9600, leaving), await join()];
    const asked = a.ask(Uint8Array.of(1), from(1));
    const waiting = a.ask(Uint8Array.of(4), from(4));
    const other = b.ask(Uint8Array.of(2), from(2));
    asked.catch(() => undefined);
    waiting.catch(() => undefined);
    await clock.advance(100);
    leaving.abort(new Error('stop'));
    await expect(asked).rejects.toThrow('stop');
    await expect(waiting).rejects.toThrow('stop');
    await a[Symbol.asyncDispose]();
    await clock.advance(100);
    expect(await other).toEqual([2]);
  });
  test('a pulled adapter fails all users at once, and the port can be opened again', async () => {
    const { clock, wire, join } = bus(([to = 0]) => (to === 1 ? undefined : frame(to)));
    const [a, b] = [await join(), await join()];
    const asked = a.ask(Uint8Array.of(1), from(1));
    const waiting = b.ask(Uint8Array.of(2), from(2));
    asked.catch(() => undefined);
    waiting.catch(() => undefined);
    await clock.advance(100);
    wire.unplug();
    await clock.advance(0);
    await expect(asked).rejects.toThrow(/unplugged/);
    await expect(waiting).rejects.toThrow(/unplugged/);
    expect(wire.opened).toBeUndefined();
    await expect(join()).rejects.toThrow(/does not exist/);
    wire.plug();
    const again = await join();
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    const answer = again.ask(Uint8Array.of(2), from(2));
    await clock.advance(60);
    expect(await answer).toEqual([2]);
  });
  test('a user that is stopped before the port opened leaves nothing behind', async () => {
    const { wire, join } = bus();
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(join(9600, controller)).rejects.toThrow('stop');
    expect(wire.opened).toBeUndefined();
  });
});

/** What may happen to a line, in any order. */
const EVENTS = fc.oneof(
  fc.record({ do: fc.constantFrom('ask', 'leave', 'abort'), who: fc.nat(2) }),
  fc.record({ do: fc.constantFrom('join', 'unplug', 'plug', 'noise', 'wait'), who: fc.nat(2) }),
);

test('whatever happens, every question ends, and nothing stays open when all have left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENTS, { maxLength: 25 }), async (events) => {
      const { clock, wire, join } = bus(([to = 0]) => (to === 2 ? undefined : frame(to)));
      const users: { line: Awaited<ReturnType<typeof join>>; controller: AbortController }[] = [];
      const asked: Promise<unknown>[] = [];
      for (const event of events) {
        const user = users[event.who];
        const controller = new AbortController();
        if (event.do === 'join')
          await join(9600, controller)
            .then((line) => users.push({ line, controller }))
            .catch(() => undefined);
        if (event.do === 'ask' && user !== undefined) {
          asked.push(
            user.line.ask(Uint8Array.of(event.who), from(event.who)).then(
              () => 'answer',
              () => 'error',
            ),
          );
        }
        if (event.do === 'abort') user?.controller.abort(new Error('stop'));
        if (event.do === 'leave' && user !== undefined) {
          user.controller.abort(new Error('left'));
          await user.line[Symbol.asyncDispose]();
          users.splice(event.who, 1);
        }
        if (event.do === 'unplug') wire.unplug();
        if (event.do === 'plug') wire.plug();
        if (event.do === 'noise') wire.send(Uint8Array.of(0xaa, 1, 2, 3), 9600);
        await clock.advance(event.do === 'wait' ? 700 : 7);
      }
      let settled = 0;
      for (const question of asked) void question.then(() => (settled += 1));
      await clock.advance(60_000);
      expect(settled).toBe(asked.length);
      for (const { line } of users) await line[Symbol.asyncDispose]();
      expect(wire.opened).toBeUndefined();
    }),
    { numRuns: 60 },
  );
}, 30_000);

test('the scanner finds every frame, however the stream is cut, and keeps no endless noise', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(frame(5)), fc.uint8Array({ maxLength: 4 })), { maxLength: 30 }), fc.nat(7), (parts, size) => {
      const bytes = joined(...parts);
      const scan = createScanner(from(5));
      const whole = createScanner(from(5))(bytes);
      const pieces: number[] = [];
      for (let at = 0; at < bytes.length; at += size + 1) pieces.push(...scan(bytes.subarray(at, at + size + 1)));
      expect(pieces).toEqual(whole);
    }),
  );
});
