import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { qualityOf } from '../../src/control/snapshot.ts';
import { numberAt, openPayload } from '../../src/drivers/lib/mqtt-payload.ts';
import { mqtt } from '../../src/drivers/mqtt.ts';
import { AGE_MS, ConfigError, DeviceError, type Values } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSubscriptions } from '../../src/ports/sim/subscriptions.ts';
import { watch } from './watching.ts';

// Recorded: a plug with Tasmota, in the report github.com/arendst/Tasmota/issues/2229 (facts of the log only).
const TASMOTA =
  '{"Time":"2018-03-22T09:49:20","ENERGY":{"Total":22.768,"Yesterday":0.139,"Today":0.077,"Period":0,"Power":0,"Factor":0.00,"Voltage":124,"Current":0.000}}';
// Recorded: a plug behind Zigbee2MQTT, in the report github.com/Koenkk/zigbee2mqtt/issues/32463, shortened after `power`.
const ZIGBEE =
  '{"child_lock":"UNLOCK","countdown":0,"current":0,"energy":12.05,"identify":null,"indicator_mode":"off/on","last_seen":"2026-07-27T09:41:41+02:00","linkquality":40,"power":0}';
// Recorded: an early plug that knew no voltage, github.com/Koenkk/zigbee2mqtt/issues/121.
const XIAOMI = '{"state":"ON","power":11.52,"voltage":null,"consumption":0,"temperature":31}';

type Options = Parameters<typeof mqtt.describe>[0];
const value = (key: string, quantity: 'power' | 'energy' | 'voltage' | 'temperature', more: Partial<Options['values'][number]> = {}) => ({
  ...{ key, name: key, quantity, scale: 1, total: false },
  ...more,
});
const PLUG: Options = {
  topic: 'tele/plug/SENSOR',
  values: [
    value('power', 'power', { path: 'ENERGY.Power' }),
    value('energy', 'energy', { path: 'ENERGY.Total', unit: 'kWh', total: true }),
    value('voltage', 'voltage', { path: 'ENERGY.Voltage' }),
  ],
  stale_s: 300,
  accept_retained: true,
};
const PLAIN: Options = { ...PLUG, topic: 'homeassistant/sensor/boiler_power/state', values: [value('power', 'power', { unit: 'kW' })] };

function listening(options: Options, wallMs = Date.UTC(2026, 6, 27, 7, 41, 45)) {
  const clock = virtualClock(wallMs);
  const subscriptions = simulatedSubscriptions(clock);
  return { ...watch(mqtt, options, { subscriptions }, clock), subscriptions, options };
}
const ageOf = (values: object | undefined): number | undefined => (values as Values<object> | undefined)?.[AGE_MS];

describe('recorded messages', () => {
  test('a Tasmota plug, kWh become Wh', async () => {
    const { clock, seen, subscriptions } = listening(PLUG);
    await clock.advance(100);
    subscriptions.say('tele/plug/SENSOR', TASMOTA);
    await clock.advance(500);
    expect(seen).toEqual([{ power: 0, energy: 22_768, voltage: 124, refused: 0, [AGE_MS]: 400 }]);
  });

  test('a Zigbee2MQTT plug with the time of its measurement', async () => {
    const values = [value('power', 'power', { path: 'power' }), value('energy', 'energy', { path: 'energy', unit: 'kWh' })];
    const { clock, seen, subscriptions } = listening({ ...PLUG, topic: 'z', values, timestamp_path: 'last_seen' });
    await clock.advance(100);
    subscriptions.say('z', ZIGBEE);
    await clock.advance(500);
    expect(seen[0]).toMatchObject({ power: 0, energy: 12_050 });
    // Measured at 07:41:41 UTC, looked at 07:41:45.5.
    expect(ageOf(seen[0])).toBe(4500);
  });

  test('what is said to be unknown is unknown, not zero', async () => {
    const values = [value('power', 'power', { path: 'power' }), value('voltage', 'voltage', { path: 'voltage' })];
    const { clock, seen, subscriptions } = listening({ ...PLUG, topic: 'x', values });
    await clock.advance(100);
    subscriptions.say('x', XIAOMI);
    await clock.advance(500);
    expect(seen[0]).toMatchObject({ power: 11.52, voltage: null, refused: 0 });
  });
});

