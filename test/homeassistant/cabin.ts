/** A house on a real broker, for tests: the bridge behind a line that can be cut, an observer beside it. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { describeRelay } from '../../src/control/relay-device.ts';
import { APP_DEVICE_ID, describeApp } from '../../src/homeassistant/app-device.ts';
import { startBridge } from '../../src/homeassistant/bridge.ts';
import type { AnnouncedDevice, Bridge, BridgeMemory, Command, Identity } from '../../src/homeassistant/types.ts';
import type { Entities } from '../../src/model.ts';
import { mqttBrokers } from '../../src/ports/broker.ts';
import type { BrokerConnection } from '../../src/ports/types.ts';
import { hastyClock, until } from './waiting.ts';

const NAME = { en: 'Name', fr: 'Nom' };
const BATTERY: Entities = {
  voltage: { name: NAME, quantity: 'voltage', decimals: 2 },
  problem: { name: NAME, quantity: 'problem' },
};

export function sensor(id: string, entities: Entities = BATTERY): AnnouncedDevice {
  return { id, name: id, description: { manufacturer: 'x', model: 'y', periodMs: 1000, entities } };
}
export const RELAY: AnnouncedDevice = { id: 'rs_01', name: 'Relay', description: describeRelay('rs_01') };
export const APP: AnnouncedDevice = { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp([]) };

export function remembers(facts = new Map<string, string>()): BridgeMemory {
  return { load: (name) => facts.get(name), save: (name, value) => void facts.set(name, value) };
}

export interface Line {
  readonly url: string;
  /** Breaks what is connected and lets nobody in. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}
/** A loopback line to the broker that can be cut. */
export async function lineTo(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    close() {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export interface House {
  readonly bridge: Bridge;
  readonly identity: Identity;
  readonly commands: Command[];
  readonly log: string[];
  /** Topic below the installation's own root. */
  own(rest: string): string;
}
export interface HouseOptions {
  readonly devices?: readonly AnnouncedDevice[];
  readonly memory?: BridgeMemory;
  readonly install?: string;
  readonly clearRetainedCommands?: boolean;
}

/** Starts a bridge and waits for nothing. */
export function house(
  url: string,
  { devices = [APP, RELAY, sensor('bat_01')], memory = remembers(), install = randomBytes(3).toString('hex'), ...more }: HouseOptions = {},
): House {
  const clock = hastyClock();
  const identity: Identity = {
    install,
    version: '0',
    language: 'en',
    topicRoot: 'boxenergie',
    discoveryPrefix: 'homeassistant',
    statusTopic: `homeassistant/status/${install}`,
  };
  const commands: Command[] = [];
  const log: string[] = [];
  const bridge = startBridge({
    ...more,
    identity,
    devices,
    memory,
    clock,
    brokers: mqttBrokers(() => 0, clock),
    access: { url },
    random: () => 0.5,
    minIntervalS: 2,
    refreshS: 30,
    showPersonal: false,
    log: (_level, message) => void log.push(message),
    onCommand: (command) => void commands.push(command),
  });
  return { bridge, identity, commands, log, own: (rest) => `boxenergie/${install}/${rest}` };
}

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retained: boolean;
}
export interface Observer extends AsyncDisposable {
  readonly heard: Heard[];
  readonly connection: BrokerConnection;
  /** Newest text on the topic. */
  newest(topic: string): string | undefined;
}

/** Hears everything of one installation, first what is retained. */
export async function observer(url: string, install: string): Promise<Observer> {
  const heard: Heard[] = [];
  let up = false;
  const clientId = `observer_${randomBytes(4).toString('hex')}`;
  const connection = mqttBrokers(() => 0, hastyClock()).connect(
    { url, clientId, will: { topic: `${clientId}/status`, payload: 'x', retain: false } },
    [`boxenergie/${install}/#`, 'homeassistant/#'],
    {
      onConnect: () => {
        up = true;
      },
      onDisconnect: () => undefined,
      onMessage({ topic, payload, retained }) {
        if (topic.includes(install)) heard.push({ topic, text: Buffer.from(payload).toString(), retained });
      },
    },
  );
  await until('the observer', () => up);
  return {
    heard,
    connection,
    newest: (topic) => heard.findLast((each) => each.topic === topic)?.text,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Retained texts of one installation as a newcomer finds them, once they are as `expected` says. */
export async function retainedWhen(
  url: string,
  install: string,
  expected: (found: ReadonlyMap<string, string>) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    await using newcomer = await observer(url, install);
    // An echo of our own comes after what was retained.
    await newcomer.connection.publish(`boxenergie/${install}/echo`, 'x', { qos: 1, retain: false });
    await until('the echo', () => newcomer.heard.some(({ text }) => text === 'x'));
    const found = new Map(newcomer.heard.filter(({ retained }) => retained).map(({ topic, text }) => [topic, text]));
    if (expected(found)) return found;
    if (performance.now() > giveUpAt) throw new Error(`retained are: ${[...found.keys()].join(', ')}`);
  }
}
