/** A short fuzz campaign for each driver; `npm run fuzz` is the long one, whose figures stand in docs/fuzz.md. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fuzzPage, type Row } from '../../scripts/fuzz-page.ts';
import { drivers } from '../../src/drivers/index.ts';
import { campaign } from './campaign.ts';
import { RIGS } from './rigs.ts';

const BYTES = 8_000;
/** Of the campaign on record. */
const LEAST_BYTES = 10_000_000;
const rows = JSON.parse(readFileSync('docs/fuzz.json', 'utf8')) as readonly Row[];

describe.each(RIGS.map((rig) => [rig.name, rig] as const))('%s', (name, rig) => {
  test('finds its way back from harmed messages, and says nothing that is no value', { timeout: 60_000 }, async () => {
    const outcome = await campaign(rig, BYTES, 1, 300);
    expect(outcome.bytes).toBeGreaterThanOrEqual(BYTES);
    expect(outcome.readings + outcome.refusals).toBeGreaterThan(0);
    expect(outcome.invalid).toEqual([]);
  });
  test('stands in the table with as many bytes as were promised of it, and nothing that is no value', () => {
    const row = rows.find((each) => each.name === name);
    expect(row?.bytes).toBeGreaterThanOrEqual(LEAST_BYTES);
    expect(row?.invalid).toEqual([]);
    expect(row?.grownMb).toBeLessThan(4);
  });
});

test('every driver has a world', () => {
  expect([...new Set(RIGS.map(({ driver }) => driver.type))].sort()).toEqual(drivers.map(({ type }) => type).sort());
});
test('the page is what the figures give', () => expect(readFileSync('docs/fuzz.md', 'utf8')).toBe(fuzzPage(rows)));
