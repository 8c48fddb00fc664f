/** The newest decisions of a journal, for reading. */
import type { DatabaseSync } from 'node:sqlite';
import type { ReasonCode, Requester } from '../model.ts';
import type { JournalEntry } from './types.ts';

export interface NumberedEntry extends JournalEntry {
  /** Its number in the journal, by which the verification names it. */
  readonly id: number;
}

/** Oldest first. A damaged row is shown as far as it can be read. */
export function lastDecisions(db: DatabaseSync, count: number, relayId?: string): NumberedEntry[] {
  const select = db.prepare('SELECT * FROM journal WHERE ?1 IS NULL OR relay = ?1 ORDER BY id DESC LIMIT ?2');
  select.setReadBigInts(true);
  return select
    .all(relayId ?? null, count)
    .reverse()
    .map((row) => ({
      id: Number(row.id),
      atMs: Number(row.at),
      relayId: String(row.relay),
      before: row.before === null ? null : Number(row.before) === 1,
      after: Number(row.after) === 1,
      reason: String(row.reason) as ReasonCode,
      detail: row.detail === null ? null : String(row.detail),
      by: row.requester === null ? null : (String(row.requester) as Requester),
      inputs: inputsOf(String(row.inputs)),
    }));
}

function inputsOf(text: string): JournalEntry['inputs'] {
  try {
    return JSON.parse(text) as JournalEntry['inputs'];
  } catch {
    return { unreadable: text };
  }
}