describe('an entity of Home Assistant', () => {
  test.each([
    ['1.25', 1250],
    [' -0.5 ', -500],
    ['unavailable', null],
    ['unknown', null],
  ])('%j', async (payload, power) => {
    const { clock, seen, subscriptions } = listening(PLAIN);
    await clock.advance(100);
    subscriptions.say(PLAIN.topic, payload);
    await clock.advance(500);
    expect(seen[0]).toMatchObject({ power });
  });

  test('several entities make one device; one that falls silent becomes unknown', async () => {
    const values = [value('power', 'power'), value('voltage', 'voltage', { topic: 'b' })];
    const { clock, seen, subscriptions } = listening({ ...PLAIN, topic: 'a', values });
    await clock.advance(100);
    subscriptions.say('b', '230');
    for (let i = 0; i < 3; i += 1) {
      subscriptions.say('a', '100');
      await clock.advance(120_000);
    }
    subscriptions.say('a', '100');
    await clock.advance(500);
    expect(seen[0]).toMatchObject({ voltage: 230 });
    expect(seen.find(({ voltage }) => voltage === null)).toEqual({ voltage: null });
    expect(seen.at(-1)).toMatchObject({ power: 100 });
  });
});

test.each([
  ['temperature', '°F', 212, 100],
  ['temperature', 'K', 273.15, 0],
  ['power', 'MW', 1, 1e6],
  ['energy', 'MJ', 3.6, 1000],
] as const)('%s in %s', async (quantity, unit, said, expected) => {
  const { clock, seen, subscriptions } = listening({ ...PLAIN, topic: 'u', values: [value('v', quantity, { unit })] });
  await clock.advance(100);
  subscriptions.say('u', String(said));
  await clock.advance(500);
  expect(seen[0]?.v).toBeCloseTo(expected, 6);
});

describe('what is refused is counted and never a value', () => {
  const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  test.each([
    ['text', 'abc'],
    ['not finite', '1e999'],
    ['hexadecimal', '0x10'],
    ['a comma', '1,5'],
    ['a unit', '12 kW'],
    ['yes or no', 'true'],
    ['an object', '{"a":1}'],
    ['a list', '[1]'],
    ['too large', '1'.repeat(16_385)],
    ['too deep', nested(9)],
    ['no UTF-8', Uint8Array.of(0xff, 0x31)],
  ])('%s', async (_, payload) => {
    const { clock, seen, subscriptions } = listening(PLAIN);
    await clock.advance(100);
    subscriptions.say(PLAIN.topic, payload);
    await clock.advance(500);
    expect(seen).toEqual([]);
    subscriptions.say(PLAIN.topic, '1');
    await clock.advance(500);
    subscriptions.say(PLAIN.topic, payload);
    await clock.advance(500);
    expect(seen).toMatchObject([{ power: 1000, refused: 1 }, { refused: 2 }]);
    expect(seen[1]).not.toHaveProperty('power');
  });
  test('a path that leads nowhere, and no JSON where a path is given', async () => {
    const { clock, running, seen, subscriptions } = listening(PLUG);
    await clock.advance(100);
    subscriptions.say(PLUG.topic, '{"Energy":{}}');
    subscriptions.say(PLUG.topic, '{"ENERGY":');
    await clock.advance(300_000);
    expect(seen).toEqual([]);
    await expect(running).rejects.toThrow(/nothing readable on tele.plug.SENSOR for 300 s: power is no number/);
  });
  test('inherited names are no values', () => {
    for (const path of ['constructor.length', '__proto__', 'a.length']) {
      const payload = openPayload(Buffer.from('{"a":[1,2]}'));
      expect(payload && numberAt(payload, path).kind).not.toBe(path === 'a.length' ? 'absent' : 'number');
    }
  });
  test('eight levels are read', () => {
    const payload = openPayload(Buffer.from(nested(8)));
    expect(payload && numberAt(payload, 'a.a.a.a.a.a.a.a')).toEqual({ kind: 'number', number: 1 });
  });
  test('a message of no known time, where times were promised', async () => {
    const { clock, seen, subscriptions } = listening({ ...PLUG, timestamp_path: 'Time' });
    await clock.advance(100);
    subscriptions.say(PLUG.topic, TASMOTA); // without a zone
    subscriptions.say(PLUG.topic, '{"Time":"2099-01-01T00:00:00Z","ENERGY":{"Power":1}}');
    subscriptions.say(PLUG.topic, '{"Time":"2026-07-27T07:41:45Z","ENERGY":{"Power":1}}');
    await clock.advance(500);
    expect(seen).toMatchObject([{ power: 1, refused: 2 }]);
  });
});

