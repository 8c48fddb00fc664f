/** What is said to Home Assistant: discovery, availability and states, in the right order and never too often. */
import type { Value } from '../model.ts';
import type { BrokerConnection, Clock } from '../ports/types.ts';
import { createAnnouncements } from './announcements.ts';
import { APP_DEVICE_ID } from './app-device.ts';
import { discoveryDocument, expireAfterS, isRetained } from './discovery.ts';
import { createGate, type Gate } from './gate.ts';
import { createHappenings } from './happenings.ts';
import { createHerald } from './herald.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { statePayload } from './payload.ts';
import { createSeen } from './seen.ts';
import type { Topics } from './topics.ts';
import type { AnnouncedDevice, BridgeMemory, Happening, Identity } from './types.ts';

export interface SpeakerOptions {
  readonly identity: Identity;
  readonly devices: readonly AnnouncedDevice[];
  readonly memory: BridgeMemory;
  readonly clock: Clock;
  readonly minIntervalS: number;
  readonly refreshS: number;
  readonly showPersonal: boolean;
}
export interface Speaker {
  readonly outbox: Outbox;
  /** Everything anew: what left is taken back, the app's device comes before those that hang below it. */
  announceAll(): void;
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
  tell(deviceId: string, key: string, what: Happening): void;
  setAvailable(deviceId: string, available: boolean): void;
  /** Nothing new is said; what waits still goes. */
  close(): void;
}

/** How long after its document Home Assistant surely listens to a new entity. */
const SETTLE_MS = 2_000;

interface Voice {
  readonly device: AnnouncedDevice;
  readonly gate: Gate;
  available: boolean | undefined;
}

export function createSpeaker(options: SpeakerOptions, topics: Topics, connection: () => BrokerConnection | undefined): Speaker {
  const { clock, refreshS } = options;
  const outbox = createOutbox(connection);
  const seen = createSeen(options.memory, options.devices);
  const voices = new Map<string, Voice>(options.devices.map((device) => [device.id, createVoice(device, options, topics, outbox)]));

  const connected = (): boolean => !closed && connection()?.connected === true;
  const sendAvailability = ({ device, available }: Voice): void => {
    if (device.id === APP_DEVICE_ID) return;
    const payload = available === true ? 'online' : 'offline';
    outbox.send({ topic: topics.availability(device.id), payload, qos: 1, retain: true });
  };
  const sendKnown = (voice: Voice): void => {
    if (connected() && stillGood(voice, clock, refreshS)) voice.gate.sendAgain();
  };
  const happenings = createHappenings({ outbox, clock, connected });
  const herald = createHerald({
    deviceIds: options.devices.map(({ id }) => id),
    topics,
    outbox,
    announcements: createAnnouncements(options.memory),
    connected,
    document: (id) => discoveryDocument(voiceOf(voices, id).device, seen.of(id), { identity: options.identity, topics, refreshS }),
    onAnnounced(id, changed) {
      const voice = voiceOf(voices, id);
      sendAvailability(voice);
      sendKnown(voice);
      // Home Assistant listens to a new entity's state only some moments after its document.
      if (changed) clock.after(SETTLE_MS, () => sendKnown(voice));
      if (hasEvents(voice.device)) clock.after(SETTLE_MS, happenings.listening);
    },
  });
  let closed = false;
  const refresh = (): void => {
    if (closed) return;
    for (const { gate } of voices.values()) gate.refresh();
    clock.after(refreshS * 1000, refresh);
  };
  clock.after(refreshS * 1000, refresh);

  return {
    outbox,
    announceAll() {
      if (closed) return;
      outbox.send({ topic: topics.status, payload: 'online', qos: 1, retain: true });
      happenings.unheard();
      herald.announceAll();
    },
    publish(deviceId, values) {
      const voice = voices.get(deviceId);
      if (voice === undefined || closed) return;
      voice.gate.offer(values);
      if (seen.add(deviceId, values)) herald.announce(deviceId);
    },
    tell(deviceId, key, what) {
      const types = voices.get(deviceId)?.device.description.entities[key]?.events;
      if (types?.includes(what.event_type)) happenings.tell(topics.event(deviceId, key), JSON.stringify(what));
    },
    setAvailable(deviceId, available) {
      const voice = voices.get(deviceId);
      if (voice === undefined || voice.available === available || closed) return;
      voice.available = available;
      sendAvailability(voice);
    },
    close() {
      closed = true;
      for (const { gate } of voices.values()) gate.close();
    },
  };
}

function hasEvents({ description }: AnnouncedDevice): boolean {
  return Object.values(description.entities).some(({ events }) => events !== undefined);
}

function voiceOf(voices: ReadonlyMap<string, Voice>, id: string): Voice {
  const voice = voices.get(id);
  if (voice === undefined) throw new Error(`no device ${id}`);
  return voice;
}

function createVoice(device: AnnouncedDevice, options: SpeakerOptions, topics: Topics, outbox: Outbox): Voice {
  const retain = isRetained(device);
  const gate = createGate({
    description: device.description,
    clock: options.clock,
    minIntervalMs: options.minIntervalS * 1000,
    send(values) {
      const payload = statePayload(device.description, values, options.showPersonal);
      outbox.send({ topic: topics.state(device.id), payload, qos: retain ? 1 : 0, retain });
    },
  });
  return { device, gate, available: undefined };
}

/** A value that Home Assistant would already have let expire must not come back as if it were new. */
function stillGood({ device, gate }: Voice, clock: Clock, refreshS: number): boolean {
  if (gate.offeredMs === null) return false;
  return isRetained(device) || clock.monotonicMs() - gate.offeredMs < expireAfterS(device, refreshS) * 1000;
}
