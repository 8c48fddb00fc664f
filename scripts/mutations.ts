/**
 * Seeded defects in the control room, each of which some test must notice: `node scripts/mutations.ts [PATTERN] [--report FILE]`.
 * Works on a copy; the sources are not touched. A defect that survives is a missing test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Mutation = readonly [what: string, file: string, find: string, put: string];

const MUTATIONS: readonly Mutation[] = [
  ['80 °C cut at 90', 'chemistry', 'export const CUT_C = 80;', 'export const CUT_C = 90;'],
  ['100 °C critical at 120', 'chemistry', 'export const CRITICAL_C = 100;', 'export const CRITICAL_C = 120;'],
  ['a wish loosens the chemistry', 'chemistry', 'Math.min(wish.cutC ?? preset.cutC, bound.cutC)', 'wish.cutC ?? preset.cutC'],
  ['lithium charged in frost', 'chemistry', 'coldC: 0, warmC: 5', 'coldC: -20, warmC: 5'],
  ['over-voltage wish unbounded', 'chemistry', 'within(wish.over ?? preset.over, preset.restart, preset.over)', 'wish.over ?? preset.over'],
  ['one hot sample is enough', 'heat', 'over >= SAMPLES || gone', 'over >= 1 || gone'],
  ['hot samples never count', 'heat', 'over >= SAMPLES || gone', 'gone'],
  ['a sensor lost while hot does not trip', 'heat', 'over >= SAMPLES || gone', 'over >= SAMPLES'],
  ['critical does not latch', 'heat', "add('critical-temperature', true)", "add('critical-temperature', false)"],
  ['re-arms by itself above 80 °C', 'heat', "add('over-temperature', c >= MANUAL_C)", "add('over-temperature', false)"],
  ['rate of rise ignored', 'heat', 'if (rises(sensor, 5, 1))', 'if (false)'],
  ['a lost sensor does not stand', 'heat', "if (lost) standing.push({ cause: 'temperature-lost', scope: 'charge' });", ''],
  [
    'released without rest',
    'heat',
    'nowMs - coolSinceMs >= RELEASE_MS;\n  const latches = rested',
    'nowMs - coolSinceMs >= 0;\n  const latches = rested',
  ],
  ['re-arms without end', 'heat', 'const REARMS = 3;', 'const REARMS = 300;'],
  ['the critical message comes once', 'heat', 'const MESSAGE_MS = 60_000;', 'const MESSAGE_MS = 60_000_000;'],
  ['acknowledging frees a hot battery', 'heat', 'latches: rested ? [] : state.latches', 'latches: []'],
  ['cold is forgotten at once', 'heat', 'return before && sensors.some(({ c }) => c === undefined || c < warmC);', 'return false;'],
  ['critical opens the charge only', 'latch', "cause === 'critical-temperature' ? 'all' : 'charge'", "'charge'"],
  ['a limit that must not be included is', 'thermometer', 'inclusive ? c >= limitC : c > limitC', 'c >= limitC'],
  ['large steps believed at once', 'thermometer', 'Math.abs(c - before.c) > STEP_K &&', 'false &&'],
  ['a dead sensor is alive', 'thermometer', "if (reading?.quality === 'stale' || reading?.quality === 'dead') return true;", ''],
  ['chatter around the limit never adds up', 'thermometer', 'c > limits.cutC - DIP_K ? before.over : 0', 'false ? before.over : 0'],
  ['over-voltage never stands', 'volts', 'over: gauges.some(({ over }) => over >= SAMPLES) ||', 'over:'],
  ['over-voltage released at once', 'volts', '(before.over && !lasts(calmSinceMs, RELEASE_MS))', 'false'],
  ['deep discharge not noticed', 'volts', 'under: deep ||', 'under:'],
  ['a dead battery is charged', 'volts', 'dead >= SAMPLES) && !before.pardoned', 'dead >= 20_000) && !before.pardoned'],
  ['silent voltage is no matter', 'volts', "if (lost) standing.push({ cause: 'voltage-lost', scope: 'charge' });", ''],
  ['interlocks of the guard not seen', 'arbiter', 'view.latches[0] ?? view.interlocks[0]', 'view.latches[0]'],
  ['latches not seen', 'arbiter', 'view.latches[0] ?? view.interlocks[0]', 'view.interlocks[0]'],
  ['no hold after the start', 'arbiter', 'if (view.nowMs < view.holdUntilMs)', 'if (false)'],
  ['a faulty line is driven', 'arbiter', 'if (view.lineFault !== undefined)', 'if (false)'],
  ['stopping does not open', 'arbiter', 'if (view.stopping)', 'if (false)'],
  ['a lease never ends', 'arbiter', 'nowMs < request.untilMs && ', ''],
  ['a request beats a full battery', 'arbiter', '!(forbidden && request.on !== safeOn)', 'true'],
  ['an override never ends', 'relay', 'nowMs >= relay.manualUntilMs) enter', 'false) enter'],
  ['unknown inputs permit', 'arbiter', 'if (leaving && view.unready !== undefined)', 'if (false)'],
  ['a busy group permits', 'arbiter', 'if (!present && view.occupied !== undefined)', 'if (false)'],
  ['two closed in a group stay', 'arbiter', 'if (collides(view))', 'if (false)'],
  ['shedding sheds nothing', 'arbiter', 'if (shed === undefined || view.safeOn)', 'if (true)'],
  ['runs longer than it may', 'arbiter', 'if (ranLongest(view))', 'if (false)'],
  ['an opening is capped', 'cycle', 'if (now.leaving) {', 'if (true) {'],
  ['no least time off', 'cycle', 'now.on ? rules.minOnMs : rules.minOffMs', 'now.on ? rules.minOnMs : 0'],
  ['no room kept for the way back', 'cycle', 'changes.at(-(cap - 1))', 'changes.at(-cap)'],
  ['no dead time in a group', 'groups', 'Math.max(own.deadMs, other.deadMs)', '0'],
  ['an unknown member is free', 'groups', 'other.on !== false || other.welded', 'other.on === true || other.welded'],
  ['a welded contact is free', 'groups', 'other.on !== false || other.welded', 'other.on !== false'],
  [
    'the read-back is not believed',
    'relay-line',
    'wire.on = line.get();\n    if (wire.on === wanted) return;',
    'wire.on = wanted;\n    if (wire.on === wanted) return;',
  ],
  ['welded taken for stuck open', 'feedback', "if (!told.on) return { state: { ...state, since }, fault: 'welded' };", ''],
  ['old is fresh', 'snapshot', 'if (ageMs <= 2 * periodMs)', 'if (ageMs <= 2000 * periodMs)'],
  ['dead is stale', 'snapshot', "? 'dead' : 'stale'", "? 'stale' : 'stale'"],
  ['missing becomes zero', 'snapshot', '!Number.isFinite(value) ? null : value', '!Number.isFinite(value) ? 0 : value'],
  [
    'full does not stop the charge',
    'charge',
    "{ on: true, detail: 'float' } : { on: false, detail: 'full' }",
    "{ on: true, detail: 'float' } : undefined",
  ],
  ['blind, it goes on charging', 'charge', 'if (blind && (waiting || nowMs - validMs > LOST_MS)) return', 'if (false) return'],
  ['the tail current is ignored', 'charge', "['tail', 'tail'],", ''],
  ['absorption without end', 'charge', "(absorbedMs >= absorptionMs ? 'time' : undefined)", 'undefined'],
  [
    'a charge that was asked for never ends',
    'charge',
    "closed && (phase === 'charging' || phase === 'idle')",
    "closed && phase === 'charging'",
  ],
  ['an uncertain count permits', 'soc-sight', 'sure: counted.doubt <= SURE_POINTS', 'sure: true'],
  ['an old count counts', 'soc-sight', 'nowMs - counted.atMs > OLD_MS || ', ''],
  ['the reserve is never reached', 'reserve', 'percent <= state.floor', 'false'],
  ['the learning floor never rises', 'reserve', 'rises ? bounded(state.floor + STEP, least) : state.floor', 'state.floor'],
  ['a deaf switch is no fault', 'remote-switch', 'order: undefined, failedMs: nowMs, vainMs: since', 'order: undefined, vainMs: since'],
  ['a switch that was off is turned on', 'remote-switch', 'permit && now.on === false && now.held', 'permit && now.on === false'],
];

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
