/** A store with something of everything in it, and its files as a kill or an orderly end leaves them. */
import { cpSync, existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type Opened, openSafely } from '../../src/store/opening.ts';
import { openStore } from '../../src/store/store.ts';
import type { JournalEntry, Store, StoredRelay, StoredTotal } from '../../src/store/types.ts';

export const total = (value: number, key = 'energy'): StoredTotal => ({
  deviceId: 'linky',
  key,
  total: value,
  index: value,
  offset: 0,
  identity: null,
  atMs: 1,
});
export const relay = (change: Partial<StoredRelay> = {}): StoredRelay => ({
  relayId: 'rs_01',
  mode: 'manual',
  manualOn: true,
  switches: 3,
  onSeconds: 60,
  ...change,
});
export const latch = { relayId: 'rs_01', cause: 'over-temperature', sinceMs: 5 } as const;
export const entry = (atMs: number, detail: string | null = null): JournalEntry => ({
  atMs,
  relayId: 'rs_01',
  before: false,
  after: true,
  reason: 'manual',
  detail,
  by: 'home-assistant',
  inputs: { mode: 'manual', watts: 12.5, known: null },
});

/** A folder that is gone after the test. In memory where possible: then waiting for the disk takes no time. */
export function folder(): string {
  const made = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'boxenergie-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Everything once, then three flushes of a total: 1000, 1100, 1200. */
export async function furnish(directory: string, between: () => void = () => undefined): Promise<Store> {
  const store = await openStore({ directory, clock: virtualClock() });
  store.saveFact('install', 'a1b2c3');
  store.saveRelay(relay());
  await store.setLatch(latch);
  for (const value of [1000, 1100, 1200]) {
    between();
    store.saveTotal(total(value));
    await store.flush();
  }
  return store;
}

/** The files as SIGKILL leaves them: all is in the write-ahead log. */
export async function killed(between?: (directory: string) => void): Promise<string> {
  const directory = folder();
  const store = await furnish(directory, () => between?.(directory));
  const snapshot = folder();
  cpSync(directory, snapshot, { recursive: true });
  await store.close();
  return snapshot;
}

/** The files after an orderly end: all is in the main file, there is no log. */
export async function ended(): Promise<string> {
  const directory = folder();
  await (await furnish(directory)).close();
  return directory;
}

/** What a start finds after the given damage to a copy of the files. */
export function startAfter(snapshot: string, damage: (directory: string) => void): Opened {
  const directory = folder();
  cpSync(snapshot, directory, { recursive: true });
  damage(directory);
  const opened = openSafely(directory);
  opened.database?.close();
  rmSync(directory, { recursive: true, force: true });
  return opened;
}

export function cut(directory: string, name: string, length: number): void {
  truncateSync(join(directory, name), length);
}
