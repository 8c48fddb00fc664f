/** F13: the disk is full, read-only, broken or silent below the store's writer while the whole program runs. */
import { expect } from 'vitest';
import { applyBatch, EMPTY_STATE, type FromWriter, type ToWriter } from '../../src/store/batch.ts';
import { JOURNAL_LIMIT } from '../../src/store/pending.ts';
import { openStore } from '../../src/store/store.ts';
import type { StoredState } from '../../src/store/types.ts';
import type { WriterPort } from '../../src/store/writer-thread.ts';
import { fault } from './fault.ts';
import { HOUSE, type Program, program } from './house.ts';

/** What the disk answers: undefined: it takes everything; `silent`: it never answers. */
interface Disk {
  answer: string | undefined;
  /** It answers what waited. */
  wake(): void;
  state: StoredState;
  /** Rows of the journal that it took. */
  journal: number;
}
const SILENT = 'silent';

/** The writer's place taken by a disk in memory that can fail: all above it is the real store. */
function writerOn(disk: Disk): WriterPort {
  let hear = (_: FromWriter): void => undefined;
  const unanswered: ToWriter[] = [];
  const take = (message: ToWriter): void => {
    if ('close' in message) return;
    if (disk.answer === SILENT) {
      unanswered.push(message);
      return;
    }
    const failure = disk.answer ?? null;
    if (failure === null) {
      disk.state = applyBatch(disk.state, message.batch);
      disk.journal += message.batch.journal.length;
    }
    queueMicrotask(() => hear({ kind: 'answer', id: message.id, answer: { failure, notice: '', copyFailure: '' } }));
  };
  queueMicrotask(() => hear({ kind: 'opened', opening: { state: disk.state, blind: false, failure: null, notice: '', copyFailure: '' } }));
  disk.wake = () => {
    for (const late of unanswered.splice(0)) take(late);
  };
  const exits: (() => void)[] = [];
  return {
    on(event: string, listener: (message: never) => void) {
      if (event === 'message') hear = listener as typeof hear;
      if (event === 'exit') exits.push(listener as () => void);
    },
    postMessage(message) {
      if ('close' in message) for (const exit of exits) queueMicrotask(exit);
      take(message);
    },
    terminate: async () => 0,
    unref: () => undefined,
  };
}

async function started(disk: Disk): Promise<Program> {
  const p = await program({
    text: HOUSE.replace('override_minutes: 0}', 'override_minutes: 0, max_changes_per_hour: 20}'),
    openStore: (onHealth, clock) => openStore({ directory: '/data', clock, onHealth, flushIntervalMs: 10_000 }, () => writerOn(disk)),
  });
  await p.until('the charge', 200, () => p.on('rs_01'));
  return p;
}

async function failing(p: Program, disk: Disk, answer: string, detail: RegExp): Promise<string> {
  disk.answer = answer;
  const before = disk.journal;
  const degraded = await p.until('the flag', 60, () => p.state('bridge').storage === true);
  expect(p.state('bridge').storage_detail).toMatch(detail);
  // Control goes on: asked and unasked.
  const [charging, moves] = [p.on('rs_01'), p.watched.journal.length];
  for (const wish of ['ON', 'OFF']) {
    p.ask('rs_02', 'rs_02', wish);
    await p.run(5);
    expect(p.on('rs_02')).toBe(wish === 'ON');
  }
  expect([p.on('rs_01'), p.state('rs_02').rs_02]).toEqual([charging, false]);
  expect(p.watched.journal.length).toBeGreaterThan(moves);
  expect(disk.journal).toBe(before);
  await p.run(300);
  expect(p.state('bridge').storage).toBe(true);
  disk.answer = undefined;
  disk.wake();
  const well = await p.until('the recovery', 130, () => p.state('bridge').storage === false);
  await p.run(15);
  expect(disk.journal).toBeGreaterThan(before);
  const total = disk.state.totals.find(({ key }) => key === 'energy_drawn')?.total;
  expect(p.house.meter().offPeakWh + p.house.meter().peakWh - Number(total)).toBeLessThan(60);
  return `${answer}: flag after ${degraded} s, relays obey, well ${well} s after the disk`;
}

fault(
  'F13',
  'disk full, read-only, I/O error, silent; for 5 min each',
  'control continues; store degraded flag; RAM queue bounded; recovers',
  async () => {
    const disk: Disk = { answer: undefined, wake: () => undefined, state: EMPTY_STATE, journal: 0 };
    const p = await started(disk);
    const seen = [
      await failing(p, disk, 'disk full', /disk full/),
      await failing(p, disk, 'read-only', /read-only/),
      await failing(p, disk, 'I/O error', /I\/O error/),
      await failing(p, disk, SILENT, /does not answer/),
    ];
    disk.answer = 'disk full';
    const [entry] = p.watched.journal;
    for (let i = 0; i < 3 * JOURNAL_LIMIT && entry !== undefined; i += 1) p.store.journal(entry.entry);
    await p.run(60);
    const { dropped } = p.store.health;
    expect(dropped).toBeGreaterThanOrEqual(2 * JOURNAL_LIMIT);
    disk.answer = undefined;
    const taken = disk.journal;
    await p.until('the recovery', 130, () => p.state('bridge').storage === false);
    await p.run(15);
    expect(disk.journal - taken).toBeGreaterThan(JOURNAL_LIMIT - 100);
    expect(disk.journal - taken).toBeLessThanOrEqual(JOURNAL_LIMIT);
    return (
      `${seen.join('; ')}; of ${3 * JOURNAL_LIMIT} entries at a full disk ${dropped} dropped and counted, at most ${JOURNAL_LIMIT} wait; ${await p.stop()}. ` +
      'Real full and read-only disks: test/store/disk.test.ts'
    );
  },
);
