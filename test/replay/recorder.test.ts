import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openRecording } from '../../src/replay/reading.ts';
import { createRecorder, type RecorderOptions } from '../../src/replay/recorder.ts';
import type { RecordedEvent } from '../../src/replay/recording.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { folder } from '../store/furnished.ts';

const sampleOf = (i: number, values: Record<string, number | string | null> = { power: i }) => ({
  ...{ deviceId: 'linky', atMs: 1_000 + i, monotonicMs: i + 0.4, values },
});
async function recorder(path: string, change: Partial<RecorderOptions> = {}) {
  const clock = virtualClock(5_000);
  const failures: string[] = [];
  const options = { path, clock, version: '0.1.0', config: 'version: 1\n', isPersonal: (_: string, key: string) => key === 'adsc' };
  return { clock, failures, recorder: await createRecorder({ ...options, onFailure: (reason) => failures.push(reason), ...change }) };
}
async function all(path: string): Promise<RecordedEvent[]> {
  const { events } = await openRecording(path);
  const seen: RecordedEvent[] = [];
  for await (const event of events()) seen.push(event);
  return seen;
}

test.each(['a.jsonl', 'a.jsonl.gz'])(
  '%s holds the header and all that control heard, in its order, without meter numbers',
  async (name) => {
    const path = join(folder(), name);
    const { recorder: it } = await recorder(path);
    it.started({ ...EMPTY_STATE, facts: { install: 'a1b2c3', salt: 'secret', 'charge:bat': 'charging' } });
    it.opened('linky');
    it.sample(sampleOf(1, { power: 12.5, adsc: '021861000000', tariff: null }));
    it.command({ deviceId: 'rs_01', key: 'rs_01', on: true });
    it.command({ deviceId: 'bat', key: 'cut_c', on: false, value: 40 });
    await it[Symbol.asyncDispose]();
    const { header } = await openRecording(path);
    expect(header).toMatchObject({ version: '0.1.0', wallMs: 5_000, monotonicMs: 0, config: 'version: 1\n' });
    expect(header.state.facts).toEqual({ 'charge:bat': 'charging' });
    expect(await all(path)).toEqual([
      { m: 0, w: 5_000, o: 'linky' },
      { m: 1, w: 1_001, d: 'linky', v: { power: 12.5, tariff: null } },
      { m: 0, w: 5_000, c: { deviceId: 'rs_01', key: 'rs_01', on: true } },
      { m: 0, w: 5_000, c: { deviceId: 'bat', key: 'cut_c', on: false, value: 40 } },
      { m: 0, w: 5_000, end: true },
    ]);
    const text = name.endsWith('.gz') ? gunzipSync(readFileSync(path)).toString() : readFileSync(path, 'utf8');
    expect(text).not.toMatch(/021861000000|secret|a1b2c3/);
  },
);

test('what was pressed out is there after a kill, and every cut of the file opens as far as it goes', async () => {
  const path = join(folder(), 'a.gz');
  const { recorder: it, clock } = await recorder(path);
  it.started(EMPTY_STATE);
  for (let i = 0; i < 50; i += 1) it.sample(sampleOf(i));
  await clock.advance(11_000);
  for (let i = 0; i < 50 && readFileSync(path).length < 200; i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const killed = join(folder(), 'b.gz');
  writeFileSync(killed, readFileSync(path));
  await it[Symbol.asyncDispose]();
  expect((await all(killed)).length).toBe(50);
  const { length } = readFileSync(killed);
  for (let size = length - 1; size > length - 40; size -= 3) {
    truncateSync(killed, size);
    const seen = await all(killed);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => ({ m: i, w: 1_000 + i, d: 'linky', v: { power: i } })));
  }
});

test('a disk that does not keep up costs neither memory nor time: what is lost is counted where it is missing', async () => {
  const path = join(folder(), 'a.jsonl');
  const { recorder: it } = await recorder(path, { limits: { waiting: 2_000 } });
  it.started(EMPTY_STATE);
  // Nothing is written before the next turn of the loop.
  for (let i = 0; i < 500; i += 1) it.sample(sampleOf(i));
  await new Promise((resolve) => setTimeout(resolve, 200));
  it.sample(sampleOf(500));
  await it[Symbol.asyncDispose]();
  const seen = await all(path);
  const lost = seen.find(({ dropped }) => dropped !== undefined)?.dropped ?? 0;
  expect(lost).toBeGreaterThan(400);
  expect(seen.filter(({ d }) => d !== undefined).length + lost).toBe(501);
});

test('it ends at its size limit, and says so once', async () => {
  const path = join(folder(), 'a.jsonl');
  const { recorder: it, failures } = await recorder(path, { limits: { total: 5_000 } });
  it.started(EMPTY_STATE);
  for (let i = 0; i < 1_000; i += 1) it.sample(sampleOf(i));
  await it[Symbol.asyncDispose]();
  expect(failures).toEqual(['the recording reached 5000 characters']);
  expect(readFileSync(path).length).toBeLessThan(5_200);
});

test('a file that is there is not overwritten; one that cannot be made is said', async () => {
  const path = join(folder(), 'a.jsonl');
  writeFileSync(path, 'mine');
  await expect(recorder(path)).rejects.toThrow('is there already');
  expect(readFileSync(path, 'utf8')).toBe('mine');
  mkdirSync(`${path}.d`);
  await expect(recorder(join(`${path}.d`, 'no', 'a.jsonl'))).rejects.toThrow('ENOENT');
  expect(readdirSync(`${path}.d`)).toEqual([]);
});

test('whatever stands in a file, reading it ends with events or a clear word', async () => {
  const path = join(folder(), 'a.jsonl');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.string(), fc.constant('{"m":1,"w":2,"d":"x","v":{}}'))), async (lines) => {
      const { recorder: it } = await recorder(`${path}.new`);
      it.started(EMPTY_STATE);
      await it[Symbol.asyncDispose]();
      writeFileSync(path, readFileSync(`${path}.new`));
      rmSync(`${path}.new`);
      appendFileSync(path, lines.join('\n'));
      for (const { m, w } of await all(path)) expect(Number.isFinite(m + w)).toBe(true);
    }),
    { numRuns: 50 },
  );
  writeFileSync(path, '{"some":"thing"}\n');
  await expect(openRecording(path)).rejects.toThrow('this is no recording');
  writeFileSync(path, '');
  await expect(openRecording(path)).rejects.toThrow('empty');
  writeFileSync(path, '{"boxenergie":"recording","format":9}\n');
  await expect(openRecording(path)).rejects.toThrow('format 9');
});
