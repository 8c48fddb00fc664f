/** The store's file: opened, checked, migrated, written in whole batches. Runs in the writer's thread. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Batch, Snapshot } from './batch.ts';
import { DamagedError } from './faults.ts';
import { prepareWrite, readSnapshot } from './rows.ts';
import { MIGRATIONS, migrate, refuseLater, versionOf } from './schema.ts';

export interface Database {
  /** There was nothing in the file. */
  readonly fresh: boolean;
  read(): Snapshot;
  /** All of the batch or nothing; durable when it returns. The sequence number goes with it. */
  write(batch: Batch, sequence: number): void;
  close(): void;
}

/** Opens, checks and migrates. Throws NewerStoreError, DamagedError or SQLite's errors (`errcode`); the file is then closed. */
export function openDatabase(path: string, migrations = MIGRATIONS): Database {
  refuseLater(versionUntouched(path), migrations.length);
  const db = new DatabaseSync(path);
  try {
    // One writer: a second program is refused. FULL: the log is synced at each commit, so what was acknowledged survives.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec('PRAGMA cache_size = -1024;');
    const check = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (check !== 'ok') throw new DamagedError(String(check));
    const fresh = versionOf(db) === 0;
    migrate(db, migrations, (version) => keepCopy(db, `${path}.version-${version}`));
    return database(db, fresh);
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * The file's version, 0 when it cannot be told. Neither the file nor its log is changed, so that a later program finds both as
 * it left them: `immutable` takes no lock and sees the file alone, a read-only handle sees the log as well.
 */
function versionUntouched(path: string): number {
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  try {
    using db = new DatabaseSync(new URL(`${pathToFileURL(path).href}${hasLog ? '' : '?immutable=1'}`), { readOnly: true });
    return versionOf(db);
  } catch {
    return 0;
  }
}

/** Through SQLite, because closing any other handle on the file would drop its lock. Throws what the disk says. */
function keepCopy(db: DatabaseSync, path: string): void {
  const temporary = `${path}.tmp`;
  rmSync(temporary, { force: true });
  db.prepare('VACUUM INTO ?').run(temporary);
  syncPath(temporary);
  renameSync(temporary, path);
  syncPath(dirname(path));
}

/** Waits until a file's content, or a directory's names, are on the disk. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function database(db: DatabaseSync, fresh: boolean): Database {
  const write = prepareWrite(db);
  return {
    fresh,
    read: () => readSnapshot(db),
    write(batch, sequence) {
      db.exec('BEGIN IMMEDIATE');
      try {
        write(batch, sequence);
        db.exec('COMMIT');
      } catch (error) {
        // A full disk may already have rolled back by itself.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => db.close(),
  };
}
