import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY_STATE, type Snapshot } from '../../src/store/batch.ts';
import { readVitalCopy, writeVitalCopy } from '../../src/store/vital-copy.ts';
import { folder } from './furnished.ts';

const numbered = (sequence: number): Snapshot => ({ state: { ...EMPTY_STATE, facts: { n: `${sequence} é` } }, sequence });

test('the newest copy and the one before it are kept; every changed byte and every cut is noticed', () => {
  const path = join(folder(), 'copy');
  expect(readVitalCopy(path)).toBeUndefined();
  for (const sequence of [1, 2, 3]) writeVitalCopy(path, numbered(sequence));
  expect(readVitalCopy(path)).toEqual(numbered(3));
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at += 1) {
    const changed = Buffer.from(good);
    changed[at] = (changed[at] ?? 0) ^ 0x04;
    writeFileSync(path, changed);
    expect(readVitalCopy(path), `byte ${at}`).toEqual(numbered(2));
    writeFileSync(path, good.subarray(0, at));
    expect(readVitalCopy(path), `cut at ${at}`).toEqual(numbered(2));
  }
});

test('a damaged copy never replaces the good one before it', () => {
  const path = join(folder(), 'copy');
  for (const sequence of [1, 2]) writeVitalCopy(path, numbered(sequence));
  writeFileSync(path, 'garbage');
  writeVitalCopy(path, numbered(3));
  rmSync(path);
  expect(readVitalCopy(path)).toEqual(numbered(1));
});

test('a copy that cannot be written leaves the one before', () => {
  const path = join(folder(), 'copy');
  writeVitalCopy(path, numbered(1));
  mkdirSync(`${path}.tmp`);
  expect(() => writeVitalCopy(path, numbered(2))).toThrow('EISDIR');
  expect(readVitalCopy(path)).toEqual(numbered(1));
});
