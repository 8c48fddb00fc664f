/** Any MQTT topic as a source: smart plugs, inverters, and entities that Home Assistant publishes with its `mqtt_statestream`. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { checkValues, type MqttValueOption, mqttEntities, TOPIC_PATTERN, VALUE_SCHEMA } from './lib/mqtt-options.ts';
import { PATH_PATTERN } from './lib/mqtt-payload.ts';
import { createMqttReading } from './lib/mqtt-reading.ts';

export interface MqttOptions {
  readonly topic: string;
  readonly values: readonly MqttValueOption[];
  readonly timestamp_path?: string | null;
  readonly stale_s: number;
  readonly accept_retained: boolean;
}

const options: JSONSchemaType<MqttOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['topic', 'values', 'stale_s', 'accept_retained'],
  properties: {
    topic: {
      type: 'string',
      pattern: TOPIC_PATTERN,
      maxLength: 200,
      description: 'MQTT topic, without + and #',
      fr: 'Sujet MQTT, sans + ni #',
    },
    values: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: VALUE_SCHEMA,
      description: 'The values and where they stand',
      fr: 'Les valeurs et leur place',
    },
    timestamp_path: {
      type: 'string',
      pattern: PATH_PATTERN,
      maxLength: 200,
      nullable: true,
      description: 'Where the time of measurement stands: ISO 8601 with zone, or s or ms since 1970',
      fr: "Place de l'heure de mesure : ISO 8601 avec fuseau, ou s ou ms depuis 1970",
    },
    stale_s: {
      type: 'number',
      minimum: 5,
      maximum: 86_400,
      default: 300,
      description: 'Without a message for this long the device is unavailable, s: three times its usual pause',
      fr: "Sans message pendant ce temps l'appareil est indisponible, s : trois fois sa pause habituelle",
    },
    accept_retained: {
      type: 'boolean',
      default: true,
      description: 'Show what the broker kept, until something new comes; it never permits anything',
      fr: "Montrer ce que le serveur a gardé, jusqu'à une nouveauté ; cela n'autorise jamais rien",
    },
  },
};

/** Messages are looked at this often (ms): what comes at once is told at once. */
const LOOK_MS = 500;
/** Ages are told by this part of `stale_s`: a value is late after two, and gone after five (the control law's input table). */
export const PERIODS_PER_STALE = 5;

export const mqtt: SensorDriver<MqttOptions, Readonly<Record<string, Entity>>> = {
  type: 'mqtt',
  title: { en: 'MQTT topic', fr: 'Sujet MQTT' },
  proof: 'recorded',
  options,
  describe: ({ topic, values, stale_s }) => ({
    manufacturer: 'MQTT',
    model: topic,
    periodMs: (stale_s * 1000) / PERIODS_PER_STALE,
    entities: mqttEntities(values),
  }),
  async *read({ options: o, ports, clock, signal }) {
    checkValues(o.values);
    const topics = [...new Set(o.values.map(({ topic }) => topic ?? o.topic))];
    using heard = ports.subscriptions.open(topics);
    const reading = createMqttReading(o, clock);
    const openedMs = clock.monotonicMs();
    for (;;) {
      const told = reading.take(heard.take());
      yield* told;
      if (clock.monotonicMs() - (reading.lastMs ?? openedMs) >= o.stale_s * 1000) throw silent(o, reading.refusal);
      await clock.sleep(LOOK_MS, signal);
    }
  },
};

function silent({ topic, stale_s }: MqttOptions, refusal: string | undefined): DeviceError {
  if (refusal === undefined) {
    return new DeviceError(`nothing new on ${topic} for ${stale_s} s`, {
      mend: 'Check that its sender runs and the spelling of the topic, or choose a larger stale_s',
    });
  }
  return new DeviceError(`nothing readable on ${topic} for ${stale_s} s: ${refusal}`, { mend: 'Compare path and unit with the message' });
}
