/** ThingSet text messages, versions 0.5 and 0.6: answers, reports, and their optional CRC-32 (thingset.io, text mode). */
import { crc32 } from 'node:zlib';

export type Group = Readonly<Record<string, unknown>>;
export type Message =
  | { readonly kind: 'answer'; readonly code: number; readonly value: unknown }
  | { readonly kind: 'report'; readonly value: Group };

// The status text of version 0.5 ends with a dot; a bare number such as `:85 12.9` has none of its letters.
const ANSWER = /^:([0-9A-F]{2})(?:\/\S*)?(?: [A-Za-z][A-Za-z ]*\.)?(?: (.*))?$/;
const REPORT = /^#[\w./-]+ (\{.*\})$/;
const TRAILER = /^(.*) ([0-9A-F]{8})#$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** Undefined: noise, a broken checksum, or nothing that says a value. */
export function readThingSet(line: string): Message | undefined {
  const body = PRINTABLE.test(line) ? unwrapped(line) : undefined;
  if (body === undefined) return undefined;
  const [, code, text] = ANSWER.exec(body) ?? [];
  if (code !== undefined) {
    const value = text === undefined ? undefined : parsed(text);
    // Half an answer is none.
    return text !== undefined && value === undefined ? undefined : { kind: 'answer', code: Number.parseInt(code, 16), value };
  }
  const value = parsed(REPORT.exec(body)?.[1] ?? '');
  return isGroup(value) ? { kind: 'report', value } : undefined;
}

/** The message with its checksum, ended. */
export function withChecksum(message: string): string {
  return `${message} ${checksum(message)}#\r\n`;
}

/** The message itself; undefined when its checksum is another. */
function unwrapped(line: string): string | undefined {
  const [, body, sum] = TRAILER.exec(line) ?? [];
  if (body === undefined) return line;
  return checksum(body) === sum ? body : undefined;
}

function checksum(message: string): string {
  return crc32(message).toString(16).toUpperCase().padStart(8, '0');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
