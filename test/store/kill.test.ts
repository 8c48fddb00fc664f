import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withJournal } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/journal-verify.ts';

interface Found {
  readonly total: number;
  readonly latches: readonly string[];
  readonly detail: string;
}
/** What one life of the program found at its start and was promised until its end. */
interface Life {
  /** Undefined: killed before the store was open. */
  readonly found: Found | undefined;
  readonly promises: readonly (readonly string[])[];
}
const LIVES = 50;

/** One life under load, ended by SIGKILL: `afterMs` after the start of the process, or after the store was open. */
function live(directory: string, name: string, from: 'start' | 'open', afterMs: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['test/store/hammer.ts', directory, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    const end = (): void => void setTimeout(() => child.kill('SIGKILL'), afterMs);
    if (from === 'start') end();
    child.stderr.on('data', (data: Buffer) => (errors += data));
    child.stdout.on('data', (data: Buffer) => {
      if (output === '' && from === 'open') end();
      output += data;
    });
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`it ended by itself: ${errors}`));
      const [first, ...rest] = output.split('\n').slice(0, -1);
      const found = first === undefined ? undefined : (JSON.parse(first) as Found);
      resolve({ found, promises: rest.map((line) => line.split(' ')) });
    });
  });
}

/** What must be there at the next start, life after life. */
function createLedger(): { check(life: Life): void; sets: number; clears: number; opens: number } {
  let total = 0;
  const set = new Set<string>();
  const cleared = new Set<string>();
  const ledger = {
    sets: 0,
    clears: 0,
    opens: 0,
    check({ found, promises }: Life): void {
      if (found === undefined) return;
      ledger.opens += 1;
      expect(found.detail).toBe('');
      expect(found.total).toBeGreaterThanOrEqual(total);
      expect(found.latches).toEqual(expect.arrayContaining([...set]));
      expect(found.latches.filter((cause) => cleared.has(cause))).toEqual([]);
      total = found.total;
      for (const cause of found.latches) set.add(cause);
      for (const [word, name = '', at] of promises) {
        if (word === 'flushed') total = Number(name);
        if (word === 'set') {
          set.add(name);
          total = Number(at);
          ledger.sets += 1;
        }
        // On its way: from here on it may be there or not.
        if (word === 'clearing') set.delete(name);
        if (word === 'cleared') {
          cleared.add(name);
          ledger.clears += 1;
        }
      }
    },
  };
  return ledger;
}

test('killed a hundred times under load: no acknowledged total, latch or release is lost, and no total goes back', async () => {
  const run = async (seed: number): Promise<ReturnType<typeof createLedger>> => {
    const directory = mkdtempSync(join(tmpdir(), 'boxenergie-kill-'));
    const ledger = createLedger();
    let random = seed;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (random >> 8) % below;
    };
    try {
      for (let i = 0; i < LIVES; i += 1) {
        // One in four dies while it starts: node itself needs about 60 to 100 ms.
        const life = next(4) === 0 ? live(directory, `${i}`, 'start', 60 + next(90)) : live(directory, `${i}`, 'open', next(60));
        ledger.check(await life);
      }
      // The last life's promises are checked as well.
      ledger.check(await live(directory, 'last', 'open', 0));
      expect(withJournal(directory, verifyJournal).broken).toBeUndefined();
      return ledger;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  // Two at once: the machine has two cores, and neither knows of the other.
  const ledgers = await Promise.all([run(1), run(2)]);
  for (const { sets, clears, opens } of ledgers) {
    expect(opens).toBeGreaterThan(LIVES / 2);
    // On a busy machine many lives end before their first latch.
    expect(sets).toBeGreaterThan(0);
    expect(clears).toBeGreaterThan(0);
  }
}, 180_000);
