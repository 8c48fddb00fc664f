/** `boxenergie check FILE`: the verdict on a configuration file, for people. */
import { readFile } from 'node:fs/promises';
import type { AnyDriver } from '../drivers/driver.ts';
import { toHouse } from './house.ts';
import type { ConfigProblem } from './types.ts';
import { validateHouse } from './validate.ts';

export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

/** Reads and validates; starts nothing. */
export async function checkFile(path: string, drivers: readonly AnyDriver[]): Promise<Verdict> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { ok: false, text: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
  const { raw, problems } = validateHouse(text, path, drivers);
  if (problems.length > 0) return { ok: false, text: problems.map(formatProblem).join('\n') };
  const house = toHouse(raw);
  return { ok: true, text: `${path}: OK, ${house.devices.length} devices, ${house.relays.length} relays` };
}

/** `file:line:column: field: problem. Mend.` */
export function formatProblem({ file, line, column, field, problem, mend }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${field}: ${problem}. ${mend}.`.replace(/([.?])\.$/, '$1');
}
