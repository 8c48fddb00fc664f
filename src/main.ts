#!/usr/bin/env node
/** The process edge: command line, signals, exit code. Everything else is in app.ts. */
import { readFileSync } from 'node:fs';
import { Crash } from './app-safe-mode.ts';
import { checkFile } from './config/check.ts';
import { editorSchema } from './config/editor-schema.ts';
import { drivers } from './drivers/index.ts';
import { HELP, type RunOptions, readInvocation } from './main-options.ts';
import { examine, start } from './main-run.ts';

/** Also true of the compiled program: src/ and dist/ stand side by side. */
const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

const invocation = readInvocation(process.argv.slice(2), process.env);
switch (invocation.command) {
  case 'help':
    (invocation.error === undefined ? process.stdout : process.stderr).write(
      invocation.error === undefined ? HELP : `boxenergie: ${invocation.error}\n\n${HELP}`,
    );
    process.exitCode = invocation.error === undefined ? 0 : 2;
    break;
  case 'version':
    process.stdout.write(`${VERSION}\n`);
    break;
  case 'schema':
    process.stdout.write(`${JSON.stringify(editorSchema(drivers), null, 2)}\n`);
    break;
  case 'check': {
    const { ok, text } = await checkFile(invocation.file, drivers);
    process.stdout.write(`${text}\n`);
    process.exitCode = ok ? 0 : 1;
    break;
  }
  case 'journal': {
    const { readJournal } = await import('./main-journal.ts');
    process.exitCode = readJournal(invocation.options, (text) => void process.stdout.write(text));
    break;
  }
  case 'replay': {
    const { replay } = await import('./main-replay.ts');
    const progress = (text: string): void => void (process.stderr.isTTY && process.stderr.write(`\r${text} `));
    await replay(invocation.options, { write: (text) => void process.stdout.write(text), progress }).catch((error: unknown) => {
      process.stderr.write(`boxenergie: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    });
    break;
  }
  case 'dashboard': {
    const { dashboardYaml } = await import('./main-dashboard.ts');
    await dashboardYaml(invocation.options).then(
      (text) => void process.stdout.write(text),
      (error: unknown) => {
        process.stderr.write(`boxenergie: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      },
    );
    break;
  }
  case 'doctor': {
    const exitCode = await examine(invocation, VERSION);
    // A port that hangs in a system call must not keep the process: all is said once this is written.
    process.stdout.write('', () => process.exit(exitCode));
    break;
  }
  case 'run':
    process.exitCode = await live(invocation.options);
}

/** Runs until a signal or a fault nobody caught; a second signal does not wait. Exits with 0 after a clean stop. */
async function live(options: RunOptions): Promise<number> {
  const controller = new AbortController();
  let exitCode = 0;
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(new Error('stopping'));
  };
  for (const ending of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(ending, stop);
  // Nobody reads the log any more: no reason to neglect the relays. Unheard, each error would be told to the same closed pipe.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      // A state nobody thought of: make safe, say so, and let the service manager start afresh.
      process.stderr.write(`boxenergie: ${fault}: ${error instanceof Error ? error.stack : String(error)}\n`);
      exitCode = 1;
      if (!controller.signal.aborted) controller.abort(new Crash(fault, { cause: error }));
    });
  }
  try {
    await start(options, { signal: controller.signal, stop, version: VERSION });
  } catch (error) {
    process.stderr.write(`boxenergie: ${error instanceof Error ? error.message : String(error)}\n`);
    exitCode = 1;
  }
  // A driver that hangs in a system call must not keep the process: all that matters is done.
  setTimeout(() => process.exit(exitCode), 500).unref();
  return exitCode;
}