describe('age', () => {
  test('nothing for stale_s: unavailable; a refused message does not help', async () => {
    const { clock, running, subscriptions } = listening(PLAIN);
    await clock.advance(100);
    subscriptions.say(PLAIN.topic, '1');
    await clock.advance(200_000);
    subscriptions.say(PLAIN.topic, 'nonsense');
    await clock.advance(101_000);
    await expect(running).rejects.toBeInstanceOf(DeviceError);
  });

  test('a retained message is late information: nothing may be permitted by it', async () => {
    const { clock, seen, subscriptions } = retained('2', PLAIN);
    await clock.advance(500);
    expect(seen[0]).toMatchObject({ power: 2000 });
    const { periodMs } = mqtt.describe(PLAIN);
    expect(qualityOf(ageOf(seen[0]) ?? 0, periodMs)).toBe('late');
    subscriptions.say(PLAIN.topic, '3');
    await clock.advance(500);
    expect(qualityOf(ageOf(seen[1]) ?? 0, periodMs)).toBe('fresh');
  });

  test('the same retained message heard again is no younger: a dead sender never looks alive', async () => {
    const { clock, seen, running, subscriptions, options } = retained('2', PLAIN);
    await clock.advance(300_000);
    await expect(running).rejects.toThrow(/nothing new/);
    const again = watch(mqtt, options, { subscriptions }, clock);
    await clock.advance(300_000);
    expect([seen.length, again.seen]).toEqual([1, []]);
    await expect(again.running).rejects.toThrow(/nothing new/);
  });

  test('not wanted, or measured too long ago: retained messages are left out', async () => {
    const unwanted = retained('2', { ...PLAIN, accept_retained: false });
    await unwanted.clock.advance(500);
    expect(unwanted.seen).toEqual([]);
    const old = '{"Time":"2026-07-27T07:36:00Z","ENERGY":{"Power":1}}';
    const timed = retained(old, { ...PLUG, timestamp_path: 'Time' });
    await timed.clock.advance(500);
    expect(timed.seen).toEqual([]);
  });

  function retained(payload: string, options: Options) {
    const clock = virtualClock(Date.UTC(2026, 6, 27, 7, 41, 45));
    const subscriptions = simulatedSubscriptions(clock);
    subscriptions.say(options.topic, payload, true);
    return { ...watch(mqtt, options, { subscriptions }, clock), subscriptions, options };
  }
});

describe('the connection', () => {
  test('without a broker, and when it goes away, the device is unavailable until it is back', async () => {
    const { clock, running, subscriptions } = listening(PLAIN);
    await clock.advance(100);
    subscriptions.down();
    await clock.advance(500);
    await expect(running).rejects.toThrow(/not connected to the broker/);
    const without = watch(mqtt, PLAIN, { subscriptions }, clock);
    await clock.advance(0);
    await expect(without.running).rejects.toBeInstanceOf(DeviceError);
    subscriptions.up();
    const back = watch(mqtt, PLAIN, { subscriptions }, clock);
    await clock.advance(100);
    subscriptions.say(PLAIN.topic, '1');
    await clock.advance(500);
    expect(back.seen).toHaveLength(1);
  });

  test('a topic the broker forbids', async () => {
    const clock = virtualClock();
    const subscriptions = simulatedSubscriptions(clock);
    subscriptions.forbidden.add(PLAIN.topic);
    const { running } = watch(mqtt, PLAIN, { subscriptions }, clock);
    await clock.advance(1000);
    await expect(running).rejects.toThrow(/does not let us listen/);
  });

  test.each(['boxenergie/sim/bat_01/state', 'boxenergie/sim/rs_01/rs_01/set', 'homeassistant/status'])(
    '%s would be a loop',
    async (topic) => {
      const { clock, running } = listening({ ...PLAIN, topic });
      await clock.advance(0);
      await expect(running).rejects.toBeInstanceOf(ConfigError);
    },
  );
  test('another installation may be read', async () => {
    const { clock, seen, subscriptions } = listening({ ...PLAIN, topic: 'boxenergie/other/bat_01/state' });
    await clock.advance(100);
    subscriptions.say('boxenergie/other/bat_01/state', '1');
    await clock.advance(500);
    expect(seen).toHaveLength(1);
  });

  test('abort gives the topics back', async () => {
    const { clock, running, controller, subscriptions } = listening(PLAIN);
    await clock.advance(100);
    expect(subscriptions.topics).toEqual([PLAIN.topic]);
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    expect(subscriptions.topics).toEqual([]);
  });
});

test.each([
  [[value('a', 'power', { unit: 'kWh' })], /kWh is no unit of power/],
  [[value('a', 'power'), value('a', 'power')], /used twice/],
  [[value('refused', 'power')], /used twice/],
  [[value('a', 'power', { total: true })], /no counter/],
])('values that contradict themselves: %j', async (values, message) => {
  const { clock, running } = listening({ ...PLAIN, values });
  await clock.advance(0);
  await expect(running).rejects.toThrow(message);
  await expect(running).rejects.toBeInstanceOf(ConfigError);
});

test('random text at random paths never throws and gives finite numbers only', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json({ maxDepth: 12 }), fc.string(), fc.string({ unit: 'binary' })),
      fc.stringMatching(/^[a-z0-9.[\]]{1,20}$/),
      (text, path) => {
        const payload = openPayload(Buffer.from(text));
        if (payload === undefined) return;
        for (const found of [numberAt(payload, path), numberAt(payload, undefined)]) {
          if (found.kind === 'number') expect(Number.isFinite(found.number)).toBe(true);
        }
      },
    ),
  );
});
