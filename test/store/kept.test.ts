import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store, StoredState, StoreHealth } from '../../src/store/types.ts';
import { type SpawnWriter, spawnWriter } from '../../src/store/writer-thread.ts';
import { entry, folder, furnish, latch, relay, startAfter, total } from './furnished.ts';

const start = (directory: string, spawn?: SpawnWriter): Promise<Store> => openStore({ directory, clock: virtualClock() }, spawn);
/** What a power cut now would leave. Nothing may be under way: the files are copied one after the other. */
function onDisk(directory: string): StoredState {
  const { state, notice, failure } = startAfter(directory, () => undefined);
  // File and copy must say the same: otherwise this would only show what the copy holds.
  expect({ notice, failure }).toEqual({ notice: '', failure: undefined });
  return state;
}
function journalOf(directory: string): unknown[] {
  using db = new DatabaseSync(join(directory, 'boxenergie.db'));
  return db.prepare('SELECT * FROM journal ORDER BY id').all();
}

describe('what is kept', () => {
  test('everything, through a restart', async () => {
    const directory = folder();
    await (await furnish(directory)).close();
    const store = await start(directory);
    expect(store.health).toEqual({ degraded: false, detail: '', dropped: 0 });
    expect(store.initial).toEqual({
      totals: [total(1200)],
      relays: [relay()],
      latches: [latch],
      facts: { install: 'a1b2c3' },
    });
    expect(await store.clearLatch(latch.relayId, latch.cause)).toBe(true);
    await store.close();
    expect(onDisk(directory).latches).toEqual([]);
  });

  test('the journal, in its order and with its inputs', async () => {
    const directory = folder();
    const store = await start(directory);
    for (const at of [3, 1, 2]) store.journal(entry(at, `number ${at}`));
    await store.close();
    expect(journalOf(directory)).toMatchObject([
      { at: 3, relay: 'rs_01', before: 0, after: 1, reason: 'manual', detail: 'number 3', requester: 'home-assistant' },
      { at: 1, inputs: '{"mode":"manual","watts":12.5,"known":null}' },
      { at: 2 },
    ]);
  });

  test('no more than the last 200 000 entries of the journal', async () => {
    const directory = folder();
    await (await start(directory)).close();
    const db = new DatabaseSync(join(directory, 'boxenergie.db'));
    db.exec(`INSERT INTO journal (id, at, relay, after, reason, inputs)
             SELECT value, value, 'r', 1, 'default', '{}' FROM (WITH RECURSIVE n(value) AS
             (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 200000) SELECT value FROM n)`);
    db.close();
    const store = await start(directory);
    for (const at of [1, 2]) store.journal(entry(at));
    await store.close();
    using after = new DatabaseSync(join(directory, 'boxenergie.db'));
    const range = after.prepare('SELECT count(*) AS rows, min(id) AS first FROM journal').get();
    expect({ ...range }).toEqual({ rows: 200_000, first: 3 });
    const plan = after.prepare('EXPLAIN QUERY PLAN SELECT * FROM journal WHERE at > 5').get();
    expect(plan?.detail).toContain('journal_at');
  });

  test('a total is never written lower, whatever meter it came from', async () => {
    const directory = folder();
    const store = await furnish(directory);
    store.saveTotal(total(1250));
    store.saveTotal(total(900));
    await store.flush();
    expect(onDisk(directory).totals).toEqual([total(1250)]);
    store.saveTotal({ ...total(900), index: 10, offset: 890, identity: 'another' });
    await store.flush();
    expect(onDisk(directory).totals).toEqual([total(1250)]);
    // A replaced meter as the ledger counts it: the total goes on from where it was.
    const replaced = { ...total(1250), index: 10, offset: 1240, identity: 'another' };
    store.saveTotal(replaced);
    await store.flush();
    expect(onDisk(directory).totals).toEqual([replaced]);
    await store.close();
  });

  test('counts of a relay only grow; its mode is the newest', async () => {
    const directory = folder();
    const store = await furnish(directory);
    store.saveRelay(relay({ mode: 'auto', manualOn: false, switches: 1, onSeconds: 10 }));
    await store.close();
    expect(onDisk(directory).relays).toEqual([relay({ mode: 'auto', manualOn: false })]);
  });

  test('a number that is none is not taken, and keeps nothing else from being written', async () => {
    const directory = folder();
    const store = await start(directory);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      store.saveTotal(total(bad));
      store.saveTotal({ ...total(5, 'index'), index: bad });
      store.saveRelay(relay({ switches: bad }));
      expect(await store.setLatch({ ...latch, sinceMs: bad })).toBe(true);
      store.journal(entry(bad));
    }
    await store.close();
    expect(onDisk(directory)).toMatchObject({ totals: [], relays: [], latches: [{ ...latch, sinceMs: 0 }] });
    expect(journalOf(directory)).toHaveLength(3);
  });
});

