/** A store file examined through a copy of it: neither the file, its log nor its locks are touched. */
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from './say.ts';
import type { Machine } from './types.ts';

/** Larger files are not copied: /tmp may be memory. */
const LIMIT_BYTES = 64 * 1024 * 1024;
type Inspection = Awaited<ReturnType<Machine['inspectDatabase']>>;

/** Never rejects. A file that changes while it is copied would look damaged without being so: then nothing is said about it. */
export async function inspectDatabase(path: string): Promise<Inspection> {
  const first = await inspectOnce(path);
  // Times of files are coarse: a change may have gone unseen. Damage is there the second time too.
  return first.verdict === 'damaged' ? inspectOnce(path) : first;
}

async function inspectOnce(path: string): Promise<Inspection> {
  let elsewhere: string | undefined;
  try {
    const before = await look(path);
    if (before.bytes > LIMIT_BYTES) return { verdict: 'large', detail: `${before.bytes} bytes` };
    elsewhere = await mkdtemp(join(tmpdir(), 'boxenergie-doctor-'));
    const copy = join(elsewhere, 'copy.db');
    for (const suffix of before.log ? ['', '-wal'] : ['']) await copyFile(path + suffix, copy + suffix);
    if ((await look(path)).mark !== before.mark) return { verdict: 'moving', detail: '' };
    return await quickCheck(copy);
  } catch (error) {
    return { verdict: 'unreadable', detail: messageOf(error) };
  } finally {
    if (elsewhere !== undefined) await rm(elsewhere, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function look(path: string): Promise<{ readonly mark: string; readonly bytes: number; readonly log: boolean }> {
  const file = await stat(path);
  const log = await stat(`${path}-wal`).catch(() => undefined);
  const mark = [file, log].map((each) => `${each?.ino} ${each?.size} ${each?.mtimeMs}`).join(' ');
  return { mark, bytes: file.size + (log?.size ?? 0), log: log !== undefined };
}

/** SQLite is loaded only here. */
async function quickCheck(path: string): Promise<Inspection> {
  const { DatabaseSync } = await import('node:sqlite');
  try {
    using db = new DatabaseSync(path);
    const result = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check);
    return { verdict: result === 'ok' ? 'ok' : 'damaged', detail: result };
  } catch (error) {
    return { verdict: 'damaged', detail: messageOf(error) };
  }
}
