import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openSafely } from '../../src/store/opening.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store, StoreHealth } from '../../src/store/types.ts';
import { entry, folder, furnish, killed, latch, startAfter, total } from './furnished.ts';

const mayMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'boxenergie-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    console.log('skipped: no right to mount a small file system, a full and a read-only disk are not tried');
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
})();

/** A disk of its own, small enough to be filled. */
function disk(size: string): { at: string; readOnly(yes: boolean): void; fill(): void; free(): void } {
  const at = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at]);
  onTestFinished(() => void execFileSync('umount', ['-l', at]));
  return {
    at,
    readOnly: (yes) => void execFileSync('mount', ['-o', `remount,${yes ? 'ro' : 'rw'}`, at]),
    fill: () => void execFileSync('sh', ['-c', `cat /dev/zero > ${at}/ballast 2>/dev/null || true`]),
    free: () => rmSync(join(at, 'ballast')),
  };
}

describe.skipIf(!mayMount)('a full disk', () => {
  test('is said, nothing is lost in memory, and it recovers by itself with growing pauses', async () => {
    const { at, fill, free } = disk('512k');
    const clock = virtualClock();
    const seen: StoreHealth[] = [];
    const store = await openStore({ directory: at, clock, onHealth: (health) => seen.push(health) });
    store.saveTotal(total(1));
    await store.flush();
    fill();
    for (let i = 0; i < 300; i += 1) store.journal(entry(i, 'x'.repeat(200)));
    store.saveTotal(total(2));
    expect(await store.flush()).toBe(false);
    expect(store.health.detail).toBe('disk full');
    // Nothing that failed may be acknowledged, whoever asks at the same time.
    const answers = [store.setLatch(latch), store.setLatch({ ...latch, cause: 'other' }), store.flush()];
    expect(await Promise.all(answers)).toEqual([false, false, false]);
    free();
    // The fourth failure is followed by the longest pause, 60 s; the very next attempt is enough.
    await until(
      () => !store.health.degraded,
      () => clock.advance(60_000),
    );
    expect(seen[0]?.detail).toBe('disk full');
    expect(seen.map((health) => health.degraded).lastIndexOf(true)).toBe(seen.length - 2);
    await store.close();
    const again = await openStore({ directory: at, clock });
    expect(again.initial.totals).toEqual([total(2)]);
    expect(again.initial.latches.map((row) => row.cause).sort()).toEqual(['other', 'over-temperature']);
    await again.close();
    using db = new DatabaseSync(join(at, 'boxenergie.db'));
    expect(db.prepare('SELECT count(*) AS n FROM journal').get()?.n).toBe(300);
  });

  test('at the start: what is kept is known, and it goes on once there is room', async () => {
    const { at, fill, free } = disk('256k');
    await (await furnish(at)).close();
    rmSync(join(at, 'boxenergie.db'));
    fill();
    const clock = virtualClock();
    const store = await openStore({ directory: at, clock });
    expect(store.health).toMatchObject({ degraded: true, detail: 'disk full' });
    expect(store.initial).toMatchObject({ totals: [total(1200)], latches: [latch], facts: { install: 'a1b2c3' } });
    free();
    expect(await store.setLatch({ ...latch, cause: 'other' })).toBe(true);
    await store.close();
    expect(startAfter(at, () => undefined).state.latches).toHaveLength(2);
  });
});

test.skipIf(!mayMount)('whatever room is left for a restored file: all or nothing, and it can be tried again', async () => {
  const { at, fill, free } = disk('1m');
  const store = await furnish(at);
  store.saveTotal({ ...total(1300), identity: 'x'.repeat(60_000) });
  await store.close();
  const all = { state: { totals: [{ total: 1300 }], latches: [latch], facts: { install: 'a1b2c3' } } };
  const outcomes = new Set<string | undefined>();
  for (let room = 0; room <= 320; room += 16) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(at, `boxenergie.db${suffix}`), { force: true });
    writeFileSync(join(at, 'room'), Buffer.alloc(room * 1024));
    fill();
    rmSync(join(at, 'room'));
    const opened = openSafely(at);
    opened.database?.close();
    outcomes.add(opened.failure);
    expect(opened, `${room} KiB`).toMatchObject(all);
    free();
    const again = openSafely(at);
    expect(again, `after ${room} KiB`).toMatchObject({ ...all, failure: undefined });
    again.database?.close();
  }
  expect(outcomes).toEqual(new Set(['disk full', undefined]));
});

