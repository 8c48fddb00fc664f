/** MQTT brokers through mqtt.js: a session that comes back by itself, queues nothing while away, and checks certificates. */
import type { MqttClient } from 'mqtt';
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers } from './types.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** `random` gives 0 ≤ n < 1: reconnections are spread, so that a returning broker is not stormed. */
export function mqttBrokers(random: () => number = Math.random): Brokers {
  return {
    connect(options, subscriptions, listener) {
      let client: MqttClient | undefined;
      let closed = false;
      const starting = import('mqtt').then(({ default: mqtt }) => {
        if (closed) return;
        // MQTT 3.1.1: every broker speaks it, and we need nothing of version 5. A clean session: no command waits for us.
        client = mqtt.connect(options.url, {
          clientId: options.clientId,
          protocolVersion: 4,
          clean: true,
          keepalive: 30,
          connectTimeout: 10_000,
          reconnectPeriod: FIRST_PAUSE_MS,
          queueQoSZero: false,
          resubscribe: false,
          rejectUnauthorized: true,
          will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1 },
          ...credentials(options),
        });
        listen(client, subscriptions, listener, random);
      });
      starting.catch((error: unknown) => listener.onDisconnect(`the mqtt package is not installed: ${String(error)}`));
      return connection(
        () => client,
        async () => {
          closed = true;
          await starting.catch(() => undefined);
          await client?.endAsync(true);
        },
      );
    },
  };
}

function credentials({ username, password, ca }: BrokerOptions): { username?: string; password?: string; ca?: string } {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }), ...(ca !== undefined && { ca }) };
}

function connection(client: () => MqttClient | undefined, close: () => Promise<void>): BrokerConnection {
  return {
    get connected() {
      return client()?.connected ?? false;
    },
    publish: (topic, payload, { qos, retain }) => {
      const open = client();
      if (open === undefined || !open.connected) return Promise.reject(new Error('not connected'));
      return new Promise((resolve, reject) =>
        open.publish(topic, payload, { qos, retain }, (error) => (error ? reject(error) : resolve())),
      );
    },
    get backlogBytes() {
      return (client()?.stream as { writableLength?: number } | undefined)?.writableLength ?? 0;
    },
    [Symbol.asyncDispose]: close,
  };
}

function listen(client: MqttClient, subscriptions: readonly string[], listener: BrokerListener, random: () => number): void {
  let pauseMs = FIRST_PAUSE_MS;
  let reason = '';
  let told: string | undefined;
  client.on('connect', () => {
    pauseMs = FIRST_PAUSE_MS;
    client.options.reconnectPeriod = FIRST_PAUSE_MS;
    client.subscribe([...subscriptions], { qos: 1 }, (error) => {
      if (error) {
        client.reconnect();
        return;
      }
      told = undefined;
      reason = '';
      listener.onConnect();
    });
  });
  client.on('error', (error) => {
    reason = explain(error);
  });
  client.on('close', () => {
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    client.options.reconnectPeriod = pauseMs * (0.5 + random() / 2);
    // Said once a cause, not at each attempt.
    const why = reason || 'connection lost';
    if (why !== told) listener.onDisconnect(why);
    told = why;
  });
  client.on('message', (topic, payload, packet) => listener.onMessage({ topic, payload, retained: packet.retain }));
}

/** CONNACK return codes 4 and 5 (MQTT 3.1.1, 3.2.2.3) and the usual network errors, in words. */
function explain(error: Error): string {
  const { code } = error as { code?: string | number };
  if (code === 4 || code === 5) return 'the broker refuses user name or password';
  if (code === 'ECONNREFUSED') return 'no broker listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name of the broker is not known';
  return error.message || String(code ?? error);
}
