import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type Batch, NO_CHANGES } from '../../src/store/batch.ts';
import { openDatabase } from '../../src/store/database.ts';
import { StoreInUseError, withJournal } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/journal-verify.ts';
import { prepareJournal } from '../../src/store/journal-writer.ts';
import { MIGRATIONS } from '../../src/store/schema.ts';
import { openStore } from '../../src/store/store.ts';
import type { JournalEntry } from '../../src/store/types.ts';
import { entry, folder } from './furnished.ts';

let sessions = 0;
const batchOf = (entries: readonly JournalEntry[]): Batch => ({
  ...NO_CHANGES,
  session: `s${++sessions}`,
  journal: entries.map((each, i) => ({ serial: i + 1, entry: each })),
});
/** A store's file with these decisions in it, closed. */
function written(entries: readonly JournalEntry[]): string {
  const path = join(folder(), 'boxenergie.db');
  const db = openDatabase(path);
  db.write(batchOf(entries), 1);
  db.close();
  return path;
}
const verify = (path: string) => {
  using db = new DatabaseSync(path, { readOnly: true });
  return verifyJournal(db);
};
function tamper(path: string, ...statements: readonly string[]): string {
  const copy = join(folder(), 'boxenergie.db');
  copyFileSync(path, copy);
  using db = new DatabaseSync(copy);
  for (const sql of statements) db.exec(sql);
  return copy;
}
const ten = Array.from({ length: 10 }, (_, i) => entry(i + 1, `number ${i + 1}`));

const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('\u0000a\ud800'));
const entries: fc.Arbitrary<JournalEntry> = fc.record({
  atMs: fc.oneof(fc.maxSafeInteger(), fc.double({ min: -1e12, max: 1e12, noNaN: true })),
  relayId: texts,
  before: fc.option(fc.boolean()),
  after: fc.boolean(),
  reason: fc.constantFrom('manual', 'interlock', 'default'),
  detail: fc.option(texts),
  by: fc.option(fc.constantFrom('api', 'local')),
  inputs: fc.dictionary(texts, fc.oneof(texts, fc.double(), fc.boolean(), fc.constant(null))),
});

describe('the chain of the journal', () => {
  test('whatever is journaled verifies, in one batch or in several', () => {
    fc.assert(
      fc.property(fc.array(fc.array(entries, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), (batches) => {
        const path = written([]);
        const db = openDatabase(path);
        for (const batch of batches) db.write(batchOf(batch), 2);
        db.close();
        expect(verify(path)).toMatchObject({ rows: batches.flat().length, broken: undefined, late: 0 });
      }),
      { numRuns: 40 },
    );
  });

  test('any single changed field, of a row or of the record of both ends, is found', () => {
    const path = written(ten);
    const columns = ['late', 'at', 'relay', 'before', 'after', 'reason', 'detail', 'requester', 'inputs', 'seal'];
    const values = ['7', "'x'", "x'00'", '0.5', '9007199254740993', 'NULL'];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.constantFrom(...columns), fc.constantFrom(...values), (id, column, value) => {
        fc.pre(value !== 'NULL' || ['before', 'detail', 'requester'].includes(column));
        expect(verify(tamper(path, `UPDATE journal SET ${column} = ${value} WHERE id = ${id}`)).broken).toEqual({
          kind: 'changed',
          row: id,
        });
      }),
      { numRuns: 60 },
    );
    for (const column of ['anchor_id', 'head_id']) {
      for (const value of [`${column} + 1`, `${column} - 1`, '99']) {
        expect(verify(tamper(path, `UPDATE chain SET ${column} = ${value}`)).broken).toBeDefined();
      }
    }
    for (const column of ['anchor', 'head']) expect(verify(tamper(path, `UPDATE chain SET ${column} = x'01'`)).broken).toBeDefined();
    expect(verify(tamper(path, 'DELETE FROM chain')).broken).toEqual({ kind: 'unrecorded' });
  });

  test('any single byte of a text that is changed is found', () => {
    const path = written(ten);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(60), fc.constantFrom('inputs', 'detail', 'relay'), (id, at, column) => {
        const sql = `UPDATE journal SET ${column} = substr(${column}, 1, ${at}) || '~' || substr(${column}, ${at + 2}) WHERE id = ${id}`;
        expect(verify(tamper(path, sql)).broken).toEqual({ kind: 'changed', row: id });
      }),
      { numRuns: 40 },
    );
  });

  test('a removed row is found, the last one too', () => {
    const path = written(ten);
    for (let id = 1; id <= 9; id += 1) {
      expect(verify(tamper(path, `DELETE FROM journal WHERE id = ${id}`)).broken).toEqual({ kind: 'missing', row: id + 1, from: id });
    }
    expect(verify(tamper(path, 'DELETE FROM journal WHERE id > 8')).broken).toEqual({ kind: 'cut', row: 10, from: 9 });
    expect(verify(tamper(path, 'DELETE FROM journal')).broken).toEqual({ kind: 'cut', row: 10, from: 1 });
  });

  test('two rows that changed places are found', () => {
    const path = written(ten);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (a, b) => {
        fc.pre(a < b);
        const sql = [`SET id = 99 WHERE id = ${a}`, `SET id = ${a} WHERE id = ${b}`, `SET id = ${b} WHERE id = 99`];
        const swapped = tamper(path, ...sql.map((step) => `UPDATE journal ${step}`));
        expect(verify(swapped).broken).toEqual({ kind: 'changed', row: a });
      }),
      { numRuns: 20 },
    );
  });

  test('an inserted row is found, wherever it stands, and does not stop the journal', () => {
    const path = written(ten);
    const all = 'late, at, relay, before, after, reason, detail, requester, inputs, seal';
    for (const id of [-3, 0, 11, 40]) {
      const copy = tamper(path, `INSERT INTO journal (id, ${all}) SELECT ${id}, ${all} FROM journal WHERE id = 10`);
      expect(verify(copy).broken).toEqual({ kind: 'inserted', row: id });
      const db = openDatabase(copy);
      db.write(batchOf([entry(50)]), 2);
      db.close();
      expect(verify(copy)).toMatchObject({ rows: 12, broken: { row: id } });
    }
    const shifted = [10, 9, 8, 7, 6, 5].map((id) => `UPDATE journal SET id = ${id + 1} WHERE id = ${id}`);
    const between = tamper(path, ...shifted, `INSERT INTO journal (id, ${all}) SELECT 5, ${all} FROM journal WHERE id = 4`);
    expect(verify(between).broken).toEqual({ kind: 'changed', row: 5 });
  });
});

