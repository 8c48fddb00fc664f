/** The command line of the tools that look at what was: the journal. */
import type { Language } from './model.ts';

export interface JournalOptions {
  readonly action: 'verify' | 'show';
  readonly data: string | undefined;
  readonly supervised: boolean;
  readonly relay: string | undefined;
  readonly last: number;
  readonly language: Language;
}
/** As the command line gives them. */
export interface ToolValues {
  readonly data?: string | undefined;
  readonly relay?: string | undefined;
  readonly last?: string | undefined;
}

/** Throws an Error that says what is not understood. */
export function journalOptions(
  words: readonly (string | undefined)[],
  { data, relay, last = '50' }: ToolValues,
  common: Pick<JournalOptions, 'supervised' | 'language'>,
): JournalOptions {
  const [action, ...rest] = words;
  if ((action !== 'verify' && action !== 'show') || rest.length > 0) throw new Error('journal takes one word: verify or show');
  return { action, data, relay, last: whole('--last', last, 1), ...common };
}

export function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > 1_000_000_000) throw new Error(`${name} takes a whole number, not "${text}"`);
  return number;
}
