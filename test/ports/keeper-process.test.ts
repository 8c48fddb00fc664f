/** Real keepers over lines that are files: the compiled one where a compiler is, and the one in Node. Real time, as it is what is promised. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type KeeperProgram, keeperPrograms } from '../../src/ports/keeper.ts';
import { KEEPER_LIMIT_MS } from '../../src/ports/keeper-core.ts';

const folder = mkdtempSync(join(tmpdir(), 'keeper-'));
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until it holds; gives the time in ms. */
async function until(what: string, holds: () => boolean, limitMs = 10_000): Promise<number> {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await wait(5);
  }
  return performance.now() - begun;
}

function compiled(): KeeperProgram[] {
  const file = join(folder, 'keeper');
  try {
    execFileSync('cc', ['-Os', '-Wall', '-Wextra', '-Werror', '-o', file, 'src/ports/keeper.c'], { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return [[file]];
}
const inNode = keeperPrograms().at(-1) as KeeperProgram;
const programs: (readonly [name: string, program: KeeperProgram])[] = [
  ...compiled().map((program) => ['compiled', program] as const),
  ['in Node', inNode],
];

const files = [0, 1, 2].map((i) => join(folder, `line-${i}`));
const late = join(folder, 'late');
const levels = (): string => files.map((file) => readFileSync(file, 'utf8')).join('');
const [SAFE, UNSAFE] = ['010', '101'];

interface Parent {
  readonly process: ChildProcess;
  said(): string;
  keeper(): number;
}
/** Starts the program and waits until it is watched and has closed its relays. */
async function start(...list: KeeperProgram[]): Promise<Parent> {
  for (const [i, file] of files.entries()) if (!existsSync(file)) writeFileSync(file, String(SAFE?.[i]));
  const child = spawn(process.execPath, ['test/ports/keeper-parent.ts', JSON.stringify(list), ...files], {
    env: { ...process.env, LATE: late },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (said += bytes));
  const keeper = (): number => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').at(-1));
  const end = (pid: number | undefined): void => {
    try {
      if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  await until(`watched (${said})`, () => /^watched$/m.test(said));
  const first = keeper();
  stops.push(() => {
    end(child.pid);
    end(first);
  });
  expect(levels()).toBe(UNSAFE);
  return { process: child, said: () => said, keeper };
}
const alive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe.each(programs)('the keeper %s', (_, program) => {
  test('holds still while the program lives, and makes the lines safe when it is stopped for longer than promised', async () => {
    const parent = await start(program);
    await wait(KEEPER_LIMIT_MS + 500);
    expect(levels()).toBe(UNSAFE);
    parent.process.kill('SIGSTOP');
    const took = await until('safe', () => levels() === SAFE);
    expect(took).toBeGreaterThan(KEEPER_LIMIT_MS - 500);
    expect(took).toBeLessThan(KEEPER_LIMIT_MS + 500);
    // Whatever else would still drive a line: it is made safe again.
    writeFileSync(files[0] ?? '', '1');
    await until('safe again', () => levels() === SAFE, 1_000);
    parent.process.kill('SIGCONT');
    await until('told', () => /stood still|heard nothing/.test(parent.said()));
    expect(alive(parent.keeper())).toBe(true);
  });

  test('makes the lines safe when the loop hangs', async () => {
    const parent = await start(program);
    parent.process.kill('SIGUSR2');
    expect(await until('safe', () => levels() === SAFE)).toBeLessThan(KEEPER_LIMIT_MS + 500);
  });

  test('makes the lines safe at once when the program is killed, keeps them, and gives way to the next start', async () => {
    const parent = await start(program);
    const orphan = parent.keeper();
    parent.process.kill('SIGKILL');
    expect(await until('safe', () => levels() === SAFE)).toBeLessThan(1_000);
    await until('said', () => /boxenergie-keeper: the program ended, 3 relay lines were made safe/.test(parent.said()));
    await wait(600);
    expect(alive(orphan)).toBe(true);
    const next = await start(program);
    expect(alive(orphan)).toBe(false);
    expect(next.keeper()).not.toBe(orphan);
  });

  test('killed, it is noticed at once: the program makes the lines safe itself and starts another', async () => {
    const parent = await start(program);
    const before = parent.keeper();
    process.kill(before, 'SIGKILL');
    await until('noticed', () => /the keeper of the relays is gone: it was ended by SIGKILL/.test(parent.said()), 1_000);
    await until('the relays are judged', () => /trouble/.test(parent.said()), 1_000);
    await until(
      'another watches',
      () =>
        parent
          .said()
          .split('\n')
          .filter((line) => line === 'watched').length === 2,
    );
    const after = parent.keeper();
    stops.push(() => process.kill(after, 'SIGKILL'));
    expect(after).not.toBe(before);
  });

  test('a line that is lost is let go, one that comes late is made safe like the others', async () => {
    writeFileSync(late, '0');
    const parent = await start(program);
    const before = parent.keeper();
    parent.process.kill('SIGUSR1');
    await until('the old one is gone', () => !alive(before) && parent.keeper() > 0);
    const after = parent.keeper();
    stops.push(() => alive(after) && process.kill(after, 'SIGKILL'));
    const held = readdirSync(`/proc/${after}/fd`).map((fd) => readlinkSync(`/proc/${after}/fd/${fd}`));
    expect(held.filter((path) => path.startsWith(folder))).toEqual([files[1], files[2], late]);
    expect(levels() + readFileSync(late, 'utf8')).toBe(`${UNSAFE}1`);
    parent.process.kill('SIGKILL');
    await until('safe', () => readFileSync(late, 'utf8') === '0' && levels().slice(1) === SAFE?.slice(1), 1_000);
  });

  test('a clean end takes it along and moves nothing', async () => {
    const parent = await start(program);
    const keeper = parent.keeper();
    parent.process.kill('SIGTERM');
    await until('gone', () => !alive(keeper), 2_000);
    await until('ended', () => parent.process.exitCode === 0, 2_000);
    expect(levels()).toBe(UNSAFE);
    stops.length = 0;
  });

  test('passes over garbage, and does not take it for a sign of life', async () => {
    for (const [i, file] of files.entries()) writeFileSync(file, String(UNSAFE?.[i]));
    const [command, ...args] = program;
    const descriptors = files.map((file) => openSync(file, 'r+'));
    const child = spawn(command, [...args, '400', 'f0', 'f1', 'f0'], {
      stdio: ['pipe', 'pipe', 'inherit', ...descriptors],
      detached: true,
    });
    stops.push(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => (said += bytes));
    await until('ready', () => said === 'ready\n');
    const garbage = Buffer.from(Array.from({ length: 4_096 }, (__, i) => (i * 7919 + (i >> 3)) & 0xff));
    for (let i = 0; i < 8; i += 1) child.stdin?.write(Buffer.concat([garbage, Buffer.from('\nbeatbeat\n beat\nbea\nt\nbyebye\nBYE\n')]));
    await wait(600);
    // Not armed yet: garbage was no beat, and no goodbye either.
    expect(levels()).toBe(UNSAFE);
    expect(said).toBe('ready\n');
    child.stdin?.write('beat\n');
    await until('answered', () => said.endsWith('ok\n'));
    for (let i = 0; i < 20; i += 1) {
      child.stdin?.write(garbage);
      await wait(20);
    }
    await until('safe', () => levels() === SAFE, 300);
    expect(said).toBe('ready\nok\nsafe silence 0\n');
    expect(child.exitCode).toBeNull();
  });

  test.each([[['3000']], [['3000', 'x0']], [['3000', 'f2']]])('refuses a wrong command line: %s', async (words) => {
    const [command, ...args] = program;
    const child = spawn(command, [...args, ...words], { stdio: ['pipe', 'pipe', 'ignore'] });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(2);
  });
});

test.runIf(programs.length > 1)('the compiled keeper holds its lines and pipes, nothing that came along', async () => {
  const [, [command]] = programs[0] ?? ['', ['']];
  const extra = openSync(join(folder, 'extra'), 'w');
  const line = openSync(files[0] ?? '', 'r+');
  const child = spawn(command, ['3000', 'f0'], { stdio: ['pipe', 'pipe', 'ignore', line, extra, extra] });
  stops.push(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  expect(readdirSync(`/proc/${child.pid}/fd`).sort()).toEqual(['0', '1', '2', '3']);
});

test('a program that cannot be run is a problem, and the next in the list takes its place', async () => {
  const parent = await start([join(folder, 'line-0')], inNode);
  expect(parent.said()).toMatch(/no keeper: .*EACCES/);
});

test('none at all: said, and nothing else happens', async () => {
  const child = spawn(process.execPath, ['test/ports/keeper-parent.ts', JSON.stringify([[join(folder, 'nothing')]]), ...files]);
  stops.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes));
  await until('said', () => /no keeper: .*ENOENT/.test(said));
  await wait(300);
  expect(child.exitCode).toBeNull();
});
