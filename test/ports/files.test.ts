import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeFiles } from '../../src/ports/files.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'boxenergie-files-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
const files = nodeFiles();

test('an absent file is undefined; other faults are thrown', async () => {
  const directory = folder();
  expect(await files.read(join(directory, 'none'))).toBeUndefined();
  await expect(files.read(directory)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('what is written is read, in a folder made for it, and nothing else stays', async () => {
  const path = join(folder(), 'deep', 'er', 'a.txt');
  await files.writeAtomic(path, 'one');
  await files.writeAtomic(path, 'été\n');
  expect(await files.read(path)).toBe('été\n');
  expect(readdirSync(join(path, '..'))).toEqual(['a.txt']);
  // Others may not read it: it may hold secrets.
  expect(statSync(path).mode & 0o007).toBe(0);
});

test('many writers of one path: each text is whole, the last one asked stays', async () => {
  const path = join(folder(), 'a.txt');
  const texts = Array.from({ length: 30 }, (_, i) => String(i % 10).repeat(i % 2 === 0 ? 200_000 : 100));
  const seen = texts.map((text) => files.writeAtomic(path, text).then(() => files.read(path)));
  for (const found of await Promise.all(seen)) expect(texts).toContain(found);
  expect(await files.read(path)).toBe(texts.at(-1));
  expect(readdirSync(join(path, '..'))).toEqual(['a.txt']);
});

test('a write that fails leaves the old text and nothing else, and the next one works', async () => {
  const directory = folder();
  const path = join(directory, 'a.txt');
  mkdirSync(path);
  const refused = files.writeAtomic(path, 'text');
  const next = files.writeAtomic(join(directory, 'b.txt'), 'other');
  await expect(refused).rejects.toMatchObject({ code: 'EISDIR' });
  await next;
  expect(readdirSync(directory).sort()).toEqual(['a.txt', 'b.txt']);
  rmSync(path, { recursive: true });
  await files.writeAtomic(path, 'text');
  expect(await files.read(path)).toBe('text');
});

test('killed while it writes: the old text or the new one, never half', async () => {
  const path = join(folder(), 'a.txt');
  const program = `import { nodeFiles } from './src/ports/files.ts';
    for (let i = 0; ; i += 1) { await nodeFiles().writeAtomic(${JSON.stringify(path)}, String(i % 10).repeat(300_000)); console.log(i); }`;
  for (let i = 0; i < 6; i += 1) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, i * 3));
    child.kill('SIGKILL');
    await ended;
    expect(readFileSync(path, 'utf8')).toMatch(/^(\d)\1{299999}$/);
  }
});
