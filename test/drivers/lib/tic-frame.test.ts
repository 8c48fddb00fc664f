import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTicDecoder, type TicFrame, type TicMode } from '../../../src/drivers/lib/tic-frame.ts';
import { ticFrame } from '../../../src/ports/sim/tic-writer.ts';

const read = (name: string): Buffer => readFileSync(`test/fixtures/linky/${name}.tic`);
const modeOf = (name: string): TicMode => (name.startsWith('standard') ? 'standard' : 'historic');

function decode(name: string, bytes: Uint8Array = read(name)): { frames: TicFrame[]; accepted: number; refused: Record<string, number> } {
  const decoder = createTicDecoder(modeOf(name));
  const frames = decoder.push(bytes);
  return { frames, accepted: decoder.counts.accepted, refused: Object.fromEntries(decoder.counts.refused) };
}
const shape = (frames: readonly TicFrame[]): unknown => frames.map((f) => [f.complete, [...f.groups.values()]]);

describe('recorded captures: every group is accounted for', () => {
  test.each([
    ['historic-1p-hchp', 2, 2, 22, {}],
    ['historic-1p-tempo', 1, 1, 39, {}],
    ['historic-3p-base', 5, 5, 80, {}],
    ['standard-1p-consumer', 9, 9, 353, {}],
    ['standard-1p-producer', 1, 1, 67, {}],
    ['standard-3p-producer-tempo', 2, 2, 126, {}],
    ['standard-3p-tempo-peak', 1, 1, 77, { checksum: 1 }],
    ['historic-3p-noisy', 8, 1, 121, { checksum: 29, separator: 33, short: 7 }],
  ])('%s', (name, frames, complete, accepted, refused) => {
    const result = decode(name);
    expect([result.frames.length, result.frames.filter((f) => f.complete).length, result.accepted, result.refused]).toEqual([
      frames,
      complete,
      accepted,
      refused,
    ]);
  });

  test('in the noisy capture nothing wrong is believed: every accepted group is one that the meter really sent', () => {
    const sent: Readonly<Record<string, RegExp>> = {
      ADCO: /^061234567890$/,
      OPTARIF: /^BASE$/,
      ISOUSC: /^20$/,
      BASE: /^0168785(2[7-9]|3\d|4[0-2])$/,
      PTEC: /^TH\.\.$/,
      IINST1: /^001$/,
      IINST2: /^001$/,
      IINST3: /^000$/,
      IMAX1: /^060$/,
      IMAX2: /^060$/,
      IMAX3: /^060$/,
      PMAX: /^02910$/,
      PAPP: /^007[1-3]0$/,
      HHPHC: /^A$/,
      MOTDETAT: /^000000$/,
      PPOT: /^00$/,
    };
    for (const frame of decode('historic-3p-noisy').frames) {
      for (const { label, data } of frame.groups.values())
        expect(`${label} ${data}`, label).toMatch(new RegExp(`^${label} ${sent[label]?.source.slice(1)}`));
    }
  });

  test('the last byte may be a space: checksums are never trimmed away', () => {
    const frame = decode('historic-1p-hchp').frames[0];
    expect(frame?.groups.get('PTEC')?.data).toBe('HP..');
    expect(decode('standard-1p-producer').frames[0]?.groups.get('EASD01')?.data).toBe('000000000');
  });

  test('DATE has empty data and keeps its horodate', () => {
    expect(decode('standard-1p-consumer').frames[0]?.groups.get('DATE')).toEqual({ label: 'DATE', data: '', horodate: 'H230301091834' });
  });
});

