/** A second, independent copy of what must never be lost: one small file with its checksum, the one before it kept as `.bak`. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Snapshot } from './batch.ts';
import { syncPath } from './database.ts';

const FORMAT = 1;

/** Temporary file, fsync, rename, fsync of the directory. Throws what the disk says: the copy before is then still there. */
export function writeVitalCopy(path: string, { state, sequence }: Snapshot): void {
  const body = JSON.stringify({ format: FORMAT, sequence, state });
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    // Not writeSync: on a disk that is almost full it writes a part and says nothing.
    writeFileSync(file, sealed(body));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // A damaged copy must not push out a good `.bak`.
  if (readOne(path) !== undefined) renameSync(path, backupOf(path));
  renameSync(temporary, path);
  syncPath(dirname(path));
}

/** The later of copy and `.bak`, or undefined when none can be believed. */
export function readVitalCopy(path: string): Snapshot | undefined {
  const [copy, backup] = [readOne(path), readOne(backupOf(path))];
  if (copy === undefined || backup === undefined) return copy ?? backup;
  return backup.sequence > copy.sequence ? backup : copy;
}

/** Whether there is, or was, a copy: then there was a store. */
export function hadVitalCopy(path: string): boolean {
  return existsSync(path) || existsSync(backupOf(path));
}

function backupOf(path: string): string {
  return `${path}.bak`;
}

/** Checksum in eight hexadecimal digits, a space, the text, a line's end. */
function sealed(body: string): string {
  return `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`;
}

function readOne(path: string): Snapshot | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const body = text.slice(9, -1);
    if (text !== sealed(body)) return undefined;
    const { format, sequence, state } = JSON.parse(body) as { format: number } & Snapshot;
    return format === FORMAT ? { state, sequence } : undefined;
  } catch {
    return undefined;
  }
}
