/** The table of devices is what the drivers say of themselves, proof included. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { devicesPage } from '../../scripts/devices-page.ts';
import { drivers } from '../../src/drivers/index.ts';

test('docs/devices.md is up to date (node scripts/devices-page.ts)', () => {
  expect(readFileSync('docs/devices.md', 'utf8')).toBe(devicesPage());
});
test('every driver stands in it once', () => {
  const rows = readFileSync('docs/devices.md', 'utf8').match(/^\| `\w+` \|/gm) ?? [];
  expect(rows).toEqual(drivers.map(({ type }) => `| \`${type}\` |`));
});
