/** A second, independent copy of what must never be lost: one small file with its checksum, replaced atomically at each flush. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { StoredState } from './types.ts';

const FORMAT = 1;

/** Temporary file, fsync, rename, fsync of the directory. Throws what the disk says. */
export function writeVitalCopy(path: string, state: StoredState, sequence: number): void {
  const body = JSON.stringify({ format: FORMAT, sequence, state });
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The copy, or undefined when there is none that can be believed. */
export function readVitalCopy(path: string): { readonly state: StoredState; readonly sequence: number } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const body = text.slice(9, -1);
    if (text.at(-1) !== '\n' || Number.parseInt(text.slice(0, 8), 16) !== crc32(body)) return undefined;
    const { format, sequence, state } = JSON.parse(body) as { format: number; sequence: number; state: StoredState };
    return format === FORMAT ? { state, sequence } : undefined;
  } catch {
    return undefined;
  }
}
