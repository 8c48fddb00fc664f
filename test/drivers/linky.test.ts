import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../src/model.ts';
import { ticFrame } from '../../src/ports/sim/tic-writer.ts';
import { meter } from './linky-meter.ts';

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
    const farewells = seen.filter(({ values }) => values.subscribed_current === null);
    expect(farewells).toHaveLength(1);
    // A total is never made unknown: the store keeps it. What both modes know goes on in the same breath.
    expect(farewells[0]?.values).not.toHaveProperty('hchc');
    expect(farewells[0]?.values).toMatchObject({
      tic_mode: 'standard',
      apparent_power: expect.any(Number),
      current_l1: 1,
      overload: false,
    });
    await play('historic-1p-hchp', 1200, 22);
    expect(last()).toMatchObject({ tic_mode: 'historic' });
  });

  test('noise gives no index, and its share is said', async () => {
    const { play, seen, last } = meter('historic');
    await play('historic-3p-base', 1200, 10);
    await play('historic-3p-noisy', 1200, 20);
    expect(last().tic_error_rate).toBeGreaterThan(10);
    for (const { values } of seen)
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
    const error = await m.failure;
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
    const error = await m.failure;
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