describe('when it is written', () => {
  test('totals and counts wait for the interval; a mode, a latch and a fact do not', async () => {
    const directory = folder();
    const clock = virtualClock();
    let batches = 0;
    const counting: SpawnWriter = (at) => {
      const port = spawnWriter(at);
      const post = port.postMessage.bind(port);
      port.postMessage = (message): void => {
        batches += 1;
        post(message);
      };
      return port;
    };
    const store = await openStore({ directory, clock, flushIntervalMs: 30_000 }, counting);
    store.saveTotal(total(5));
    store.journal(entry(1));
    await clock.advance(29_000);
    expect(batches).toBe(0);
    await clock.advance(1_000);
    expect(batches).toBe(1);
    // Nothing is pending: this only waits for the batch under way.
    await store.flush();
    store.saveRelay(relay());
    expect(batches).toBe(2);
    await store.flush();
    store.saveRelay(relay({ switches: 4, onSeconds: 90 }));
    expect(batches).toBe(2);
    store.saveFact('install', 'x');
    expect(batches).toBe(3);
    await store.flush();
    expect(onDisk(directory)).toMatchObject({ totals: [total(5)], relays: [{ switches: 4 }], facts: { install: 'x' } });
    await store.close();
  });

  test('after the end nothing is taken, and nothing starts again', async () => {
    const directory = folder();
    const store = await furnish(directory);
    await Promise.all([store.close(), store.close()]);
    expect(await store.setLatch({ ...latch, cause: 'late' })).toBe(false);
    store.saveFact('late', 'x');
    store.saveTotal(total(9999));
    expect(await store.flush()).toBe(false);
    expect(readdirSync(directory)).not.toContain('boxenergie.db-wal');
    expect(onDisk(directory)).toMatchObject({ totals: [total(1200)], latches: [latch], facts: { install: 'a1b2c3' } });
  });
});

describe('what cannot be kept', () => {
  test('a store nobody could read keeps its facts: what was drawn meanwhile does not replace them', async () => {
    const directory = folder();
    await (await furnish(directory)).close();
    const hidden = `${directory}-hidden`;
    renameSync(directory, hidden);
    writeFileSync(directory, 'in the way');
    const clock = virtualClock();
    const store = await openStore({ directory, clock });
    expect(store.health.degraded).toBe(true);
    expect(store.initial.facts).toEqual({});
    store.saveFact('install', 'drawn again');
    store.saveFact('new', 'kept');
    rmSync(directory);
    renameSync(hidden, directory);
    expect(await store.flush()).toBe(true);
    expect(store.health.degraded).toBe(false);
    await store.close();
    expect(onDisk(directory).facts).toEqual({ install: 'a1b2c3', new: 'kept' });
  });

  test('files deleted beneath the running program are written again, whole', async () => {
    const directory = folder();
    const store = await furnish(directory);
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    store.saveTotal(total(1300));
    expect(await store.flush()).toBe(true);
    expect(store.health.detail).toBe('restored from the copy: the store was missing');
    await store.close();
    expect(onDisk(directory)).toEqual({
      totals: [total(1300)],
      relays: [relay()],
      latches: [latch],
      facts: { install: 'a1b2c3' },
    });
  });

  test('a vital copy that cannot be written is said; what is in the file is written once and counts as kept', async () => {
    const directory = folder();
    const seen: StoreHealth[] = [];
    const store = await openStore({ directory, clock: virtualClock(), onHealth: (health) => seen.push(health) });
    mkdirSync(join(directory, 'boxenergie.vital.tmp'));
    store.journal(entry(1));
    expect(await store.setLatch(latch)).toBe(true);
    expect(store.health.detail).toMatch(/^the vital copy cannot be written/);
    rmSync(join(directory, 'boxenergie.vital.tmp'), { recursive: true });
    await store.clearLatch(latch.relayId, 'none');
    expect(store.health.degraded).toBe(false);
    expect(seen.map((health) => health.degraded)).toEqual([true, false]);
    await store.close();
    expect(journalOf(directory)).toHaveLength(1);
  });

  test('whoever listens to the health cannot stop it', async () => {
    const clock = virtualClock();
    const onHealth = (): never => {
      throw new Error('a fault elsewhere');
    };
    const store = await openStore({ directory: '/dev/null/boxenergie', clock, onHealth });
    expect(await store.setLatch(latch)).toBe(false);
    expect(store.health.detail).toBe('the directory is absent');
    await store.close();
  });

  test('no directory named is a fault of the caller', async () => {
    await expect(start('')).rejects.toThrow('the store has no directory');
  });
});
