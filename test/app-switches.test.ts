/** Loads behind MQTT switches in load-shedding: a simulated Zigbee2MQTT plug that follows, is deaf, is slow, is pressed by hand. */
import { describe, expect, test } from 'vitest';
import { run } from '../src/app.ts';
import { createShedding } from '../src/app-shedding.ts';
import { demoYaml } from '../src/config/demo.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import { drivers } from '../src/drivers/index.ts';
import type { Value } from '../src/model.ts';
import { mqttBrokers } from '../src/ports/broker.ts';
import { startEmbeddedBroker } from '../src/ports/sim/broker.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse } from '../src/ports/sim/demo.ts';
import { simulatedSubscriptions } from '../src/ports/sim/subscriptions.ts';
import type { Subscriptions } from '../src/ports/subscription-types.ts';
import { sharedConnection } from '../src/ports/subscriptions.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeBrokers, fakeStore } from './fakes.ts';
import { until } from './homeassistant/waiting.ts';
import { plug } from './plug.ts';

const z2m = (name: string): string =>
  `{command: zigbee2mqtt/${name}/set, on: '{"state":"ON"}', off: '{"state":"OFF"}', state: zigbee2mqtt/${name}, path: state, ` +
  `ask: zigbee2mqtt/${name}/get, ask_with: '{"state":""}'}`;
const SECTION = `shedding:
  meter: linky
  loads:
    - {id: tank, mqtt: ${z2m('tank')}, kind: water_heater, priority: 9, power: 2000}
    - {id: radiator, mqtt: ${z2m('radiator')}, priority: 5, power: 2000}
`;
const validate = (section: string) => validateHouse(demoYaml('en').replace('relays:', `${section}relays:`), 'h', drivers);

/** A house of 6 kVA with 1 kVA of its own, a tank and a radiator on plugs. */
function bench(options: { on?: boolean; kept?: { state: StoredState }; radiator?: boolean } = {}) {
  const clock = virtualClock();
  const subscriptions = simulatedSubscriptions(clock);
  const plugs = (['tank', 'radiator'] as const).map((name) =>
    plug({ clock, name, on: name === 'tank' ? (options.on ?? true) : (options.radiator ?? false), say: subscriptions.say }),
  );
  const [tank, radiator] = plugs as [(typeof plugs)[0], (typeof plugs)[0]];
  subscriptions.onPublish((topic, payload) => plugs.forEach((each) => void each.hear(topic, payload)));
  const snapshot = createSnapshot(() => 1_000);
  const seen: Record<string, Value>[] = [];
  const logs: string[] = [];
  const store = fakeStore(options.kept);
  const shedding = createShedding({
    house: toHouse(validate(SECTION).raw),
    ...{ snapshot, clock, store, subscriptions, log: (level, text) => void logs.push(`${level} ${text}`), random: () => 0.5 },
    onValues: (_, values) => void seen.push(values),
  });
  let baseVa = 1_000;
  const run = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i += 1) {
      const apparent_power = baseVa + (tank.on ? 2_000 : 0) + (radiator.on ? 2_000 : 0);
      const values = { apparent_power, subscribed_power: 6, cut_off_power: 6, overload: false };
      snapshot.remember({ deviceId: 'linky', atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values });
      shedding.step(() => []);
      await clock.advance(1_000);
    }
  };
  return { clock, subscriptions, tank, radiator, seen, logs, store, shedding, run, base: (va: number) => void (baseVa = va) };
}

