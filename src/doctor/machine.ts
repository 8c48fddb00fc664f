/** The real machine, read only. */

import { lookup } from 'node:dns/promises';
import { constants } from 'node:fs';
import { access, readdir, readFile, readlink, realpath, stat, statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { inspectDatabase } from './database.ts';
import type { Machine } from './types.ts';

const MODES = { read: constants.R_OK, write: constants.W_OK, both: constants.R_OK | constants.W_OK } as const;

/** `supervised`: started by Home Assistant's Supervisor. */
export function realMachine(supervised: boolean): Machine {
  const known = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined);
  return {
    facts: {
      kernel: release(),
      arch: process.arch,
      node: process.versions.node,
      uid: process.getuid?.() ?? -1,
      pid: process.pid,
      groups: process.getgroups?.() ?? [],
      supervised,
    },
    text: (path) => known(readFile(path, 'utf8')),
    names: (path) => known(readdir(path).then((names) => names.sort())),
    exists: async (path) => (await known(access(path).then(() => true))) ?? false,
    real: (path) => known(realpath(path)),
    link: (path) => known(readlink(path)),
    may: async (path, mode) => (await known(access(path, MODES[mode]).then(() => true))) ?? false,
    changedMs: (path) => known(stat(path).then(({ mtimeMs }) => mtimeMs)),
    space: (path) => known(statfs(path).then(({ bavail, blocks, bsize }) => ({ freeBytes: bavail * bsize, totalBytes: blocks * bsize }))),
    resolve: async (host) => (await lookup(host)).address,
    inspectDatabase,
  };
}
