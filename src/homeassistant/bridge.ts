/** The session with Home Assistant: says who we are, sends what is, hears what is wished, and comes back by itself. */
import type { Value } from '../model.ts';
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers, Clock, Message } from '../ports/types.ts';
import { createAnnouncements } from './announcements.ts';
import { APP_DEVICE_ID } from './app-device.ts';
import { createThinner, readCommand } from './commands.ts';
import { discoveryDocument, expireAfterS, isRetained } from './discovery.ts';
import { createGate, type Gate } from './gate.ts';
import { createOutbox } from './outbox.ts';
import { statePayload } from './payload.ts';
import { createSeen } from './seen.ts';
import { createTopics } from './topics.ts';
import type { AnnouncedDevice, Bridge, BridgeMemory, Command, Identity } from './types.ts';

export interface BridgeOptions {
  readonly identity: Identity;
  /** The app's own device first: the others hang below it. */
  readonly devices: readonly AnnouncedDevice[];
  readonly brokers: Brokers;
  readonly access: Omit<BrokerOptions, 'clientId' | 'will'>;
  readonly memory: BridgeMemory;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  readonly minIntervalS: number;
  readonly refreshS: number;
  readonly showPersonal: boolean;
  onCommand(command: Command): void;
}

/** Many apps wait for the same birth message: each answers after its own delay (ms). */
const BIRTH_SPREAD_MS = 5_000;

/** Connects and keeps connected. Returns at once; nothing here ever blocks or throws. */
export function startBridge(options: BridgeOptions): Bridge {
  const { identity, clock, log, refreshS } = options;
  const topics = createTopics(identity);
  const devices = new Map(options.devices.map((device) => [device.id, device]));
  const available = new Map<string, boolean>();
  const announcements = createAnnouncements(options.memory);
  const seen = createSeen(options.memory, options.devices);
  let connection: BrokerConnection | undefined;
  const outbox = createOutbox(() => connection);
  let refused = 0;
  let reconnects = -1;
  let closed = false;

  const gates = new Map<string, Gate>();
  const sendState = (device: AnnouncedDevice, gate: Gate): void => {
    const retain = isRetained(device);
    const payload = statePayload(device.description, gate.values, options.showPersonal);
    outbox.send({ topic: topics.state(device.id), payload, qos: retain ? 1 : 0, retain });
  };
  for (const device of options.devices) {
    const gate: Gate = createGate({
      description: device.description,
      clock,
      minIntervalMs: options.minIntervalS * 1000,
      send: () => sendState(device, gate),
    });
    gates.set(device.id, gate);
  }
  const sendAvailability = (deviceId: string): void => {
    if (deviceId === APP_DEVICE_ID) return;
    const payload = available.get(deviceId) === true ? 'online' : 'offline';
    outbox.send({ topic: topics.availability(deviceId), payload, qos: 1, retain: true });
  };
  const announce = async (device: AnnouncedDevice): Promise<void> => {
    const document = discoveryDocument(device, seen.of(device.id), { identity, topics, refreshS });
    for (const publication of announcements.announce(topics.discovery(device.id), document)) {
      await outbox.sendInOrder({ ...publication, qos: 1, retain: true });
    }
  };
  /** Everything anew, the app's device before those that hang below it. */
  const announceAll = async (): Promise<void> => {
    for (const publication of announcements.withdraw(new Set(options.devices.map(({ id }) => topics.discovery(id))))) {
      await outbox.sendInOrder({ ...publication, qos: 1, retain: true });
    }
    outbox.send({ topic: topics.status, payload: 'online', qos: 1, retain: true });
    for (const device of options.devices) {
      await announce(device);
      sendAvailability(device.id);
      const gate = gates.get(device.id);
      if (gate !== undefined && stillGood(device, gate, clock, refreshS)) sendState(device, gate);
    }
  };
  const command = createThinner(clock, options.onCommand);
  const listener: BrokerListener = {
    onConnect() {
      reconnects += 1;
      log('info', `MQTT: connected to ${hostOf(options.access.url)}`);
      outbox.reset();
      void announceAll();
    },
    onDisconnect(reason) {
      outbox.reset();
      if (!closed) log('warning', `MQTT: not connected (${reason})`);
    },
    onMessage(message) {
      if (message.topic === topics.statusOfHomeAssistant) {
        if (new TextDecoder().decode(message.payload.subarray(0, 16)) === 'online') {
          clock.after(options.random() * BIRTH_SPREAD_MS, () => void announceAll());
        }
        return;
      }
      take(message);
    },
  };
  const take = (message: Message): void => {
    const read = readCommand(message, topics, devices, clock.wallMs());
    if (typeof read !== 'string') return command(read);
    refused += 1;
    log('warning', `MQTT: command on ${message.topic.slice(0, 120)} refused: ${read}`);
  };
  const refresh = (): void => {
    if (closed) return;
    for (const gate of gates.values()) gate.refresh();
    clock.after(refreshS * 1000, refresh);
  };

  const will = { topic: topics.status, payload: 'offline', retain: true };
  connection = options.brokers.connect({ ...options.access, clientId: `boxenergie_${identity.install}`, will }, [topics.commands, topics.statusOfHomeAssistant], listener);
  clock.after(refreshS * 1000, refresh);

  return {
    get connected() {
      return connection?.connected ?? false;
    },
    publish(deviceId, values: Readonly<Record<string, Value>>) {
      const device = devices.get(deviceId);
      const gate = gates.get(deviceId);
      if (device === undefined || gate === undefined) return;
      if (seen.add(deviceId, values)) void announce(device);
      gate.offer(values);
    },
    setAvailable(deviceId, now) {
      if (available.get(deviceId) === now) return;
      available.set(deviceId, now);
      sendAvailability(deviceId);
    },
    get stats() {
      return { published: outbox.published, refusedCommands: refused, reconnects: Math.max(0, reconnects) };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const gate of gates.values()) gate.close();
      if (connection?.connected === true) await outbox.sendInOrder({ topic: topics.status, payload: 'offline', qos: 1, retain: true });
      await connection?.[Symbol.asyncDispose]();
    },
  };
}

/** A value that Home Assistant would already have let expire must not come back as if it were new. */
function stillGood(device: AnnouncedDevice, gate: Gate, clock: Clock, refreshS: number): boolean {
  if (gate.offeredMs === null) return false;
  return isRetained(device) || clock.monotonicMs() - gate.offeredMs < expireAfterS(device, refreshS) * 1000;
}

function hostOf(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@/]*@/, '$1');
}