describe('the section', () => {
  const fault = (section: string): string =>
    validate(section)
      .problems.map(({ field, problem }) => `${field}: ${problem}`)
      .join('\n');
  test('a good one is taken; Tasmota needs its two topics alone', () => {
    expect(fault(SECTION)).toBe('');
    const tasmota = SECTION.replace(z2m('tank'), '{command: cmnd/tank/POWER, state: stat/tank/POWER}');
    expect(toHouse(validate(tasmota).raw).shedding?.loads[0]).toMatchObject({ mqtt: { on: 'ON', off: 'OFF', state: 'stat/tank/POWER' } });
  });
  test.each([
    [SECTION.replace('{id: tank,', '{id: tank, relay: rs_02,'), /mqtt and relay exclude each other/],
    [SECTION.replace('{id: tank,', '{id: tank, state: {device: linky, entity: overload},'), /mqtt and state exclude each other/],
    [SECTION.replace('tank/set', '+/set'), /mqtt\.command: .*does not have the right form/],
    [SECTION.replace('state: zigbee2mqtt/tank,', "state: 'zigbee2mqtt/#',"), /mqtt\.state: .*does not have the right form/],
    [SECTION.replace('zigbee2mqtt/tank/set', 'boxenergie/a1b2c3/rs_02/rs_02/set'), /mqtt\.command: .*a topic of the app itself/],
    [SECTION.replace('state: zigbee2mqtt/tank,', 'state: zigbee2mqtt/tank/set,'), /told and asked on one topic/],
    [SECTION.replace('zigbee2mqtt/radiator/set', 'zigbee2mqtt/tank/set'), /is already used by tank/],
    [SECTION.replace('path: state, ask', 'patth: state, ask'), /unknown key "patth"/],
    [`mqtt: {topic_root: zigbee2mqtt}\n${SECTION}`, /a topic of the app itself/],
  ])('what does not fit is refused: %#', (section, message) => expect(fault(section)).toMatch(message));
});

