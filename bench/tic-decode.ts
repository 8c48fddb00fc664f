/** TIC decoding beside a bare loop that only sums and splits the same bytes. */
import { readFileSync } from 'node:fs';
import { createTicDecoder, type TicMode } from '../src/drivers/lib/tic-frame.ts';
import { type Result, show } from './result.ts';

/** What any reader must at least do: find the groups, sum them, compare, split. */
function bareLoop(bytes: Buffer, separator: number): number {
  const mark = String.fromCharCode(separator);
  let start = 0;
  let good = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === 10) start = i + 1;
    else if (byte === 13) {
      const end = separator === 9 ? i - 1 : i - 2;
      let sum = 0;
      for (let j = start; j < end; j += 1) sum += bytes[j] as number;
      if ((sum & 0x3f) + 0x20 === bytes[i - 1]) good += bytes.toString('latin1', start, i - 2).split(mark).length;
    }
  }
  return good;
}

export function benchTicDecode(): Result[] {
  return (['historic', 'standard'] as const).flatMap(measure);
}

function measure(mode: TicMode): Result[] {
  const capture = readFileSync(`test/fixtures/linky/${mode === 'standard' ? 'standard-1p-consumer' : 'historic-3p-base'}.tic`);
  const bytes = Buffer.concat(Array.from({ length: Math.ceil(4_000_000 / capture.length) }, () => capture));
  const pieces = Array.from({ length: Math.ceil(bytes.length / 256) }, (_, i) => bytes.subarray(i * 256, (i + 1) * 256));
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  let frames = 0;
  for (let round = 0; round < 7; round += 1) {
    const decoder = createTicDecoder(mode);
    const begun = performance.now();
    frames = 0;
    for (const piece of pieces) frames += decoder.push(piece).length;
    const between = performance.now();
    bareLoop(bytes, mode === 'standard' ? 9 : 32);
    times.ours.push(between - begun);
    times.bare.push(performance.now() - between);
  }
  // The best round: what the code costs, not what else the machine did.
  const [ours, bare] = [Math.min(...times.ours), Math.min(...times.bare)];
  const rate = (ms: number): number => bytes.length / 1e3 / ms;
  const common = { ratio: ours / bare, target: 'within 3x of the bare loop', met: ours / bare <= 3 };
  return [
    { name: `TIC decode, ${mode}`, value: rate(ours), unit: 'MB/s', reference: rate(bare), ...common },
    { name: `TIC decode, ${mode}, frames`, value: (1000 * frames) / ours, unit: 'frames/s', reference: (1000 * frames) / bare, ...common },
  ];
}

if (import.meta.main) show(benchTicDecode());
