/** `npm run fuzz -- [bytes] [name]...`: the long fuzz campaign, each driver in a process of its own; writes docs/fuzz.json and docs/fuzz.md. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { campaign } from '../test/fuzz/campaign.ts';
import { RIGS } from '../test/fuzz/rigs.ts';
import { fuzzPage, type Row } from './fuzz-page.ts';

const BYTES = 10_000_000;
const SEED = 20_261_121;
/** A driver that takes longer hangs. */
const LIMIT_MS = 3 * 3_600_000;
const RESULTS = 'docs/fuzz.json';

const [first = '', ...rest] = process.argv.slice(2);
if (first === '--one') await one(rest[0] ?? '', Number(rest[1]));
else all(/^\d+$/.test(first) ? Number(first) : BYTES, /^\d+$/.test(first) ? rest : process.argv.slice(2));

async function one(name: string, bytes: number): Promise<void> {
  Error.stackTraceLimit = 0;
  const rig = RIGS.find((each) => each.name === name);
  if (rig === undefined) throw new Error(`no driver ${name}: ${RIGS.map((each) => each.name).join('; ')}`);
  const outcome = await campaign(rig, bytes, SEED);
  const row: Row = { ...outcome, rssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
  process.stdout.write(JSON.stringify(row));
}

function all(bytes: number, names: readonly string[]): void {
  for (const { name } of RIGS) {
    if (names.length > 0 && !names.includes(name)) continue;
    const args = ['--expose-gc', fileURLToPath(import.meta.url), '--one', name, String(bytes)];
    const row = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT_MS, stdio: ['ignore', 'pipe', 'inherit'] }),
    ) as Row;
    const rows = (existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Row[]) : []).filter((each) => each.name !== name);
    const order = RIGS.map((each) => each.name);
    const sorted = [...rows, row].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    writeFileSync(RESULTS, `${JSON.stringify(sorted, undefined, 2)}\n`);
    writeFileSync('docs/fuzz.md', fuzzPage(sorted));
    console.log(`${name}: ${row.bytes} bytes, ${row.readings} readings, ${row.wrong} wrong, ${row.refusals} refusals, ${row.rssMb} MB`);
  }
}
