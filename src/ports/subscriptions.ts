/** Lets drivers listen through the program's one broker connection: what they asked for goes to them, everything else where it always went. */
import { ConfigError, DeviceError } from '../model.ts';
import type { Heard, Subscription, Subscriptions } from './subscription-types.ts';
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers, Clock, Message } from './types.ts';

const MOST_WAITING = 64;
/** Nobody reads more than 16 kB: one byte above, so that it shows (bytes). */
const LONGEST = 16_385;

interface Listening {
  readonly topics: ReadonlySet<string>;
  waiting: Heard[];
  failure: DeviceError | undefined;
}
/** What one connection and its listeners share. */
interface Line {
  connection: BrokerConnection | undefined;
  /** First levels of everything this installation publishes, and what it subscribes to itself. */
  own: { readonly prefix: string; readonly filters: readonly string[] } | undefined;
  readonly listening: Set<Listening>;
  /** The newest messages of every topic ever asked for: what came, and what the broker had kept. */
  readonly newest: Map<string, Newest>;
}
interface Said {
  readonly payload: Uint8Array;
  readonly sinceMs: number;
}
type Newest = Partial<Record<'live' | 'kept', Said>>;

/** The same brokers, and a way to listen along on what is connected through them last. */
export function sharedConnection(brokers: Brokers, clock: Clock): { readonly brokers: Brokers; readonly subscriptions: Subscriptions } {
  const line: Line = { connection: undefined, own: undefined, listening: new Set(), newest: new Map() };
  return {
    brokers: {
      connect(options, subscriptions, listener) {
        line.own = { prefix: prefixOf(options), filters: subscriptions };
        line.connection = brokers.connect(options, subscriptions, listenAlong(line, listener, clock));
        return line.connection;
      },
    },
    subscriptions: { open: (topics) => open(line, topics), publish: (topic, payload) => publish(line, topic, payload) },
  };
}

function listenAlong(line: Line, listener: BrokerListener, clock: Clock): BrokerListener {
  return {
    onConnect: () => listener.onConnect(),
    onDisconnect(reason) {
      for (const each of line.listening) each.failure = notConnected(reason);
      listener.onDisconnect(reason);
    },
    onMessage(message) {
      // A copy: a Buffer's own slice would hold the whole message, however long, for as long as its beginning waits.
      const payload = (): Uint8Array => Uint8Array.prototype.slice.call(message.payload, 0, LONGEST);
      if (line.newest.has(message.topic)) deliver(line, { ...message, payload: payload() }, clock.monotonicMs());
      else listener.onMessage(message);
    },
  };
}

function deliver({ newest, listening }: Line, message: Message, nowMs: number): void {
  const before = newest.get(message.topic);
  const same = (said: Said | undefined): boolean => said !== undefined && Buffer.compare(said.payload, message.payload) === 0;
  const again = message.retained ? [before?.kept, before?.live].find(same) : undefined;
  const heard = { ...message, sinceMs: again?.sinceMs ?? nowMs };
  newest.set(message.topic, { ...before, [message.retained ? 'kept' : 'live']: { payload: message.payload, sinceMs: heard.sinceMs } });
  for (const each of listening) {
    if (!each.topics.has(message.topic)) continue;
    each.waiting.push(heard);
    if (each.waiting.length > MOST_WAITING) each.waiting.shift();
  }
}

function open(line: Line, topics: readonly string[]): Subscription {
  const { own, connection } = line;
  for (const topic of topics) refuseOwn(topic, own);
  if (connection?.connected !== true) throw notConnected();
  const mine: Listening = { topics: new Set(topics), waiting: [], failure: undefined };
  line.listening.add(mine);
  for (const topic of mine.topics) {
    if (!line.newest.has(topic)) line.newest.set(topic, {});
    connection.subscribe(topic).catch((cause: unknown) => {
      const mend = 'Check the topic, and the access list of the broker';
      mine.failure ??= new DeviceError(`the broker does not let us listen to ${topic}`, { mend, cause });
    });
  }
  return {
    take() {
      if (mine.failure !== undefined) throw mine.failure;
      if (!connection.connected) throw notConnected();
      const taken = mine.waiting;
      mine.waiting = [];
      return taken;
    },
    [Symbol.dispose]() {
      if (!line.listening.delete(mine)) return;
      const wanted = (topic: string): boolean => [...line.listening].some(({ topics: others }) => others.has(topic));
      for (const topic of mine.topics) if (!wanted(topic)) connection.unsubscribe(topic);
    },
  };
}

async function publish({ own, connection }: Line, topic: string, payload: string): Promise<void> {
  refuseOwn(topic, own);
  if (connection?.connected !== true) throw notConnected();
  await connection.publish(topic, payload, { qos: 1, retain: false });
}

function refuseOwn(topic: string, own: Line['own']): void {
  if (own === undefined || !isOwn(topic, own)) return;
  const mend = 'Name a topic of another device; what this installation measures is at hand without MQTT';
  throw new ConfigError('topic', `${topic} belongs to this installation`, mend);
}

function notConnected(reason?: string): DeviceError {
  const mend = 'Check the broker: the log says why it cannot be reached';
  return new DeviceError(`not connected to the broker${reason === undefined ? '' : ` (${reason})`}`, { mend });
}

/** `boxenergie/<installation>/`: where its will lies, it publishes all else. */
function prefixOf({ will }: BrokerOptions): string {
  return will.topic.slice(0, will.topic.lastIndexOf('/') + 1);
}

function isOwn(topic: string, { prefix, filters }: NonNullable<Line['own']>): boolean {
  return (prefix !== '' && topic.startsWith(prefix)) || filters.some((filter) => matches(filter, topic));
}

function matches(filter: string, topic: string): boolean {
  const [levels, wanted] = [topic.split('/'), filter.split('/')];
  return levels.length === wanted.length && wanted.every((level, index) => level === '+' || level === levels[index]);
}
