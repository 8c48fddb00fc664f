import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../src/ports/files.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openSafely } from '../../src/store/opening.ts';
import { createPending } from '../../src/store/pending.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store, StoredTotal, StoreHealth } from '../../src/store/types.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'boxenergie-store-'));
});
const snapshots: string[] = [];
afterEach(() => {
  for (const folder of [directory, ...snapshots.splice(0)]) rmSync(folder, { recursive: true, force: true });
});

const clock = virtualClock();
const total = (value: number, key = 'energy'): StoredTotal => ({
  deviceId: 'linky',
  key,
  total: value,
  index: value,
  offset: 0,
  identity: null,
  atMs: 1,
});
const open = (onHealth?: (health: StoreHealth) => void): Promise<Store> => openStore({ directory, clock, ...(onHealth && { onHealth }) });
async function filled(): Promise<void> {
  const store = await open();
  store.saveFact('install', 'a1b2c3');
  store.saveRelay({ relayId: 'rs_01', mode: 'manual', manualOn: true, switches: 3, onSeconds: 60 });
  await store.setLatch({ relayId: 'rs_01', cause: 'over-temperature', sinceMs: 5 });
  store.saveTotal(total(1000));
  await store.flush();
  store.saveTotal(total(1100));
  store.journal({
    atMs: 9,
    relayId: 'rs_01',
    before: false,
    after: true,
    reason: 'manual',
    detail: null,
    by: 'home-assistant',
    inputs: { mode: 'manual' },
  });
  await store.flush();
  await store.close();
}

describe('what is kept', () => {
  test('everything, through a restart', async () => {
    await filled();
    const store = await open();
    expect(store.health).toEqual({ degraded: false, detail: '', dropped: 0 });
    expect(store.initial).toMatchObject({
      totals: [total(1100)],
      relays: [{ relayId: 'rs_01', mode: 'manual', manualOn: true, switches: 3, onSeconds: 60 }],
      latches: [{ relayId: 'rs_01', cause: 'over-temperature', sinceMs: 5 }],
      facts: { install: 'a1b2c3' },
    });
    await store.clearLatch('rs_01', 'over-temperature');
    await store.close();
    const again = await open();
    expect(again.initial.latches).toEqual([]);
    await again.close();
    const journal = new DatabaseSync(join(directory, 'boxenergie.db')).prepare('SELECT relay, reason, inputs FROM journal').all();
    expect(journal.map((row) => ({ ...row }))).toEqual([{ relay: 'rs_01', reason: 'manual', inputs: '{"mode":"manual"}' }]);
  });

  test('a total is never written lower', async () => {
    await filled();
    const store = await open();
    store.saveTotal(total(900));
    await store.flush();
    await store.close();
    const again = await open();
    expect(again.initial.totals).toEqual([total(1100)]);
    await again.close();
  });

  test('totals reach the disk after the flush interval, without being asked', async () => {
    const store = await open();
    store.saveTotal(total(5));
    await clock.advance(60_000);
    // The timer's write is under way: the next one waits for it.
    await store.flush();
    expect(openSafelyElsewhere().totals).toEqual([total(5)]);
    await store.close();
  });

  test('any sequence of writes and restarts equals a model', async () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('total' as const), key: fc.constantFrom('a', 'b'), value: fc.integer({ min: 0, max: 1000 }) }),
      fc.record({ kind: fc.constant('latch' as const), cause: fc.constantFrom('x', 'y'), set: fc.boolean() }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
        const own = mkdtempSync(join(directory, 'p-'));
        const start = (): Promise<Store> => openStore({ directory: own, clock });
        let store = await start();
        const totals = new Map<string, number>();
        const latches = new Set<string>();
        for (const a of acts) {
          if (a.kind === 'total') {
            totals.set(a.key, Math.max(totals.get(a.key) ?? 0, a.value));
            store.saveTotal(total(totals.get(a.key) ?? 0, a.key));
          } else if (a.kind === 'latch') {
            if (a.set) latches.add(a.cause);
            else latches.delete(a.cause);
            await (a.set ? store.setLatch({ relayId: 'r', cause: a.cause, sinceMs: 0 }) : store.clearLatch('r', a.cause));
          } else {
            await store.close();
            store = await start();
          }
        }
        await store.close();
        store = await start();
        expect(new Map(store.initial.totals.map((row) => [row.key, row.total]))).toEqual(totals);
        expect(new Set(store.initial.latches.map((row) => row.cause))).toEqual(latches);
        await store.close();
      }),
      { numRuns: 15 },
    );
  });
});

