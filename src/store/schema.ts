/** The store's tables, by numbered migrations: each runs once, whole or not at all. */
import type { DatabaseSync } from 'node:sqlite';
import { chainOldRows } from './chain.ts';
import { DamagedError, NewerStoreError } from './faults.ts';

/** SQL, or what SQL alone cannot do. */
export type Migration = string | ((db: DatabaseSync) => void);

/** Never edited once released; a change (history, say) is one more entry. */
export const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE totals (device TEXT NOT NULL, key TEXT NOT NULL, total REAL NOT NULL, raw REAL, shift REAL NOT NULL,
     identity TEXT, at INTEGER NOT NULL, PRIMARY KEY (device, key)) WITHOUT ROWID;
   CREATE TABLE relays (relay TEXT PRIMARY KEY, mode TEXT NOT NULL, manual_on INTEGER NOT NULL, switches INTEGER NOT NULL,
     on_seconds INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE latches (relay TEXT NOT NULL, cause TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (relay, cause)) WITHOUT ROWID;
   CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, relay TEXT NOT NULL, before INTEGER,
     after INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT, requester TEXT, inputs TEXT NOT NULL);
   CREATE INDEX journal_at ON journal (at);
   CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL);
   INSERT INTO state VALUES (1, 0);`,
  // The last journal entry of the session that wrote last: a batch sent twice is written once.
  `ALTER TABLE state ADD COLUMN session TEXT NOT NULL DEFAULT '';
   ALTER TABLE state ADD COLUMN serial INTEGER NOT NULL DEFAULT 0;`,
  // Each journal row is sealed with the one before it; what was written before is sealed as it stands, and marked.
  chainOldRows,
];
/** No release will ever reach this number: such a version is a damaged header. */
const IMPLAUSIBLE = 1_000;

/** Version of the open file; 0 when it is new. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

/** Throws NewerStoreError for a file of a later program, DamagedError when no program can have written that number. */
export function refuseLater(version: number, known: number): void {
  if (version < 0 || version >= IMPLAUSIBLE) throw new DamagedError(`impossible version ${version}`);
  if (version > known) throw new NewerStoreError(version, known);
}

/**
 * Brings the file to the last version. `keep` is called before an older file is changed; when it throws, nothing was changed.
 * Throws NewerStoreError, or what SQLite throws: then the migrations before the failed one stand.
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[], keep: (version: number) => void): void {
  const version = versionOf(db);
  refuseLater(version, migrations.length);
  if (version === migrations.length) return;
  if (version > 0) keep(version);
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      if (typeof step === 'string') db.exec(step);
      else step(db);
      db.exec(`PRAGMA user_version = ${index + 1}; COMMIT`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}
