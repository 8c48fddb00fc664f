/** The values of a topic as people write them: their schema, what no schema can check, and the entities they become. */
import type { JSONSchemaType } from 'ajv';
import { BOOLEAN_QUANTITIES, ConfigError, type Entity, type Quantity } from '../../model.ts';
import { MAX_PER_HOUR, QUANTITIES } from './modbus-register-options.ts';
import { PATH_PATTERN } from './mqtt-payload.ts';
import { conversionTo, unitsOf } from './units.ts';

export interface MqttValueOption {
  readonly key: string;
  readonly name: string;
  readonly topic?: string | null;
  readonly path?: string | null;
  readonly quantity: Quantity;
  readonly unit?: string | null;
  readonly scale: number;
  readonly decimals?: number | null;
  readonly total: boolean;
  readonly max_per_hour?: number | null;
}
/** No wildcard, none of the broker's own topics. */
export const TOPIC_PATTERN = '^[^$+#\\u0000][^+#\\u0000]*$';
export const REFUSED_KEY = 'refused';
const REFUSED: Entity = { name: { en: 'Messages refused', fr: 'Messages refusés' }, quantity: 'tally', decimals: 0, diagnostic: true };
const NUMBERS = QUANTITIES.filter((quantity) => !BOOLEAN_QUANTITIES.has(quantity));

export const VALUE_SCHEMA: JSONSchemaType<MqttValueOption> = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'name', 'quantity', 'scale', 'total'],
  properties: {
    key: {
      type: 'string',
      pattern: '^[a-z][a-z0-9_]{0,31}$',
      description: 'Lasting name of the value: a-z, 0-9, _',
      fr: 'Nom durable de la valeur : a-z, 0-9, _',
    },
    name: { type: 'string', minLength: 1, maxLength: 80, description: 'Name people see', fr: 'Nom affiché' },
    topic: {
      type: 'string',
      pattern: TOPIC_PATTERN,
      maxLength: 200,
      nullable: true,
      description: "Another topic than the device's",
      fr: "Un autre sujet que celui de l'appareil",
    },
    path: {
      type: 'string',
      pattern: PATH_PATTERN,
      maxLength: 200,
      nullable: true,
      description: 'Where it stands in the JSON text: ENERGY.Power, list[0].value; without it the message is the number',
      fr: 'Sa place dans le texte JSON : ENERGY.Power, list[0].value ; sans elle le message est le nombre',
    },
    quantity: { type: 'string', enum: NUMBERS, description: 'What it measures', fr: "Ce que c'est" },
    unit: {
      type: 'string',
      maxLength: 8,
      nullable: true,
      description: 'Unit it comes in (kW, kWh, °F, m³…); without it that of the quantity',
      fr: 'Unité reçue (kW, kWh, °F, m³…) ; sans elle celle de la grandeur',
    },
    scale: {
      type: 'number',
      default: 1,
      description: 'Factor before the unit: -1 turns a sign',
      fr: "Facteur avant l'unité : -1 inverse le signe",
    },
    decimals: { type: 'integer', minimum: 0, maximum: 6, nullable: true, description: 'Decimals shown', fr: 'Décimales affichées' },
    total: { type: 'boolean', default: false, description: 'A counter that never goes back', fr: 'Un compteur qui ne recule jamais' },
    max_per_hour: {
      type: 'number',
      exclusiveMinimum: 0,
      nullable: true,
      description: "total: largest believable growth per hour, in the quantity's unit",
      fr: "total : plus grande croissance crédible par heure, dans l'unité de la grandeur",
    },
  },
};

/** Throws ConfigError for the first value that contradicts itself or another one. */
export function checkValues(values: readonly MqttValueOption[]): void {
  const keys = new Set([REFUSED_KEY]);
  for (const [index, { key, quantity, unit, total }] of values.entries()) {
    const field = (name: string): string => `values[${index}].${name}`;
    if (keys.has(key)) throw new ConfigError(field('key'), `key ${key} is used twice`, 'Choose another key');
    keys.add(key);
    if (conversionTo(quantity, unit ?? undefined) === undefined) {
      const known = unitsOf(quantity);
      const mend = known.length === 0 ? 'Leave unit out' : `Use one of ${known.join(', ')}`;
      throw new ConfigError(field('unit'), `${unit} is no unit of ${quantity}`, mend);
    }
    if (total && !(quantity in MAX_PER_HOUR)) {
      throw new ConfigError(field('total'), `${quantity} is no counter`, `total goes with ${Object.keys(MAX_PER_HOUR).join(', ')}`);
    }
  }
}

/** A quantity of counters that is no total gets no statistics: it may start again every day. */
export function mqttEntities(values: readonly MqttValueOption[]): Readonly<Record<string, Entity>> {
  const entries = values.map((o): [string, Entity] => {
    const maxPerHour = o.max_per_hour ?? MAX_PER_HOUR[o.quantity];
    const counts = o.quantity in MAX_PER_HOUR;
    return [
      o.key,
      {
        name: { en: o.name, fr: o.name },
        quantity: o.quantity,
        ...(typeof o.decimals === 'number' && { decimals: o.decimals }),
        ...(o.total && counts && maxPerHour !== undefined && { total: { from: 'index', maxPerHour } }),
        ...(counts && !o.total && { setting: true }),
      },
    ];
  });
  return { ...Object.fromEntries(entries), [REFUSED_KEY]: REFUSED };
}
