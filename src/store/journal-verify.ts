/** Follows the journal's chain from its anchor to its head and names the first row that does not fit. */
import type { DatabaseSync } from 'node:sqlite';
import { type Bytes, bytes, type JournalFields, readEnds, sealOf } from './chain.ts';

export type Break =
  /** `row` was changed, or stands where it does not belong. */
  | { readonly kind: 'changed'; readonly row: number }
  | { readonly kind: 'missing'; readonly row: number; readonly from: number }
  | { readonly kind: 'inserted'; readonly row: number }
  | { readonly kind: 'cut'; readonly row: number; readonly from: number }
  /** The newest row's seal is not the one on record. */
  | { readonly kind: 'head'; readonly row: number }
  | { readonly kind: 'unrecorded' };
export interface Verification {
  readonly rows: number;
  /** Rows that were chained afterwards, by the migration. */
  readonly late: number;
  readonly pruned: number;
  /** Wall ms; undefined without rows. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly firstId: number | undefined;
  readonly lastId: number | undefined;
  /** Digest of the newest row, in hexadecimal: whoever notes it elsewhere can tell a rewritten chain. */
  readonly head: string;
  readonly broken: Break | undefined;
}

/** Reads every row once, in constant memory. Throws what SQLite throws. */
export function verifyJournal(db: DatabaseSync): Verification {
  const ends = readEnds(db);
  const select = db.prepare('SELECT * FROM journal ORDER BY id');
  // A number beyond JavaScript's integers is a change like any other.
  select.setReadBigInts(true);
  let broken: Break | undefined = ends === undefined ? { kind: 'unrecorded' } : undefined;
  let previous: Bytes = ends?.anchor ?? new Uint8Array(0);
  let [rows, late, lastId] = [0, 0, ends?.anchorId ?? 0];
  let first: JournalFields | undefined;
  let last: JournalFields | undefined;
  for (const found of select.iterate()) {
    const row = found as unknown as JournalFields;
    const id = Number(row.id);
    first ??= row;
    last = row;
    rows += 1;
    late += row.late === 1n ? 1 : 0;
    const seal = bytes(found.seal);
    if (ends !== undefined) broken ??= judge(row, seal, { previous, lastId, ...ends });
    previous = seal;
    lastId = id;
  }
  if (ends !== undefined && broken === undefined) {
    if (lastId < ends.headId) broken = { kind: 'cut', row: ends.headId, from: lastId + 1 };
    else if (!same(previous, ends.head)) broken = { kind: 'head', row: lastId };
  }
  const moment = (row: JournalFields | undefined): number | undefined => (row === undefined ? undefined : Number(row.at));
  return {
    ...{ rows, late, broken, pruned: ends?.anchorId ?? 0, head: Buffer.from(ends?.head ?? []).toString('hex') },
    ...{ firstMs: moment(first), lastMs: moment(last) },
    ...{ firstId: first === undefined ? undefined : Number(first.id), lastId: last === undefined ? undefined : Number(last.id) },
  };
}

interface Before {
  readonly previous: Bytes;
  readonly lastId: number;
  readonly anchorId: number;
  readonly headId: number;
}

function judge(row: JournalFields, seal: Bytes, { previous, lastId, anchorId, headId }: Before): Break | undefined {
  const id = Number(row.id);
  if (id <= anchorId || id > headId) return { kind: 'inserted', row: id };
  // Its end is kept where the oldest row begins.
  if (lastId === anchorId && id > anchorId + 1) return { kind: 'missing', row: id, from: anchorId + 1 };
  if (same(sealOf(row, previous), seal)) return undefined;
  // A hole that was there when the chain was made is sealed like the rest: only a broken seal makes it a loss.
  return id > lastId + 1 ? { kind: 'missing', row: id, from: lastId + 1 } : { kind: 'changed', row: id };
}

function same(a: Bytes, b: Bytes): boolean {
  return Buffer.compare(a, b) === 0;
}