describe('a plug', () => {
  test('that follows: asked for its state, shed at an overload, told without being kept, back after the test', async () => {
    const b = bench();
    await b.run(600);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'on', tank_permit: true, radiator_state: 'off_user' });
    expect(b.subscriptions.published.map(({ topic }) => topic)).toEqual(['zigbee2mqtt/tank/get', 'zigbee2mqtt/radiator/get']);
    b.base(6_500);
    await b.run(20);
    expect(b.tank.on).toBe(false);
    expect(b.subscriptions.published.at(-1)).toEqual({
      ...{ topic: 'zigbee2mqtt/tank/set', payload: '{"state":"OFF"}', retain: false, qos: 1 },
    });
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'shed', tank_permit: false });
    b.base(1_000);
    await b.run(290);
    expect(b.tank.on).toBe(false);
    await b.run(120);
    expect(b.tank.on).toBe(true);
    expect(b.tank.told).toEqual(['OFF', 'ON']);
    expect(b.radiator.told).toEqual([]);
  });

  test('that is deaf: told twice, then a fault; the next load is shed in its place', async () => {
    const b = bench({ radiator: true });
    await b.run(600);
    b.tank.deaf = true;
    b.base(4_000); // 8 kVA on 6
    await b.run(12);
    expect(b.seen.at(-1)).not.toMatchObject({ tank_state: 'fault' });
    await b.run(40);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'fault', tank_reason: 'not_following' });
    expect(b.shedding.fault('tank')).toBe(true);
    expect(b.radiator.on).toBe(false);
    expect(b.tank.on).toBe(true);
    expect(b.subscriptions.published.filter(({ topic }) => topic.endsWith('tank/set'))).toHaveLength(2);
    expect(b.logs.filter((line) => /load tank: does not follow: told twice on zigbee2mqtt\/tank\/set/.test(line))).toHaveLength(1);
    // Heard again later: it follows, the fault ends, it comes back in its turn.
    b.tank.deaf = false;
    b.base(500);
    await b.run(1_500);
    expect(b.shedding.fault('tank')).toBe(false);
    expect([b.tank.on, b.radiator.on]).toEqual([true, true]);
  });

  test('that is slow is no fault', async () => {
    const b = bench();
    await b.run(600);
    b.tank.slowMs = 14_000;
    b.base(6_500);
    await b.run(40);
    expect(b.tank.on).toBe(false);
    b.base(500);
    await b.run(600);
    expect(b.tank.on).toBe(true);
    expect(b.seen.some(({ tank_state }) => tank_state === 'fault')).toBe(false);
  });

  test('that its owner turned off is never turned on', async () => {
    const b = bench();
    await b.run(600);
    b.tank.press(false);
    await b.run(60);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'off_user' });
    b.base(8_000);
    await b.run(60);
    b.base(500);
    await b.run(2_000);
    expect([b.tank.on, b.tank.told]).toEqual([false, []]);
    b.tank.press(true);
    await b.run(60);
    expect([b.tank.on, b.tank.told]).toEqual([true, []]);
  });

  test('that somebody turns on again while it is shed: refused within its minimum off, accepted when the house can bear it', async () => {
    const b = bench();
    await b.run(600);
    b.base(5_900);
    await b.run(20);
    expect(b.tank.on).toBe(false);
    await b.run(60);
    b.tank.press(true);
    await b.run(3);
    expect(b.tank.told).toEqual(['OFF', 'OFF']);
    await b.run(330);
    b.base(5_000); // 7 kVA with it: above the limit, below 1.25 times it
    await b.run(2);
    b.tank.press(true);
    await b.run(30);
    expect(b.tank.on).toBe(true);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'override', tank_permit: true });
    // Then turned off by hand: it is off, and stays so.
    b.tank.press(false);
    b.base(500);
    await b.run(1_500);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'off_user' });
    expect(b.tank.told).toEqual(['OFF', 'OFF']);
  });

  test('shed before a restart comes back after it, in its turn; one that was off by hand does not', async () => {
    const kept = { state: EMPTY_STATE };
    const first = bench({ kept });
    await first.run(600);
    first.base(6_500);
    await first.run(20);
    expect(first.tank.on).toBe(false);
    await first.store.flush();
    const again = bench({ kept, on: false });
    await again.run(290);
    expect(again.tank.on).toBe(false);
    await again.run(400);
    expect([again.tank.on, again.tank.told]).toEqual([true, ['ON']]);
    const other = bench({ on: false });
    await other.run(2_000);
    expect([other.tank.on, other.tank.told]).toEqual([false, []]);
  });

  test('found on after a restart, although it was shed: somebody turned it on, it stays', async () => {
    const kept = { state: EMPTY_STATE };
    const first = bench({ kept });
    await first.run(600);
    first.base(6_500);
    await first.run(20);
    await first.store.flush();
    const again = bench({ kept, on: true });
    await again.run(600);
    expect([again.tank.on, again.tank.told]).toEqual([true, []]);
    again.tank.press(false);
    await again.run(1_500);
    expect(again.tank.told).toEqual([]);
  });

  test('with the broker away: no candidate, nothing moves, no fault; back, it is shed if that is still needed', async () => {
    const b = bench({ radiator: true });
    await b.run(600);
    b.subscriptions.down();
    await b.run(5);
    b.base(6_500);
    await b.run(120);
    expect([b.tank.on, b.radiator.on]).toEqual([true, true]);
    expect(b.seen.at(-1)).toMatchObject({ tank_state: 'on', unsheddable: true });
    expect(b.shedding.fault('tank')).toBe(false);
    b.subscriptions.up();
    await b.run(30);
    expect(b.tank.told[0]).toBe('OFF');
    b.subscriptions.down();
    b.base(500);
    await b.run(900);
    expect(b.tank.on).toBe(false);
    b.subscriptions.up();
    await b.run(600);
    expect(b.tank.on).toBe(true);
  });
});

