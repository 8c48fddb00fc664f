/** A controller in memory that holds recorded registers, and refuses what the recorded one refused or was never asked. */
import { readFileSync } from 'node:fs';
import type { SimulatedUnit } from '../../src/ports/sim/modbus.ts';
import { withChecksum, wordsFrame } from './modbus-frames.ts';

/** Words by `function:address`. */
export type Recorded = Map<string, number>;

const SPARSE = 0x43;

/** Reads a fixture of frames; every checksum must be right. */
export function recordedRegisters(name: string): Recorded {
  const words: Recorded = new Map();
  for (const line of readFileSync(`test/fixtures/epever/${name}.txt`, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [question, answer] = line.split(' ').map((text) => Buffer.from(text, 'hex'));
    if (question === undefined || answer === undefined) throw new Error(line);
    for (const frame of [question, answer]) if (!withChecksum(frame.subarray(0, -2)).equals(frame)) throw new Error(`checksum: ${line}`);
    const code = question[1] ?? 0;
    if (answer[1] !== code) continue;
    const start = question.readUInt16BE(2);
    if (code === SPARSE) takeSparse(words, question, answer);
    else if (code <= 2) words.set(`${code}:${start}`, (answer[3] ?? 0) & 1);
    else for (let at = 3; at + 2 < answer.length; at += 2) words.set(`${code}:${start + (at - 3) / 2}`, answer.readUInt16BE(at));
  }
  return words;
}

/** The maker's own reading of scattered registers: a bit for each register of the range, last one first, then the words that exist. */
function takeSparse(words: Recorded, question: Buffer, answer: Buffer): void {
  const [start, count] = [question.readUInt16BE(2), question.readUInt16BE(4)];
  const bitBytes = Math.ceil(count / 8);
  let at = 3 + bitBytes;
  for (let i = 0; i < count; i += 1) {
    if ((((answer[3 + bitBytes - 1 - (i >> 3)] ?? 0) >> (i & 7)) & 1) === 0) continue;
    words.set(`${start >= 0x9000 ? 3 : 4}:${start + i}`, answer.readUInt16BE(at));
    at += 2;
  }
  if (at !== answer.length - 2) throw new Error('the bits and the words do not agree');
}

export function unitOf(words: Recorded): SimulatedUnit {
  return { read: (code, address) => words.get(`${code}:${address}`) };
}

/** The frame with which such a controller answers a question of function 2, 3 or 4. */
export function answerOf(question: Buffer, words: Recorded): Buffer {
  const [unit = 0, code = 0] = question;
  const found = Array.from({ length: question.readUInt16BE(4) }, (_, i) => words.get(`${code}:${question.readUInt16BE(2) + i}`));
  if (found.includes(undefined)) return withChecksum(Buffer.from([unit, code | 0x80, 2]));
  if (code <= 2) return withChecksum(Buffer.from([unit, code, 1, found[0] ?? 0]));
  return wordsFrame(unit, code, found as number[]);
}
