/** Opens the store whatever it finds: a damaged file is put aside, the newer of file and vital copy wins, nothing is lost silently. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { applyBatch, type Batch, EMPTY_STATE } from './batch.ts';
import { type Database, openDatabase } from './database.ts';
import { NewerStoreError } from './schema.ts';
import type { StoredState } from './types.ts';
import { readVitalCopy } from './vital-copy.ts';

export interface Opened {
  /** Undefined: it cannot be written now; `failure` says why. */
  readonly database: Database | undefined;
  readonly state: StoredState;
  readonly sequence: number;
  /** What people should know: damage and what was done about it. */
  readonly notice: string;
  readonly failure: string | undefined;
  /** Trying again may help (disk full, read-only); a newer file must be left alone. */
  readonly retry: boolean;
}

export const FILES = { database: 'boxenergie.db', copy: 'boxenergie.vital' } as const;
const DAMAGED_KEPT = 3;
// SQLite result codes: CORRUPT, NOTADB. Anything else (locked, full, read-only) is no reason to put a file aside.
const DAMAGE: ReadonlySet<number> = new Set([11, 26]);

/** Never throws. */
export function openSafely(directory: string): Opened {
  const copy = readVitalCopy(join(directory, FILES.copy));
  const closed = (error: unknown, retry: boolean): Opened => ({
    database: undefined,
    state: copy?.state ?? EMPTY_STATE,
    sequence: copy?.sequence ?? 0,
    notice: '',
    failure: describe(error),
    retry,
  });
  try {
    mkdirSync(directory, { recursive: true });
    return merge(openDatabase(join(directory, FILES.database)), copy, '');
  } catch (error) {
    if (error instanceof NewerStoreError) return closed(error, false);
    if (!DAMAGE.has(primaryCode(error))) return closed(error, true);
    try {
      const aside = putAside(directory);
      const notice =
        copy === undefined
          ? `started anew: the store was damaged (kept as ${aside})`
          : `restored from the copy: the store was damaged (kept as ${aside})`;
      return merge(openDatabase(join(directory, FILES.database)), copy, notice);
    } catch (again) {
      return closed(again, true);
    }
  }
}

/** The file may have lost its last writes (a torn write-ahead log); the copy may lag behind by one. The later one is right. */
function merge(database: Database, copy: ReturnType<typeof readVitalCopy>, notice: string): Opened {
  const own = database.read();
  const base = { database, notice, failure: undefined, retry: true };
  if (copy === undefined || copy.sequence <= own.sequence) return { ...base, ...own };
  // The later latches and modes are taken over; totals keep the larger of both.
  const lost = own.state.latches.filter(
    (latch) => !copy.state.latches.some((kept) => kept.relayId === latch.relayId && kept.cause === latch.cause),
  );
  const batch: Batch = {
    totals: copy.state.totals,
    relays: copy.state.relays,
    latches: [...lost.map((latch) => ({ ...latch, set: false })), ...copy.state.latches.map((latch) => ({ ...latch, set: true }))],
    facts: Object.entries(copy.state.facts),
    journal: [],
  };
  database.write(batch, copy.sequence);
  return { ...base, state: applyBatch(own.state, batch), sequence: copy.sequence };
}

/** Renames the damaged file with its log; keeps the newest few. Returns its new name. */
function putAside(directory: string): string {
  const names = readdirSync(directory).filter((name) => /^boxenergie\.damaged-\d+$/.test(name));
  const numbers = names.map((name) => Number(name.split('-')[1])).sort((a, b) => a - b);
  for (const number of numbers.slice(0, Math.max(0, numbers.length - DAMAGED_KEPT + 1))) {
    for (const suffix of ['', '-wal']) rmSync(join(directory, `boxenergie.damaged-${number}${suffix}`), { force: true });
  }
  const aside = `boxenergie.damaged-${(numbers.at(-1) ?? 0) + 1}`;
  for (const suffix of ['', '-wal']) {
    const from = join(directory, `${FILES.database}${suffix}`);
    if (existsSync(from)) renameSync(from, join(directory, `${aside}${suffix}`));
  }
  rmSync(join(directory, `${FILES.database}-shm`), { force: true });
  return aside;
}

function primaryCode(error: unknown): number {
  return Number((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** One line in words: SQLite's primary result codes and the file system's. */
export function describe(error: unknown): string {
  const words: Readonly<Record<number, string>> = {
    5: 'used by another program',
    8: 'read-only',
    10: 'I/O error',
    13: 'disk full',
    14: 'cannot be opened',
  };
  const codes: Readonly<Record<string, string>> = { ENOSPC: 'disk full', EROFS: 'read-only', EACCES: 'not allowed', EIO: 'I/O error' };
  const { code } = error as NodeJS.ErrnoException;
  const text = error instanceof Error ? error.message : String(error);
  return words[primaryCode(error)] ?? codes[code ?? ''] ?? text;
}
