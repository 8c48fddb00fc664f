/** Starts the relay keeper as a child that shares the open lines, and ends keepers that a dead program left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { DeviceError } from '../model.ts';
import { KEEPER_LIMIT_MS } from './keeper-core.ts';
import type { Clock, KeeperEvents, KeeperLink, Keepers, KeptLine } from './types.ts';

/** A program and its first arguments. */
export type KeeperProgram = readonly [file: string, ...args: string[]];

/** It waits and computes nothing. No less heap: reading TypeScript sources takes some. */
const NODE_FLAGS = ['--max-old-space-size=32', '--max-semi-space-size=1', '--no-node-snapshot', '--v8-pool-size=0'];
const ORPHAN = 'boxe-orphan';
const RELEASE_MS = 1_000;

/** Best first: keeper.c where it was compiled (0.2 MB of memory), then the same in Node (57 MB, 17 of them its own). */
export function keeperPrograms(): readonly KeeperProgram[] {
  const compiled = fileURLToPath(new URL('./keeper', import.meta.url));
  const script = fileURLToPath(new URL(`./keeper-node${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
  return [...(existsSync(compiled) ? [[compiled] as const] : []), [process.execPath, ...NODE_FLAGS, script]];
}

/** A program that ended before it was ready is not tried twice in a row where there is another. */
export function processKeepers(clock: Clock, programs = keeperPrograms()): Keepers {
  let failures = 0;
  return {
    release: () => releaseOrphans(clock),
    start(lines, events) {
      const program = programs[failures % programs.length];
      if (program === undefined) throw new DeviceError('there is no keeper program');
      let ready = false;
      return startKeeper(program, lines, {
        onWord(word) {
          ready ||= word === 'ready';
          events.onWord(word);
        },
        onEnd(reason) {
          if (!ready) failures += 1;
          events.onEnd(reason);
        },
      });
    },
  };
}

function startKeeper([file, ...args]: KeeperProgram, lines: readonly KeptLine[], { onWord, onEnd }: KeeperEvents): KeeperLink {
  const descriptors = lines.map(({ line: { descriptor }, safe }) => {
    if (descriptor === undefined) throw new DeviceError('this GPIO cannot be shared with another process');
    return { fd: descriptor.fd, word: `${descriptor.kind === 'gpio' ? 'c' : 'f'}${safe ? 1 : 0}` };
  });
  const child = spawn(file, [...args, String(KEEPER_LIMIT_MS), ...descriptors.map(({ word }) => word)], {
    // Detached: Ctrl-C in a terminal ends the program, not the one that looks after it. It gets no secret of the environment.
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'inherit', ...descriptors.map(({ fd }) => fd)],
  });
  listen(child, onWord);
  let ended = false;
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    onEnd(reason);
  };
  child.once('error', (error) => end(error.message));
  child.once('exit', (code, signal) => end(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`));
  return {
    send: (word) => void child.stdin?.write(`${word}\n`),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Words of the child; neither it nor its pipes keep the program alive. */
function listen(child: ChildProcess, onWord: (word: string) => void): void {
  let rest = '';
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    const words = (rest + text).split('\n');
    rest = words.pop()?.slice(-100) ?? '';
    for (const word of words) onWord(word);
  });
  for (const pipe of [child.stdin, child.stdout]) {
    // A broken pipe is the end of the child, which is told by its exit.
    pipe?.on('error', () => undefined);
    (pipe as Socket | null)?.unref();
  }
  child.unref();
}

/** Keepers whose program died hold its lines in their safe state until now. Found by the name that they take then. */
async function releaseOrphans(clock: Clock): Promise<void> {
  const orphans = (existsSync('/proc') ? readdirSync('/proc') : []).filter((name) => /^\d+$/.test(name) && isOrphan(name));
  for (const pid of orphans) {
    try {
      process.kill(Number(pid), 'SIGTERM');
    } catch {
      // Another user's: its lines will be refused with the name of their holder.
    }
  }
  const untilMs = clock.monotonicMs() + RELEASE_MS;
  while (orphans.some(isOrphan) && clock.monotonicMs() < untilMs) await clock.sleep(5);
}

function isOrphan(pid: string): boolean {
  try {
    const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    return name === ORPHAN && state !== 'Z';
  } catch {
    return false;
  }
}
