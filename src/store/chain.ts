/** The journal's chain: each row is sealed with a digest of all its fields and of the row before, so that no change stays unseen. */
import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** As SQLite takes and gives them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** One row of the journal, in the columns' order; `late`: 1 when it was chained afterwards, by the migration. */
export interface JournalFields {
  readonly id: number | bigint;
  readonly late: SQLOutputValue;
  readonly at: SQLOutputValue;
  readonly relay: SQLOutputValue;
  readonly before: SQLOutputValue;
  readonly after: SQLOutputValue;
  readonly reason: SQLOutputValue;
  readonly detail: SQLOutputValue;
  readonly requester: SQLOutputValue;
  readonly inputs: SQLOutputValue;
}
/** Two ends of the chain: what stands before the oldest row that is kept, and the newest row. */
export interface Ends {
  readonly anchorId: number;
  readonly anchor: Bytes;
  readonly headId: number;
  readonly head: Bytes;
}

/** What stands before the first row of all. */
export const GENESIS = new Uint8Array(32);
export const NEW_CHAIN: Ends = { anchorId: 0, anchor: GENESIS, headId: 0, head: GENESIS };
const FORMAT = 'boxenergie-journal-1';

/** SHA-256 over the format's name, the digest of the row before, and every field with its type; 32 bytes. */
export function sealOf(row: JournalFields, previous: Bytes): Bytes {
  const { id, late, at, relay, before, after, reason, detail, requester, inputs } = row;
  const text = [FORMAT, previous, id, late, at, relay, before, after, reason, detail, requester, inputs].map(encode).join(',');
  return createHash('sha256').update(text).digest();
}

/** Unambiguous, and the same for what is given to SQLite and for what it gives back: it keeps no lone surrogate. */
function encode(value: SQLOutputValue): string {
  if (value === null) return 'n';
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'object') return `x${Buffer.from(value).toString('hex')}`;
  // Two zeros are one to SQLite.
  return `i${value === 0 ? 0 : value}`;
}

/** The file's record of its ends; a file without one starts a new chain, which the verification then says. */
export function readEnds(db: DatabaseSync): Ends | undefined {
  const row = db.prepare('SELECT anchor_id, anchor, head_id, head FROM chain WHERE id = 1').get();
  if (row === undefined) return undefined;
  return { anchorId: Number(row.anchor_id), anchor: bytes(row.anchor), headId: Number(row.head_id), head: bytes(row.head) };
}

export function prepareEnds(db: DatabaseSync): (ends: Ends) => void {
  const keep = db.prepare('INSERT OR REPLACE INTO chain VALUES (1, ?, ?, ?, ?)');
  return ({ anchorId, anchor, headId, head }) => void keep.run(anchorId, anchor, headId, head);
}

export function bytes(value: SQLOutputValue | undefined): Bytes {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

/** Migration: rows that were written without a chain are chained as they stand now, and marked `late`. */
export function chainOldRows(db: DatabaseSync): void {
  db.exec(
    `ALTER TABLE journal ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE journal ADD COLUMN seal BLOB NOT NULL DEFAULT x'';
     CREATE TABLE chain (id INTEGER PRIMARY KEY CHECK (id = 1), anchor_id INTEGER NOT NULL, anchor BLOB NOT NULL,
       head_id INTEGER NOT NULL, head BLOB NOT NULL);`,
  );
  const next = db.prepare(
    'SELECT id, 1 AS late, at, relay, before, after, reason, detail, requester, inputs FROM journal WHERE id > ? ORDER BY id LIMIT 1',
  );
  next.setReadBigInts(true);
  const seal = db.prepare('UPDATE journal SET late = 1, seal = ? WHERE id = ?');
  const first = db.prepare('SELECT min(id) AS id FROM journal').get()?.id ?? null;
  const anchorId = first === null ? lastUsedId(db) : Number(first) - 1;
  let head: Bytes = GENESIS;
  let headId = anchorId;
  for (let row = next.get(headId); row !== undefined; row = next.get(headId)) {
    head = sealOf(row as unknown as JournalFields, head);
    headId = Number(row.id);
    seal.run(head, headId);
  }
  prepareEnds(db)({ anchorId, anchor: GENESIS, headId, head });
}

function lastUsedId(db: DatabaseSync): number {
  return Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get()?.seq ?? 0);
}
