/** Versions as VE.Direct sends them, in the words of Victron. Reference: batteries 4. */
import type { Value } from '../../model.ts';

/** `0308` or `123` is 3.08, 1.23; a letter before it marks a test version. */
export function firmware16(raw: string): Value {
  const [, letter = '', major, minor] = /^0*([A-Z]?)(\d+)(\d\d)$/.exec(raw) ?? [];
  return major === undefined ? null : `${Number(major)}.${minor}${letter === '' ? '' : `-${letter}`}`;
}

/** `0316FF` is 3.16, another end than FF a test version. */
export function firmware24(raw: string): Value {
  const [, major, minor, end] = /^0*(\d+)(\d\d)([0-9A-F]{2})$/.exec(raw) ?? [];
  return major === undefined ? null : `${Number(major)}.${minor}${end === 'FF' ? '' : `-beta-${end}`}`;
}
