/** The house file at start: itself, else its last good copy, else what is right in it, else nothing but safe relays. Seeds an example when absent. */
import { basename } from 'node:path';
import type { AnyDriver } from '../drivers/driver.ts';
import type { Files } from '../ports/types.ts';
import { toHouse } from './house.ts';
import { salvage } from './salvage.ts';
import { seedYaml } from './seed.ts';
import type { ConfigProblem, HouseConfig, LoadedConfig } from './types.ts';
import { isRecord, type Raw, validateHouse } from './validate.ts';

export interface LoadOptions {
  readonly path: string;
  /** Where the last good copy is kept. */
  readonly copyPath: string;
  readonly drivers: readonly AnyDriver[];
  readonly files: Files;
  /** The file was absent and has been made with examples. */
  onSeed?(path: string): void;
}

/** Never throws for what stands in the file; a folder that cannot be read gives safe mode with the reason. */
export async function loadHouse({ path, copyPath, drivers, files, onSeed }: LoadOptions): Promise<LoadedConfig> {
  const name = basename(path);
  const text = await readOrSeed(path, files, name, onSeed);
  if (typeof text !== 'string') return fallBack([text], {}, { copyPath, drivers, files });
  const { raw, problems } = validateHouse(text, name, drivers);
  if (problems.length > 0) return fallBack(problems, raw, { copyPath, drivers, files });
  // A copy that cannot be written (full disk) must not keep a good file from running.
  await files.writeAtomic(copyPath, text).catch(() => undefined);
  return { source: 'file', house: toHouse(raw), problems: [] };
}

async function readOrSeed(path: string, files: Files, name: string, onSeed: LoadOptions['onSeed']): Promise<string | ConfigProblem> {
  try {
    const text = await files.read(path);
    if (text !== undefined) return text;
    const seed = seedYaml();
    await files.writeAtomic(path, seed).then(
      () => onSeed?.(path),
      () => undefined,
    );
    return seed;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { file: name, line: 1, column: 1, field: '(file)', problem, mend: 'Make the file readable for the app' };
  }
}

async function fallBack(problems: readonly ConfigProblem[], raw: Raw, options: Omit<LoadOptions, 'path'>): Promise<LoadedConfig> {
  const copy = await options.files.read(options.copyPath).catch(() => undefined);
  if (copy !== undefined) {
    const kept = validateHouse(copy, basename(options.copyPath), options.drivers);
    if (kept.problems.length === 0) return { source: 'last-known-good', house: toHouse(kept.raw), problems };
  }
  const part = salvage(raw, problems, options.drivers);
  if (part !== undefined) return { source: 'part', ...part, problems };
  const house = safeHouse(raw, options.drivers);
  return { source: 'safe-mode', house, held: house.relays.map(({ id }) => id), problems };
}

/** No devices; the relays of the broken file, if they are right by themselves, so that they are held safe. */
function safeHouse(raw: Raw, drivers: readonly AnyDriver[]): HouseConfig {
  const language = raw.language === 'fr' ? 'fr' : 'en';
  const attempt = (relays: unknown): HouseConfig | undefined => {
    const { raw: own, problems } = validateHouse(JSON.stringify({ version: 1, language, relays }), '', drivers);
    return problems.length === 0 ? toHouse(own) : undefined;
  };
  const all = Array.isArray(raw.relays) ? raw.relays.filter(isRecord) : [];
  const each = all.filter((relay) => attempt([relay]) !== undefined);
  return attempt(all) ?? attempt(each) ?? attempt([]) ?? unreachable();
}

function unreachable(): never {
  throw new Error('an empty house is always valid');
}
