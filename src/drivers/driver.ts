/** The contract of a sensor driver: one file a device, its options, what it offers, and how it reads. */
import type { JSONSchemaType, SchemaObject } from 'ajv';
import type { Description, Entities, Text, Values } from '../model.ts';
import type { Clock, Ports } from '../ports/types.ts';

export interface ReadContext<O> {
  readonly options: O;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * A driver opens its port, yields, throws. It never retries, logs, publishes or persists: `supervise` reopens it.
 * `ConfigError` stops this device for good, anything else is transient. The iterable ends on abort with its port closed.
 */
export interface SensorDriver<O, E extends Entities> {
  /** The word in the configuration. */
  readonly type: string;
  /** What it is, for the device table. */
  readonly title: Text;
  /** How it was proven: shown in the documentation. */
  readonly proof: 'recorded' | 'vendor-document' | 'synthetic';
  /** Validates, fills defaults, documents, feeds the page's form. Each property has `description` (en) and `fr`. */
  readonly options: JSONSchemaType<O>;
  /** Pure: discovery exists before the first reading. */
  describe(options: O): Description<E>;
  read(context: ReadContext<O>): AsyncIterable<Values<E>>;
}

/** A driver whose option and entity types are known only to itself: the list holds all kinds. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where drivers of different options meet.
export interface AnyDriver extends Omit<SensorDriver<any, any>, 'options'> {
  readonly options: SchemaObject;
}
