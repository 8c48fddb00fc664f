import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { Answer, FromWriter, ToWriter } from '../../src/store/batch.ts';
import { openStore } from '../../src/store/store.ts';
import { type SpawnWriter, spawnWriter, type WriterPort } from '../../src/store/writer-thread.ts';
import { entry, folder, latch, relay, startAfter, total } from './furnished.ts';

/** A thread whose disk answers when the test says so. */
function heldWriter(): { spawn: SpawnWriter; asked: ToWriter[]; say(message: FromWriter): void; terminated: () => boolean } {
  let listener: (message: FromWriter) => void = () => undefined;
  const asked: ToWriter[] = [];
  let terminated = false;
  const port: WriterPort = {
    on(event: string, tell: (message: never) => void) {
      if (event === 'message') listener = tell as (message: FromWriter) => void;
    },
    postMessage: (message) => void asked.push(message),
    terminate: () => {
      terminated = true;
      return new Promise(() => undefined);
    },
    unref: () => undefined,
  };
  return { spawn: () => port, asked, say: (message) => listener(message), terminated: () => terminated };
}
const fine: Answer = { failure: null, notice: '', copyFailure: '' };
const opened = { kind: 'opened', opening: { ...fine, state: { totals: [], relays: [], latches: [], facts: {} }, blind: false } } as const;

describe('a disk that hangs', () => {
  test('callers are answered after 10 s, one batch stays under way, and all is well when it comes back', async () => {
    const clock = virtualClock();
    const writer = heldWriter();
    const opening = openStore({ directory: 'held', clock }, writer.spawn);
    writer.say(opened);
    const store = await opening;
    const first = store.setLatch(latch);
    const second = store.setLatch({ ...latch, cause: 'other' });
    store.saveTotal(total(5));
    await clock.advance(10_000);
    expect(await Promise.all([first, second])).toEqual([false, false]);
    expect(store.health).toMatchObject({ degraded: true, detail: 'the disk does not answer' });
    await clock.advance(600_000);
    expect(writer.asked).toHaveLength(1);
    writer.say({ kind: 'answer', id: 1, answer: fine });
    await clock.advance(0);
    expect(store.health.degraded).toBe(false);
    expect(writer.asked[1]).toMatchObject({ batch: { latches: [{ cause: 'other' }], totals: [{ total: 5 }] } });
  });

  test('at the start it runs after 10 s with what the copy says', async () => {
    const clock = virtualClock();
    const writer = heldWriter();
    const opening = openStore({ directory: 'held', clock }, writer.spawn);
    writer.say({ kind: 'copy', state: { totals: [total(1200)], relays: [], latches: [latch], facts: {} } });
    await clock.advance(10_000);
    const store = await opening;
    expect(store.health).toMatchObject({ degraded: true, detail: 'the disk does not answer' });
    expect(store.initial).toMatchObject({ totals: [total(1200)], latches: [latch] });
  });

  test('at the end it is left after 6 s', async () => {
    const clock = virtualClock();
    const writer = heldWriter();
    const opening = openStore({ directory: 'held', clock }, writer.spawn);
    writer.say(opened);
    const store = await opening;
    store.saveTotal(total(5));
    let ended = false;
    const closing = store.close().then(() => (ended = true));
    await clock.advance(5_999);
    expect(ended).toBe(false);
    await clock.advance(1);
    await closing;
    expect(writer.terminated()).toBe(true);
  });
});

test('of many latches set at once none is acknowledged before the batch that holds it is on disk', async () => {
  const clock = virtualClock();
  const writer = heldWriter();
  const opening = openStore({ directory: 'held', clock }, writer.spawn);
  writer.say(opened);
  const store = await opening;
  const acknowledged: string[] = [];
  for (const cause of ['a', 'b', 'c']) {
    void store.setLatch({ ...latch, cause }).then((kept) => acknowledged.push(`${cause} ${kept}`));
  }
  void store.flush().then((kept) => acknowledged.push(`flush ${kept}`));
  await clock.advance(1_000);
  expect(acknowledged).toEqual([]);
  writer.say({ kind: 'answer', id: 1, answer: fine });
  await clock.advance(1_000);
  expect(acknowledged).toEqual(['a true']);
  void store.setLatch({ ...latch, cause: 'd' }).then((kept) => acknowledged.push(`d ${kept}`));
  writer.say({ kind: 'answer', id: 2, answer: { ...fine, failure: 'disk full' } });
  await clock.advance(0);
  expect(acknowledged).toEqual(['a true', 'b false', 'c false', 'flush false']);
  writer.say({ kind: 'answer', id: 3, answer: fine });
  await clock.advance(0);
  expect(acknowledged.at(-1)).toBe('d true');
  const causes = writer.asked.map((message) => ('batch' in message ? message.batch.latches.map((row) => row.cause) : []));
  expect(causes).toEqual([['a'], ['b', 'c'], ['d', 'b', 'c']]);
});

