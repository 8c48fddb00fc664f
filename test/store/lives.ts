/** What a program that is killed must find again at its next start, life after life. */
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
