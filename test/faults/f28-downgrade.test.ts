/** F28: an update, and back again, over the same data. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { FILES } from '../../src/store/opening.ts';
import { MIGRATIONS, versionOf } from '../../src/store/schema.ts';
import { openStore } from '../../src/store/store.ts';
import { leave, type Program, program, until } from './bench.ts';
import { fault } from './fault.ts';
import { folder } from './process.ts';

const HOUSE = `version: 1
relays:
  - {id: rs_01, line: 5}
  - {id: rs_02, line: 6}
`;
const CURRENT = MIGRATIONS.length;
const NEXT = [...MIGRATIONS, 'CREATE TABLE history (at INTEGER PRIMARY KEY, value REAL) WITHOUT ROWID;'];

/** As the program of version 2 left it: a latch, a manual relay, a name. */
function oldStore(path: string): void {
  using db = new DatabaseSync(path);
  for (const step of MIGRATIONS.slice(0, 2)) db.exec(String(step));
  db.exec(`PRAGMA user_version = 2; INSERT INTO latches VALUES ('rs_01', 'welded', 5); INSERT INTO facts VALUES ('install', 'a1b2c3');
    INSERT INTO relays VALUES ('rs_02', 'manual', 1, 3, 60); INSERT INTO totals VALUES ('linky', 'energy', 1200, 1200, 0, NULL, 1);`);
}
function version(path: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  return versionOf(db);
}
/** Every file that could change what a newer program finds. */
const hash = (path: string): string[] =>
  [path, `${path}-wal`].map((file) => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'absent'));

async function run(directory: string): Promise<Program> {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const p = await program({ text: HOUSE, clock, openStore: (onHealth) => openStore({ directory, clock, onHealth }) });
  await until('announced', () => p.view() !== undefined);
  await clock.advance(12_000);
  return p;
}
/** The latch holds, whoever asks; the other relay obeys. */
async function judge(p: Program): Promise<void> {
  const said = (relay: string): void => p.brokers.say(`boxenergie/a1b2c3/${relay}/${relay}/set`, 'ON');
  said('rs_01');
  said('rs_02');
  await p.clock.advance(2_000);
  expect([p.simulated.gpio.levels(5), p.simulated.gpio.levels(6).at(-1)]).toEqual([[false], true]);
  expect(p.state('rs_01')).toMatchObject({ rs_01_reason: 'interlock', rs_01_reason_detail: 'welded' });
  expect(p.state('rs_02')).toMatchObject({ au_rs_02: false });
}

fault('F28', 'upgrade then downgrade with old store', 'migrates; refuses cleanly or reads back; backup kept', async () => {
  const directory = folder();
  const path = join(directory, FILES.database);
  oldStore(path);
  const upgraded = await run(directory);
  await judge(upgraded);
  expect(upgraded.state('bridge').storage).toBe(false);
  await leave(upgraded);
  await upgraded.store.close();
  expect([version(path), version(`${path}.version-2`)]).toEqual([CURRENT, 2]);

  // The next release writes here once, then the present one is installed again.
  openDatabase(path, NEXT).close();
  expect([version(path), version(`${path}.version-${CURRENT}`)]).toEqual([CURRENT + 1, CURRENT]);
  const newer = hash(path);
  const p = await run(directory);
  await judge(p);
  await p.clock.advance(120_000);
  expect(p.state('bridge')).toMatchObject({ storage: true });
  const told = String(p.state('bridge').storage_detail);
  expect(told).toMatch(/version 4, this program knows 3: update the program or restore a backup/);
  const held = await leave(p);
  await p.store.close();
  expect(hash(path)).toEqual(newer);

  // Either mend of the message works: the newer program reads on, or the backup is restored.
  const back = openDatabase(path, NEXT);
  expect(back.read().state.latches).toMatchObject([{ relayId: 'rs_01', cause: 'welded' }]);
  back.close();
  const restored = openDatabase(`${path}.version-${CURRENT}`);
  expect(restored.read().state).toMatchObject({
    facts: { install: 'a1b2c3' },
    relays: [{ relayId: 'rs_01' }, { relayId: 'rs_02', mode: 'manual' }],
  });
  restored.close();
  return `version 2 → ${CURRENT} with a copy of 2 beside it; a store of version ${CURRENT + 1}: "${told}", its latch and manual mode read and obeyed, its file byte for byte the same after 2 min; copies of 2 and ${CURRENT} open; ${held}`;
});
