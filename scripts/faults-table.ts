/** Prints the lines that the fault tests left, in order, as columns that fit a terminal. */
import { readFileSync } from 'node:fs';

interface Line {
  readonly id: string;
  readonly injected: string;
  readonly expected: string;
  readonly observed: string;
}
const WIDTHS = [4, 34, 44, 60];

/** Words of a text in lines of at most `width` characters; a longer word keeps its own line. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function row(cells: readonly string[]): string {
  const columns = cells.map((cell, at) => wrapped(cell, WIDTHS[at] ?? 40));
  const height = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, at) => (column[line] ?? '').padEnd(WIDTHS[at] ?? 40))
      .join('  ')
      .trimEnd(),
  ).join('\n');
}

const lines = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Line)
  .sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
console.log(row(['', 'fault', 'expected', 'observed']));
console.log('-'.repeat(WIDTHS.reduce((sum, width) => sum + width + 2, -2)));
for (const { id, injected, expected, observed } of lines) console.log(`${row([id, injected, expected, observed])}\n`);
