import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openSafely } from '../../src/store/opening.ts';
import { MIGRATIONS, refuseLater, versionOf } from '../../src/store/schema.ts';
import { openStore } from '../../src/store/store.ts';
import { folder, total } from './furnished.ts';

/** The tables of version 1 as that version made them: not taken from the program. */
const VERSION_1 = `
  CREATE TABLE totals (device TEXT NOT NULL, key TEXT NOT NULL, total REAL NOT NULL, raw REAL, shift REAL NOT NULL,
    identity TEXT, at INTEGER NOT NULL, PRIMARY KEY (device, key)) WITHOUT ROWID;
  CREATE TABLE relays (relay TEXT PRIMARY KEY, mode TEXT NOT NULL, manual_on INTEGER NOT NULL, switches INTEGER NOT NULL,
    on_seconds INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE latches (relay TEXT NOT NULL, cause TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (relay, cause)) WITHOUT ROWID;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, relay TEXT NOT NULL, before INTEGER,
    after INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT, requester TEXT, inputs TEXT NOT NULL);
  CREATE INDEX journal_at ON journal (at);
  CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL);
  INSERT INTO state VALUES (1, 41);
  INSERT INTO totals VALUES ('linky', 'energy', 1200, 1200, 0, NULL, 1);
  INSERT INTO latches VALUES ('rs_01', 'over-temperature', 5);
  INSERT INTO facts VALUES ('install', 'a1b2c3');
  INSERT INTO journal VALUES (7, 1, 'rs_01', 0, 1, 'manual', NULL, 'api', '{}');
  PRAGMA user_version = 1;`;

function version1(): string {
  const directory = folder();
  const db = new DatabaseSync(join(directory, 'boxenergie.db'));
  db.exec(VERSION_1);
  db.close();
  return directory;
}
function look(path: string): { version: unknown; journal: unknown; total: unknown } {
  using db = new DatabaseSync(path, { readOnly: true });
  const one = (sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];
  return {
    version: one('PRAGMA user_version'),
    journal: one('SELECT max(id) FROM journal'),
    total: one('SELECT total FROM totals'),
  };
}

test('a store of version 1 is brought up to date, with a copy of it kept beside', async () => {
  const directory = version1();
  const store = await openStore({ directory, clock: virtualClock() });
  expect(store.health).toMatchObject({ degraded: false, detail: '' });
  expect(store.initial).toMatchObject({
    totals: [total(1200)],
    latches: [{ relayId: 'rs_01', cause: 'over-temperature', sinceMs: 5 }],
    facts: { install: 'a1b2c3' },
  });
  store.saveTotal(total(1300));
  await store.close();
  expect(look(join(directory, 'boxenergie.db'))).toEqual({ version: MIGRATIONS.length, journal: 7, total: 1300 });
  expect(look(join(directory, 'boxenergie.db.version-1'))).toEqual({ version: 1, journal: 7, total: 1200 });
  await (await openStore({ directory, clock: virtualClock() })).close();
  expect(readdirSync(directory).filter((name) => name.includes('version') || name.includes('damaged'))).toEqual([
    'boxenergie.db.version-1',
  ]);
});

test('the program of version 1 refuses what the present one wrote, and the kept copy serves it', async () => {
  const directory = version1();
  await (await openStore({ directory, clock: virtualClock() })).close();
  const old = MIGRATIONS.slice(0, 1);
  expect(openSafely(directory, { migrations: old })).toMatchObject({
    database: undefined,
    retry: false,
    failure: expect.stringContaining('version 3, this program knows 1'),
    state: { totals: [total(1200)] },
  });
  renameSync(join(directory, 'boxenergie.db.version-1'), join(directory, 'boxenergie.db'));
  using db = new DatabaseSync(join(directory, 'boxenergie.db'));
  expect(versionOf(db)).toBe(1);
  expect(() => refuseLater(versionOf(db), old.length)).not.toThrow();
});

test('a step that fails leaves nothing half done', () => {
  const path = join(version1(), 'boxenergie.db');
  const steps = [...MIGRATIONS, 'CREATE TABLE history (at INTEGER); CREATE TABLE history (at INTEGER);'];
  expect(() => openDatabase(path, steps)).toThrow('history already exists');
  expect(look(path)).toMatchObject({ version: MIGRATIONS.length, journal: 7, total: 1200 });
  const db = openDatabase(path);
  expect(db.read().sequence).toBe(41);
  db.close();
});

test('without room for the copy the file is not touched', () => {
  const directory = version1();
  mkdirSync(join(directory, 'boxenergie.db.version-1.tmp'));
  expect(openSafely(directory)).toMatchObject({ database: undefined, retry: true, state: { totals: [total(1200)] } });
  expect(look(join(directory, 'boxenergie.db')).version).toBe(1);
});
