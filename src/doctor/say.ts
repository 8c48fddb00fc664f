/** Findings in few words, in both languages. */
import type { Text } from '../model.ts';
import type { Finding, Status } from './types.ts';

export const say = (en: string, fr: string): Text => ({ en, fr });
/** What is the same in both languages: names, paths, numbers. */
export const same = (text: string): Text => ({ en: text, fr: text });

/** `mend` is left out of a finding that is ok. */
export function finding(status: Status, subject: Text, found: Text, mend?: Text): Finding {
  return mend === undefined || status === 'ok' ? { status, subject, found } : { status, subject, found, mend };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
