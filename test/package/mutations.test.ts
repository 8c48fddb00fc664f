/** The list of seeded defects fits the sources: a changed line must not take its defect out of the check unseen. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTATIONS } from '../../scripts/mutations-list.ts';

test.each(MUTATIONS)('%s: in %s.ts', (_what, name, find, put) => {
  const source = readFileSync(`src/control/${name}.ts`, 'utf8');
  expect(source.split(find)).toHaveLength(2);
  expect(source.replace(find, put)).not.toBe(source);
});
