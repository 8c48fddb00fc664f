/** Programs that write, are killed and start again; what they must find then, life after life. */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';

export interface Found {
  readonly total: number;
  readonly latches: readonly string[];
  readonly detail: string;
}
/** What one life of the program found at its start and was promised until its end. */
export interface Life {
  /** Undefined: killed before the store was open. */
  readonly found: Found | undefined;
  readonly promises: readonly (readonly string[])[];
}
/** What must be there at the next start, life after life. */
export function createLedger(): { check(life: Life): void; sets: number; clears: number; opens: number } {
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

/**
 * One process with a store in each directory, all under load, ended by SIGKILL `afterMs` after that moment. Gives the life of each store.
 */
export function live(directories: readonly string[], name: string, from: Moment, afterMs: number): Promise<Life[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['test/store/hammer.ts', name, ...directories], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    const end = (): void => void setTimeout(() => child.kill('SIGKILL'), afterMs);
    if (from === 'start') end();
    let ended = from === 'start';
    child.stderr.on('data', (data: Buffer) => (errors += data));
    child.stdout.on('data', (data: Buffer) => {
      output += data;
      if (ended || !reached(from, output, directories.length)) return;
      ended = true;
      end();
    });
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`it ended by itself: ${errors}`));
      const lines = output.split('\n').slice(0, -1);
      resolve(directories.map((_, at) => lifeOf(lines.filter((line) => line.startsWith(`${at} `)).map((line) => line.slice(2)))));
    });
  });
}

/** Start of the process; the first store is open, or all of them; every store has acknowledged a release. */
export type Moment = 'start' | 'first' | 'all' | 'released';

function reached(moment: Moment, output: string, stores: number): boolean {
  const said = new Set(output.match(moment === 'released' ? /^\d+ cleared/gm : /^\d+ \{/gm)).size;
  return said >= (moment === 'first' ? 1 : stores);
}

function lifeOf([first, ...rest]: readonly string[]): Life {
  const found = first === undefined ? undefined : (JSON.parse(first) as Found);
  return { found, promises: rest.map((line) => line.split(' ')) };
}

/** Repeatable whole numbers below a bound. */
export function randomOf(seed: number): (below: number) => number {
  let random = seed;
  return (below) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (random >> 8) % below;
  };
}
