/** The shape of the house file: a common part, and for each device the options of its driver. Feeds validation and editors. */
import type { SchemaObject } from 'ajv';
import type { AnyDriver } from '../drivers/driver.ts';
import { ALARMS_SCHEMA, BUZZER_SCHEMA, MAIL_SCHEMA } from './alarm-schema.ts';
import { CERTIFIED_SCHEMA } from './certified.ts';
import { BATTERY_OPTIONS, RELAY_CONTROL } from './schema-control.ts';
import { SHEDDING_SCHEMA } from './shedding-schema.ts';

const text = (en: string, fr: string, more: SchemaObject = {}): SchemaObject => ({
  type: 'string',
  minLength: 1,
  maxLength: 80,
  description: en,
  fr,
  ...more,
});
const section = (en: string, fr: string, properties: Record<string, SchemaObject>): SchemaObject => ({
  type: 'object',
  additionalProperties: false,
  default: {},
  description: en,
  fr,
  properties,
});

/** MQTT topic names: no wildcard, no empty level. */
const TOPIC = '^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$';

/** Everything but what stands inside `devices`, `relays` and `batteries`. */
export const HOUSE_SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { type: 'integer', const: 1, description: 'Version of this file format: 1', fr: 'Version de ce format de fichier : 1' },
    language: {
      type: 'string',
      enum: ['en', 'fr'],
      default: 'en',
      description: 'Language of names and messages: en or fr',
      fr: 'Langue des noms et messages : en ou fr',
    },
    home_assistant: section('How Home Assistant listens', 'Comment Home Assistant écoute', {
      discovery_prefix: text('Discovery prefix', 'Préfixe de découverte', { pattern: TOPIC, default: 'homeassistant' }),
      status_topic: text('Where Home Assistant says online', 'Où Home Assistant annonce online', {
        pattern: TOPIC,
        default: 'homeassistant/status',
      }),
    }),
    mqtt: section('How values are published', 'Comment les valeurs sont publiées', {
      topic_root: text('First level of all topics', 'Premier niveau de tous les sujets', { pattern: TOPIC, default: 'boxenergie' }),
      min_interval_s: {
        type: 'number',
        minimum: 0,
        maximum: 3600,
        default: 2,
        description: 'A device publishes at most this often, s',
        fr: 'Un appareil publie au plus à cet intervalle, s',
      },
      refresh_s: {
        type: 'number',
        minimum: 5,
        maximum: 3600,
        default: 30,
        description: 'Everything is published again this often, s',
        fr: 'Tout est republié à cet intervalle, s',
      },
      clear_retained_commands: {
        type: 'boolean',
        default: false,
        description: 'Delete retained commands found on the broker; they are never obeyed',
        fr: 'Effacer les commandes retenues trouvées sur le serveur ; elles ne sont jamais suivies',
      },
    }),
    privacy: section('Personal data', 'Données personnelles', {
      show_meter_ids: {
        type: 'boolean',
        default: false,
        description: 'Show meter address and PRM in full',
        fr: "Montrer l'adresse du compteur et le PRM en entier",
      },
    }),
    gpio: section('How GPIO is reached', 'Accès aux GPIO', {
      backend: {
        type: 'string',
        enum: ['auto', 'cdev', 'sysfs'],
        default: 'auto',
        description: 'auto, cdev (character device) or sysfs',
        fr: 'auto, cdev (périphérique caractère) ou sysfs',
      },
    }),
    storage: section('How totals are kept', 'Conservation des totaux', {
      flush_s: {
        type: 'number',
        minimum: 1,
        maximum: 3600,
        default: 60,
        description: 'Totals are written this often, s: what a power cut may cost; often wears memory cards',
        fr: "Les totaux sont écrits à cet intervalle, s : ce qu'une coupure peut coûter ; trop souvent use les cartes mémoire",
      },
    }),
    alarms: ALARMS_SCHEMA,
    mail: MAIL_SCHEMA,
    buzzer: BUZZER_SCHEMA,
    shedding: SHEDDING_SCHEMA,
    certified: CERTIFIED_SCHEMA,
    devices: { type: 'array', maxItems: 64, default: [], items: { type: 'object' }, description: 'What is read', fr: 'Ce qui est lu' },
    relays: {
      type: 'array',
      maxItems: 64,
      default: [],
      items: { type: 'object' },
      description: 'What is switched',
      fr: 'Ce qui est commandé',
    },
    batteries: {
      type: 'array',
      maxItems: 16,
      default: [],
      items: { type: 'object' },
      description: 'What is guarded and charged',
      fr: 'Ce qui est surveillé et chargé',
    },
  },
};

const ID: SchemaObject = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]{0,31}$',
  description: 'Lasting name: a-z, 0-9, _',
  fr: 'Nom durable : a-z, 0-9, _',
};
const NAME = text('Name people see', 'Nom affiché');
const PLACE = text('Room or place, becomes the area', 'Pièce ou lieu, devient la zone');
const OWNER = text('Whose it is, becomes a label', 'À qui il est, devient une étiquette');

/** One entry of `devices`: the common keys and the driver's options, side by side. */
export function deviceSchema(driver: AnyDriver): SchemaObject {
  const own = driver.options as { required?: string[]; properties?: Record<string, SchemaObject> };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'type', ...(own.required ?? [])],
    properties: {
      id: ID,
      type: { type: 'string', const: driver.type, description: driver.title.en, fr: driver.title.fr },
      name: NAME,
      place: PLACE,
      owner: OWNER,
      ...own.properties,
    },
  };
}
export const COMMON_DEVICE_KEYS: readonly string[] = ['id', 'type', 'name', 'place', 'owner'];

export const RELAY_SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'line'],
  properties: {
    id: { type: 'string', pattern: '^rs_[0-9]{2}$', description: 'rs_01, rs_02, …', fr: 'rs_01, rs_02, …' },
    name: NAME,
    place: PLACE,
    owner: OWNER,
    chip: text('GPIO chip: auto, its label or its path', 'Puce GPIO : auto, son étiquette ou son chemin', { default: 'auto' }),
    line: { type: 'integer', minimum: 0, maximum: 511, description: 'GPIO line (BCM number)', fr: 'Ligne GPIO (numéro BCM)' },
    active_low: {
      type: 'boolean',
      default: false,
      description: 'The relay closes when the line is low',
      fr: "Le relais se ferme quand la ligne est à l'état bas",
    },
    safe: {
      type: 'string',
      enum: ['off', 'on'],
      default: 'off',
      description: 'State in which nothing can go wrong',
      fr: 'État dans lequel rien ne peut arriver',
    },
    lease_s: {
      type: 'number',
      minimum: 10,
      maximum: 86_400,
      default: 900,
      description: 'A request not renewed ends after this time, s',
      fr: 'Une demande non renouvelée prend fin après ce temps, s',
    },
    ...RELAY_CONTROL,
  },
};

export const BATTERY_SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'chemistry'],
  properties: { id: ID, name: NAME, place: PLACE, owner: OWNER, ...BATTERY_OPTIONS },
};
