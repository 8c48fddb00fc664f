import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readJournal } from '../src/main-journal.ts';
import { readInvocation } from '../src/main-options.ts';
import type { JournalOptions } from '../src/main-options-tools.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { openStore } from '../src/store/store.ts';
import { folder } from './store/furnished.ts';

/** What the command says, and its exit code. */
function ask(...argv: string[]): { readonly text: string; readonly code: number } {
  const invocation = readInvocation(['journal', ...argv], {});
  if (invocation.command !== 'journal') throw new Error(JSON.stringify(invocation));
  let text = '';
  const code = readJournal(invocation.options, (more) => (text += more));
  return { text, code };
}

async function house(): Promise<string> {
  const directory = folder();
  const store = await openStore({ directory, clock: virtualClock() });
  const atMs = Date.UTC(2026, 10, 21, 8);
  const inputs = { mode: 'auto', 'bat.voltage': 12.5, request: null };
  store.journal({ atMs, relayId: 'rs_01', before: false, after: true, reason: 'automatic', detail: 'charging (bat)', by: 'local', inputs });
  store.journal({ atMs, relayId: 'rs_02', before: null, after: false, reason: 'default', detail: null, by: null, inputs: {} });
  await store.close();
  return directory;
}

test('verify says how much, from when to when, and that all is whole', async () => {
  const data = await house();
  const { text, code } = ask('verify', '--data', data);
  expect(code).toBe(0);
  expect(text).toContain('2 decisions (1–2), 2026-11-21T08:00:00Z to 2026-11-21T08:00:00Z');
  expect(text).toMatch(/Seal of the newest: [0-9a-f]{64}\nThe chain is whole\.\n$/);
});

test('verify names the first broken decision, in both languages, with exit code 1', async () => {
  const data = await house();
  const db = new DatabaseSync(join(data, 'boxenergie.db'));
  db.exec("UPDATE journal SET reason = 'manual' WHERE id = 1");
  db.close();
  expect(ask('verify', '--data', data)).toMatchObject({ code: 1, text: expect.stringContaining('BROKEN: decision 1 was changed') });
  expect(ask('verify', '--data', data, '--language', 'fr').text).toContain('ROMPUE : la décision 1 a été modifiée');
});

test('show prints who asked, what, before and after, why, and the inputs', async () => {
  const data = await house();
  expect(ask('show', '--data', data)).toEqual({
    code: 0,
    text: `1  2026-11-21T08:00:00Z  rs_01  off → on  Automatic (charging (bat)), asked by the local automatic mode
    mode=auto bat.voltage=12.5 request=?
2  2026-11-21T08:00:00Z  rs_02  unknown → off  At rest, asked by nobody
    \n`,
  });
  expect(ask('show', '--data', data, '--relay', 'rs_02', '--language', 'fr').text).toMatch(
    /^2 .* inconnu → arrêt {2}Au repos, demandé par personne/,
  );
  expect(ask('show', '--data', data, '--last', '1').text).toMatch(/^2 /);
  expect(ask('show', '--data', data, '--relay', 'rs_09').text).toBe('no decision\n');
});

test('a folder without a store is said', () => {
  const data = folder();
  expect(ask('verify', '--data', data)).toEqual({ code: 1, text: `${data}: there is no store here; name its folder with --data\n` });
});

test.each<[string[], string | Partial<JournalOptions>]>([
  [['journal'], 'journal takes one word'],
  [['journal', 'erase'], 'journal takes one word'],
  [['journal', 'show', 'rs_01'], 'journal takes one word'],
  [['journal', 'show', '--last', 'all'], '--last takes a whole number'],
  [['journal', 'show', '--relay', 'rs_01'], { action: 'show', relay: 'rs_01', last: 50 }],
])('%j', (argv, expected) => {
  const invocation = readInvocation(argv, {});
  if (typeof expected === 'string') expect(invocation).toMatchObject({ command: 'help', error: expect.stringContaining(expected) });
  else expect(invocation).toMatchObject({ command: 'journal', options: expected });
});
