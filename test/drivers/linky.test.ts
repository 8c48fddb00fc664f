import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { linky } from '../../src/drivers/linky.ts';
import { DeviceError, type Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { ticFrame } from '../../src/ports/sim/tic-writer.ts';
import type { Ports } from '../../src/ports/types.ts';

const PORT = '/dev/serial/by-id/tic';
function meter(mode: 'auto' | 'historic' | 'standard' = 'auto') {
  const clock = virtualClock(Date.UTC(2023, 2, 1, 8, 18, 30));
  const serial = simulatedSerial();
  const wire = serial.wire(PORT);
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of linky.read({
      options: { port: PORT, mode },
      ports: { serial } as unknown as Ports,
      clock,
      signal: controller.signal,
    })) {
      seen.push(values as Record<string, Value>);
    }
  })();
  running.catch(() => undefined);
  /** Plays a capture in a loop for a while, as a meter at `baud` would. */
  const play = async (name: string, baud: number, seconds: number): Promise<void> => {
    const bytes = readFileSync(`test/fixtures/linky/${name}.tic`);
    const perSecond = baud / 10;
    for (let second = 0, at = 0; second < seconds; second += 1) {
      for (let rest = perSecond; rest > 0; ) {
        const part = bytes.subarray(at, Math.min(bytes.length, at + rest));
        wire.send(part, baud);
        rest -= part.length;
        at = (at + part.length) % bytes.length;
      }
      await clock.advance(1000);
    }
  };
  return { clock, wire, controller, seen, running, play, last: () => seen.at(-1) ?? {} };
}

describe('finding the mode', () => {
  test.each([
    ['standard-1p-consumer', 9600, 'standard', 11_887_649],
    ['historic-1p-hchp', 1200, 'historic', 2_873_184],
  ] as const)('%s', async (name, baud, mode, total) => {
    const { play, last } = meter();
    await play(name, baud, 12);
    expect(last()).toMatchObject({ tic_mode: mode, energy_drawn: total, tic_error_rate: 0 });
  });

  test('a change of mode while running is followed; what both modes know goes on under the same keys', async () => {
    const { play, seen, last } = meter();
    await play('historic-1p-hchp', 1200, 14);
    const before = last();
    await play('standard-1p-consumer', 9600, 18);
    expect(before).toMatchObject({ tic_mode: 'historic', apparent_power: 200, subscribed_current: 15 });
    expect(last()).toMatchObject({ tic_mode: 'standard', subscribed_power: 4, tariff_period: 'all_hours' });
    const farewell = seen.find((values) => values.subscribed_current === null);
    expect(farewell).toBeDefined();
    // A total is never made unknown: the store keeps it.
    expect(farewell).not.toHaveProperty('hchc');
    expect(farewell).not.toHaveProperty('apparent_power');
    await play('historic-1p-hchp', 1200, 22);
    expect(last()).toMatchObject({ tic_mode: 'historic' });
  });

  test('noise gives no index, and its share is said', async () => {
    const { play, seen, last } = meter('historic');
    await play('historic-3p-base', 1200, 10);
    await play('historic-3p-noisy', 1200, 20);
    expect(last().tic_error_rate).toBeGreaterThan(10);
    for (const values of seen)
      if (values.base !== undefined) expect([16_878_539, 16_878_540, 16_878_541, 16_878_542]).toContain(values.base);
  });
});

describe('what is wrong is said', () => {
  test.each<[string, (m: ReturnType<typeof meter>) => Promise<void>, RegExp, RegExp]>([
    ['silence', async ({ clock }) => clock.advance(30_000), /9600 baud: silence; 1200 baud: silence/, /two wires/],
    ['the other speed only', async ({ play }) => play('historic-3p-noisy', 4800, 30), /nothing readable/, /two wires/],
  ])('%s', async (_, act, message, mend) => {
    const m = meter();
    await act(m);
    const error = await m.running.then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(message);
    expect((error as DeviceError).mend).toMatch(mend);
  });

  test('a meter put to rest sends its address only', async () => {
    const m = meter('historic');
    for (let i = 0; i < 12; i += 1) {
      m.wire.send(ticFrame('historic', [{ label: 'ADCO', data: '061234567890' }]), 1200);
      await m.clock.advance(1000);
    }
    const error = await m.running.catch((e: unknown) => e);
    expect((error as DeviceError).mend).toMatch(/ask the supplier/);
  });

  test('an unplugged adapter is an error at once', async () => {
    const m = meter();
    await m.play('standard-1p-consumer', 9600, 3);
    m.wire.unplug();
    await m.clock.advance(0);
    await expect(m.running).rejects.toThrow(/unplugged/);
    expect(m.wire.opened).toBeUndefined();
  });
});

test('abort ends the reading and closes the port', async () => {
  const { play, controller, running, wire, clock } = meter();
  await play('standard-1p-consumer', 9600, 3);
  controller.abort(new Error('stop'));
  await clock.advance(0);
  await running;
  expect(wire.opened).toBeUndefined();
});
