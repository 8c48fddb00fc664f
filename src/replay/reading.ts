/** Reads a recording line by line, packed or not; one that a power cut left unfinished is read as far as it goes. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { type Header, type RecordedEvent, RecordingError, readEvent, readHeader } from './recording.ts';

export interface Recording {
  readonly header: Header;
  events(): AsyncIterable<RecordedEvent>;
  /** Lines so far that could not be read; the last one of an unfinished file is not counted. */
  readonly damaged: number;
}

/** Longest believable line: a sample of a large device has some thousands of characters, the header a whole configuration. */
const LINE_LIMIT = 4_000_000;

/** Throws RecordingError, or what the disk says. */
export async function openRecording(path: string): Promise<Recording> {
  const lines = linesOf(path)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new RecordingError('the recording is empty');
  const header = readHeader(first.value.text);
  let damaged = 0;
  return {
    header,
    get damaged() {
      return damaged;
    },
    async *events() {
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const event = readEvent(line.value.text);
        if (event !== undefined) yield event;
        else if (line.value.whole) damaged += 1;
      }
    },
  };
}

interface Line {
  readonly text: string;
  /** False: the file ends within it. */
  readonly whole: boolean;
}

async function* linesOf(path: string): AsyncIterable<Line> {
  let rest = '';
  for await (const chunk of textOf(path)) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LINE_LIMIT) throw new RecordingError('this is no recording');
    for (const text of parts) yield { text, whole: true };
  }
  if (rest !== '') yield { text: rest, whole: false };
}

function textOf(path: string): AsyncIterable<string> {
  const file = createReadStream(path);
  const stream: Readable = path.endsWith('.gz')
    ? file.on('error', (error) => stream.destroy(error)).pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }))
    : file;
  return stream.setEncoding('utf8');
}
