/** Recorded Modbus questions and answers in files: one pair a line, in hexadecimal, with their checksums. */
import { readFileSync } from 'node:fs';
import { withChecksum } from './modbus-frames.ts';

export interface Exchange {
  readonly question: Buffer;
  readonly answer: Buffer;
}

/** The pairs of test/fixtures/`name`.txt; every checksum must be right. */
export function exchangesOf(name: string): readonly Exchange[] {
  const lines = readFileSync(`test/fixtures/${name}.txt`, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [question = Buffer.alloc(0), answer = Buffer.alloc(0)] = line.split(' ').map((text) => Buffer.from(text, 'hex'));
      for (const frame of [question, answer]) if (!withChecksum(frame.subarray(0, -2)).equals(frame)) throw new Error(`checksum: ${line}`);
      return { question, answer };
    });
}
