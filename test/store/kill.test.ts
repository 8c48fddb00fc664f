import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Life {
  readonly total: number;
  readonly latches: number;
  readonly complaint: string;
  readonly acknowledged: { total: number; latches: string[] };
}

/** One life of the program under load, ended by SIGKILL `afterMs` after it opened the store. */
function live(directory: string, afterMs: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['test/store/hammer.ts', directory], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data));
    child.stdout.on('data', (data: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
      output += data;
    });
    child.on('close', () => {
      const lines = output
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' '));
      const [, total, latches, complaint] = lines[0] ?? [];
      if (total === undefined) return reject(new Error(errors));
      const acknowledged = { total: Number(total), latches: [] as string[] };
      for (const [word, a, b] of lines.slice(1)) {
        acknowledged.total = Number(word === 'latch' ? b : a);
        if (word === 'latch') acknowledged.latches.push(a ?? '');
      }
      resolve({ total: Number(total), latches: Number(latches), complaint: complaint ?? '', acknowledged });
    });
  });
}

test('killed a hundred times under load: totals never decrease nor lose an acknowledged flush, latches are never lost', async () => {
  // A tenth of the lives in the quick suite's time; two at once, as the machine has two cores.
  const run = async (seed: number): Promise<number> => {
    const directory = mkdtempSync(join(tmpdir(), 'boxenergie-kill-'));
    try {
      let before: Life | undefined;
      let latches = 0;
      let random = seed;
      for (let i = 0; i < 50; i += 1) {
        random = (random * 1_103_515_245 + 12_345) & 0x7fffffff;
        const life = await live(directory, random % 60);
        expect(life.complaint).toBe('-');
        if (before !== undefined) {
          expect(life.total).toBeGreaterThanOrEqual(before.acknowledged.total);
          expect(life.latches).toBeGreaterThanOrEqual(before.latches + before.acknowledged.latches.length);
        }
        latches += life.acknowledged.latches.length;
        before = life;
      }
      return latches;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  const [one, two] = await Promise.all([run(1), run(2)]);
  expect((one ?? 0) + (two ?? 0)).toBeGreaterThan(100);
}, 90_000);
