/** Words beside codes: MQTT discovery carries no translations, so a code stays the state, and an attribute says it in words. */
import type { Entity, Language } from '../model.ts';

/** The attribute that holds the state in words. */
export const IN_WORDS = 'text';

/**
 * The attribute, as member of a template's dictionary, that says the code of `key` in words; none for what is no code. It is made of the
 * state that comes anyway: nothing more is published.
 */
export function wordsOf(key: string, entity: Entity, language: Language, attribute = IN_WORDS): string[] {
  if (entity.quantity !== 'enum') return [];
  const words = Object.entries(entity.options ?? {}).map(([code, name]) => [code, name[language]]);
  // JSON is also what a template takes for a dictionary of texts.
  return [`'${attribute}': ${JSON.stringify(Object.fromEntries(words))}.get(value_json.${key} | default(none))`];
}
