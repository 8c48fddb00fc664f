/** The printed table of what was proven, with its figures. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { work } from './machine.ts';

/** One line of the table at the end. `order` sorts it among the others. */
export function note(order: string, check: string, figure: string): void {
  appendFileSync(join(work(), 'table'), `${order}\t${check.padEnd(72)} ${figure}\n`);
}
