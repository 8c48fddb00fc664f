/** What must hold on every broker: run against the embedded one with each test run, and against Mosquitto by scripts/test-broker. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  APP,
  type House,
  type HouseOptions,
  house,
  type Line,
  lineTo,
  type Observer,
  observer,
  remembers,
  retainedWhen,
  sensor,
} from './cabin.ts';
import { checkDiscovery } from './platform-rules.ts';
import { until } from './waiting.ts';

const ON = { rs_01: true, au_rs_01: true, rs_01_fault: false };

/** `url` is asked for when the first scenario starts. */
export function scenarios(broker: string, url: () => string): void {
  const cleanups: (() => PromiseLike<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const open = (options?: HouseOptions, at = url()): House => {
    const opened = house(at, options);
    cleanups.push(() => opened.bridge[Symbol.asyncDispose]());
    return opened;
  };
  const watch = async (install: string): Promise<Observer> => {
    const watching = await observer(url(), install);
    cleanups.push(() => watching[Symbol.asyncDispose]());
    return watching;
  };
  const line = async (): Promise<Line> => {
    const made = await lineTo(url());
    cleanups.push(() => made.close());
    return made;
  };

  describe(`on ${broker}`, () => {
    test('a house announces itself, the app first; relays stay on the broker, readings do not', async () => {
      const { bridge, identity, own } = open();
      const watching = await watch(identity.install);
      bridge.setAvailable('rs_01', true);
      bridge.publish('rs_01', ON);
      bridge.publish('bat_01', { voltage: 13.25 });
      await until('the readings', () => watching.newest(own('bat_01/state')));
      const found = await retainedWhen(
        url(),
        identity.install,
        (now) => now.has(own('rs_01/state')) && now.get(own('rs_01/available')) === 'online' && now.has(own('bat_01/available')),
      );
      const documents = [...found].filter(([topic]) => topic.startsWith('homeassistant/device/'));
      expect(documents.map(([topic]) => topic.split('_').slice(2).join('_')).sort()).toEqual([
        'bat_01/config',
        'bridge/config',
        'rs_01/config',
      ]);
      expect(documents.flatMap(([topic, text]) => checkDiscovery(topic, text))).toEqual([]);
      expect(found.get(own('status'))).toBe('online');
      expect(JSON.parse(found.get(own('rs_01/state')) ?? '')).toMatchObject(ON);
      expect(found.has(own('bat_01/state'))).toBe(false);
      expect(found.get(own('bat_01/available'))).toBe('offline');
      const order = watching.heard.filter(({ topic }) => topic.endsWith('/config')).map(({ topic }) => topic);
      expect(order[0]).toContain('_bridge/config');
    });

    test('the birth of Home Assistant brings everything again', async () => {
      const { bridge, identity, own } = open();
      bridge.publish('bat_01', { voltage: 12 });
      const watching = await watch(identity.install);
      await until('the start', () => watching.newest(own('bat_01/state')));
      await retainedWhen(url(), identity.install, (now) => [...now.keys()].filter((topic) => topic.endsWith('/config')).length === 3);
      const from = watching.heard.length;
      await watching.connection.publish(identity.statusTopic, 'online', { qos: 1, retain: false });
      const again = (end: string) => () => watching.heard.slice(from).some(({ topic }) => topic.endsWith(end));
      for (const end of ['_bat_01/config', 'bat_01/available', 'bat_01/state', '/status']) await until(end, again(end));
    });

    test('a cut line leaves the will; afterwards the newest of everything comes, once', async () => {
      const wire = await line();
      const { bridge, identity, own, log } = open({}, wire.url);
      const watching = await watch(identity.install);
      bridge.setAvailable('bat_01', true);
      bridge.publish('bat_01', { voltage: 12 });
      await until('the start', () => watching.newest(own('bat_01/state')) && watching.newest(own('status')) === 'online');
      wire.cut();
      await until('the will', () => watching.newest(own('status')) === 'offline');
      for (let volts = 1; volts <= 50; volts += 1) bridge.publish('bat_01', { voltage: volts });
      bridge.publish('rs_01', ON);
      expect(bridge.connected).toBe(false);
      const from = watching.heard.length;
      wire.mend();
      await until('the return', () => watching.newest(own('status')) === 'online');
      await until('the newest', () => watching.newest(own('bat_01/state')) === '{"voltage":50}' && watching.newest(own('rs_01/state')));
      const later = watching.heard.slice(from);
      expect(later.filter(({ topic }) => topic === own('bat_01/state')).map(({ text }) => text)).not.toContain('{"voltage":12}');
      expect(later.filter(({ topic }) => topic.endsWith('_bat_01/config'))).toHaveLength(1);
      expect(bridge.stats.reconnects).toBe(1);
      expect(log.filter((text) => text.includes('not connected'))).toHaveLength(1);
    });

    test('leaving says goodbye', async () => {
      const { bridge, identity, own } = open();
      const watching = await watch(identity.install);
      await until('online', () => watching.newest(own('status')) === 'online');
      await bridge[Symbol.asyncDispose]();
      await until('offline', () => watching.newest(own('status')) === 'offline');
      expect(watching.heard.filter(({ topic, text }) => topic === own('status') && text === 'offline')).toHaveLength(1);
    });

    test('commands are obeyed when they are exact, fresh and for something; the rest is counted', async () => {
      const { bridge, identity, own, commands } = open();
      const watching = await watch(identity.install);
      await until('online', () => bridge.connected);
      const send = (topic: string, payload: string): Promise<void> =>
        watching.connection.publish(own(topic), payload, { qos: 1, retain: false });
      const wrong = [
        'on',
        'TOGGLE',
        '{"s":"ON"}',
        '{"s":"ON","t":1,"x":1}',
        `{"s":"ON","t":${Date.now() / 1000 - 60}}`,
        'ON'.repeat(5_000_000),
      ];
      for (const payload of wrong) await send('rs_01/rs_01/set', payload);
      await send('rs_09/rs_09/set', 'ON');
      await send('bat_01/voltage/set', 'ON');
      await send('rs_01/au_rs_01/set', 'OFF');
      await send('rs_01/rs_01/set', `{"s":"ON","t":${Date.now() / 1000}}`);
      await until('both', () => commands.length === 2);
      expect(commands).toEqual([
        { deviceId: 'rs_01', key: 'au_rs_01', on: false },
        { deviceId: 'rs_01', key: 'rs_01', on: true },
      ]);
      expect(bridge.stats.refusedCommands).toBe(wrong.length + 2);
    });

    test.each([false, true])('a command left on the broker is never obeyed (cleared by option: %s)', async (clearRetainedCommands) => {
      const install = clearRetainedCommands ? 'c1ea01' : 'c1ea00';
      const watching = await watch(install);
      const left = `boxenergie/${install}/rs_01/rs_01/set`;
      await watching.connection.publish(left, 'ON', { qos: 1, retain: true });
      const { bridge, commands } = open({ install, clearRetainedCommands });
      await until('refusal', () => bridge.stats.refusedCommands === 1);
      if (clearRetainedCommands) await until('clearing', () => watching.newest(left) === '');
      await watching.connection.publish(left, 'OFF', { qos: 1, retain: false });
      await until('the live one', () => commands.length > 0);
      expect(commands).toEqual([{ deviceId: 'rs_01', key: 'rs_01', on: false }]);
      const found = await retainedWhen(url(), install, (now) => now.has(left) !== clearRetainedCommands);
      expect(found.get(left)).toBe(clearRetainedCommands ? undefined : 'ON');
      expect(bridge.stats.refusedCommands).toBe(1);
      await watching.connection.publish(left, '', { qos: 1, retain: true });
    });

    test('what left the configuration leaves Home Assistant, and nothing of it stays behind; strangers stay', async () => {
      const memory = remembers();
      const first = open({ memory });
      const { install } = first.identity;
      const watching = await watch(install);
      const stranger = `homeassistant/device/zigbee_${install}/config`;
      await watching.connection.publish(stranger, '{}', { qos: 1, retain: true });
      first.bridge.publish('rs_01', ON);
      first.bridge.setAvailable('bat_01', true);
      await retainedWhen(
        url(),
        install,
        (now) => now.has(first.own('rs_01/state')) && [...now.keys()].filter((t) => t.endsWith('/config')).length === 4,
      );
      await first.bridge[Symbol.asyncDispose]();

      const { voltage = { name: { en: 'x', fr: 'x' }, quantity: 'voltage' as const } } = sensor('bat_01').description.entities;
      const from = watching.heard.length;
      open({ memory, install, devices: [APP, sensor('bat_01', { voltage })] });
      const documentOf = `homeassistant/device/boxenergie_${install}_bat_01/config`;
      const told = () =>
        watching.heard
          .slice(from)
          .filter(({ topic, text }) => topic === documentOf && text !== '')
          .map(({ text }) => JSON.parse(text).components);
      await until('both documents', () => told().length >= 2);
      expect(told()[0].problem).toEqual({ platform: 'binary_sensor' });
      expect(Object.keys(told()[1])).toEqual(['voltage']);
      const found = await retainedWhen(url(), install, (now) => ![...now.keys()].some((topic) => topic.includes('rs_01')) && now.size > 3);
      expect(found.has(stranger)).toBe(true);
      await watching.connection.publish(stranger, '', { qos: 1, retain: true });
    });

    test('of two copies with one id the younger steps back and the older goes on', async () => {
      const older = open();
      await until('the older one', () => older.bridge.connected);
      const watching = await watch(older.identity.install);
      await until('its claim', () => watching.newest(older.own('instance')));
      const younger = open({ install: older.identity.install });
      await until('stepping back', () => younger.log.some((text) => text.includes('was on this broker first')), 20_000);
      await until('the older one again', () => older.bridge.connected && watching.newest(older.own('status')) === 'online', 20_000);
      expect(younger.bridge.connected).toBe(false);
      expect(older.log.join()).not.toContain('publishes nothing');
    });
  });
}
