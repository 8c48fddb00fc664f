/**
 * Seeded defects in the control room, each of which some test must notice: `node scripts/mutations.ts [PATTERN] [--report FILE]`.
 * Works on a copy; the sources are not touched. A defect that survives is a missing test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS } from './mutations-list.ts';

/** Quick ones first: most defects fall there. */
const QUICK = [
  'arbiter',
  'charge.test',
  'guard',
  'relays',
  'groups',
  'feedback',
  'snapshot',
  'reserve',
  'sight',
  'remote-switch',
  'stages',
];
const TESTS = ['test/control', 'test/control-history.test.ts', 'test/app-control.test.ts', 'test/app-charge', 'test/app-switches.test.ts'];
const LIMIT_MS = 600_000;

/** True when no test notices anything. */
function run(folder: string, ...tests: string[]): boolean {
  const { status } = spawnSync('node_modules/.bin/vitest', ['run', '--bail', '1', ...tests], {
    cwd: folder,
    stdio: 'ignore',
    timeout: LIMIT_MS,
  });
  return status === 0;
}
const survives = (folder: string): boolean => run(folder, ...QUICK.map((name) => `test/control/${name}`)) && run(folder, ...TESTS);

const [pattern, report] = [process.argv[2]?.startsWith('--') ? undefined : process.argv[2], process.argv.indexOf('--report')];
const folder = mkdtempSync(join(tmpdir(), 'boxenergie-mutations-'));
try {
  const files = execFileSync('git', ['ls-files', 'src', 'test', 'blueprints', 'package.json', 'tsconfig.json', 'vitest.config.ts'], {
    encoding: 'utf8',
  });
  for (const file of files.trim().split('\n')) cpSync(file, join(folder, file));
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  if (!survives(folder)) throw new Error('the tests fail without any defect');
  const lines: string[] = [];
  let survived = 0;
  for (const [what, name, find, put] of MUTATIONS.filter(([text, file]) => pattern === undefined || `${file} ${text}`.includes(pattern))) {
    const path = join(folder, 'src', 'control', `${name}.ts`);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) throw new Error(`${name}.ts: "${find}" is not there exactly once`);
    writeFileSync(path, source.replace(find, put));
    const alive = survives(folder);
    writeFileSync(path, source);
    if (alive) survived += 1;
    lines.push(`| ${what} | \`${name}.ts\` | ${alive ? '**survived**' : 'caught'} |`);
    console.log(`${alive ? 'SURVIVED' : 'caught  '}  ${name}: ${what}`);
  }
  console.log(`${lines.length - survived} caught, ${survived} survived`);
  if (report > 0) {
    const head =
      '# Seeded defects\n\nMade by `node scripts/mutations.ts --report docs/mutations.md`: each line is a defect put into the control room, and whether a test noticed.\n';
    writeFileSync(
      process.argv[report + 1] ?? 'mutations.md',
      `${head}\n| Defect | File | |\n|---|---|---|\n${lines.join('\n')}\n\n${lines.length - survived} of ${lines.length} caught.\n`,
    );
  }
  process.exitCode = survived === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
