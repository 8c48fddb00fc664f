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
      const file = process.env.FAULTS_TABLE;
      if (file !== undefined) appendFileSync(file, `${JSON.stringify({ id, injected, expected, observed })}\n`);
    }
  });
}
