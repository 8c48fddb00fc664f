/** Keeps the file and its vital copy in step: writes batches, opens again what failed. Runs in the writer's thread. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, applyBatch, type Batch, type Opening } from './batch.ts';
import { describe } from './faults.ts';
import { FILES, type Opened, openSafely } from './opening.ts';
import { readVitalCopy, writeVitalCopy } from './vital-copy.ts';

export interface Keeper {
  readonly opening: Opening;
  /** Never throws. */
  write(batch: Batch): Answer;
  close(): void;
}

/** Opens what is in the directory; never throws. */
export function createKeeper(directory: string): Keeper {
  const copyPath = join(directory, FILES.copy);
  const databasePath = join(directory, FILES.database);
  let opened: Opened = openSafely(directory);
  let { state, sequence } = opened;
  let fileId = identity(databasePath);
  let copyFailure = '';

  const answer = (failure: string | null): Answer => ({ failure, notice: opened.notice, copyFailure });
  const saveCopy = (): void => {
    try {
      writeVitalCopy(copyPath, { state, sequence });
      copyFailure = '';
    } catch (error) {
      copyFailure = describe(error);
    }
  };
  const drop = (): void => {
    try {
      opened.database?.close();
    } catch {
      // It is opened afresh in any case.
    }
    opened = { ...opened, database: undefined };
  };
  const reopen = (): void => {
    // Nothing written yet is nothing known.
    opened = openSafely(directory, { known: sequence > 0 ? { state, sequence } : undefined });
    if (opened.database === undefined) return;
    ({ state, sequence } = opened);
    fileId = identity(databasePath);
    saveCopy();
  };

  if (opened.database !== undefined && readVitalCopy(copyPath)?.sequence !== sequence) saveCopy();
  return {
    opening: { ...answer(opened.failure ?? null), state, blind: opened.blind },
    write(batch) {
      // Deleted or replaced beneath us: what is written to the open handle would be gone with it.
      if (opened.database !== undefined && identity(databasePath) !== fileId) drop();
      if (opened.database === undefined && opened.retry) reopen();
      if (opened.database === undefined) return answer(opened.failure ?? 'closed');
      try {
        opened.database.write(batch, sequence + 1);
      } catch (error) {
        drop();
        return answer(describe(error));
      }
      sequence += 1;
      state = applyBatch(state, batch);
      saveCopy();
      return answer(null);
    },
    close: drop,
  };
}

/** Tells one file from another of the same name; empty when absent. */
function identity(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return '';
  }
}
