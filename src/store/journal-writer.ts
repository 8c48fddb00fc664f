/** Adds decisions to the journal: sealed to the chain, each written once, the oldest pruned with an anchor left in their place. */
import type { DatabaseSync } from 'node:sqlite';
import type { Batch } from './batch.ts';
import { bytes, type Ends, type JournalFields, NEW_CHAIN, prepareEnds, readEnds, sealOf } from './chain.ts';
import type { JournalEntry } from './types.ts';

/** Rows of the journal that are kept. */
export const JOURNAL_ROWS = 200_000;

/** Prepares the statements once; the returned function runs inside the caller's transaction, so the chain is whole at any crash. */
export function prepareJournal(db: DatabaseSync, kept = JOURNAL_ROWS): (batch: Batch) => void {
  const add = db.prepare(
    `INSERT INTO journal (id, late, at, relay, before, after, reason, detail, requester, inputs, seal)
     VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const newest = db.prepare('SELECT max(id) AS id FROM journal');
  const prune = preparePruning(db, kept);
  const last = db.prepare('SELECT session, serial FROM state');
  const mark = db.prepare('UPDATE state SET session = ?, serial = ?');
  const keepEnds = prepareEnds(db);
  return ({ session, journal }) => {
    const latest = journal.at(-1);
    if (latest === undefined) return;
    const written = last.get();
    const upTo = written?.session === session ? Number(written.serial) : 0;
    const ends = readEnds(db) ?? NEW_CHAIN;
    let { headId, head } = ends;
    // A row that somebody else put in must not stop the journal; the verification tells of it.
    headId = Math.max(headId, Number(newest.get()?.id ?? 0));
    for (const { serial, entry } of journal) {
      if (serial <= upTo) continue;
      headId += 1;
      const row = fieldsOf(headId, entry);
      head = sealOf(row, head);
      add.run(row.id, row.at, row.relay, row.before, row.after, row.reason, row.detail, row.requester, row.inputs, head);
    }
    keepEnds(prune({ ...ends, headId, head }));
    mark.run(session, latest.serial);
  };
}

/** The seal of the last row that goes stays: what follows still verifies. */
function preparePruning(db: DatabaseSync, kept: number): (ends: Ends) => Ends {
  const oldest = db.prepare('SELECT id, seal FROM journal WHERE id <= ? ORDER BY id DESC LIMIT 1');
  const first = db.prepare('SELECT min(id) AS id FROM journal');
  const drop = db.prepare('DELETE FROM journal WHERE id <= ?');
  return (ends) => {
    const row = oldest.get(ends.headId - kept);
    if (row === undefined) return ends;
    drop.run(row.id ?? null);
    return { ...ends, anchorId: Number(first.get()?.id ?? ends.headId + 1) - 1, anchor: bytes(row.seal) };
  };
}

function fieldsOf(id: number, entry: JournalEntry) {
  return {
    id,
    late: 0,
    at: entry.atMs,
    relay: entry.relayId,
    before: entry.before === null ? null : Number(entry.before),
    after: Number(entry.after),
    reason: entry.reason,
    detail: entry.detail,
    requester: entry.by,
    inputs: JSON.stringify(entry.inputs),
  } as const satisfies JournalFields;
}
