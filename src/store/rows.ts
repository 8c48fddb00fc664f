/** Rows of the store's tables as the program's own words, and back. */
import type { DatabaseSync } from 'node:sqlite';
import type { RelayMode } from '../model.ts';
import type { Batch, Snapshot } from './batch.ts';
import { prepareJournal } from './journal-writer.ts';
import type { StoredState } from './types.ts';

/** All that is vital. Throws what SQLite throws, and RangeError for a number no program has written. */
export function readSnapshot(db: DatabaseSync): Snapshot {
  const sequence = Number(db.prepare('SELECT sequence FROM state').get()?.sequence ?? 0);
  return { state: readState(db), sequence };
}

function readState(db: DatabaseSync): StoredState {
  const all = (table: string): Record<string, unknown>[] => db.prepare(`SELECT * FROM ${table}`).all();
  return {
    totals: all('totals').map((row) => ({
      deviceId: String(row.device),
      key: String(row.key),
      total: Number(row.total),
      index: row.raw === null ? null : Number(row.raw),
      offset: Number(row.shift),
      identity: row.identity === null ? null : String(row.identity),
      atMs: Number(row.at),
    })),
    relays: all('relays').map((row) => ({
      relayId: String(row.relay),
      mode: (row.mode === 'manual' ? 'manual' : 'auto') satisfies RelayMode,
      manualOn: row.manual_on === 1,
      switches: Number(row.switches),
      onSeconds: Number(row.on_seconds),
    })),
    latches: all('latches').map((row) => ({
      relayId: String(row.relay),
      cause: String(row.cause),
      sinceMs: Number(row.since),
    })),
    facts: Object.fromEntries(all('facts').map((row) => [String(row.name), String(row.value)])),
  };
}

/** Prepares the statements once; the returned function runs inside the caller's transaction. */
export function prepareWrite(db: DatabaseSync): (batch: Batch, sequence: number) => void {
  const writeVital = prepareVital(db);
  const writeJournal = prepareJournal(db);
  const numbered = db.prepare('UPDATE state SET sequence = ?');
  return (batch, sequence) => {
    writeVital(batch);
    writeJournal(batch);
    numbered.run(sequence);
  };
}

/**
 * The larger total stays, with its own index, offset and identity. A replaced meter is no exception: its new offset makes the
 * total go on from where it was, so a lower total can only come from somebody who did not know what is stored.
 */
function prepareVital(db: DatabaseSync): (batch: Batch) => void {
  const total = db.prepare(
    `INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET total = excluded.total, raw = excluded.raw,
     shift = excluded.shift, identity = excluded.identity, at = excluded.at WHERE excluded.total >= totals.total`,
  );
  const relay = db.prepare(
    `INSERT INTO relays VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET mode = excluded.mode, manual_on = excluded.manual_on,
     switches = max(switches, excluded.switches), on_seconds = max(on_seconds, excluded.on_seconds)`,
  );
  const latch = db.prepare('INSERT OR REPLACE INTO latches VALUES (?, ?, ?)');
  const unlatch = db.prepare('DELETE FROM latches WHERE relay = ? AND cause = ?');
  const fact = db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)');
  const firstFact = db.prepare('INSERT OR IGNORE INTO facts VALUES (?, ?)');
  return ({ totals, relays, latches, facts, blind }) => {
    for (const row of totals) {
      total.run(row.deviceId, row.key, row.total, row.index, row.offset, row.identity, row.atMs);
    }
    for (const row of relays) relay.run(row.relayId, row.mode, Number(row.manualOn), row.switches, row.onSeconds);
    for (const row of latches) {
      if (row.set) latch.run(row.relayId, row.cause, row.sinceMs);
      else unlatch.run(row.relayId, row.cause);
    }
    for (const [name, value] of facts) (blind ? firstFact : fact).run(name, value);
  };
}
