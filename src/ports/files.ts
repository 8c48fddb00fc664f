/** Files of the machine: read whole, written so that a power cut leaves the old text or the new one. */
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Files } from './types.ts';

/** Errors are Node's own (`code`: ENOSPC, EROFS, EACCES, …); after one the old text is still there. */
export function nodeFiles(): Files {
  // Two writers of one path would share its temporary file: the second waits for the first.
  const queues = new Map<string, Promise<void>>();
  return {
    async read(path) {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    writeAtomic(path, text) {
      const target = resolve(path);
      const written = (queues.get(target) ?? Promise.resolve()).then(() => replace(target, text));
      const settled = written.catch(() => undefined);
      queues.set(target, settled);
      void settled.then(() => {
        if (queues.get(target) === settled) queues.delete(target);
      });
      return written;
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const temporary = `${path}.tmp`;
  try {
    await closing(await open(temporary, 'w', 0o640), async (file) => {
      await file.writeFile(text);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  // The rename itself is only safe once the directory is on disk.
  await closing(await open(directory, 'r'), (names) => names.sync());
}

async function closing(handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
