/** The program as a process of its own, simulated wires and a data folder: for signals, kills and restarts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from './bench.ts';

export interface Running {
  readonly child: ChildProcess;
  said(): string;
  /** Signals it; gives exit code or deadly signal, and how long that took (ms). */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly ms: number }>;
}

export interface StartOptions {
  /** For Node itself. */
  readonly node?: readonly string[];
  readonly script?: string;
}

/** Gone, with what is in it, after the test. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'boxenergie-fault-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Does not outlive the test. */
export function start(args: readonly string[], { node = [], script = 'src/main.ts' }: StartOptions = {}): Running {
  const child = spawn(process.execPath, [...node, script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (said += text));
  const exit = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    said: () => said,
    async end(signal) {
      const begun = performance.now();
      child.kill(signal);
      const [code, deadly] = (await exit) as [number | null, NodeJS.Signals | null];
      return { code, signal: deadly, ms: Math.round(performance.now() - begun) };
    },
  };
}

export async function startAndWait(args: readonly string[], for_: RegExp, options: StartOptions = {}): Promise<Running> {
  const running = start(args, options);
  await until(String(for_), () => for_.test(running.said()) || running.child.exitCode !== null, 60_000);
  if (!for_.test(running.said())) throw new Error(`ended before ${for_}: ${running.said()}`);
  return running;
}
