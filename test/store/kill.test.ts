import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withJournal } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/journal-verify.ts';
import { createLedger, live, type Moment, randomOf } from './lives.ts';

/** Stores of one process: one SIGKILL ends them all, each somewhere else in its work. F14 does the same a thousand times. */
const STORES = 4;
/** Processes of one run. */
const KILLS = 13;

test('killed a hundred times under load: no acknowledged total, latch or release is lost, and no total goes back', async () => {
  const run = async (seed: number): Promise<ReturnType<typeof createLedger>[]> => {
    const base = mkdtempSync(join(tmpdir(), 'boxenergie-kill-'));
    const directories = Array.from({ length: STORES }, (_, at) => join(base, `${at}`));
    for (const directory of directories) mkdirSync(directory);
    const ledgers = directories.map(() => createLedger());
    const next = randomOf(seed);
    const one = async (name: string, from: Moment, afterMs: number): Promise<void> => {
      for (const [at, life] of (await live(directories, name, from, afterMs)).entries()) ledgers[at]?.check(life);
    };
    try {
      for (let i = 0; i < KILLS; i += 1) {
        // One in four dies while it starts (node itself needs about 60 to 100 ms), one while its stores open.
        const from = (['start', 'first', 'all', 'all'] as const)[next(4)] ?? 'all';
        await one(`${i}`, from, from === 'start' ? 60 + next(90) : next(60));
      }
      // The last lives' promises are checked as well.
      await one('last', 'released', 0);
      for (const directory of directories) expect(withJournal(directory, verifyJournal).broken).toBeUndefined();
      return ledgers;
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  };
  // Two at once: the machine has two cores, and neither knows of the other.
  const ledgers = (await Promise.all([run(1), run(2)])).flat();
  const sum = (of: 'opens' | 'sets' | 'clears'): number => ledgers.reduce((all, ledger) => all + ledger[of], 0);
  expect(sum('opens')).toBeGreaterThan((STORES * KILLS * 2) / 2);
  // On a busy machine many lives end before their first latch.
  expect(sum('sets')).toBeGreaterThan(0);
  expect(sum('clears')).toBeGreaterThan(0);
}, 180_000);
