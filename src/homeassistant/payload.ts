/** Values as they go out: rounded, finite, short enough, personal ids masked. Pure. */
import type { Description, Entity, Value } from '../model.ts';

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

/** One value: what is not finite or not among the options is unknown. */
export function outward(entity: Entity, value: Value, showPersonal: boolean): Value {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    return entity.decimals === undefined ? value : Number(value.toFixed(entity.decimals));
  }
  if (typeof value !== 'string') return value;
  if (entity.quantity === 'enum') return value in (entity.options ?? {}) ? value : null;
  const text = entity.personal === true && !showPersonal ? mask(value) : value;
  return text.replace(/\p{Cc}/gu, ' ').slice(0, MAX_STATE);
}

/** `0422******12`: enough to tell two meters apart, not to name a home. */
export function mask(text: string): string {
  return text.length <= 6 ? '*'.repeat(text.length) : `${text.slice(0, 4)}${'*'.repeat(text.length - 6)}${text.slice(-2)}`;
}
