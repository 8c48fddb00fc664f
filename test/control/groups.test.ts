/** Groups: never two at once, whoever is unknown counts as closed. */
import { describe, expect, test } from 'vitest';
import { type Member, occupant } from '../../src/control/groups.ts';

const member = (id: string, more: Partial<Member> = {}): Member => ({
  id,
  group: 'heat',
  deadMs: 500,
  on: false,
  welded: false,
  sinceMs: 0,
  ...more,
});

describe('who keeps a relay from closing', () => {
  test.each<[string, Partial<Member>, ReturnType<typeof occupant>]>([
    ['a closed member', { on: true }, { by: 'b', untilMs: undefined }],
    ['one that nobody can read', { on: null }, { by: 'b', untilMs: undefined }],
    ['one whose contact is welded', { welded: true }, { by: 'b', untilMs: undefined }],
    ['one that has just opened, for the longer dead time of the two', { sinceMs: 9_800, deadMs: 2_000 }, { by: 'b', untilMs: 11_800 }],
    ['nobody, once it has been open long enough', { sinceMs: 5_000 }, undefined],
    ['nobody of another group', { on: true, group: 'water' }, undefined],
  ])('%s', (_, other, expected) => {
    expect(occupant('a', [member('a'), member('b', other)], 10_000)).toEqual(expected);
  });
  test('a relay without a group is kept by nobody', () => {
    expect(occupant('a', [member('a', { group: undefined }), member('b', { group: undefined, on: true })], 0)).toBeUndefined();
  });
});
