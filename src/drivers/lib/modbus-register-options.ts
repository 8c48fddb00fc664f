/** The register table as people write it: its schema, what no schema can check, and what it becomes. */
import type { JSONSchemaType } from 'ajv';
import { BOOLEAN_QUANTITIES, ConfigError, type Quantity, TEXT_QUANTITIES, UNITS } from '../../model.ts';
import { type MappedRegister, REFUSED_KEY } from './modbus-map.ts';
import { type RegisterKind, type WordOrder, type WordType, wordsOf } from './registers.ts';

export interface RegisterOption {
  readonly key: string;
  readonly name: string;
  readonly kind: RegisterKind;
  readonly address: number;
  readonly type?: Exclude<WordType, 'bit'> | null;
  readonly bit?: number | null;
  readonly word_order: WordOrder;
  readonly scale: number;
  readonly offset: number;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly quantity: Quantity;
  readonly decimals?: number | null;
  readonly total: boolean;
  readonly max_per_hour?: number | null;
}

/** Largest believable growth per hour of a home's counters, in the unit of the quantity. */
export const MAX_PER_HOUR: Partial<Record<Quantity, number>> = {
  energy: 100_000,
  reactiveEnergy: 100_000,
  volumeWater: 10_000,
  volumeGas: 50_000,
  charge: 2_000,
  tally: 1_000_000,
};
export const QUANTITIES = (Object.keys(UNITS) as Quantity[]).filter((quantity) => !TEXT_QUANTITIES.has(quantity));
const UNITS_TEXT = QUANTITIES.flatMap((quantity) => (UNITS[quantity] === null ? [] : [`${quantity} ${UNITS[quantity]}`])).join(', ');

export const REGISTER_SCHEMA: JSONSchemaType<RegisterOption> = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'name', 'kind', 'address', 'word_order', 'scale', 'offset', 'quantity', 'total'],
  properties: {
    key: {
      type: 'string',
      pattern: '^[a-z][a-z0-9_]{0,31}$',
      description: 'Lasting name of the value: a-z, 0-9, _',
      fr: 'Nom durable de la valeur : a-z, 0-9, _',
    },
    name: { type: 'string', minLength: 1, maxLength: 80, description: 'Name people see', fr: 'Nom affiché' },
    kind: {
      type: 'string',
      enum: ['holding', 'input', 'coil', 'discrete'],
      description: 'holding, input (registers), coil or discrete (bits)',
      fr: 'holding, input (registres), coil ou discrete (bits)',
    },
    address: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      description: 'Address from 0, as it travels: 30001 or 40001 of a manual is 0',
      fr: "Adresse à partir de 0, telle qu'elle circule : 30001 ou 40001 d'une notice est 0",
    },
    type: {
      type: 'string',
      enum: ['u16', 'i16', 'u32', 'i32', 'f32', 'u64'],
      nullable: true,
      description: 'Number in the registers: u16, i16, u32, i32, f32 or u64',
      fr: 'Nombre dans les registres : u16, i16, u32, i32, f32 ou u64',
    },
    bit: {
      type: 'integer',
      minimum: 0,
      maximum: 15,
      nullable: true,
      description: 'Instead of type: one bit of the register, 0 is the lowest',
      fr: 'Au lieu de type : un bit du registre, 0 est le plus faible',
    },
    word_order: {
      type: 'string',
      enum: ['high-first', 'low-first'],
      default: 'high-first',
      description: 'Order of the registers of a long number',
      fr: "Ordre des registres d'un nombre long",
    },
    scale: {
      type: 'number',
      default: 1,
      description: "Factor to the quantity's unit (a meter in kWh: 1000)",
      fr: "Facteur vers l'unité de la grandeur (un compteur en kWh : 1000)",
    },
    offset: { type: 'number', default: 0, description: 'Added after scaling', fr: 'Ajouté après le facteur' },
    min: { type: 'number', nullable: true, description: 'Below it there is no value', fr: "En dessous il n'y a pas de valeur" },
    max: { type: 'number', nullable: true, description: 'Above it there is no value', fr: "Au-dessus il n'y a pas de valeur" },
    quantity: {
      type: 'string',
      enum: QUANTITIES,
      description: `What it measures, in its unit: ${UNITS_TEXT}`,
      fr: `Ce que c'est, dans son unité : ${UNITS_TEXT}`,
    },
    decimals: { type: 'integer', minimum: 0, maximum: 6, nullable: true, description: 'Decimals shown', fr: 'Décimales affichées' },
    total: {
      type: 'boolean',
      default: false,
      description: 'A counter that never goes back',
      fr: 'Un compteur qui ne recule jamais',
    },
    max_per_hour: {
      type: 'number',
      exclusiveMinimum: 0,
      nullable: true,
      description: 'total: largest believable growth per hour',
      fr: 'total : plus grande croissance crédible par heure',
    },
  },
};

