/** A Seplos V3 battery in memory: registers and coils as they were recorded. */
import { exchangesOf } from './modbus-exchanges.ts';
import { withChecksum, wordsFrame } from './modbus-frames.ts';

export interface SeplosV3Unit {
  /** Words by their address. */
  readonly words: Map<number, number>;
  /** From 0x1200 on, a byte for eight coils; undefined: refused. */
  status: number[] | undefined;
  /** The frame for a question; undefined: nothing was asked of it. */
  answer(question: Buffer): Buffer | undefined;
}

const STATUS = 0x1200;

/** What the recorded `unit` answered; `of` tells apart two recordings of the same number by a byte count. */
export function seplosV3Unit(unit: number, of: (answer: Buffer) => boolean = () => true): SeplosV3Unit {
  const words = new Map<number, number>();
  const self: SeplosV3Unit = {
    words,
    status: undefined,
    answer(question) {
      const [asked = 0, code = 0] = question;
      const [start, count] = [question.readUInt16BE(2), question.readUInt16BE(4)];
      if (asked !== unit) return undefined;
      if (code === 1 && start === STATUS && self.status?.length === count / 8)
        return withChecksum(Buffer.from([unit, 1, self.status.length, ...self.status]));
      const found = Array.from({ length: count }, (_, i) => words.get(start + i));
      if (code !== 4 || found.includes(undefined)) return withChecksum(Buffer.from([unit, code | 0x80, 2]));
      return wordsFrame(unit, 4, found as number[]);
    },
  };
  for (const { question, answer } of exchangesOf('seplos-v3/frames')) {
    if (answer[0] !== unit || !of(answer)) continue;
    if (answer[1] === 1) self.status = [...answer.subarray(3, -2)];
    else for (let at = 3; at + 2 < answer.length; at += 2) words.set(question.readUInt16BE(2) + (at - 3) / 2, answer.readUInt16BE(at));
  }
  return self;
}
