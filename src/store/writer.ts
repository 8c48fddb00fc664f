/** The one writer, in a thread of its own: a slow or dead disk stops here and nowhere else. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { applyBatch, type FromWriter, type ToWriter } from './batch.ts';
import { describe, FILES, openSafely } from './opening.ts';
import { writeVitalCopy } from './vital-copy.ts';

const directory = (workerData as { directory: string }).directory;
const port = parentPort;
if (port === null) throw new Error('the writer runs in a thread');
const tell = (message: FromWriter): void => port.postMessage(message);

let opened = openSafely(directory);
let { state, sequence } = opened;
tell({ opened: state, notice: opened.notice || (opened.failure ?? ''), writable: opened.database !== undefined });

port.on('message', (message: ToWriter) => {
  if ('close' in message) {
    opened.database?.close();
    tell({ closed: true });
    port.close();
    return;
  }
  tell({ id: message.id, failure: write(message.batch) });
});

/** Null when the batch is safely on disk. */
function write(batch: Parameters<typeof applyBatch>[1]): string | null {
  try {
    if (opened.database === undefined) {
      if (!opened.retry) return opened.failure ?? 'closed';
      const again = openSafely(directory);
      if (again.database === undefined) return again.failure ?? 'cannot be opened';
      // What was kept in memory meanwhile comes with this and the next batches.
      opened = again;
      state = again.state;
      sequence = again.sequence;
    }
    opened.database?.write(batch, sequence + 1);
    sequence += 1;
    state = applyBatch(state, batch);
    writeVitalCopy(join(directory, FILES.copy), state, sequence);
    return null;
  } catch (error) {
    return describe(error);
  }
}
