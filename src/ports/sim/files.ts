/** Files in memory, over those of another port: what the kernel shows of devices that are not there. */
import type { Files } from '../types.ts';

/** Reads ask `shown` first; undefined there means absent. `below` answers for all other paths. */
export function simulatedFiles(shown: ReadonlyMap<string, () => string | undefined>, below: Files): Files {
  return {
    read: async (path) => {
      const text = shown.get(path);
      return text === undefined ? below.read(path) : text();
    },
    writeAtomic: (path, text) => below.writeAtomic(path, text),
  };
}
