import { expect, test } from 'vitest';
import { textLines } from '../../src/ports/text-lines.ts';

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const stream = (async function* () {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
  })();
  const seen: string[] = [];
  for await (const line of textLines(stream)) seen.push(line);
  return seen;
}

test('lines come whole, however they are cut, with either kind of end', async () => {
  expect(await linesOf('a\r\nb', 'c\n', '\n', 'd\r', '\ne')).toEqual(['a', 'bc', 'd']);
});
test('no byte is lost', async () => {
  expect(await linesOf(Uint8Array.of(0xff, 0x00, 0x0a))).toEqual(['\u00ff\u0000']);
});
test('noise without an end is thrown away, up to its end', async () => {
  const noise = 'x'.repeat(10_000);
  expect(await linesOf('a\n', noise, noise, noise, 'tail\nb\n')).toEqual(['a', 'b']);
  expect(await linesOf(`${noise}${noise}\nb\n`)).toEqual(['b']);
});
test('every line of a chunk is told with it', async () => {
  const seen: string[] = [];
  let told = -1;
  const stream = (async function* () {
    yield Buffer.from(Array.from({ length: 500 }, (_, i) => `${i}\n`).join(''));
    told = seen.length;
    yield Buffer.from('last\n');
  })();
  for await (const line of textLines(stream)) seen.push(line);
  expect([told, seen.length]).toEqual([500, 501]);
});