describe('a chain through the life of a file', () => {
  test('rows from before the chain are chained as they stand, and marked', () => {
    const path = join(folder(), 'boxenergie.db');
    const old = new DatabaseSync(path);
    for (const sql of MIGRATIONS.slice(0, 2)) old.exec(String(sql));
    old.exec(`PRAGMA user_version = 2;
      INSERT INTO journal (id, at, relay, before, after, reason, detail, requester, inputs)
        WITH RECURSIVE n(i) AS (SELECT 41 UNION ALL SELECT i + 1 FROM n WHERE i < 90) SELECT i, i, 'rs_01', 0, 1, 'manual', NULL, NULL, '{}' FROM n;
      DELETE FROM journal WHERE id = 60;`);
    old.close();
    const db = openDatabase(path);
    db.write(batchOf(ten), 2);
    db.close();
    expect(verify(path)).toMatchObject({ rows: 59, late: 49, pruned: 40, firstId: 41, lastId: 100, broken: undefined });
    expect(verify(tamper(path, 'UPDATE journal SET late = 0 WHERE id = 50')).broken).toEqual({ kind: 'changed', row: 50 });
    expect(verify(tamper(path, 'UPDATE journal SET late = 1 WHERE id = 95')).broken).toEqual({ kind: 'changed', row: 95 });
  });

  test('pruning leaves an anchor from which the rest verifies', () => {
    const path = written([]);
    const db = new DatabaseSync(path);
    const write = prepareJournal(db, 5);
    for (const size of [3, 1, 7, 1, 4]) {
      write(batchOf(Array.from({ length: size }, (_, i) => entry(i))));
      expect(verifyJournal(db).broken).toBeUndefined();
    }
    expect(verifyJournal(db)).toMatchObject({ rows: 5, pruned: 11, firstId: 12, lastId: 16 });
    db.close();
    expect(verify(tamper(path, "UPDATE chain SET anchor = x'00'")).broken).toEqual({ kind: 'changed', row: 12 });
    expect(verify(tamper(path, 'DELETE FROM journal WHERE id = 12')).broken).toEqual({ kind: 'missing', row: 13, from: 12 });
  });

  test('every cut of the log that a crash can make leaves a chain that verifies', async () => {
    const directory = folder();
    const store = await openStore({ directory, clock: virtualClock() });
    for (let i = 0; i < 6; i += 1) {
      store.journal(entry(i));
      await store.flush();
    }
    const log = readFileSync(join(directory, 'boxenergie.db-wal'));
    const seen = new Set<number>();
    for (let length = log.length; length > 0; length -= 516) {
      const torn = folder();
      copyFileSync(join(directory, 'boxenergie.db'), join(torn, 'boxenergie.db'));
      writeFileSync(join(torn, 'boxenergie.db-wal'), log.subarray(0, length));
      const db = openDatabase(join(torn, 'boxenergie.db'));
      db.close();
      const { rows, broken } = verify(join(torn, 'boxenergie.db'));
      expect(broken).toBeUndefined();
      seen.add(rows);
    }
    await store.close();
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('reading beside a running program', () => {
  test('neither waits for it nor disturbs it', async () => {
    const directory = folder();
    const store = await openStore({ directory, clock: virtualClock() });
    store.journal(entry(1));
    await store.flush();
    expect(withJournal(directory, verifyJournal)).toMatchObject({ rows: 1, broken: undefined });
    store.journal(entry(2));
    expect(await store.flush()).toBe(true);
    expect(withJournal(directory, verifyJournal)).toMatchObject({ rows: 2, broken: undefined });
    await store.close();
    const names = readdirSync(directory).sort();
    expect(withJournal(directory, verifyJournal).rows).toBe(2);
    expect(readdirSync(directory).sort()).toEqual(names);
  });

  test('says that a file changes too fast, that there is none, and that one is not chained yet', () => {
    const path = written(ten);
    const directory = join(path, '..');
    expect(() =>
      withJournal(directory, () => {
        using db = new DatabaseSync(path);
        db.exec('PRAGMA journal_mode = DELETE; UPDATE state SET sequence = sequence + 1');
      }),
    ).toThrow(StoreInUseError);
    expect(() => withJournal(folder(), verifyJournal)).toThrow('there is no store here');
    const old = folder();
    const db = new DatabaseSync(join(old, 'boxenergie.db'));
    for (const sql of MIGRATIONS.slice(0, 2)) db.exec(String(sql));
    db.exec('PRAGMA user_version = 2');
    db.close();
    expect(() => withJournal(old, verifyJournal)).toThrow('older than the chain');
  });
});
