/** What stands in a message of somebody else: strictly a number, at a path of a JSON text or alone. Never throws. */

const MAX_BYTES = 16_384;
const MAX_DEPTH = 8;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
/** What Home Assistant and others write where they know nothing. */
const UNKNOWN: ReadonlySet<string> = new Set(['', 'unknown', 'unavailable', 'none', 'null']);
const STEP = /[^.[\]]+/g;

/** A path: names with dots between them, `[n]` for the place in a list, from 0. */
export const PATH_PATTERN = '^(?:[^.\\[\\]]+|\\[\\d{1,4}\\])(?:\\.[^.\\[\\]]+|\\[\\d{1,4}\\])*$';

/** A message that can be looked into. */
export interface Payload {
  readonly text: string;
  /** Undefined where it is no JSON text. */
  readonly json: { readonly value: unknown } | undefined;
}
/** Undefined: too large, not UTF-8, or nested too deep. */
export function openPayload(bytes: Uint8Array): Payload | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return depth(value) > MAX_DEPTH ? undefined : { text, json: { value } };
  } catch {
    return { text, json: undefined };
  }
}

/** Stops counting just above the limit: what is deeper is refused anyway. */
function depth(value: unknown, above = 0): number {
  if (typeof value !== 'object' || value === null || above > MAX_DEPTH) return above;
  return Math.max(above + 1, ...Object.values(value).map((inner) => depth(inner, above + 1)));
}

export type Found =
  | { readonly kind: 'number'; readonly number: number }
  /** Said to be unknown. */
  | { readonly kind: 'unknown' }
  /** The message does not speak of it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused' };

/** The number at `path`; without a path the whole message is the number. */
export function numberAt({ text, json }: Payload, path: string | undefined): Found {
  if (path === undefined) return numberOf(json === undefined || typeof json.value === 'number' ? text : json.value);
  if (json === undefined) return UNKNOWN.has(text.toLowerCase()) ? { kind: 'unknown' } : { kind: 'refused' };
  return numberOf(valueAt(json.value, path));
}

/** Undefined: not there. */
export function valueAt(root: unknown, path: string): unknown {
  let at: unknown = root;
  for (const step of path.match(STEP) ?? []) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}

function numberOf(value: unknown): Found {
  if (value === undefined) return { kind: 'absent' };
  if (value === null) return { kind: 'unknown' };
  if (typeof value === 'string') {
    const text = value.trim();
    if (UNKNOWN.has(text.toLowerCase())) return { kind: 'unknown' };
    return NUMBER.test(text) ? finite(Number(text)) : { kind: 'refused' };
  }
  return typeof value === 'number' ? finite(value) : { kind: 'refused' };
}

function finite(number: number): Found {
  return Number.isFinite(number) ? { kind: 'number', number } : { kind: 'refused' };
}

/** The earliest moment that counts as seconds or milliseconds since 1970: 2001. */
const FIRST_S = 1e9;
const FIRST_MS = 1e12;

/** Wall time (ms) of an ISO 8601 text with zone, or of seconds or milliseconds since 1970; undefined for anything else. */
export function momentAt({ json }: Payload, path: string): number | undefined {
  const value = json === undefined ? undefined : valueAt(json.value, path);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(value)) {
    const ms = Date.parse(value);
    return Number.isNaN(ms) ? undefined : ms;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value < FIRST_S) return undefined;
  return value < FIRST_MS ? value * 1000 : value;
}
