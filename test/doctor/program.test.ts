/** `boxenergie doctor` as a user runs it: a process of its own on this machine, which it leaves as it was. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'boxenergie-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function doctor(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, LANG: 'C' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/main.ts', 'doctor', '--data', join(directory, 'data'), ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe('boxenergie doctor', () => {
  test('one JSON document, the language of the file, exit code 1 for what failed; nothing is made', async () => {
    const file = join(directory, 'house.yaml');
    const port = join(directory, 'no-such-port');
    writeFileSync(file, `version: 1\nlanguage: fr\ndevices: [{id: tic, type: linky, port: ${port}}]\n`);
    const { code, out, err } = await doctor('--config', file, '--json');
    expect(err).toBe('');
    const document = JSON.parse(out) as {
      language: string;
      summary: Record<string, number>;
      checks: { id: string; findings: { status: string }[] }[];
    };
    expect(document.language).toBe('fr');
    expect(document.checks.map(({ id }) => id)).toEqual([
      'platform',
      'configuration',
      'gpio',
      'pins',
      'i2c',
      'serial',
      'tic',
      'broker',
      'clock',
      'disk',
      'power',
    ]);
    expect(document.checks.find(({ id }) => id === 'tic')?.findings).toMatchObject([{ status: 'failed' }]);
    expect(code).toBe(1);
    expect(readdirSync(directory)).toEqual(['house.yaml']);
  }, 30_000);
  test('a table otherwise; a file that is not there fails and is not made', async () => {
    const { code, out } = await doctor('--config', join(directory, 'absent.yaml'), '--language', 'en');
    expect(out).toMatch(/\n {2}failed {10}House file {2}cannot be read: ENOENT.* → Check its name/);
    expect(out).toMatch(/\d+ ok, \d+ warning, \d+ failed, \d+ not applicable, \d+ unknown\n$/);
    expect(code).toBe(1);
    expect(readdirSync(directory)).toEqual(['house.yaml']);
  }, 30_000);
});
