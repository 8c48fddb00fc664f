/** The store's tables, by numbered migrations: each runs once, whole or not at all. */
import type { DatabaseSync } from 'node:sqlite';

/** Never edited once released; a change is one more entry. */
const MIGRATIONS: readonly string[] = [
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
];
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The file comes from a later version of the program: it must not be touched. */
export class NewerStoreError extends Error {
  constructor(version: number) {
    super(`the store has version ${version}, this program knows ${SCHEMA_VERSION}: update the program or restore a backup`);
    this.name = 'NewerStoreError';
  }
}

/** Version of the open file; 0 when it is new. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}

/** Brings the file to the present version. Throws NewerStoreError, or what SQLite throws: then nothing was changed. */
export function migrate(db: DatabaseSync): void {
  const version = versionOf(db);
  if (version > SCHEMA_VERSION) throw new NewerStoreError(version);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }
}
