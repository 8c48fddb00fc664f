/** The Supervisor's option grammar and its validation of saved options, written again as functions that name each fault. */

export type Schema = { readonly [key: string]: SchemaElement };
export type SchemaElement = string | readonly SchemaElement[] | Schema;
export type Options = Readonly<Record<string, unknown>>;

/** Spellings of one scalar (supervisor/apps/options.py, August 2026), without the `?` that makes it optional. */
const SCALARS: readonly RegExp[] = [
  /^(bool|email|url|port|str|password|int|float|device)$/,
  /^device\(subsystem=[a-z]+\)$/,
  /^(str|password)\(\d*,\d*\)$/,
  /^int\((-?\d+)?,(-?\d+)?\)$/,
  /^float\((-?\d*\.?\d+)?,(-?\d*\.?\d+)?\)$/,
  /^match\(.*\)$/,
  /^list\(.+\)$/,
];
/** What `subsystem=` may name (supervisor/hardware/const.py): I2C is not among them. */
const SUBSYSTEMS = new Set('tty usb input block pci sound video4linux media gpio gpiomem vchiq graphics cec drm hidraw'.split(' '));

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bare(type: string): string {
  return type.endsWith('?') ? type.slice(0, -1) : type;
}

/** Faults of a schema, each with its path. A list may hold scalars or objects, never a list. */
export function schemaProblems(element: unknown, path = 'schema'): string[] {
  if (typeof element === 'string') return scalarProblems(element, path);
  if (Array.isArray(element)) {
    if (element.length !== 1) return [`${path}: a list describes its items by exactly one element`];
    if (Array.isArray(element[0])) return [`${path}: a list may not directly hold a list`];
    return schemaProblems(element[0], `${path}[]`);
  }
  if (!isObject(element)) return [`${path}: not a type`];
  return Object.entries(element).flatMap(([key, inner]) => schemaProblems(inner, `${path}.${key}`));
}

function scalarProblems(type: string, path: string): string[] {
  const name = bare(type);
  if (!SCALARS.some((spelling) => spelling.test(name))) return [`${path}: unknown type "${type}"`];
  const subsystem = /^device\(subsystem=(.*)\)$/.exec(name)?.[1];
  if (subsystem !== undefined && !SUBSYSTEMS.has(subsystem)) return [`${path}: unknown subsystem "${subsystem}"`];
  if (/^(str|password)\(.*\d.*\)$/.test(name)) {
    return [`${path}: the bounds of ${type} are compared with the text itself and refuse every value`];
  }
  if (name.startsWith('device')) return [`${path}: a device that is unplugged would keep the app from starting`];
  return [];
}

/** What the Supervisor would hand to the app: `options`, or the reasons why the app does not start. */
export interface Validation {
  readonly options: Options;
  readonly problems: readonly string[];
  readonly dropped: readonly string[];
}

/** Replays the validation that runs before each start over saved options already merged with the defaults. */
export function validateOptions(schema: Schema, saved: Options, path = ''): Validation {
  const options: Record<string, unknown> = {};
  const problems: string[] = [];
  const dropped: string[] = [];
  for (const [key, value] of Object.entries(saved)) {
    const type = schema[key];
    if (type === undefined) {
      dropped.push(`${path}${key}`);
      continue;
    }
    const result = validateElement(type, value, `${path}${key}`);
    options[key] = result.value;
    problems.push(...result.problems);
    dropped.push(...result.dropped);
  }
  for (const [key, type] of Object.entries(schema)) {
    if (!(key in saved) && !isOptional(type)) problems.push(`${path}${key}: missing`);
  }
  return { options, problems, dropped };
}

/** Only text ending in `?` is optional, or a list of it: an object or a list of objects never is. */
export function isOptional(type: SchemaElement): boolean {
  const element: unknown = Array.isArray(type) ? type[0] : type;
  return typeof element === 'string' && element.endsWith('?');
}

interface Checked {
  readonly value: unknown;
  readonly problems: readonly string[];
  readonly dropped: readonly string[];
}

function validateElement(type: SchemaElement, value: unknown, path: string): Checked {
  if (typeof type === 'string') {
    const problem = valueProblem(bare(type), value);
    return { value, problems: problem === undefined ? [] : [`${path}: ${problem}`], dropped: [] };
  }
  if (Array.isArray(type)) {
    if (!Array.isArray(value)) return { value, problems: [`${path}: not a list`], dropped: [] };
    const items = value.map((item, index) => validateElement(type[0], item, `${path}[${index}]`));
    return {
      value: items.map((item) => item.value),
      problems: items.flatMap((item) => item.problems),
      dropped: items.flatMap((item) => item.dropped),
    };
  }
  if (!isObject(value)) return { value, problems: [`${path}: not an object`], dropped: [] };
  const inner = validateOptions(type as Schema, value, `${path}.`);
  return { value: inner.options, problems: inner.problems, dropped: inner.dropped };
}

/** What a value of each scalar type must be, and what is said when it is not. */
const VALUES: Readonly<Record<string, readonly [good: (value: unknown) => boolean, otherwise: string]>> = {
  str: [(value) => typeof value === 'string', 'not text: quote it'],
  password: [(value) => typeof value === 'string', 'not text: quote it'],
  bool: [(value) => typeof value === 'boolean', 'neither true nor false'],
  port: [(value) => isWhole(value) && value >= 1 && value <= 65_535, 'not a port'],
  email: [(value) => /^[^@\s]+@[^@\s]+$/.test(String(value)), 'not a mail address'],
  url: [(value) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(String(value)), 'not an address'],
  int: [isWhole, 'not a number'],
  float: [(value) => typeof value === 'number', 'not a number'],
};

function valueProblem(type: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return 'missing';
  const [, kind = '', inside] = /^(\w+)(?:\((.*)\))?$/.exec(type) ?? [];
  const [good, otherwise] = VALUES[kind] ?? [];
  if (good !== undefined && !good(value)) return otherwise;
  if (inside === undefined) return undefined;
  if (kind === 'match') return new RegExp(`^(?:${inside})`).test(String(value)) ? undefined : `does not match ${inside}`;
  if (kind === 'list') return inside.split('|').includes(String(value)) ? undefined : `not one of ${inside}`;
  return rangeProblem(inside, value);
}

function rangeProblem(range: string, value: unknown): string | undefined {
  const [low = '', high = ''] = range.split(',');
  if (low !== '' && Number(value) < Number(low)) return `below ${low}`;
  return high !== '' && Number(value) > Number(high) ? `above ${high}` : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

/** Defaults and saved options as the Supervisor merges them: objects deeply, lists replaced whole. */
export function mergeOptions(defaults: Options, saved: Options): Options {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(saved)) {
    const base = merged[key];
    merged[key] = isObject(base) && isObject(value) ? mergeOptions(base, value) : value;
  }
  return merged;
}
