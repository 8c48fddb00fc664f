/** The session with Home Assistant: says who we are, sends what is, hears what is wished, and comes back by itself. */
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers } from '../ports/types.ts';
import { createEar, type Ear } from './ear.ts';
import { createSpeaker, type Speaker, type SpeakerOptions } from './speaker.ts';
import { createTopics, type Topics } from './topics.ts';
import type { Bridge, Command } from './types.ts';

export interface BridgeOptions extends SpeakerOptions {
  readonly brokers: Brokers;
  readonly access: Omit<BrokerOptions, 'clientId' | 'will'>;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  /** Clear retained commands found on the broker. Default false: they are refused and left alone. */
  readonly clearRetainedCommands?: boolean;
  onCommand(command: Command): void;
}

/** Many apps wait for the same birth message: each answers after its own delay (ms). */
const BIRTH_SPREAD_MS = 5_000;
/** A broker that does not listen any more holds up nobody who leaves. */
const GOODBYE_MS = 1_000;

/** What the parts of one bridge share. */
interface Life {
  connection: BrokerConnection | undefined;
  connections: number;
  leaving: boolean;
  closed: boolean;
}

/** Connects and keeps connected. Returns at once; nothing here ever blocks or throws. `devices`: the app's own first. */
export function startBridge(options: BridgeOptions): Bridge {
  const { identity, clock } = options;
  const topics = createTopics(identity);
  const life: Life = { connection: undefined, connections: 0, leaving: false, closed: false };
  const speaker = createSpeaker(options, topics, () => (life.closed ? undefined : life.connection));
  const ear = createEarOf(options, topics, life, speaker);
  life.connection = options.brokers.connect(
    { ...options.access, clientId: `boxenergie_${identity.install}`, will: { topic: topics.status, payload: 'offline', retain: true } },
    [topics.commands, topics.statusOfHomeAssistant, topics.instance],
    createListener(options, topics, life, speaker, ear),
  );
  return {
    get connected() {
      return !life.closed && life.connection?.connected === true;
    },
    publish: speaker.publish,
    tell: speaker.tell,
    setAvailable: speaker.setAvailable,
    get stats() {
      return { published: speaker.outbox.published, refusedCommands: ear.refused, reconnects: Math.max(0, life.connections - 1) };
    },
    async [Symbol.asyncDispose]() {
      if (life.closed || life.leaving) return;
      life.leaving = true;
      speaker.close();
      // First the last states: a relay that has just opened would stay closed in the eyes of everybody else.
      const farewell = { topic: topics.status, payload: 'offline', qos: 1, retain: true } as const;
      const goodbye = speaker.outbox.emptied().then(() => speaker.outbox.sendInOrder(farewell));
      const waiting = new AbortController();
      await Promise.race([goodbye, clock.sleep(GOODBYE_MS, waiting.signal).catch(() => undefined)]);
      waiting.abort();
      life.closed = true;
      await life.connection?.[Symbol.asyncDispose]();
    },
  };
}

function createListener({ access, log }: BridgeOptions, topics: Topics, life: Life, speaker: Speaker, ear: Ear): BrokerListener {
  return {
    onConnect() {
      if (life.closed) return;
      life.connections += 1;
      log('info', `MQTT: connected to ${withoutUser(access.url)}`);
      speaker.outbox.reset();
      speaker.outbox.send({ topic: topics.instance, payload: ear.claim, qos: 1, retain: true });
      speaker.announceAll();
    },
    onDisconnect(reason) {
      speaker.outbox.reset();
      if (!life.closed) log('warning', `MQTT: not connected (${reason})`);
    },
    onMessage(message) {
      if (!life.closed) ear.hear(message);
    },
  };
}

function createEarOf(options: BridgeOptions, topics: Topics, life: Life, speaker: Speaker): Ear {
  const { clock, random, log } = options;
  return createEar({
    ...options,
    topics,
    onBirth: () => void clock.after(random() * BIRTH_SPREAD_MS, () => life.closed || speaker.announceAll()),
    onRetained(topic) {
      if (options.clearRetainedCommands === true) speaker.outbox.send({ topic, payload: '', qos: 1, retain: true });
    },
    onOlderCopy() {
      log(
        'error',
        'MQTT: another copy of Boxénergie with the same installation id was on this broker first: this one publishes nothing. ' +
          'Stop one of the two, or delete the data of one so that it draws its own id, then restart it',
      );
      // Without a goodbye: the status topic belongs to the other copy.
      life.closed = true;
      speaker.close();
      void life.connection?.[Symbol.asyncDispose]();
    },
  });
}

function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@/]*@/, '$1');
}
