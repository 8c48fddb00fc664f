/** F14 and F15: SIGKILL at random points, and a write that the power cut tore, at every byte. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withJournal } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/journal-verify.ts';
import { openSafely } from '../../src/store/opening.ts';
import { cut, folder, killed } from '../store/furnished.ts';
import { createLedger, live, type Moment, randomOf } from '../store/lives.ts';
import { fault } from './fault.ts';

const POINTS = 1_000;
/** Stores of one process: one SIGKILL ends them all, each somewhere else in its work. */
const STORES = 4;
/** A slow machine tries fewer points, and the table says how many; `faults --long` tries them all. */
const LIMIT_MS = process.env.FAULTS_LONG === '1' ? 1_800_000 : 60_000;
const SLOW = 'the disk does not answer';

/** Lives of one process after the other until all points are tried or the time is over. */
async function lives(
  seed: number,
  points: number,
  until: number,
): Promise<{ points: number; opens: number; sets: number; clears: number }> {
  const base = mkdtempSync(join(tmpdir(), 'boxenergie-kills-'));
  const directories = Array.from({ length: STORES }, (_, at) => join(base, `${at}`));
  for (const directory of directories) mkdirSync(directory);
  const ledgers = directories.map(() => createLedger());
  const next = randomOf(seed);
  let tried = 0;
  const one = async (name: string, from: Moment, afterMs: number): Promise<void> => {
    const ended = await live(directories, name, from, afterMs);
    // Then what was found says nothing of the file.
    if (ended.some(({ found }) => found?.detail === SLOW)) throw new Error(`${SLOW} within 10 s: the machine is too busy for this test`);
    for (const [at, life] of ended.entries()) ledgers[at]?.check(life);
  };
  try {
    for (; tried < points && performance.now() < until; tried += STORES)
      await (next(4) === 0 ? one(`${tried}`, 'start', 60 + next(300)) : one(`${tried}`, 'first', next(150)));
    // What the last life promised.
    await one('last', 'released', 0);
    for (const directory of directories) expect(withJournal(directory, verifyJournal).broken).toBeUndefined();
    const sum = (of: 'opens' | 'sets' | 'clears'): number => ledgers.reduce((all, ledger) => all + ledger[of], 0);
    return { points: tried, opens: sum('opens'), sets: sum('sets'), clears: sum('clears') };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

fault(
  'F14',
  `SIGKILL at ${POINTS} random points`,
  'no corrupt store; counters lose at most what was not flushed; latches never lost',
  async () => {
    const begun = performance.now();
    const halves = await Promise.all([1, 2].map((seed) => lives(seed, POINTS / 2, begun + LIMIT_MS)));
    const [points, opens, sets, clears] = (['points', 'opens', 'sets', 'clears'] as const).map((key) =>
      halves.reduce((all, half) => all + half[key], 0),
    );
    expect(sets).toBeGreaterThan(0);
    expect(clears).toBeGreaterThan(0);
    const seconds = Math.round((performance.now() - begun) / 1000);
    return (
      `${points} store lives of ${POINTS} ended in ${seconds} s (${STORES} stores a process, real files): ${opens} starts, none damaged; ` +
      `${sets} latches and ${clears} releases acknowledged, none lost, no total below an acknowledged one; the journals' seals whole`
    );
  },
);

fault('F15', 'power cut during a write: the last record cut at every byte', 'opens, drops at most the torn record', async () => {
  const sizes: number[] = [];
  const snapshot = await killed((at) => sizes.push(statSync(join(at, 'boxenergie.db-wal')).size));
  const size = statSync(join(snapshot, 'boxenergie.db-wal')).size;
  const record = size - (sizes.at(-1) ?? 0);
  const bare = folder();
  cpSync(snapshot, bare, { recursive: true });
  for (const copy of ['boxenergie.vital', 'boxenergie.vital.bak']) rmSync(join(bare, copy), { force: true });
  const work = folder();
  const found = { 1100: 0, 1200: 0 };
  for (let lost = 0; lost <= record; lost += 1) {
    cpSync(bare, work, { recursive: true });
    cut(work, 'boxenergie.db-wal', size - lost);
    const { database, state, notice, failure } = openSafely(work);
    database?.close();
    const total = state.totals[0]?.total;
    const whole = state.latches.length === 1 && state.relays.length === 1 && state.facts.install === 'a1b2c3';
    if (failure !== undefined || notice !== '' || !whole || (total !== 1100 && total !== 1200))
      expect.fail(`cut by ${lost}: ${JSON.stringify(state)} ${notice} ${failure}`);
    found[total as 1100 | 1200] += 1;
  }
  expect(found).toEqual({ 1100: record, 1200: 1 });
  // With the copy beside the file even that record is there.
  let kept = 0;
  for (let lost = 1; lost <= record; lost += 97) {
    cpSync(snapshot, work, { recursive: true });
    cut(work, 'boxenergie.db-wal', size - lost);
    const { database, state } = openSafely(work);
    database?.close();
    expect(state.totals[0]?.total, `cut by ${lost}, with the copy`).toBe(1200);
    kept += 1;
  }
  return `${record + 1} lengths of the last ${record} bytes: opened each time, only the torn record gone; with the copy beside it nothing lost (${kept} lengths)`;
});