test('the whole program: a deaf plug is an alarm, told once as an event', async () => {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const simulated = simulatedHouse(clock);
  const subscriptions = simulatedSubscriptions(clock);
  const tank = plug({ clock, name: 'tank', on: true, say: subscriptions.say });
  subscriptions.onPublish(tank.hear);
  tank.deaf = true;
  const [brokers, controller] = [fakeBrokers(), new AbortController()];
  simulated.live(controller.signal);
  const { raw, problems } = validate(SECTION.replace('meter: linky', 'meter: linky\n  limit: 120').replace('power: 2000}', 'power: 200}'));
  expect(problems).toEqual([]);
  const running = run({
    loaded: { source: 'file', house: toHouse(raw), problems: [] },
    ports: { ...simulated.ports, brokers, subscriptions },
    ...{ drivers, clock, signal: controller.signal, log: () => undefined, version: '0.1.0', random: () => 0.5 },
    openStore: async () => fakeStore(),
    findBroker: async () => ({ url: 'mqtt://x' }),
    onView: () => undefined,
  });
  await clock.advance(300_000);
  const state = (device: string) => JSON.parse(brokers.last(`/${device}/state`) ?? '{}') as Record<string, unknown>;
  expect(state('shedding')).toMatchObject({ tank_state: 'fault', tank_reason: 'not_following' });
  expect(state('alarm')).toMatchObject({ alarm_tank_not_following: true, alarm_radiator_not_following: false });
  const events = brokers.sent.filter(({ topic }) => topic.endsWith('/alarm/events/event')).map(({ payload }) => JSON.parse(payload));
  expect(events.filter(({ alarm }) => alarm === 'tank_not_following')).toMatchObject([
    { event_type: 'raised', text: 'Warning: Does not follow load-shedding, tank' },
  ]);
  controller.abort(new Error('stop'));
  for (let i = 0; i < 10; i += 1) await clock.advance(1_000);
  await running;
  expect(subscriptions.published.every(({ topic }) => topic.startsWith('zigbee2mqtt/'))).toBe(true);
}, 60_000);

test('on a broker of real sockets: the plug is shed and comes back', async () => {
  await using broker = await startEmbeddedBroker();
  const clock = virtualClock();
  const shared = sharedConnection(mqttBrokers(), clock);
  const will = (id: string) => ({ topic: `boxenergie/${id}/status`, payload: 'offline', retain: true });
  const idle = { onConnect: () => undefined, onDisconnect: () => undefined, onMessage: () => undefined };
  await using ours = shared.brokers.connect({ url: broker.url, clientId: 'a', will: will('a') }, ['boxenergie/a/+/+/set'], idle);
  const own: { tank?: ReturnType<typeof plug> } = {};
  await using theirs = mqttBrokers().connect({ url: broker.url, clientId: 'b', will: will('b') }, ['zigbee2mqtt/tank/set'], {
    ...idle,
    onMessage: ({ topic, payload }) => own.tank?.hear(topic, Buffer.from(payload).toString()),
  });
  const say = (topic: string, payload: string): void => void theirs.publish(topic, payload, { qos: 1, retain: false });
  const tank = plug({ clock, name: 'tank', on: true, say });
  own.tank = tank;
  await until('both connected', () => ours.connected && theirs.connected);
  const snapshot = createSnapshot(() => 1_000);
  let state: Value = null;
  const subscriptions: Subscriptions = shared.subscriptions;
  const shedding = createShedding({
    house: toHouse(validate(SECTION).raw),
    ...{ snapshot, clock, store: fakeStore(), subscriptions, log: () => undefined, random: () => 0.5 },
    onValues: (_, values) => {
      state = values.tank_state ?? null;
    },
  });
  let baseVa = 1_000;
  const seconds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const values = { apparent_power: baseVa + (tank.on ? 2_000 : 0), subscribed_power: 6, cut_off_power: 6, overload: false };
      snapshot.remember({ deviceId: 'linky', atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values });
      shedding.step(() => []);
      await clock.advance(1_000);
      // Time for the sockets: the plug has ten of these seconds to answer.
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  };
  await seconds(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  tank.press(true);
  for (let i = 0; i < 50 && state !== 'on'; i += 1) await seconds(5);
  expect(state).toBe('on');
  baseVa = 7_500;
  for (let i = 0; i < 50 && tank.on; i += 1) await seconds(1);
  expect(tank.told).toEqual(['OFF']);
  baseVa = 500;
  for (let i = 0; i < 2_000 && !tank.on; i += 1) await seconds(1);
  // The clock may run ahead of the sockets: an order that nobody has confirmed in time is said again.
  expect(tank.told.filter((word, i) => word !== tank.told[i - 1])).toEqual(['OFF', 'ON']);
}, 30_000);
