/** Room on the disks of this machine. */
import { statfs } from 'node:fs/promises';
import type { Disks } from './types.ts';

export function nodeDisks(): Disks {
  return {
    async space(path) {
      try {
        const { blocks, bfree, bavail, bsize } = await statfs(path);
        return { totalBytes: (blocks - bfree + bavail) * bsize, freeBytes: bavail * bsize };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
