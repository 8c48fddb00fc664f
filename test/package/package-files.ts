/** The files of the package as the tests read them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Options, Schema } from './supervisor-options.ts';

const ROOT = new URL('../../', import.meta.url);

export function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

export function bytes(path: string): Buffer {
  return readFileSync(new URL(path, ROOT));
}

export function at(path: string): URL {
  return new URL(path, ROOT);
}

/** What a clone of the repository holds: tracked files and those about to be. */
export function paths(): string[] {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' });
  return list.split('\0').filter((path) => path !== '');
}

export const config = parse(read('config.yaml')) as Options & { readonly version: string; readonly ports: Options };
export const schema = config.schema as Schema;
export const defaults = config.options as Options;
