/** What can go wrong with a store's file, in words, and which of it means that the file itself is damaged. */

/** The content contradicts itself or its copy. */
export class DamagedError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'DamagedError';
  }
}

/** The file comes from a later version of the program: it must not be touched. */
export class NewerStoreError extends Error {
  constructor(version: number, known: number) {
    super(`the store has version ${version}, this program knows ${known}: update the program or restore a backup`);
    this.name = 'NewerStoreError';
  }
}

/** SQLite's primary result codes that are the disk's or the system's fault (sqlite.org/rescode.html). */
const DISK: Readonly<Record<number, string>> = {
  3: 'not allowed',
  5: 'used by another program',
  6: 'used by another program',
  7: 'out of memory',
  8: 'read-only',
  10: 'I/O error',
  13: 'disk full',
  14: 'cannot be opened',
};
/** ERROR (the tables are not what they should be), CORRUPT, SCHEMA, CONSTRAINT, MISMATCH, NOTADB. */
const DAMAGE: ReadonlySet<number> = new Set([1, 11, 17, 19, 20, 26]);
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'disk full',
  EDQUOT: 'disk full',
  EROFS: 'read-only',
  EACCES: 'not allowed',
  EPERM: 'not allowed',
  EIO: 'I/O error',
  ENOENT: 'the directory is absent',
  ENOTDIR: 'the directory is absent',
};
const BUSY: ReadonlySet<number> = new Set([5, 6]);

/** Whether the file must be put aside. A full, absent or read-only disk is no reason to, nor is a fault of the program. */
export function isDamage(error: unknown): boolean {
  // A number beyond JavaScript's integers: no such value is ever written.
  const outOfRange = (error as NodeJS.ErrnoException | null)?.code === 'ERR_OUT_OF_RANGE';
  return error instanceof DamagedError || outOfRange || DAMAGE.has(primaryCode(error));
}

/** Another program holds the file. */
export function isBusy(error: unknown): boolean {
  return BUSY.has(primaryCode(error));
}

/** One line in words. */
export function describe(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const text = error instanceof Error ? error.message : String(error);
  return DISK[primaryCode(error)] ?? SYSTEM[code] ?? text;
}

function primaryCode(error: unknown): number {
  return Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff;
}
