/** Files of the machine: read whole, written so that a power cut leaves the old text or the new one. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Files } from './types.ts';

export function nodeFiles(): Files {
  return {
    async read(path) {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async writeAtomic(path, text) {
      const directory = dirname(path);
      await mkdir(directory, { recursive: true });
      const temporary = `${path}.tmp`;
      await using file = await open(temporary, 'w', 0o640);
      await file.writeFile(text);
      await file.sync();
      await rename(temporary, path);
      // The rename itself is only safe once the directory is on disk.
      await using parent = await open(directory, 'r');
      await parent.sync();
    },
  };
}
