/** Values as they go out: rounded, finite, short enough, personal ids masked. Pure. */
import { BOOLEAN_QUANTITIES, type Description, type Entity, TEXT_QUANTITIES, type Value } from '../model.ts';

/** Home Assistant refuses longer states. */
const MAX_STATE = 255;

/** All values of a device as one JSON text. Keys that were never declared stay out. */
export function statePayload(description: Description, values: ReadonlyMap<string, Value>, showPersonal: boolean): string {
  const out: Record<string, Value> = {};
  for (const [key, entity] of Object.entries(description.entities)) {
    const value = values.get(key);
    if (value !== undefined) out[key] = outward(entity, value, showPersonal);
  }
  return JSON.stringify(out);
}

/** One value: what is not of the declared kind, not finite or not among the options is unknown. */
export function outward(entity: Entity, value: Value, showPersonal: boolean): Value {
  if (value === null) return null;
  if (entity.personal === true && !showPersonal) return mask(String(value));
  if (BOOLEAN_QUANTITIES.has(entity.quantity) || entity.command === 'switch') return typeof value === 'boolean' ? value : null;
  if (!TEXT_QUANTITIES.has(entity.quantity)) return typeof value === 'number' ? finite(value, entity.decimals) : null;
  if (entity.quantity === 'enum') return Object.hasOwn(entity.options ?? {}, String(value)) ? value : null;
  if (entity.quantity === 'timestamp') return isMoment(value) ? value : null;
  if (typeof value === 'number') return finite(value, entity.decimals);
  return String(value)
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, MAX_STATE);
}

function finite(value: number, decimals: number | undefined): Value {
  if (!Number.isFinite(value)) return null;
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}

/** Home Assistant takes a moment without a zone for an error. */
function isMoment(value: Value): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(value) && Number.isFinite(Date.parse(value));
}

/** `0422******12`: enough to tell two meters apart, not to name a home. */
export function mask(text: string): string {
  return text.length < 10 ? '*'.repeat(text.length) : `${text.slice(0, 4)}${'*'.repeat(text.length - 6)}${text.slice(-2)}`;
}
