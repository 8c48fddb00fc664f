/** The one writer, in a thread of its own: a slow or dead disk stops here and nowhere else. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWriter, ToWriter } from './batch.ts';
import { createKeeper } from './keeper.ts';
import { FILES } from './opening.ts';
import { readVitalCopy } from './vital-copy.ts';

const { directory } = workerData as { directory: string };
const port = parentPort;
if (port === null) throw new Error('the writer runs in a thread');
const tell = (message: FromWriter): void => port.postMessage(message);

// The copy is small: the program has it even when checking the file takes too long.
const copy = readVitalCopy(join(directory, FILES.copy));
if (copy !== undefined) tell({ kind: 'copy', state: copy.state });
const keeper = createKeeper(directory);
tell({ kind: 'opened', opening: keeper.opening });

port.on('message', (message: ToWriter) => {
  if (!('close' in message)) return tell({ kind: 'answer', id: message.id, answer: keeper.write(message.batch) });
  keeper.close();
  port.close();
});
