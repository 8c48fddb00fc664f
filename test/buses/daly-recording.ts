/** Answers of a real Daly board, under whatever number is wanted. Source: see test/drivers/daly.test.ts (R24TS). */
import { findDalyAnswer } from '../../src/drivers/lib/daly-frame.ts';
import { literalsOf } from '../drivers/recorded-frames.ts';

const LENGTH = 13;
const frames = literalsOf('daly.test.ts')
  .filter((bytes) => bytes.length > 10 * LENGTH && typeof findDalyAnswer(1, bytes[2] ?? 0)(bytes, 0) === 'object')
  .slice(0, 1)
  .flatMap((bytes) => Array.from({ length: bytes.length / LENGTH }, (_, i) => bytes.subarray(i * LENGTH, (i + 1) * LENGTH)));

/** All frames of the answer to `command`, their number and sum changed; undefined where the board did not answer. */
export function dalyRecording(command: number, unit: number): Uint8Array | undefined {
  const own = frames.filter((frame) => frame[2] === command);
  if (own.length === 0) return undefined;
  return Buffer.concat(
    own.map((frame) => {
      const copy = Uint8Array.from(frame);
      copy[1] = unit;
      copy[LENGTH - 1] = copy.subarray(0, -1).reduce((sum, byte) => sum + byte, 0) & 0xff;
      return copy;
    }),
  );
}
