/** Where damaged files go: renamed beside the store, the newest few kept for whoever wants to look. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const KEPT = 3;
const SUFFIXES = ['', '-wal'] as const;

/** Renames `<name>.db` with its log to `<name>.damaged-<n>`. Returns the new name; throws what the disk says. */
export function putAside(directory: string, name: string): string {
  const numbers = readdirSync(directory)
    .map((file) => /^(.+)\.damaged-(\d+)$/.exec(file))
    .filter((match) => match?.[1] === name)
    .map((match) => Number(match?.[2]))
    .sort((a, b) => a - b);
  for (const number of numbers.slice(0, Math.max(0, numbers.length - KEPT + 1))) {
    for (const suffix of SUFFIXES) rmSync(join(directory, `${name}.damaged-${number}${suffix}`), { force: true });
  }
  const aside = `${name}.damaged-${(numbers.at(-1) ?? 0) + 1}`;
  for (const suffix of SUFFIXES) {
    const from = join(directory, `${name}.db${suffix}`);
    if (existsSync(from)) renameSync(from, join(directory, `${aside}${suffix}`));
  }
  rmSync(join(directory, `${name}.db-shm`), { force: true });
  return aside;
}
