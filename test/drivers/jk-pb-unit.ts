/** A JK PB battery in memory: a recorded state behind its registers, whose addresses count bytes. */
import { readFileSync } from 'node:fs';
import { withChecksum } from './modbus-frames.ts';

export interface JkPbUnit {
  /** What stands from 0x1200 on, high byte first. */
  readonly state: Buffer;
  /** Areas that the firmware does not know: exception 2. */
  readonly unknown: Set<number>;
  /** The frame for a question to `unit`; undefined: nothing was asked of it. */
  answer(question: Buffer): Buffer | undefined;
}

const HEAD_BYTES = 6;
const STATE = 0x1200;
const INFO = 0x1400;
/** Single bytes by their offset; 32-bit values by theirs; everything else has 16 bits. */
const BYTES: ReadonlySet<number> = new Set([0x48, 0xa6, 0xb8, 0xc0, 0xd0]);
const LONGS: ReadonlySet<number> = new Set([0x40, 0x8c, 0x90, 0x94, 0x98, 0xa0, 0xa8, 0xac, 0xb0, 0xb4, 0xbc, 0xf0, 0xf4]);

/** The state as it was recorded in the maker's own frame, low byte first, turned to how Modbus sends it (that order is synthetic). */
export function recordedState(name: string): Buffer {
  const text = readFileSync(`test/fixtures/jk-pb/${name}.txt`, 'utf8').replace(/^#.*$/gm, '').replace(/\s/g, '');
  const frame = Buffer.from(text, 'hex');
  const sum = frame.subarray(0, -1).reduce((total, byte) => total + byte, 0) & 0xff;
  if (frame.length !== 300 || frame[299] !== sum) throw new Error(`${name}: sum`);
  const state = Buffer.from(frame.subarray(HEAD_BYTES, HEAD_BYTES + 0x100));
  for (let at = 0; at < state.length; ) {
    const size = LONGS.has(at) ? 4 : 2;
    if (!BYTES.has(at)) state.subarray(at, at + size).reverse();
    at += size;
  }
  return state;
}

/** `firmware` stands at 0x1418 (synthetic). */
export function jkPbUnit(state: Buffer, { unit = 1, firmware = '15.38' }: { unit?: number; firmware?: string } = {}): JkPbUnit {
  const info = Buffer.alloc(0x20);
  info.write(firmware, 0x18, 'latin1');
  const unknown = new Set<number>();
  return {
    state,
    unknown,
    answer(question) {
      const [asked = 0, code = 0] = question;
      if (asked !== unit) return undefined;
      const [start, count] = [question.readUInt16BE(2), question.readUInt16BE(4)];
      const [area, from] = start < INFO ? [state, start - STATE] : [info, start - INFO];
      const bytes = area.subarray(from, from + 2 * count);
      if (code !== 3 || unknown.has(start) || bytes.length !== 2 * count) return withChecksum(Buffer.from([unit, code | 0x80, 2]));
      return withChecksum(Buffer.from([unit, code, bytes.length, ...bytes]));
    },
  };
}
