/** The house on a terminal: one table drawn again in place, or one line now and then where there is no terminal. */

export interface TerminalRow {
  readonly device: string;
  readonly name: string;
  readonly value: string;
  readonly note: string;
}
export interface TerminalOptions {
  readonly write: (text: string) => void;
  readonly interactive: boolean;
  readonly columns: number;
  readonly height: number;
}

export interface Terminal {
  show(headline: string, rows: readonly TerminalRow[]): void;
  /** A line of its own above the table. */
  print(line: string): void;
}

/** A screen on the given sink. */
export function createTerminal(options: TerminalOptions): Terminal {
  let drawn = 0;
  const back = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  return {
    show(headline, rows) {
      if (!options.interactive) {
        options.write(`${oneLine(headline, rows)}\n`);
        return;
      }
      const lines = [headline.slice(0, options.columns), '', ...table(rows, options)];
      options.write(`${back()}${lines.join('\n')}\n`);
      drawn = lines.length;
    },
    print(line) {
      options.write(`${back()}${line}`);
      drawn = 0;
    },
  };
}

function oneLine(headline: string, rows: readonly TerminalRow[]): string {
  const parts = rows.filter((row) => row.note === '*').map((row) => `${row.device} ${row.value}`);
  return [headline, ...parts].join('  ');
}

/** Rows that do not fit on the screen are counted, not shown: scrolling would break drawing in place. */
function table(rows: readonly TerminalRow[], { columns, height }: TerminalOptions): string[] {
  const room = Math.max(3, height - 4);
  const shown = rows.length > room ? rows.slice(0, room - 1) : rows;
  const width = (pick: (row: TerminalRow) => string): number => Math.max(0, ...shown.map((row) => pick(row).length));
  const [device, name, value] = [width((row) => row.device), width((row) => row.name), width((row) => row.value)];
  const lines = shown.map((row) => {
    const note = row.note === '*' ? '' : row.note;
    return `${row.device.padEnd(device)}  ${row.name.padEnd(name)}  ${row.value.padStart(value)}  ${note}`.slice(0, columns);
  });
  return rows.length > shown.length ? [...lines, `… ${rows.length - shown.length} more`] : lines;
}
