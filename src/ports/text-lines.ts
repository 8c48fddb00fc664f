/** Text lines of a stream of bytes, through serialport's own line parser; noise without an end cannot fill the memory. */
import type { ReadlineParser } from '@serialport/parser-readline';
import { DeviceError } from '../model.ts';

/** Longest line of any protocol here, four times over (bytes). */
const LONGEST = 16_384;

/** Lines without their CR LF, empty ones left out, in Latin 1 so that no byte is lost. What is longer than 16 kB is thrown away, up to its end. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const Parser = await loadParser();
  const lines: string[] = [];
  let parser = begin(Parser, lines);
  let unended = 0;
  let tooLong = false;
  for await (const chunk of chunks) {
    await feed(parser, chunk);
    const last = chunk.lastIndexOf(0x0a);
    unended = last === -1 ? unended + chunk.length : chunk.length - last - 1;
    for (const line of lines.splice(0)) {
      if (!tooLong && line.length <= LONGEST) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      tooLong = false;
    }
    if (unended <= LONGEST) continue;
    parser.destroy();
    parser = begin(Parser, lines);
    unended = 0;
    tooLong = true;
  }
}

/** The package, loaded at first use; a simulation does it beforehand, because its time does not wait for a disk. */
export async function loadParser(): Promise<typeof ReadlineParser> {
  try {
    return (await import('@serialport/parser-readline')).ReadlineParser;
  } catch (cause) {
    throw new DeviceError('the serialport package is not installed', { cause, mend: 'Install again: npm ci' });
  }
}

function begin(Parser: typeof ReadlineParser, lines: string[]): ReadlineParser {
  const parser = new Parser({ delimiter: '\n', encoding: 'latin1' });
  parser.on('data', (line: string) => lines.push(line));
  return parser;
}

/** Resolves when all lines of the chunk were told. */
function feed(parser: ReadlineParser, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(Buffer.from(chunk), (error) => (error ? reject(error) : process.nextTick(resolve)));
  });
}
