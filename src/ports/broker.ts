/** MQTT brokers through mqtt.js: a session that comes back by itself, queues nothing while away, and checks certificates. */
import { Socket } from 'node:net';
import type { IClientOptions, MqttClient } from 'mqtt';
import { DeviceError } from '../model.ts';
import { addressProblem, explainBrokerError } from './broker-reasons.ts';
import { systemClock } from './clock.ts';
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers, Clock } from './types.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that held this long is a good one: the pauses start again from the first. */
const GOOD_MS = 10_000;
const GOODBYE_MS = 1_000;

/** `random` gives 0 ≤ n < 1: reconnections are spread, so that a returning broker is not stormed. Returns at once, never throws. */
export function mqttBrokers(random: () => number = Math.random, clock: Clock = systemClock()): Brokers {
  return { connect: (options, subscriptions, listener) => keepConnected({ options, subscriptions, listener, random, clock }) };
}

interface Request {
  readonly options: BrokerOptions;
  readonly subscriptions: readonly string[];
  readonly listener: BrokerListener;
  readonly random: () => number;
  readonly clock: Clock;
}

/**
 * A new client for each attempt, and the pauses are ours: mqtt.js stops for good after a refused login, and keeps
 * unacknowledged messages to send them again later, when they are old.
 */
function keepConnected(request: Request): BrokerConnection {
  const { options, listener, random, clock } = request;
  let current: Session | undefined;
  let closed = false;
  let failures = 0;
  let cancel = (): void => undefined;
  let told: string | undefined;

  const onUp = (): void => {
    told = undefined;
    listener.onConnect();
  };
  const onLost = (reason: string, heldMs: number): void => {
    current = undefined;
    if (closed) return;
    if (heldMs >= GOOD_MS) failures = 0;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    failures += 1;
    cancel = clock.after(pauseMs * (0.5 + random() / 2), open);
    // Said once a cause, not at each attempt.
    if (reason !== told) listener.onDisconnect(reason);
    told = reason;
  };
  const open = (): void => {
    const attempt = import('mqtt').then(({ default: mqtt }) => {
      if (closed) return;
      current = openSession(mqtt.connect(options.url, clientOptions(options)), request, { onUp, onLost });
    });
    attempt.catch((error: unknown) => onLost(explainBrokerError(error), 0));
  };
  const problem = addressProblem(options.url);
  if (problem === undefined) open();
  else queueMicrotask(() => closed || listener.onDisconnect(problem));

  return {
    get connected() {
      return current?.up ?? false;
    },
    publish: (topic, payload, how) =>
      current?.publish(topic, payload, how) ?? Promise.reject(new DeviceError('not connected to the broker')),
    subscribe: (topic) => current?.subscribe(topic) ?? Promise.reject(new DeviceError('not connected to the broker')),
    unsubscribe: (topic) => current?.unsubscribe(topic),
    get backlogBytes() {
      return current?.backlogBytes ?? 0;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      cancel();
      await current?.close();
    },
  };
}

/** MQTT 3.1.1: every broker speaks it, and we need nothing of version 5. A clean session: no command waits for us. */
function clientOptions({ clientId, username, password, ca, will }: BrokerOptions): IClientOptions {
  return {
    clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: 30,
    connectTimeout: 10_000,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    rejectUnauthorized: true,
    will: { ...will, payload: Buffer.from(will.payload), qos: 1 },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca }),
  };
}

interface Session {
  readonly up: boolean;
  readonly backlogBytes: number;
  publish: BrokerConnection['publish'];
  subscribe: BrokerConnection['subscribe'];
  unsubscribe: BrokerConnection['unsubscribe'];
  close(): Promise<void>;
}
interface SessionEvents {
  onUp(): void;
  /** Once. `heldMs`: how long it was up. */
  onLost(reason: string, heldMs: number): void;
}

/** One attempt, from the socket to its end. */
function openSession(client: MqttClient, { subscriptions, listener, clock }: Request, events: SessionEvents): Session {
  const waiting = new Set<(error: Error) => void>();
  let upMs: number | undefined;
  let over = false;
  let unacknowledged = 0;

  const end = (reason: string): void => {
    if (over) return;
    over = true;
    for (const reject of waiting) reject(new DeviceError(`the broker connection was lost: ${reason}`));
    waiting.clear();
    client.end(true);
    events.onLost(reason, upMs === undefined ? 0 : clock.monotonicMs() - upMs);
  };
  client.on('connect', () => {
    // Small messages leave at once instead of waiting for the acknowledgement of the one before.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    client.subscribe([...subscriptions], { qos: 1 }, (error) => {
      if (over) return;
      if (error) return end(`the broker refuses to let us listen to ${subscriptions.join(', ')}: check its access list`);
      upMs = clock.monotonicMs();
      events.onUp();
    });
  });
  client.on('error', (error) => end(explainBrokerError(error)));
  client.on('close', () => end('connection lost'));
  client.on('message', (topic, payload, packet) => over || listener.onMessage({ topic, payload, retained: packet.retain }));
  return {
    get up() {
      return upMs !== undefined && !over && client.connected;
    },
    get backlogBytes() {
      return unacknowledged + client.stream.writableLength;
    },
    publish(topic, payload, { qos, retain }) {
      if (upMs === undefined || over) return Promise.reject(new DeviceError('not connected to the broker'));
      const size = topic.length + Buffer.byteLength(payload);
      unacknowledged += size;
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          if (waiting.delete(reject)) unacknowledged -= size;
        };
        waiting.add(reject);
        client.publish(topic, payload, { qos, retain }, (error) => {
          settle();
          if (error) reject(error);
          else resolve();
        });
      });
    },
    subscribe(topic) {
      if (upMs === undefined || over) return Promise.reject(new DeviceError('not connected to the broker'));
      return subscribed(client, topic, waiting);
    },
    unsubscribe(topic) {
      if (upMs !== undefined && !over) client.unsubscribe(topic);
    },
    async close() {
      over = true;
      // A goodbye, so that the broker does not send the will; but a broker that does not listen holds up nobody.
      let cancel = (): void => undefined;
      const limit = new Promise<void>((resolve) => {
        cancel = clock.after(GOODBYE_MS, resolve);
      });
      await Promise.race([client.endAsync(false).catch(() => undefined), limit]);
      cancel();
      client.end(true);
      for (const reject of waiting) reject(new DeviceError('the broker connection was closed'));
      waiting.clear();
    },
  };
}

/** Settles with the broker's answer, or is rejected from `waiting` when the connection ends first. */
function subscribed(client: MqttClient, topic: string, waiting: Set<(error: Error) => void>): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    client.subscribe(topic, { qos: 1 }, (error) => {
      waiting.delete(reject);
      if (error) reject(error);
      else resolve();
    });
  });
}
