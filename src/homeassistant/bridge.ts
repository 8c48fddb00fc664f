/** The session with Home Assistant: says who we are, sends what is, hears what is wished, and comes back by itself. */
import type { BrokerConnection, BrokerListener, BrokerOptions, Brokers, Message } from '../ports/types.ts';
import { createThinner, readCommand } from './commands.ts';
import { createSpeaker, type SpeakerOptions } from './speaker.ts';
import { createTopics, type Topics } from './topics.ts';
import type { AnnouncedDevice, Bridge, Command } from './types.ts';

export interface BridgeOptions extends SpeakerOptions {
  readonly brokers: Brokers;
  readonly access: Omit<BrokerOptions, 'clientId' | 'will'>;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  onCommand(command: Command): void;
}

/** Many apps wait for the same birth message: each answers after its own delay (ms). */
const BIRTH_SPREAD_MS = 5_000;

/** Connects and keeps connected. Returns at once; nothing here ever blocks or throws. `devices`: the app's own first. */
export function startBridge(options: BridgeOptions): Bridge {
  const { identity, log } = options;
  const topics = createTopics(identity);
  let connection: BrokerConnection | undefined;
  const speaker = createSpeaker(options, topics, () => connection);
  const hear = createEar(options, topics, () => void speaker.announceAll());
  let connections = 0;
  let closed = false;
  const listener: BrokerListener = {
    onConnect() {
      connections += 1;
      log('info', `MQTT: connected to ${withoutUser(options.access.url)}`);
      speaker.outbox.reset();
      void speaker.announceAll();
    },
    onDisconnect(reason) {
      speaker.outbox.reset();
      if (!closed) log('warning', `MQTT: not connected (${reason})`);
    },
    onMessage: hear.message,
  };
  connection = options.brokers.connect(
    { ...options.access, clientId: `boxenergie_${identity.install}`, will: { topic: topics.status, payload: 'offline', retain: true } },
    [topics.commands, topics.statusOfHomeAssistant],
    listener,
  );
  return {
    get connected() {
      return connection?.connected ?? false;
    },
    publish: speaker.publish,
    setAvailable: speaker.setAvailable,
    get stats() {
      return { published: speaker.outbox.published, refusedCommands: hear.refused(), reconnects: Math.max(0, connections - 1) };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      speaker.close();
      if (connection?.connected === true)
        await speaker.outbox.sendInOrder({ topic: topics.status, payload: 'offline', qos: 1, retain: true });
      await connection?.[Symbol.asyncDispose]();
    },
  };
}

/** What is heard: Home Assistant's birth, and commands read strictly. */
function createEar(
  { devices, clock, random, log, onCommand }: BridgeOptions,
  topics: Topics,
  onBirth: () => void,
): { message(message: Message): void; refused(): number } {
  const known = new Map<string, AnnouncedDevice>(devices.map((device) => [device.id, device]));
  const pass = createThinner(clock, onCommand);
  let refused = 0;
  const command = (message: Message): void => {
    const read = readCommand(message, topics, known, clock.wallMs());
    if (typeof read !== 'string') {
      pass(read);
      return;
    }
    refused += 1;
    log('warning', `MQTT: command on ${message.topic.slice(0, 120)} refused: ${read}`);
  };
  return {
    message(message) {
      if (message.topic !== topics.statusOfHomeAssistant) command(message);
      else if (new TextDecoder().decode(message.payload.subarray(0, 16)) === 'online') clock.after(random() * BIRTH_SPREAD_MS, onBirth);
    },
    refused: () => refused,
  };
}

function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@/]*@/, '$1');
}