test('a flush with nothing left to write still waits for the batch under way', async () => {
  const clock = virtualClock();
  const writer = heldWriter();
  const opening = openStore({ directory: 'held', clock }, writer.spawn);
  writer.say(opened);
  const store = await opening;
  const answers: boolean[] = [];
  for (const work of [store.setLatch(latch), store.flush()]) void work.then((kept) => answers.push(kept));
  await clock.advance(1_000);
  expect(answers).toEqual([]);
  writer.say({ kind: 'answer', id: 1, answer: fine });
  await clock.advance(0);
  expect(answers).toEqual([true, true]);
  expect(writer.asked).toHaveLength(1);
});

test('a disk with errors is tried again after 1, 5, 15, 60, 60 s, and at once for a latch only', async () => {
  const clock = virtualClock();
  const writer = heldWriter();
  const opening = openStore({ directory: 'held', clock }, writer.spawn);
  writer.say(opened);
  const store = await opening;
  const attempts: number[] = [];
  const refuse = async (): Promise<void> => {
    writer.say({ kind: 'answer', id: writer.asked.length, answer: { ...fine, failure: 'I/O error' } });
    await clock.advance(0);
  };
  const first = store.flush();
  expect(await first).toBe(true);
  expect(writer.asked).toHaveLength(0);
  store.saveFact('name', 'value');
  await refuse();
  expect(store.health).toEqual({ degraded: true, detail: 'I/O error', dropped: 0 });
  for (let second = 1; second <= 150; second += 1) {
    const before = writer.asked.length;
    store.saveFact('name', `${second}`);
    store.saveRelay(relay({ manualOn: second % 2 === 0 }));
    await clock.advance(1_000);
    if (writer.asked.length === before) continue;
    attempts.push(second);
    await refuse();
  }
  expect(attempts).toEqual([1, 6, 21, 81, 141]);
  const count = writer.asked.length;
  const kept = store.setLatch(latch);
  expect(writer.asked).toHaveLength(count + 1);
  expect(writer.asked.at(-1)).toMatchObject({ batch: { facts: [['name', '150']], latches: [latch], relays: [{ manualOn: true }] } });
  writer.say({ kind: 'answer', id: count + 1, answer: fine });
  expect(await kept).toBe(true);
  expect(store.health.degraded).toBe(false);
});

describe('a thread that dies', () => {
  test('is started again; what waited is written, each journal entry once', async () => {
    const directory = folder();
    const clock = virtualClock();
    const threads: WriterPort[] = [];
    const spawn: SpawnWriter = (at) => {
      const thread = spawnWriter(at);
      threads.push(thread);
      return thread;
    };
    const store = await openStore({ directory, clock }, spawn);
    for (let round = 0; round < 12; round += 1) {
      store.journal(entry(round));
      store.saveTotal(total(round));
      const kept = store.setLatch({ ...latch, cause: `cause-${round}` });
      // Now before, now after the batch is on disk.
      for (let turn = 0; turn < round * 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await threads.at(-1)?.terminate();
      if (!(await kept)) expect(await store.flush()).toBe(true);
    }
    expect(threads.length).toBeGreaterThan(5);
    expect(store.health.degraded).toBe(false);
    await store.close();
    const { state } = startAfter(directory, () => undefined);
    expect(state.totals).toEqual([total(11)]);
    expect(state.latches).toHaveLength(12);
    using db = new DatabaseSync(join(directory, 'boxenergie.db'));
    const rows = db.prepare('SELECT at FROM journal ORDER BY id').all();
    expect(rows.map((row) => row.at)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('or cannot even be started leaves a store in memory that tries again', async () => {
    const directory = folder();
    const clock = virtualClock();
    let refusals = 3;
    const spawn: SpawnWriter = (at) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('no threads left');
      return spawnWriter(at);
    };
    const store = await openStore({ directory, clock }, spawn);
    expect(store.health.detail).toBe('the writer cannot be started: no threads left');
    store.saveTotal(total(5));
    expect(await store.flush()).toBe(false);
    expect(await store.flush()).toBe(false);
    expect(await store.flush()).toBe(true);
    await store.close();
    expect(startAfter(directory, () => undefined).state.totals).toEqual([total(5)]);
  });
});

test('the compiled program finds its thread and reads what the sources wrote', async () => {
  const directory = folder();
  const store = await openStore({ directory, clock: virtualClock() });
  store.saveTotal(total(5));
  await store.close();
  const built = folder();
  const args = ['-p', 'tsconfig.build.json', '--outDir', built, '--noCheck'];
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...args]);
  const url = (name: string): string => JSON.stringify(pathToFileURL(join(built, name)).href);
  const program = `import { openStore } from ${url('store/store.js')}; import { systemClock } from ${url('ports/clock.js')};
    const store = await openStore({ directory: ${JSON.stringify(directory)}, clock: systemClock() });
    console.log(store.initial.totals[0].total, await store.setLatch({ relayId: 'r', cause: 'x', sinceMs: 1 })); await store.close();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(output.trim()).toBe('5 true');
});
