import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withJournal } from '../../src/store/journal-reader.ts';
import { verifyJournal } from '../../src/store/journal-verify.ts';
import { createLedger, type Found, type Life } from './lives.ts';

const LIVES = 50;

/** One life under load, ended by SIGKILL: `afterMs` after the start of the process, or after the store was open. */
function live(directory: string, name: string, from: 'start' | 'open', afterMs: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['test/store/hammer.ts', name, directory], { stdio: ['ignore', 'pipe', 'pipe'] });
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
