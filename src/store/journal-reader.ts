/** Reads the journal of a store that may be in use: from the file itself when nobody writes, else from a private copy. */
import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { FILES } from './opening.ts';
import { MIGRATIONS, refuseLater, versionOf } from './schema.ts';

/** Version of the store from which on the journal is chained. */
const CHAINED = 3;
const ATTEMPTS = 5;

/** The files changed at each attempt to copy them. */
export class StoreInUseError extends Error {
  constructor() {
    super('the store is in use and changes too fast to be read');
    this.name = 'StoreInUseError';
  }
}
/** There is no store, or none with a chained journal. */
export class NoJournalError extends Error {
  readonly why: 'absent' | 'unchained';
  constructor(why: NoJournalError['why']) {
    super(why === 'absent' ? 'there is no store here' : 'the store is older than the chain: start the program once');
    this.name = 'NoJournalError';
    this.why = why;
  }
}

/**
 * Hands an open journal to `use`. Changes no file of the store and takes no lock on it. Throws NoJournalError, StoreInUseError,
 * NewerStoreError, or what SQLite and the disk say.
 */
export function withJournal<T>(directory: string, use: (db: DatabaseSync) => T): T {
  const path = join(directory, FILES.database);
  if (!existsSync(path)) throw new NoJournalError('absent');
  const elsewhere = mkdtempSync(join(tmpdir(), 'boxenergie-journal-'));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = stamp(path);
      const result = attemptOn(path, join(elsewhere, `${attempt}.db`), use);
      // Only appended to meanwhile, if at all: what was read is one moment's content.
      if (stamp(path) === before) {
        if ('error' in result) throw result.error;
        return result.value;
      }
    }
    throw new StoreInUseError();
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

function attemptOn<T>(path: string, copy: string, use: (db: DatabaseSync) => T): { readonly value: T } | { readonly error: unknown } {
  try {
    const logged = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (logged) for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
    // `immutable` takes no lock; the log of a copy can be read like any other.
    using db = logged ? new DatabaseSync(copy) : new DatabaseSync(new URL(`${pathToFileURL(path).href}?immutable=1`), { readOnly: true });
    const version = versionOf(db);
    refuseLater(version, MIGRATIONS.length);
    if (version < CHAINED) throw new NoJournalError(version === 0 ? 'absent' : 'unchained');
    return { value: use(db) };
  } catch (error) {
    return { error };
  }
}

/**
 * Changes when the main file is written (a checkpoint) or the log begins anew (the salts in its header, bytes 16 to 23; see
 * "WAL file format", sqlite.org/walformat.html). A log that only grew is no change: its torn end is ignored by its checksums.
 */
function stamp(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false, bigint: true });
  return `${file?.ino} ${file?.size} ${file?.mtimeNs} ${logHeader(`${path}-wal`)}`;
}

function logHeader(path: string): string {
  if (!existsSync(path)) return '';
  const header = Buffer.alloc(32);
  const file = openSync(path, 'r');
  try {
    return header.toString('hex', 0, readSync(file, header, 0, 32, 0));
  } finally {
    closeSync(file);
  }
}
