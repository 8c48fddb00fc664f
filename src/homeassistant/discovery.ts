/** The discovery document of a device: a pure function of its declaration. */
import type { Entity, Language } from '../model.ts';
import { APP_DEVICE_ID } from './app-device.ts';
import { classesOf, platformOf } from './classes.ts';
import { objectId, type Topics } from './topics.ts';
import type { AnnouncedDevice, Identity } from './types.ts';
import { IN_WORDS, wordsOf } from './words.ts';

export interface DiscoveryContext {
  readonly identity: Identity;
  readonly topics: Topics;
  /** Everything is published again this often (s): values live three times as long. */
  readonly refreshS: number;
}
export interface DiscoveryDocument {
  readonly [key: string]: unknown;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A device people can command keeps its state on the broker, so that a restarted Home Assistant knows it at once; the app has but a button. */
export function isRetained({ id, description }: AnnouncedDevice): boolean {
  if (id === APP_DEVICE_ID) return false;
  return Object.values(description.entities).some(({ command }) => command !== undefined);
}

/** Seconds after which a value that is not renewed becomes unavailable. */
export function expireAfterS({ description }: AnnouncedDevice, refreshS: number): number {
  return Math.ceil(Math.max((3 * description.periodMs) / 1000, 3 * refreshS));
}

/** `seen` are the keys of `whenSeen` entities that have had a value. */
export function discoveryDocument(device: AnnouncedDevice, seen: ReadonlySet<string>, context: DiscoveryContext): DiscoveryDocument {
  const { identity, topics } = context;
  const isApp = device.id === APP_DEVICE_ID;
  const shown = Object.entries(device.description.entities).filter(
    ([key, entity]) => entity.attributeOf === undefined && (entity.whenSeen !== true || seen.has(key)),
  );
  return {
    device: {
      identifiers: [topics.deviceUid(device.id)],
      name: plain(device.name),
      manufacturer: device.description.manufacturer,
      model: device.description.model,
      ...(isApp ? { sw_version: identity.version } : { via_device: topics.deviceUid(APP_DEVICE_ID) }),
      ...(device.place !== undefined && { suggested_area: plain(device.place) }),
    },
    origin: { name: 'Boxénergie', sw_version: identity.version, support_url: 'https://github.com/boxenergie/boxenergie' },
    availability: [{ topic: topics.status }, ...(isApp ? [] : [{ topic: topics.availability(device.id) }])],
    availability_mode: 'all',
    state_topic: topics.state(device.id),
    components: Object.fromEntries(shown.map(([key, entity]) => [key, component(device, key, entity, context)])),
  };
}

function component(
  device: AnnouncedDevice,
  key: string,
  entity: Entity,
  { identity, topics, refreshS }: DiscoveryContext,
): Record<string, unknown> {
  const platform = platformOf(entity);
  return {
    platform,
    unique_id: topics.uniqueId(device.id, key),
    default_entity_id: `${platform}.${objectId(device.id, key)}`,
    name: entity.name[identity.language],
    ...classesOf(entity),
    ...(entity.diagnostic === true && { entity_category: 'diagnostic' }),
    ...(entity.disabled === true && { enabled_by_default: false }),
    ...(platform === 'button' ? {} : platform === 'event' ? happenings(device.id, key, topics) : values(key, platform)),
    ...(entity.command !== undefined && { command_topic: topics.command(device.id, key), retain: false, qos: 1 }),
    ...(entity.command === 'number' && {
      command_template: '{"n":{{ value }},"t":{{ as_timestamp(now()) }}}',
      optimistic: false,
      entity_category: 'config',
    }),
    ...(entity.command === 'switch' && { command_template: '{"s":"{{ value }}","t":{{ as_timestamp(now()) }}}', optimistic: false }),
    ...(entity.command === undefined && platform !== 'event' && !isRetained(device) && { expire_after: expireAfterS(device, refreshS) }),
    ...attributes(device, key, identity.language, topics),
  };
}

/** Missing and null both become `None`: unknown, never off and never zero. */
function values(key: string, platform: string): Record<string, unknown> {
  const value_template = `{{ value_json.${key} | default(none) }}`;
  if (platform === 'binary_sensor') return { value_template, payload_on: 'True', payload_off: 'False' };
  if (platform === 'switch') return { value_template, state_on: 'True', state_off: 'False' };
  return { value_template };
}

/**
 * What happened stays true while the app is away: were the entity unavailable meanwhile, its return would look like news to an
 * automation that waits for its state. Own options of a component take the place of those of the document.
 */
function happenings(deviceId: string, key: string, topics: Topics): Record<string, unknown> {
  return { state_topic: topics.event(deviceId, key), qos: 1, availability: [] };
}

function attributes({ id, description }: AnnouncedDevice, key: string, language: Language, topics: Topics): Record<string, unknown> {
  const mine = Object.entries(description.entities).filter(([, entity]) => entity.attributeOf === key);
  const own = description.entities[key];
  const parts = [
    ...(own === undefined ? [] : wordsOf(key, own, language)),
    ...mine.flatMap(([part, entity]) => {
      const name = entity.name.en.toLowerCase().replace(/[^a-z0-9]+/g, '_');
      return [`'${name}': value_json.${part} | default(none)`, ...wordsOf(part, entity, language, `${name}_${IN_WORDS}`)];
    }),
  ];
  if (parts.length === 0) return {};
  return { json_attributes_topic: topics.state(id), json_attributes_template: `{{ {${parts.join(', ')}} | tojson }}` };
}

/** Names come from people: no control characters, no endless texts. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 80);
}
