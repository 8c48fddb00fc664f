/** Opens the store whatever it finds: a damaged file is put aside, file and vital copy are reconciled, nothing is lost silently. */
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applyBatch, EMPTY_STATE, type Snapshot } from './batch.ts';
import { type Database, openDatabase } from './database.ts';
import { describe, isBusy, isDamage, NewerStoreError } from './faults.ts';
import { putAside } from './quarantine.ts';
import { best, reconcile } from './reconcile.ts';
import { readSnapshot } from './rows.ts';
import { MIGRATIONS, type Migration } from './schema.ts';
import type { StoredState } from './types.ts';
import { hadVitalCopy, readVitalCopy } from './vital-copy.ts';

export interface Opened extends Snapshot {
  /** Undefined: it cannot be written now; `failure` says why. */
  readonly database: Database | undefined;
  readonly failure: string | undefined;
  /** Damage found and what was done about it. */
  readonly notice: string;
  /** Trying again may help (disk full, read-only); a newer file must be left alone. */
  readonly retry: boolean;
  /** Nothing could be read: the state is unknown, not empty. */
  readonly blind: boolean;
}
export interface OpeningOptions {
  /** What the program already knows, when this is not the first opening. */
  readonly known?: Snapshot | undefined;
  readonly migrations?: readonly Migration[];
}

const NAME = 'boxenergie';
export const FILES = { database: `${NAME}.db`, copy: `${NAME}.vital` } as const;
/** Larger files are not copied aside to be read: memory is short on small machines. */
const ELSEWHERE_LIMIT_BYTES = 64 * 1024 * 1024;

/** Never throws. */
export function openSafely(directory: string, { known, migrations = MIGRATIONS }: OpeningOptions = {}): Opened {
  const copy = later(readVitalCopy(join(directory, FILES.copy)), known);
  const open = (): Database => openDatabase(join(directory, FILES.database), migrations);
  try {
    mkdirSync(directory, { recursive: true });
    // SQLite would only speak of an I/O error.
    accessSync(directory, constants.W_OK);
    const database = open();
    return accept(database, copy, database.fresh ? lostNotice(directory, copy) : '');
  } catch (error) {
    if (!isDamage(error)) return closed(error, directory, copy, known !== undefined);
    try {
      const aside = putAside(directory, NAME);
      const how = copy === undefined ? 'started anew' : 'restored from the copy';
      return accept(open(), copy, `${how}: the store was damaged (kept as ${aside})`);
    } catch (again) {
      return closed(again, directory, copy, known !== undefined);
    }
  }
}

/** The whole state of an open file, made right by the copy. Throws; the file is then closed. */
function accept(database: Database, copy: Snapshot | undefined, notice: string): Opened {
  try {
    const own = database.read();
    const base = { database, notice, failure: undefined, retry: true, blind: false };
    const changes = reconcile(own, copy);
    if (changes === undefined) return { ...base, ...own };
    // One further than both, so that a sequence never stands for two different states.
    const sequence = Math.max(own.sequence, copy?.sequence ?? 0) + 1;
    database.write(changes, sequence);
    return { ...base, state: applyBatch(own.state, changes), sequence };
  } catch (error) {
    database.close();
    throw error;
  }
}

function closed(error: unknown, directory: string, copy: Snapshot | undefined, again: boolean): Opened {
  const readable = again || isBusy(error) ? undefined : readElsewhere(directory);
  const { state, sequence } = best(readable, copy) ?? { state: EMPTY_STATE satisfies StoredState, sequence: 0 };
  const blind = readable === undefined && copy === undefined;
  const retry = !(error instanceof NewerStoreError);
  return { database: undefined, state, sequence, notice: '', failure: describe(error), retry, blind };
}

/** A new file where there was a store. */
function lostNotice(directory: string, copy: Snapshot | undefined): string {
  if (copy !== undefined && copy.sequence > 0) return 'restored from the copy: the store was missing';
  return hadVitalCopy(join(directory, FILES.copy)) ? 'started anew: neither the store nor its copy could be read' : '';
}

function later(copy: Snapshot | undefined, known: Snapshot | undefined): Snapshot | undefined {
  if (copy === undefined || known === undefined) return copy ?? known;
  return known.sequence > copy.sequence ? known : copy;
}

/**
 * What a file that cannot be opened in place holds. SQLite cannot read a write-ahead log on a read-only disk, and would change
 * a newer program's file: so it reads a copy. Undefined when that fails as well.
 */
function readElsewhere(directory: string): Snapshot | undefined {
  let elsewhere: string | undefined;
  try {
    const path = join(directory, FILES.database);
    if (statSync(path).size > ELSEWHERE_LIMIT_BYTES) return undefined;
    elsewhere = mkdtempSync(join(tmpdir(), `${NAME}-`));
    const target = join(elsewhere, FILES.database);
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, target + suffix);
    using db = new DatabaseSync(target);
    return readSnapshot(db);
  } catch {
    return undefined;
  } finally {
    if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true });
  }
}
