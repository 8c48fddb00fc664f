/** What must hold on any broker: played against the embedded one in the quick suite, against mosquitto in the broker suite. */
import mqtt, { type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { describeRelay } from '../../src/control/relay-device.ts';
import { APP_DEVICE_ID, describeApp } from '../../src/homeassistant/app-device.ts';
import { startBridge } from '../../src/homeassistant/bridge.ts';
import type { AnnouncedDevice, Bridge, BridgeMemory, Command, Identity } from '../../src/homeassistant/types.ts';
import type { Description } from '../../src/model.ts';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { checkDiscovery } from './platform-rules.ts';

export interface BrokerUnderTest {
  readonly url: string;
  /** Stops it and starts it again on the same port, its retained messages forgotten or not. */
  restart(): Promise<void>;
}

const BATTERY: Description = {
  manufacturer: 'TI',
  model: 'INA219',
  periodMs: 1000,
  entities: {
    voltage: { name: { en: 'Voltage', fr: 'Tension' }, quantity: 'voltage', decimals: 2 },
    overrange: { name: { en: 'Out of range', fr: 'Hors plage' }, quantity: 'problem' },
    l2: { name: { en: 'L2', fr: 'L2' }, quantity: 'current', whenSeen: true },
  },
};
const DEVICES: readonly AnnouncedDevice[] = [
  { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp([{ id: 'bat_01', name: 'Battery' }]) },
  { id: 'bat_01', name: 'Battery', description: BATTERY },
  { id: 'rs_01', name: 'Relay', description: describeRelay('rs_01') },
];

interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly retained: boolean;
}
/** Home Assistant's side: hears everything, and can wait for what it expects. */
async function listen(
  url: string,
): Promise<{ client: MqttClient; heard: Heard[]; until: (what: string, test: (heard: readonly Heard[]) => boolean) => Promise<void> }> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 100 });
  const heard: Heard[] = [];
  let wake = (): void => undefined;
  client.on('message', (topic, payload, packet) => {
    heard.push({ topic, payload: payload.toString(), retained: packet.retain });
    wake();
  });
  await client.subscribeAsync('#', { qos: 1 });
  const until = async (what: string, met: (heard: readonly Heard[]) => boolean): Promise<void> => {
    const deadline = Date.now() + 10_000;
    while (!met(heard)) {
      if (Date.now() > deadline)
        throw new Error(`not heard: ${what}\n${heard.map((h) => `${h.topic} ${h.payload.slice(0, 80)}`).join('\n')}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 500);
      });
    }
  };
  return { client, heard, until };
}

let lastInstall = 0x100000;
function begin(url: string, options: { devices?: readonly AnnouncedDevice[]; facts?: Map<string, string>; install?: string } = {}) {
  const install = options.install ?? (lastInstall++).toString(16);
  const facts = options.facts ?? new Map<string, string>();
  const commands: Command[] = [];
  const logs: string[] = [];
  const memory: BridgeMemory = { load: (name) => facts.get(name), save: (name, value) => void facts.set(name, value) };
  const identity: Identity = {
    install,
    version: '0.1.0',
    language: 'en',
    topicRoot: 'boxenergie',
    discoveryPrefix: 'homeassistant',
    statusTopic: `ha-${install}/status`,
  };
  const bridge: Bridge = startBridge({
    identity,
    devices: options.devices ?? DEVICES,
    brokers: mqttBrokers(() => 0),
    access: { url },
    memory,
    clock: systemClock(),
    random: () => 0,
    log: (level, message) => void logs.push(`${level} ${message}`),
    minIntervalS: 0,
    refreshS: 30,
    showPersonal: false,
    onCommand: (command) => void commands.push(command),
  });
  return {
    bridge,
    install,
    facts,
    commands,
    logs,
    root: `boxenergie/${install}`,
    discovery: (id: string) => `homeassistant/device/boxenergie_${install}_${id}/config`,
  };
}
const has =
  (topic: string, payload: string | RegExp = '') =>
  (heard: readonly Heard[]): boolean =>
    heard.some((h) => h.topic === topic && (typeof payload === 'string' ? h.payload.includes(payload) : payload.test(h.payload)));

/** Registers the scenarios for one broker. */
export function scenarios(broker: () => BrokerUnderTest): void {
  test('says who it is before what it has, keeps the rules, and says goodbye', async () => {
    const ha = await listen(broker().url);
    const { bridge, root, discovery } = begin(broker().url);
    bridge.setAvailable('bat_01', true);
    bridge.publish('bat_01', { voltage: 12.345, overrange: false });
    await ha.until('state', has(`${root}/bat_01/state`, '12.35'));
    const order = ha.heard.filter((h) => h.topic.includes(root.slice(11))).map((h) => h.topic);
    expect(order.indexOf(discovery('bridge'))).toBeLessThan(order.indexOf(discovery('bat_01')));
    for (const h of ha.heard) if (h.topic === discovery('bat_01')) expect(checkDiscovery(h.topic, h.payload)).toEqual([]);
    await ha.until('online', has(`${root}/status`, 'online'));
    await ha.until('available', has(`${root}/bat_01/available`, 'online'));
    await bridge[Symbol.asyncDispose]();
    await ha.until('offline', has(`${root}/status`, 'offline'));
    await ha.client.endAsync(true);
  });

  test('measurements are not retained, relay states and discovery are', async () => {
    const { bridge, root, discovery } = begin(broker().url);
    const early = await listen(broker().url);
    bridge.publish('bat_01', { voltage: 12 });
    bridge.publish('rs_01', { rs_01: false });
    await early.until(
      'states',
      (heard) => has(`${root}/bat_01/state`)(heard) && has(`${root}/rs_01/state`)(heard) && has(discovery('rs_01'))(heard),
    );
    const late = await listen(broker().url);
    await late.until('retained', (heard) => has(`${root}/rs_01/state`, 'false')(heard) && has(discovery('rs_01'))(heard));
    expect(late.heard.filter((h) => h.topic === `${root}/bat_01/state`)).toEqual([]);
    await bridge[Symbol.asyncDispose]();
    await Promise.all([early.client.endAsync(true), late.client.endAsync(true)]);
  });

  test('commands arrive, retained and malformed ones do not', async () => {
    const { bridge, root, commands } = begin(broker().url);
    const ha = await listen(broker().url);
    await ha.until('online', has(`${root}/status`, 'online'));
    await ha.client.publishAsync(`${root}/rs_01/rs_01/set`, 'toggle', { qos: 1 });
    await ha.client.publishAsync(`${root}/rs_01/rs_01/set`, 'x'.repeat(5000), { qos: 1 });
    await ha.client.publishAsync(`${root}/rs_01/au_rs_01/set`, 'OFF', { qos: 1 });
    await ha.client.publishAsync(`${root}/rs_01/rs_01/set`, 'ON', { qos: 1 });
    await ha.until('commands', () => commands.length === 2);
    expect(commands).toEqual([
      { deviceId: 'rs_01', key: 'au_rs_01', on: false },
      { deviceId: 'rs_01', key: 'rs_01', on: true },
    ]);
    expect(bridge.stats.refusedCommands).toBe(2);
    await bridge[Symbol.asyncDispose]();
    await ha.client.endAsync(true);
  });

  test('a retained command, waiting since before, is refused at each connection', async () => {
    const ha = await listen(broker().url);
    const install = 'fedcba';
    await ha.client.publishAsync(`boxenergie/${install}/rs_01/rs_01/set`, 'ON', { qos: 1, retain: true });
    const { bridge, commands, logs } = begin(broker().url, { install });
    await ha.until('refusal', () => logs.some((line) => /refused: retained/.test(line)));
    expect(commands).toEqual([]);
    await bridge[Symbol.asyncDispose]();
    await ha.client.publishAsync(`boxenergie/${install}/rs_01/rs_01/set`, '', { retain: true });
    await ha.client.endAsync(true);
  });

  test('when Home Assistant is born, everything is said again', async () => {
    const { bridge, root, discovery, install } = begin(broker().url);
    const ha = await listen(broker().url);
    bridge.publish('bat_01', { voltage: 12 });
    await ha.until('first state', has(`${root}/bat_01/state`));
    const before = ha.heard.length;
    await ha.client.publishAsync(`ha-${install}/status`, 'online');
    const after = (): Heard[] => ha.heard.slice(before);
    await ha.until(
      'again',
      () => has(discovery('bat_01'))(after()) && has(`${root}/bat_01/state`, '12')(after()) && has(`${root}/status`, 'online')(after()),
    );
    await bridge[Symbol.asyncDispose]();
    await ha.client.endAsync(true);
  });

  test('after a lost broker everything is said again, with the newest values, each once', async () => {
    const { bridge, root, discovery } = begin(broker().url);
    const ha = await listen(broker().url);
    bridge.publish('bat_01', { voltage: 12 });
    await ha.until('first state', has(`${root}/bat_01/state`));
    await broker().restart();
    for (let i = 0; i < 5000; i += 1) bridge.publish('bat_01', { voltage: 12 + i / 1000 });
    const back = ha.heard.length;
    await ha.until('again', (heard) => has(discovery('bat_01'))(heard.slice(back)) && has(`${root}/bat_01/state`, '17')(heard.slice(back)));
    expect(ha.heard.slice(back).filter((h) => h.topic === `${root}/bat_01/state`).length).toBeLessThanOrEqual(3);
    expect(bridge.stats.reconnects).toBeGreaterThanOrEqual(1);
    await bridge[Symbol.asyncDispose]();
    await ha.client.endAsync(true);
  });

  test('what left the configuration leaves Home Assistant, entities and whole devices; what was seen stays announced', async () => {
    const facts = new Map<string, string>();
    const first = begin(broker().url, { facts });
    const ha = await listen(broker().url);
    first.bridge.publish('bat_01', { voltage: 12, l2: 3 });
    await ha.until('the optional entity', has(first.discovery('bat_01'), '"l2":{'));
    await ha.until('the relay', has(first.discovery('rs_01')));
    await first.bridge[Symbol.asyncDispose]();
    const { overrange: _, ...rest } = BATTERY.entities;
    const devices = [DEVICES[0], { id: 'bat_01', name: 'Battery', description: { ...BATTERY, entities: rest } }].filter(
      (d) => d !== undefined,
    );
    const from = ha.heard.length;
    const second = begin(broker().url, { facts, install: first.install, devices });
    await ha.until('the final document', (heard) => heard.slice(from).filter((h) => h.topic === first.discovery('bat_01')).length >= 2);
    const documents = ha.heard
      .slice(from)
      .filter((h) => h.topic === first.discovery('bat_01'))
      .map((h) => JSON.parse(h.payload).components);
    expect(documents[0].overrange).toEqual({ platform: 'binary_sensor' });
    expect(Object.keys(documents.at(-1)).sort()).toEqual(['l2', 'voltage']);
    expect(ha.heard.slice(from)).toContainEqual({ topic: first.discovery('rs_01'), payload: '', retained: false });
    await second.bridge[Symbol.asyncDispose]();
    await ha.client.endAsync(true);
  });

  test('a program that dies is offline by its will', async () => {
    const { root, install } = begin(broker().url);
    const ha = await listen(broker().url);
    await ha.until('online', has(`${root}/status`, 'online'));
    // Taking its place on the broker ends the session as a lost line would.
    const usurper = await mqtt.connectAsync(broker().url, { clientId: `boxenergie_${install}`, reconnectPeriod: 0 });
    await ha.until('the will', has(`${root}/status`, 'offline'));
    await usurper.endAsync(true);
    await ha.client.endAsync(true);
  });
}
