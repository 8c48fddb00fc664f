/** A broker in memory with retained messages, and the program's connection to it, on which drivers listen. */

import type { Subscriptions } from '../subscription-types.ts';
import { sharedConnection } from '../subscriptions.ts';
import type { BrokerListener, Brokers, Clock } from '../types.ts';

export interface SimulatedSubscriptions extends Subscriptions {
  /** What another client publishes. */
  say(topic: string, payload: string | Uint8Array, retain?: boolean): void;
  up(): void;
  down(): void;
  /** Topics asked for and not given back. */
  readonly topics: readonly string[];
  /** What we published; `onPublish` hears it at once. */
  readonly published: readonly { readonly topic: string; readonly payload: string; readonly retain: boolean; readonly qos: number }[];
  onPublish(listener: (topic: string, payload: string) => void): void;
  /** Topics nobody may listen to. */
  readonly forbidden: Set<string>;
}

/** Connected from the start, as installation `sim`. */
export function simulatedSubscriptions(clock: Clock): SimulatedSubscriptions {
  const retained = new Map<string, Uint8Array>();
  const topics: string[] = [];
  const forbidden = new Set<string>();
  const published: { topic: string; payload: string; retain: boolean; qos: number }[] = [];
  const listeners: ((topic: string, payload: string) => void)[] = [];
  let listener: BrokerListener | undefined;
  let connected = true;
  const brokers: Brokers = {
    connect(_options, _filters, heard) {
      listener = heard;
      return {
        get connected() {
          return connected;
        },
        backlogBytes: 0,
        async publish(topic, payload, { retain, qos }) {
          if (!connected) throw new Error('not connected');
          published.push({ topic, payload, retain, qos });
          for (const each of listeners) each(topic, payload);
        },
        async subscribe(topic) {
          if (forbidden.has(topic)) throw new Error('not authorised');
          topics.push(topic);
          const kept = retained.get(topic);
          if (kept !== undefined) heard.onMessage({ topic, payload: kept, retained: true });
        },
        unsubscribe: (topic) => void topics.splice(topics.indexOf(topic), 1),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
  const shared = sharedConnection(brokers, clock);
  const will = { topic: 'boxenergie/sim/status', payload: 'offline', retain: true };
  const idle: BrokerListener = { onConnect: () => undefined, onDisconnect: () => undefined, onMessage: () => undefined };
  shared.brokers.connect({ url: 'mqtt://sim', clientId: 'sim', will }, ['boxenergie/sim/+/+/set', 'homeassistant/status'], idle);
  listener?.onConnect();
  return {
    ...shared.subscriptions,
    topics,
    forbidden,
    published,
    onPublish: (each) => void listeners.push(each),
    say(topic, payload, retain = false) {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      if (retain) retained.set(topic, bytes);
      if (topics.includes(topic)) listener?.onMessage({ topic, payload: bytes, retained: false });
    },
    up() {
      connected = true;
      listener?.onConnect();
    },
    down() {
      connected = false;
      topics.length = 0;
      listener?.onDisconnect('gone');
    },
  };
}
