/** The store's file: opened safely, written in whole batches, read back at start. Runs in the writer's thread. */
import { DatabaseSync } from 'node:sqlite';
import type { RelayMode } from '../model.ts';
import type { Batch } from './batch.ts';
import { migrate } from './schema.ts';
import type { StoredState } from './types.ts';

/** Rows of the journal that are kept. */
const JOURNAL_ROWS = 200_000;

export interface Database {
  read(): { readonly state: StoredState; readonly sequence: number };
  /** All of the batch or nothing; durable when it returns. The sequence number goes with it. */
  write(batch: Batch, sequence: number): void;
  close(): void;
}

/** Opens, checks and migrates. Throws NewerStoreError or SQLite's errors (`errcode`). */
export function openDatabase(path: string): Database {
  const db = new DatabaseSync(path);
  try {
    // One writer: a second program is refused instead of sharing. FULL: what was acknowledged survives a power cut.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1024;');
    const check = db.prepare('PRAGMA quick_check(1)').get();
    if (check?.quick_check !== 'ok') throw Object.assign(new Error(`damaged: ${String(check?.quick_check)}`), { errcode: 11 });
    migrate(db);
    return database(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function database(db: DatabaseSync): Database {
  const write = prepareWrite(db);
  return {
    read: () => ({ state: readState(db), sequence: Number(db.prepare('SELECT sequence FROM state').get()?.sequence ?? 0) }),
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

function prepareWrite(db: DatabaseSync): (batch: Batch, sequence: number) => void {
  const total = db.prepare(
    `INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET total = excluded.total, raw = excluded.raw,
     shift = excluded.shift, identity = excluded.identity, at = excluded.at WHERE excluded.total >= totals.total`,
  );
  const relay = db.prepare('INSERT OR REPLACE INTO relays VALUES (?, ?, ?, ?, ?)');
  const latch = db.prepare('INSERT OR REPLACE INTO latches VALUES (?, ?, ?)');
  const unlatch = db.prepare('DELETE FROM latches WHERE relay = ? AND cause = ?');
  const fact = db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)');
  const entry = db.prepare(
    'INSERT INTO journal (at, relay, before, after, reason, detail, requester, inputs) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const prune = db.prepare('DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) - ?');
  const state = db.prepare('UPDATE state SET sequence = ?');
  return (batch, sequence) => {
    for (const row of batch.totals) total.run(row.deviceId, row.key, row.total, row.index, row.offset, row.identity, row.atMs);
    for (const row of batch.relays) relay.run(row.relayId, row.mode, Number(row.manualOn), row.switches, row.onSeconds);
    for (const row of batch.latches) {
      if (row.set) latch.run(row.relayId, row.cause, row.sinceMs);
      else unlatch.run(row.relayId, row.cause);
    }
    for (const [name, value] of batch.facts) fact.run(name, value);
    for (const row of batch.journal) {
      const before = row.before === null ? null : Number(row.before);
      entry.run(row.atMs, row.relayId, before, Number(row.after), row.reason, row.detail, row.by, JSON.stringify(row.inputs));
    }
    if (batch.journal.length > 0) prune.run(JOURNAL_ROWS);
    state.run(sequence);
  };
}

function readState(db: DatabaseSync): StoredState {
  return {
    totals: db
      .prepare('SELECT * FROM totals')
      .all()
      .map((row) => ({
        deviceId: String(row.device),
        key: String(row.key),
        total: Number(row.total),
        index: row.raw === null ? null : Number(row.raw),
        offset: Number(row.shift),
        identity: row.identity === null ? null : String(row.identity),
        atMs: Number(row.at),
      })),
    relays: db
      .prepare('SELECT * FROM relays')
      .all()
      .map((row) => ({
        relayId: String(row.relay),
        mode: (row.mode === 'manual' ? 'manual' : 'auto') satisfies RelayMode,
        manualOn: row.manual_on === 1,
        switches: Number(row.switches),
        onSeconds: Number(row.on_seconds),
      })),
    latches: db
      .prepare('SELECT * FROM latches')
      .all()
      .map((row) => ({
        relayId: String(row.relay),
        cause: String(row.cause),
        sinceMs: Number(row.since),
      })),
    facts: Object.fromEntries(
      db
        .prepare('SELECT * FROM facts')
        .all()
        .map((row) => [String(row.name), String(row.value)]),
    ),
  };
}
