/** Every byte of a recorded frame, in every wrong value: what is refused, and exactly what a sum modulo 64 cannot see. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTicDecoder, type TicFrame, type TicMode } from '../../../src/drivers/lib/tic-frame.ts';
import { historicValues } from '../../../src/drivers/lib/tic-historic.ts';
import { HISTORIC_LABELS, STANDARD_LABELS } from '../../../src/drivers/lib/tic-labels.ts';

const STX = 2;
const ETX = 3;
const LF = 10;

/** The first complete frame of a capture, STX to ETX. */
function oneFrame(name: string): Buffer {
  const bytes = readFileSync(`test/fixtures/linky/${name}.tic`);
  const start = bytes.indexOf(STX);
  return bytes.subarray(start, bytes.indexOf(ETX, start) + 1);
}
const decode = (mode: TicMode, bytes: Uint8Array): TicFrame[] => createTicDecoder(mode).push(bytes);
const labels = (frame: TicFrame): string => [...frame.groups.keys()].join(' ');

/** Where each group lies, LF to CR included. */
function groupsOf(frame: Buffer): { readonly start: number; readonly end: number }[] {
  const starts = [...frame.keys()].filter((at) => frame[at] === LF);
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? frame.length - 1 }));
}

/** Each group between its neighbours, each byte in each of its 255 wrong values: groups believed although never sent, by label. */
function believedWrongly(mode: TicMode, frame: Buffer): Record<string, number> {
  const groups = groupsOf(frame);
  const sent = new Set([...(decode(mode, frame)[0]?.groups.values() ?? [])].map((group) => JSON.stringify(group)));
  const wrong: Record<string, number> = {};
  groups.forEach(({ start, end }, i) => {
    const from = groups[i - 1]?.start ?? start;
    const window = Buffer.concat([Buffer.from([STX]), frame.subarray(from, groups[i + 1]?.end ?? end), Buffer.from([ETX])]);
    for (let at = start - from + 1; at < end - from + 1; at += 1) {
      const right = window[at] ?? 0;
      for (let value = 0; value < 256; value += 1) {
        if (value === right) continue;
        window[at] = value;
        for (const result of decode(mode, window)) {
          for (const group of result.groups.values()) {
            if (sent.has(JSON.stringify(group))) continue;
            // 64 more or less is the only change of one byte that the sum cannot see.
            expect(Math.abs(value - right), `${group.label} ${group.data}`).toBe(64);
            wrong[group.label] = (wrong[group.label] ?? 0) + 1;
          }
        }
      }
      window[at] = right;
    }
  });
  return wrong;
}

describe('one wrong byte, in all its values', () => {
  // Hardware parity stands before this: 64 more or less is one wrong bit.
  test.each<[string, TicMode, Record<string, number>]>([
    ['historic-1p-hchp', 'historic', { OPTARIF: 2, PTEC: 2, MOTDETAT: 6 }],
    ['historic-1p-tempo', 'historic', { OPTARIF: 1, MOTDETAT: 6 }],
    ['standard-1p-consumer', 'standard', { VTIC: 2, NGTF: 12, LTARF: 12, MSG1: 20 }],
  ])('%s: what passes is free text alone, and this much of it', (name, mode, expected) => {
    const wrong = believedWrongly(mode, oneFrame(name));
    const specs = mode === 'standard' ? STANDARD_LABELS : HISTORIC_LABELS;
    for (const label of Object.keys(wrong)) expect(specs.get(label)?.format, label).toBe('text');
    expect(wrong).toEqual(expected);
  });

  test.each<[string, TicMode]>([
    ['historic-1p-hchp', 'historic'],
    ['historic-3p-base', 'historic'],
    ['standard-1p-consumer', 'standard'],
    ['standard-3p-tempo-peak', 'standard'],
  ])('%s: no frame with a hole passes for whole', (name, mode) => {
    const frame = oneFrame(name);
    const all = labels(decode(mode, frame)[0] as TicFrame);
    let early = 0;
    for (let at = 0; at < frame.length; at += 1) {
      const right = frame[at] ?? 0;
      for (const value of [0, STX, ETX, 4, 9, LF, 13, 32, 48, 65, ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => right ^ (1 << bit))]) {
        if (value === right) continue;
        const damaged = Buffer.from(frame);
        damaged[at] = value;
        for (const result of decode(mode, damaged)) {
          if (!result.complete || labels(result) === all) continue;
          // Only an LF turned into ETX (two bits, so parity passes) ends a frame early and unseen: it lacks its end, nothing else.
          expect([right, value], `${at}`).toEqual([LF, ETX]);
          expect(all.startsWith(labels(result))).toBe(true);
          early += 1;
        }
      }
    }
    expect(early).toBe(groupsOf(frame).length - 1);
  });
});

describe('a frame with a hole', () => {
  const frame = oneFrame('historic-1p-hchp');
  const lfOf = (label: string): number => frame.indexOf(label) - 1;
  test('a group whose LF was damaged is refused, its frame is not whole, and no total is made of the rest', () => {
    const damaged = Buffer.from(frame);
    damaged[lfOf('HCHP')] = LF ^ 0x40;
    const [result] = decode('historic', damaged);
    expect(result).toMatchObject({ complete: false, refused: ['stray'] });
    expect(Object.keys(historicValues(result as TicFrame))).not.toContain('energy_drawn');
  });
  test('ended early, it gives no total of half its indexes', () => {
    const damaged = Buffer.from(frame);
    damaged[lfOf('HCHP')] = ETX;
    const [result] = decode('historic', damaged);
    expect(Object.keys(historicValues(result as TicFrame))).not.toContain('energy_drawn');
  });
  test('ended by the next STX, it is whole only with the group that ends frames', () => {
    const whole = Buffer.concat([frame.subarray(0, -1), frame]);
    expect(decode('historic', whole).map(({ complete }) => complete)).toEqual([true, true]);
    const cut = Buffer.concat([frame.subarray(0, lfOf('PAPP')), frame]);
    expect(decode('historic', cut).map(({ complete }) => complete)).toEqual([false, true]);
  });
});
