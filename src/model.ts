/** The words of the house: quantities and units, entities, readings, samples, wishes, verdicts, errors. Imports nothing. */

/** A sentence or a name that people read, in both languages of the product. */
export interface Text {
  readonly en: string;
  readonly fr: string;
}
export type Language = keyof Text;

/** Every quantity a device can offer, with its unit (Home Assistant's spelling of SI); null where a unit makes no sense. */
export const UNITS = {
  voltage: 'V',
  current: 'A',
  power: 'W',
  apparentPower: 'VA',
  apparentPowerRating: 'kVA',
  energy: 'Wh',
  reactiveEnergy: 'varh',
  charge: 'Ah',
  storedEnergy: 'Wh', // what is in it now: a measurement
  resistance: 'mΩ',
  temperature: '°C',
  frequency: 'Hz',
  duration: 's',
  ratio: '%',
  stateOfCharge: '%',
  volumeWater: 'L',
  volumeGas: 'L',
  flow: 'L/min',
  count: null, // how many now: a measurement
  tally: null, // how many so far: only grows
  timestamp: null, // ISO 8601 with zone
  text: null,
  enum: null,
  flag: null, // plain yes/no
  problem: null, // yes = something is wrong
  opening: null, // yes = open
  connectivity: null, // yes = connected
} as const satisfies Record<string, string | null>;
export type Quantity = keyof typeof UNITS;

export const BOOLEAN_QUANTITIES: ReadonlySet<Quantity> = new Set(['flag', 'problem', 'opening', 'connectivity']);
export const TEXT_QUANTITIES: ReadonlySet<Quantity> = new Set(['timestamp', 'text', 'enum']);

/** How a never-decreasing total is fed; see energy/totals.ts. */
export interface TotalRule {
  /** `index`: the device keeps the count (a meter's dial). `session`: counts from zero each time the source is opened. */
  readonly from: 'index' | 'session';
  /** Largest believable growth per hour, in the entity's unit. A larger step needs a second, agreeing reading. */
  readonly maxPerHour: number;
  /** `session`: what the meter shows, in the entity's unit. Taken over once, and once again when it is another; see energy/dial.ts. */
  readonly initial?: number;
}

/** One thing a device offers, declared once: discovery, names, documentation and pages follow from it. */
export interface Entity {
  readonly name: Text;
  readonly quantity: Quantity;
  readonly decimals?: number;
  /** Values an `enum` may take, with their names. A value outside is published as unknown. */
  readonly options?: Readonly<Record<string, Text>>;
  /** About the device rather than the house. */
  readonly diagnostic?: true;
  /** Announced, but switched off until the user wants it. */
  readonly disabled?: true;
  /** A rating or setting (subscribed power, maximum of yesterday): kept out of statistics. */
  readonly setting?: true;
  /** Announced only once a value was seen, then for ever: for what only some meters or contracts have. */
  readonly whenSeen?: true;
  /** Shown as an attribute of the named entity instead of as an entity of its own. */
  readonly attributeOf?: string;
  /** Identifies a person or home: masked wherever it would be shown. */
  readonly personal?: true;
  /** Never decreases; guarded and kept on disk by energy/totals.ts. */
  readonly total?: TotalRule;
  /** People may change it from Home Assistant; what is shown stays what was read back. */
  readonly command?: 'switch' | 'button' | 'number';
  /** Not a value but happenings, of these types: each is told once and never kept. */
  readonly events?: readonly string[];
  /** Bounds of a `number`, in the unit; a wish outside is refused. */
  readonly range?: { readonly min: number; readonly max: number; readonly step: number };
  /** A change smaller than this (in the unit) waits for the next full refresh. */
  readonly deadBand?: number;
}
export type Entities = Readonly<Record<string, Entity>>;

export type Value = number | string | boolean | null;
/** What a driver yields. A missing key says nothing; null = known to be unknown. Missing is never zero. */
export type Values<E> = { readonly [K in keyof E]?: Value } & { readonly [AGE_MS]?: number };
/** Where a driver says how old (ms) its values are already; without it they are new. */
export const AGE_MS: unique symbol = Symbol('age of the values in ms');

/** One yield of a device, stamped on arrival. `atMs` is wall time (for people), `monotonicMs` is for every duration. */
export interface Sample {
  readonly deviceId: string;
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly values: Readonly<Record<string, Value>>;
}

/** Age classes of a value; reference: the control law's input quality table. Only `fresh` permits anything. */
export type Quality = 'fresh' | 'late' | 'stale' | 'dead';

export interface Reading {
  readonly value: Value;
  readonly quality: Quality;
  readonly atMs: number;
  readonly monotonicMs: number;
}

/** What a device is and offers, known before its first reading. */
export interface Description<E extends Entities = Entities> {
  readonly manufacturer: string;
  readonly model: string;
  /** Usual pause between two yields (ms): ages and expiry are derived from it. */
  readonly periodMs: number;
  readonly entities: E;
  /** The entity that carries the serial number: a new one means another meter, and totals start a new cycle. */
  readonly identity?: keyof E & string;
}

export const CHEMISTRIES = ['lead-acid', 'agm', 'gel', 'lfp', 'nmc'] as const;
export type Chemistry = (typeof CHEMISTRIES)[number];

export type Requester = 'home-assistant' | 'api' | 'page' | 'local' | 'schedule';
export type RelayMode = 'auto' | 'manual';

/** Somebody asks for a relay state. Only the arbiter answers. */
export interface Wish {
  readonly relayId: string;
  readonly on: boolean;
  readonly by: Requester;
  /** How long the wish holds without being renewed (ms). */
  readonly leaseMs?: number;
}

/** Why a relay is as it is, highest law first. */
export type ReasonCode =
  | 'interlock' // a latched safety condition holds it open
  | 'boot-hold' // too early after start
  | 'stopping' // the program is on its way out
  | 'line-fault' // the output could not be written or read back
  | 'waiting-inputs' // a guarding input is not fresh: nothing closes
  | 'group' // another relay of its interlocked group is closed, or was a moment ago
  | 'anti-short-cycle'
  | 'shedding'
  | 'manual'
  | 'request'
  | 'automatic'
  | 'default';
export interface Reason {
  readonly code: ReasonCode;
  readonly detail?: string;
}

/** What is asked for but held back by a higher law. */
export interface Pending {
  readonly on: boolean;
  readonly reason: Reason;
}

/** Times are monotonic ms. */
export interface Verdict {
  readonly on: boolean;
  readonly reason: Reason;
  readonly sinceMs: number;
  readonly pending?: Pending;
  /** Before this the relay does not change by any request; absent: it may at once, or nobody can know. */
  readonly nextMs?: number;
}

/** What is wrong with a configuration: permanent for that device until the file is mended. */
export class ConfigError extends Error {
  readonly field: string;
  readonly mend: string;
  constructor(field: string, problem: string, mend: string) {
    super(problem);
    this.name = 'ConfigError';
    this.field = field;
    this.mend = mend;
  }
}

/** A device, bus or port failed; transient: the source is reopened. `mend` tells the user what to try. */
export class DeviceError extends Error {
  readonly mend: string | undefined;
  constructor(problem: string, options?: { readonly mend?: string; readonly cause?: unknown }) {
    super(problem, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DeviceError';
    this.mend = options?.mend;
  }
}