/** What a start would find now: read from a copy of the files. */
function openSafelyElsewhere(): ReturnType<typeof openSafely>['state'] {
  const elsewhere = mkdtempSync(join(tmpdir(), 'boxenergie-look-'));
  cpSync(directory, elsewhere, { recursive: true });
  const opened = openSafely(elsewhere);
  opened.database?.close();
  rmSync(elsewhere, { recursive: true, force: true });
  return opened.state;
}

describe('damage', () => {
  /** The store as SIGKILL leaves it: with its write-ahead log. */
  async function killed(): Promise<string> {
    const store = await open();
    store.saveFact('install', 'a1b2c3');
    await store.setLatch({ relayId: 'rs_01', cause: 'over-temperature', sinceMs: 5 });
    for (const value of [1000, 1100, 1200]) {
      store.saveTotal(total(value));
      await store.flush();
    }
    const snapshot = mkdtempSync(join(tmpdir(), 'boxenergie-killed-'));
    cpSync(directory, snapshot, { recursive: true });
    await store.close();
    snapshots.push(snapshot);
    return snapshot;
  }
  const damage = (snapshot: string, act: (at: string) => void): ReturnType<typeof openSafely> => {
    const at = mkdtempSync(join(directory, 'd-'));
    cpSync(snapshot, at, { recursive: true });
    act(at);
    const opened = openSafely(at);
    opened.database?.close();
    rmSync(at, { recursive: true, force: true });
    return opened;
  };

  test.each(['boxenergie.db', 'boxenergie.db-wal', 'boxenergie.vital'])(
    '%s cut short anywhere: it opens, and nothing is lost',
    async (name) => {
      const snapshot = await killed();
      const size = statSync(join(snapshot, name)).size;
      const step = Math.max(1, Math.floor(size / 150));
      for (let length = 0; length < size; length += step) {
        const opened = damage(snapshot, (at) => truncateSync(join(at, name), length));
        expect(opened.failure, `${name} cut at ${length}`).toBeUndefined();
        // The copy and the file each hold everything: losing one loses nothing.
        expect(opened.state.totals.map((row) => row.total)).toEqual([1200]);
        expect(opened.state.latches.map((row) => row.cause)).toEqual(['over-temperature']);
        expect(opened.state.facts.install).toBe('a1b2c3');
      }
    },
  );

  test('the last record of the log cut at every byte', async () => {
    const snapshot = await killed();
    const size = statSync(join(snapshot, 'boxenergie.db-wal')).size;
    for (let cut = 0; cut <= 300; cut += 1) {
      const opened = damage(snapshot, (at) => truncateSync(join(at, 'boxenergie.db-wal'), size - cut));
      expect(opened.state.totals.map((row) => row.total)).toEqual([1200]);
    }
  });

  test('both damaged: it opens with what can be believed, and says that it started anew', async () => {
    const snapshot = await killed();
    const opened = damage(snapshot, (at) => {
      for (const name of readdirSync(at)) writeFileSync(join(at, name), Buffer.alloc(5000, 0x5a));
    });
    expect(opened.failure).toBeUndefined();
    expect(opened.notice).toMatch(/started anew.*damaged-1/);
    expect(opened.state.totals).toEqual([]);
  });

  test('random bytes anywhere in the file never stop it, and never lower the total below the copy', async () => {
    const snapshot = await killed();
    const size = statSync(join(snapshot, 'boxenergie.db')).size;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: size - 1 }), fc.uint8Array({ minLength: 1, maxLength: 200 }), (at, bytes) => {
        const opened = damage(snapshot, (folder) => {
          const file = readFileSync(join(folder, 'boxenergie.db'));
          file.set(bytes.subarray(0, Math.min(bytes.length, size - at)), at);
          writeFileSync(join(folder, 'boxenergie.db'), file);
          truncateSync(join(folder, 'boxenergie.db-wal'), 0);
        });
        expect(opened.failure).toBeUndefined();
        expect(opened.state.latches.length).toBe(1);
        expect(opened.state.totals[0]?.total).toBe(1200);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a disk that refuses', () => {
  test('a later version of the file is left untouched and said', async () => {
    await filled();
    const db = new DatabaseSync(join(directory, 'boxenergie.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    const bytes = readFileSync(join(directory, 'boxenergie.db'));
    const store = await open();
    expect(store.health.detail).toMatch(/version 99.*update the program/);
    expect(store.initial.totals).toEqual([total(1100)]);
    store.saveTotal(total(2000));
    expect(await store.flush()).toBe(false);
    await store.close();
    expect(readFileSync(join(directory, 'boxenergie.db')).equals(bytes)).toBe(true);
  });

  test('a second program on the same directory is refused, and damages nothing', async () => {
    const first = await open();
    first.saveTotal(total(10));
    await first.flush();
    const second = await open();
    expect(second.health).toMatchObject({ degraded: true, detail: 'used by another program' });
    second.saveTotal(total(99));
    expect(await second.flush()).toBe(false);
    first.saveTotal(total(11));
    expect(await first.flush()).toBe(true);
    await Promise.all([first.close(), second.close()]);
  });

  test('no directory at all: it runs in memory and says so', async () => {
    const store = await openStore({ directory: '/dev/null/boxenergie', clock });
    expect(store.health.degraded).toBe(true);
    expect(await store.setLatch({ relayId: 'r', cause: 'x', sinceMs: 0 })).toBe(false);
    await store.close();
  });

  /** A small file system of its own; without the right to mount, these two tests are skipped. */
  const mounted = ((): boolean => {
    try {
      const probe = mkdtempSync(join(tmpdir(), 'boxenergie-mount-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', probe], { stdio: 'ignore' });
      execFileSync('umount', [probe]);
      rmSync(probe, { recursive: true });
      return true;
    } catch {
      return false;
    }
  })();

  test.skipIf(!mounted)('a full disk is said, nothing is lost in memory, and it recovers by itself', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
    try {
      const seen: string[] = [];
      const store = await open((health) => seen.push(health.detail));
      store.saveTotal(total(1));
      await store.flush();
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${directory}/ballast bs=1k count=300 2>/dev/null || true`]);
      for (let i = 0; i < 300; i += 1)
        store.journal({
          atMs: i,
          relayId: 'r',
          before: null,
          after: true,
          reason: 'request',
          detail: 'x'.repeat(200),
          by: null,
          inputs: {},
        });
      store.saveTotal(total(2));
      expect(await store.flush()).toBe(false);
      expect(store.health.detail).toMatch(/disk full|I\/O error/);
      rmSync(join(directory, 'ballast'));
      await clock.advance(1_000);
      expect(await store.flush()).toBe(true);
      expect(store.health.degraded).toBe(false);
      expect(seen.at(-1)).toBe('');
      await store.close();
      const again = await open();
      expect(again.initial.totals).toEqual([total(2)]);
      await again.close();
    } finally {
      execFileSync('umount', ['-l', directory]);
    }
  });

  test.skipIf(!mounted)('a disk that became read-only is said; what is kept can still be read at a start', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]);
    try {
      await filled();
      execFileSync('mount', ['-o', 'remount,ro', directory]);
      const store = await open();
      expect(store.health).toMatchObject({ degraded: true });
      expect(store.initial.totals).toEqual([total(1100)]);
      expect(store.initial.latches).toHaveLength(1);
      execFileSync('mount', ['-o', 'remount,rw', directory]);
      store.saveTotal(total(1200));
      expect(await store.flush()).toBe(true);
      await store.close();
    } finally {
      execFileSync('umount', ['-l', directory]);
    }
  });

  test('the waiting journal is bounded and counts what it drops', () => {
    const pending = createPending();
    for (let i = 0; i < 10_050; i += 1)
      pending.journal({ atMs: i, relayId: 'r', before: null, after: true, reason: 'request', detail: null, by: null, inputs: {} });
    expect(pending.dropped).toBe(50);
    expect(pending.take().journal[0]?.atMs).toBe(50);
  });
});

test('files are written whole, and an absent one is not an error', async () => {
  const files = nodeFiles();
  expect(await files.read(join(directory, 'none'))).toBeUndefined();
  await files.writeAtomic(join(directory, 'deep', 'a.txt'), 'one');
  await files.writeAtomic(join(directory, 'deep', 'a.txt'), 'two');
  expect(await files.read(join(directory, 'deep', 'a.txt'))).toBe('two');
  expect(readdirSync(join(directory, 'deep'))).toEqual(['a.txt']);
});
