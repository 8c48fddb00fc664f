import { expect, test } from 'vitest';
import { createPending, JOURNAL_LIMIT } from '../../src/store/pending.ts';
import { entry, latch, relay, total } from './furnished.ts';

test('the waiting journal is bounded, the oldest go first and are counted', () => {
  const pending = createPending('s');
  for (let i = 0; i < JOURNAL_LIMIT + 50; i += 1) pending.journal(entry(i));
  expect(pending.dropped).toBe(50);
  const batch = pending.take(false);
  expect(batch.journal).toHaveLength(JOURNAL_LIMIT);
  expect(batch.journal[0]).toMatchObject({ serial: 51, entry: { atMs: 50 } });
  for (let i = 0; i < 7; i += 1) pending.journal(entry(i));
  pending.putBack(batch);
  expect(pending.dropped).toBe(57);
  const serials = pending.take(false).journal.map((row) => row.serial);
  expect(serials).toEqual([...serials].sort((a, b) => a - b));
  expect(serials.at(-1)).toBe(JOURNAL_LIMIT + 57);
});

test('a batch put back stays behind what came since', () => {
  const pending = createPending('s');
  pending.total(total(10));
  pending.total(total(7, 'other'));
  pending.relay(relay());
  pending.latch({ ...latch, set: true });
  pending.fact('name', 'old');
  const batch = pending.take(false);
  expect(pending.empty).toBe(true);
  pending.total(total(9));
  pending.relay(relay({ mode: 'auto' }));
  pending.latch({ ...latch, set: false });
  pending.fact('name', 'new');
  pending.putBack(batch);
  const again = pending.take(true);
  expect(again).toMatchObject({ session: 's', blind: true, relays: [relay({ mode: 'auto' })], facts: [['name', 'new']] });
  expect(again.totals).toEqual(expect.arrayContaining([total(10), total(7, 'other')]));
  expect(again.latches).toEqual([{ ...latch, set: false }]);
});

test('of equal totals the newer row waits: its offset may be that of another meter', () => {
  const pending = createPending('s');
  pending.total(total(10));
  const replaced = { ...total(10), index: 1, offset: 9, identity: 'b' };
  const batch = pending.take(false);
  pending.total(replaced);
  pending.putBack(batch);
  expect(pending.take(false).totals).toEqual([replaced]);
});