describe.skipIf(!mayMount)('a read-only disk', () => {
  test('from the start: all is known, nothing pending, and it recovers without being asked', async () => {
    const { at, readOnly } = disk('4m');
    await (await furnish(at)).close();
    readOnly(true);
    const clock = virtualClock();
    const store = await openStore({ directory: at, clock });
    expect(store.health).toMatchObject({ degraded: true, detail: 'read-only' });
    expect(store.initial).toMatchObject({ totals: [total(1200)], latches: [latch] });
    expect(await store.setLatch(latch)).toBe(false);
    readOnly(false);
    await until(
      () => !store.health.degraded,
      () => clock.advance(60_000),
    );
    await store.close();
  });

  test('after a kill, with a log that is ahead of the copy: the log is read', async () => {
    const { at, readOnly } = disk('4m');
    const snapshot = await killed();
    execFileSync('sh', ['-c', `cp ${snapshot}/* ${at}/ && mv ${at}/boxenergie.vital.bak ${at}/boxenergie.vital`]);
    readOnly(true);
    expect(openSafely(at)).toMatchObject({ database: undefined, state: { totals: [total(1200)] } });
  });

  test('what is said meanwhile is written afterwards', async () => {
    const { at, readOnly } = disk('4m');
    await (await furnish(at)).close();
    readOnly(true);
    const store = await openStore({ directory: at, clock: virtualClock() });
    store.saveTotal(total(1300));
    expect(await store.flush()).toBe(false);
    readOnly(false);
    expect(await store.flush()).toBe(true);
    await store.close();
    expect(startAfter(at, () => undefined).state.totals).toEqual([total(1300)]);
  });
});

describe('a disk that is not there', () => {
  test('it runs in memory, says so, and uses the directory once it appears', async () => {
    const directory = folder();
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'not a directory');
    const clock = virtualClock();
    const store = await openStore({ directory, clock });
    expect(store.health.degraded).toBe(true);
    expect(await store.setLatch(latch)).toBe(false);
    rmSync(directory);
    await until(
      () => !store.health.degraded,
      () => clock.advance(60_000),
    );
    await store.close();
    expect(startAfter(directory, () => undefined).state.latches).toEqual([latch]);
  });

  test('a directory where the file should be is said and left alone', async () => {
    const directory = folder();
    mkdirSync(join(directory, 'boxenergie.db'));
    const store = await openStore({ directory, clock: virtualClock() });
    expect(store.health.degraded).toBe(true);
    await store.close();
    expect(readdirSync(directory)).toEqual(['boxenergie.db']);
  });
});

describe('a second program', () => {
  test('in the same process is refused and damages nothing; it takes over when the first has gone', async () => {
    const directory = folder();
    const first = await furnish(directory);
    const clock = virtualClock();
    const second = await openStore({ directory, clock });
    expect(second.health).toMatchObject({ degraded: true, detail: 'used by another program' });
    expect(second.initial.totals).toEqual([total(1200)]);
    second.saveTotal(total(1150));
    expect(await second.flush()).toBe(false);
    first.saveTotal(total(1300));
    expect(await first.flush()).toBe(true);
    await first.close();
    await until(
      () => !second.health.degraded,
      () => clock.advance(60_000),
    );
    await second.close();
    expect(startAfter(directory, () => undefined).state.totals).toEqual([total(1300)]);
  });

  test('in another process is refused while the first lives, even after others have looked at the file', async () => {
    const directory = folder();
    const child = spawn(process.execPath, ['test/store/hammer.ts', '0', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.resume();
    const clock = virtualClock();
    const stores: Store[] = [];
    for (let i = 0; i < 2; i += 1) {
      const store = await openStore({ directory, clock });
      expect(store.health.detail).toBe('used by another program');
      expect(await store.flush()).toBe(false);
      stores.push(store);
    }
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(await stores[0]?.setLatch({ ...latch, cause: 'after' })).toBe(true);
    expect(await stores[1]?.flush()).toBe(false);
    for (const store of stores) await store.close();
    expect(startAfter(directory, () => undefined).state.latches.map((row) => row.cause)).toContain('after');
  });
});

test('files of a later program stay as they are, with a log or without; what can be read is used', async () => {
  const sources = [await killed(), folder()];
  await (await furnish(sources[1] ?? '')).close();
  for (const source of sources) {
    const at = folder();
    const db = new DatabaseSync(join(source, 'boxenergie.db'));
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA user_version = 99');
    // Copied while open: the version stands in the log only.
    execFileSync('sh', ['-c', `cp ${source}/boxenergie.* ${at}/`]);
    db.close();
    const names = readdirSync(at);
    const bytes = (): Buffer[] => names.map((name) => readFileSync(join(at, name)));
    const before = bytes();
    const clock = virtualClock();
    const store = await openStore({ directory: at, clock });
    expect(store.health.detail).toMatch(/version 99.*update the program or restore a backup/);
    expect(store.initial).toMatchObject({ totals: [total(1200)], latches: [latch] });
    store.saveTotal(total(2000));
    expect(await store.setLatch({ ...latch, cause: 'other' })).toBe(false);
    await clock.advance(300_000);
    await store.close();
    expect(bytes()).toEqual(before);
    expect(readdirSync(at).filter((name) => name.includes('damaged') || name.includes('.tmp'))).toEqual([]);
  }
});

/** Lets virtual time pass until it is so; the thread behind needs real turns to answer. */
async function until(so: () => boolean, pass: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 200 && !so(); i += 1) {
    await pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(so()).toBe(true);
}
