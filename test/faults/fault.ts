/** One line of the fault list: a named test that says what it saw. */
import { appendFileSync } from 'node:fs';
import { test } from 'vitest';

/** `observed` is what the person who reads the table wants to know: figures, not "ok". Throw (expect) when it is not what is expected. */
export function fault(id: `F${number}`, injected: string, expected: string, run: () => Promise<string> | string): void {
  test(`${id} ${injected}: ${expected}`, async () => {
    let observed = 'not as expected';
    try {
      observed = await run();
    } finally {
      note({ id, injected, expected, observed });
    }
  });
}

/** One that cannot be injected yet: it stands in the table with the reason, and counts as skipped. */
fault.skip = (id: `F${number}`, injected: string, expected: string, why: string): void => {
  note({ id, injected, expected, observed: `skipped: ${why}` });
  test.skip(`${id} ${injected}: ${expected} (${why})`, () => undefined);
};

function note(line: Readonly<Record<'id' | 'injected' | 'expected' | 'observed', string>>): void {
  const file = process.env.FAULTS_TABLE;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}