describe('damage', () => {
  test('no number is ever changed by a single wrong bit', () => {
    const bytes = read('standard-1p-consumer').subarray(0, 2000);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 64;
      for (const frame of decode('standard-1p-consumer', damaged).frames) {
        const east = frame.groups.get('EAST');
        if (east !== undefined) expect(east.data).toBe('011887649');
      }
    }
  });

  test('a frame that lost its end does not run into the next one unnoticed', () => {
    const two = Buffer.from(
      read('historic-1p-hchp')
        .filter((byte, at) => !(byte === 3 && at < 200))
        .filter((byte, at) => !(byte === 2 && at > 10 && at < 200)),
    );
    expect(decode('historic-1p-hchp', two).frames.filter((frame) => frame.complete)).toEqual([]);
  });

  test('a group whose LF was lost is counted, and its frame is not whole', () => {
    const frame = ticFrame('historic', [
      { label: 'ADCO', data: '061234567890' },
      { label: 'ADPS', data: '032' },
      { label: 'PAPP', data: '00210' },
    ]);
    frame[frame.indexOf(0x0a, 10)] = 0x4a;
    expect(decode('historic-x', frame)).toMatchObject({ accepted: 2, refused: { stray: 1 }, frames: [{ complete: false }] });
  });

  test('EOT drops the frame it interrupts and nothing else', () => {
    const one = ticFrame('historic', [
      { label: 'ADCO', data: '061234567890' },
      { label: 'PAPP', data: '00210' },
    ]);
    const cut = Buffer.concat([one.subarray(0, 20), Buffer.from([4]), one]);
    expect(decode('historic-x', cut).frames.map((f) => [f.complete, f.accepted])).toEqual([[true, 2]]);
  });

  test('ADPS without its separator is repaired', () => {
    const sum = [...'ADPS032'].reduce((total, c) => total + c.charCodeAt(0), 0);
    const bytes = Buffer.from(`\x02\nADPS032 ${String.fromCharCode((sum & 0x3f) + 0x20)}\r\x03`, 'latin1');
    expect(decode('historic-x', bytes).frames[0]?.groups.get('ADPS')?.data).toBe('032');
  });

  test.each([
    ['an unknown label', [{ label: 'XYZ', data: '1' }], { label: 1 }],
    ['a short index', [{ label: 'HCHC', data: '0123456' }], { length: 1 }],
    ['letters in an index', [{ label: 'HCHC', data: '01234567A' }], { format: 1 }],
    ['an endless group', [{ label: 'ADCO', data: 'x'.repeat(500) }], { overlong: 1 }],
  ])('%s is refused although its checksum is right', (_, groups, refused) => {
    expect(decode('historic-x', ticFrame('historic', groups)).refused).toEqual(refused);
  });
});

describe('whatever comes', () => {
  const good = read('standard-1p-consumer').subarray(-900);

  test('cut anywhere into pieces, a capture decodes the same', () => {
    const bytes = read('standard-3p-producer-tempo');
    const whole = shape(decode('standard-3p-producer-tempo').frames);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 100 }), (sizes) => {
        const decoder = createTicDecoder('standard');
        const frames: TicFrame[] = [];
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          frames.push(...decoder.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(shape(frames)).toEqual(whole);
      }),
      { numRuns: 50, seed: 20_260_115 },
    );
  });

  test.each<[string, (i: number) => number]>([
    ['random bytes', (i) => ((i * 2_654_435_761) >>> 13) & 0xff],
    ['NULs', () => 0],
    ['line feeds', () => 10],
    ['starts of frames', () => 2],
    ['letters without end', () => 65],
    ['the other speed', (i) => 0x40 | ((i * 37) & 0x3f)],
  ])('1 MB of %s: no frame believed, bounded memory, and the next good frame decodes', (_, make) => {
    const decoder = createTicDecoder('standard');
    const noise = Uint8Array.from({ length: 65_536 }, (_unused, i) => make(i));
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    let believed = 0;
    for (let i = 0; i < 16; i += 1) believed += decoder.push(noise).filter((frame) => frame.complete).length;
    const grown = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before;
    expect(believed).toBe(0);
    expect(grown).toBeLessThan(30e6);
    expect(decoder.push(good).some((frame) => frame.complete)).toBe(true);
  });

  test('random bytes between frames never give a value that was not sent', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (noise) => {
        const decoder = createTicDecoder('standard');
        decoder.push(noise);
        const frames = decoder.push(good);
        const last = frames.at(-1);
        expect(last?.groups.get('EAST')?.data).toBe('011887650');
      }),
      { numRuns: 100, seed: 20_260_115 },
    );
  });
});
