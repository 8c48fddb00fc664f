import { describe, expect, test } from 'vitest';
import { applyBatch, EMPTY_STATE, NO_CHANGES, type Snapshot } from '../../src/store/batch.ts';
import { best, reconcile } from '../../src/store/reconcile.ts';
import type { StoredState } from '../../src/store/types.ts';
import { latch, relay, total } from './furnished.ts';

const snapshot = (sequence: number, state: Partial<StoredState>): Snapshot => ({
  sequence,
  state: { ...EMPTY_STATE, ...state },
});
/** What the file holds afterwards. */
const made = (file: Snapshot, copy: Snapshot): StoredState => applyBatch(file.state, reconcile(file, copy) ?? NO_CHANGES);

describe('file and copy', () => {
  const other = { ...latch, cause: 'other' };
  test.each([
    { which: 'later copy', sequence: 9, latches: [other], mode: 'auto', facts: { a: '2', b: '1' } },
    { which: 'earlier copy', sequence: 3, latches: [latch], mode: 'manual', facts: { a: '1', b: '1' } },
  ])('$which: the larger of each total, the later rest', ({ sequence, latches, mode, facts }) => {
    const file = snapshot(5, {
      totals: [total(1000, 'a'), total(10, 'b'), total(1, 'file')],
      latches: [latch],
      relays: [relay({ mode: 'manual', switches: 7 })],
      facts: { a: '1', b: '1' },
    });
    const copy = snapshot(sequence, {
      totals: [total(900, 'a'), total(20, 'b'), total(2, 'copy')],
      latches: [other],
      relays: [relay({ mode: 'auto', switches: 6 })],
      facts: { a: '2' },
    });
    for (const state of [made(file, copy), best(file, copy)?.state]) {
      const totals = Object.fromEntries(state?.totals.map((row) => [row.key, row.total]) ?? []);
      expect(totals).toEqual({ a: 1000, b: 20, file: 1, copy: 2 });
      expect(state).toMatchObject({ latches, facts, relays: [{ mode, switches: 7 }] });
    }
    expect(best(file, copy)?.sequence).toBe(Math.max(5, sequence));
  });

  test('of equal totals the later row stays, with its own offset and identity', () => {
    const later = { ...total(1000), index: 10, offset: 990, identity: 'new' };
    const [old, young] = [snapshot(3, { totals: [total(1000)] }), snapshot(5, { totals: [later] })];
    expect(made(old, young).totals).toEqual([later]);
    expect(made(young, old).totals).toEqual([later]);
  });

  test('the same sequence: equal in any order and any spelling of zero, otherwise the file is damaged', () => {
    const file = snapshot(5, { totals: [total(0, 'a'), total(2, 'b')], latches: [latch], facts: { a: 'x\ufffd', b: 'y' } });
    const same = snapshot(5, { totals: [total(2, 'b'), total(-0, 'a')], latches: [latch], facts: { b: 'y', a: 'x\ud800' } });
    expect(reconcile(file, same)).toBeUndefined();
    for (const change of [{ totals: [total(3, 'b'), total(0, 'a')] }, { latches: [] }, { facts: { a: 'x' } }, { relays: [relay()] }]) {
      const differing = snapshot(5, { ...same.state, ...change });
      expect(() => reconcile(file, differing), JSON.stringify(change)).toThrow('does not hold what its copy holds');
    }
  });

  test('one of them alone', () => {
    const file = snapshot(5, { totals: [total(1)] });
    expect(reconcile(file, undefined)).toBeUndefined();
    expect([best(file, undefined), best(undefined, file), best(undefined, undefined)]).toEqual([file, file, undefined]);
  });
});