/** The table for reading. A quantity of counters that is no total gets no statistics: it may start again every day. */
export function mapOf(options: readonly RegisterOption[]): readonly MappedRegister[] {
  return options.map((o) => {
    const maxPerHour = o.max_per_hour ?? MAX_PER_HOUR[o.quantity];
    const counts = o.quantity in MAX_PER_HOUR;
    return {
      key: o.key,
      kind: o.kind,
      address: o.address,
      type: isBits(o) ? 'bit' : (o.type ?? 'u16'),
      order: o.word_order,
      scale: o.scale,
      offset: o.offset,
      min: o.min ?? Number.NEGATIVE_INFINITY,
      max: o.max ?? Number.POSITIVE_INFINITY,
      ...(typeof o.bit === 'number' && { bit: o.bit }),
      entity: {
        name: { en: o.name, fr: o.name },
        quantity: o.quantity,
        ...(typeof o.decimals === 'number' && { decimals: o.decimals }),
        ...(o.total && counts && maxPerHour !== undefined && { total: { from: 'index', maxPerHour } }),
        ...(counts && !o.total && { setting: true }),
      },
    };
  });
}

/** Throws ConfigError for the first register that contradicts itself or another one. */
export function checkRegisters(options: readonly RegisterOption[]): void {
  const keys = new Set([REFUSED_KEY]);
  for (const [index, option] of options.entries()) {
    const fault = keys.has(option.key) ? (['key', `key ${option.key} is used twice`, 'Choose another key'] as const) : faultOf(option);
    if (fault !== undefined) throw new ConfigError(`registers[${index}].${fault[0]}`, fault[1], fault[2]);
    keys.add(option.key);
  }
}

type Fault = readonly [field: string, problem: string, mend: string];
function faultOf(o: RegisterOption): Fault | undefined {
  return formFault(o) ?? meaningFault(o) ?? rangeFault(o);
}

/** A coil is one bit; a register holds a number, or a bit of it is meant. */
function formFault(o: RegisterOption): Fault | undefined {
  const [typed, single] = [typeof o.type === 'string', typeof o.bit === 'number'];
  if (isBits(o)) {
    if (typed) return ['type', `a ${o.kind} has no type`, 'Leave type out'];
    return single ? ['bit', `a ${o.kind} is one bit already`, 'Leave bit out'] : undefined;
  }
  if (typed === single) {
    return typed
      ? ['bit', 'type and bit are both given', 'Leave one of them out']
      : ['type', 'type is missing', 'Give type, or bit for a yes or no'];
  }
  return undefined;
}

function meaningFault(o: RegisterOption): Fault | undefined {
  const oneBit = isBits(o) || typeof o.bit === 'number';
  if (oneBit !== BOOLEAN_QUANTITIES.has(o.quantity)) {
    const mend = oneBit ? `Choose one of ${[...BOOLEAN_QUANTITIES].join(', ')}` : 'Give bit instead of type, or another quantity';
    return ['quantity', `${o.quantity} does not fit ${oneBit ? 'one bit' : 'a number'}`, mend];
  }
  if (!o.total || o.quantity in MAX_PER_HOUR) return undefined;
  return ['total', `${o.quantity} is no counter`, `total goes with ${Object.keys(MAX_PER_HOUR).join(', ')}`];
}

function rangeFault(o: RegisterOption): Fault | undefined {
  if (typeof o.min === 'number' && typeof o.max === 'number' && o.min > o.max) return ['min', 'min is above max', 'Exchange them'];
  if (o.address + wordsOf({ type: o.type ?? 'bit' }) <= 65_536) return undefined;
  return ['address', 'the number ends behind the last register', 'Check address and type'];
}

function isBits({ kind }: Pick<RegisterOption, 'kind'>): boolean {
  return kind === 'coil' || kind === 'discrete';
}
