/** Recorded frames in the string literals of a test, so that a new recording is used by other tests by itself. */
import { readFileSync } from 'node:fs';

/** All literals of test/drivers/`file` that are hexadecimal bytes or ASCII frames (`~…`, closed by a CR). */
export function literalsOf(file: string): Uint8Array[] {
  const source = readFileSync(`test/drivers/${file}`, 'utf8');
  return [...source.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].flatMap(([, single, template]) => {
    const text = (single ?? template ?? '').trim();
    if (text.startsWith('~')) return [Buffer.from(`${text}\r`, 'latin1')];
    const digits = text.replace(/\s/g, '');
    return /^([0-9a-fA-F]{2})+$/.test(digits) ? [Buffer.from(digits, 'hex')] : [];
  });
}

/** The text of the constants of test/drivers/`file` that are one single-quoted literal, by name. */
export function constantsOf(file: string): ReadonlyMap<string, string> {
  const source = readFileSync(`test/drivers/${file}`, 'utf8');
  return new Map([...source.matchAll(/^const (\w+) =\s+'([^'\n]*)';$/gm)].map(([, name = '', text = '']) => [name, text]));
}
