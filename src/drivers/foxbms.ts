/** foxBMS 2, the open battery management system of Fraunhofer IISB, on CAN; only listened to. */
import type { JSONSchemaType } from 'ajv';
import type { Entity, Values } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { CAN_PROPERTIES, CAN_REQUIRED, type CanBusOptions, listenTo } from './lib/can-session.ts';
import { foxbmsEntities } from './lib/foxbms-entities.ts';
import { FOXBMS_IDS, type FoxbmsLayout, foxbmsDecoder } from './lib/foxbms-frames.ts';

interface FoxbmsOptions extends CanBusOptions, FoxbmsLayout {}

const options: JSONSchemaType<FoxbmsOptions> = {
  type: 'object',
  additionalProperties: false,
  required: [...CAN_REQUIRED, 'release', 'strings', 'cells', 'sensors', 'positive_discharge'],
  properties: {
    ...CAN_PROPERTIES,
    release: {
      type: 'string',
      enum: ['v1.11', 'v1.8', 'v1.7'],
      default: 'v1.11',
      description: 'Release of the firmware: v1.11 and later, v1.8 to v1.10, v1.7',
      fr: 'Version du micrologiciel : v1.11 et suivantes, v1.8 à v1.10, v1.7',
    },
    strings: {
      type: 'integer',
      minimum: 1,
      maximum: 8,
      default: 1,
      description: 'Strings in parallel',
      fr: 'Chaînes en parallèle',
    },
    cells: {
      type: 'integer',
      minimum: 0,
      maximum: 1024,
      default: 0,
      description: 'Cells shown one by one (0: only the extremes)',
      fr: 'Cellules affichées une à une (0 : seulement les extrêmes)',
    },
    sensors: {
      type: 'integer',
      minimum: 0,
      maximum: 1536,
      default: 0,
      description: 'Cell temperature sensors shown one by one',
      fr: 'Capteurs de température de cellule affichés un à un',
    },
    positive_discharge: {
      type: 'boolean',
      default: true,
      description: 'The system counts current positive while discharging, as foxBMS does by default',
      fr: 'Le système compte le courant positif en décharge, comme foxBMS par défaut',
    },
  },
};

/**
 * Message layout: tools/dbc/foxbms.dbc of release 1.11.0 (April 2026); v1.7 to v1.10 differ in 0x231 and, v1.7, in the
 * validity bits. Releases before v1.7 used other ids. The request to change state (0x210) is never sent.
 */
export const foxbms: SensorDriver<FoxbmsOptions, Readonly<Record<string, Entity>>> = {
  type: 'foxbms',
  title: { en: 'foxBMS 2 battery management (CAN)', fr: 'Gestion de batterie foxBMS 2 (CAN)' },
  proof: 'recorded',
  options,
  describe: (o) => ({ manufacturer: 'foxBMS', model: 'foxBMS 2', periodMs: o.period_s * 1000, entities: foxbmsEntities(o) }),
  async *read(context): AsyncGenerator<Values<Readonly<Record<string, Entity>>>> {
    yield* listenTo({ ids: FOXBMS_IDS, what: 'foxBMS', decode: foxbmsDecoder(context.options) }, context);
  },
};
