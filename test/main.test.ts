/** The process edge: what happens around the program while it runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

test.each(['SIGTERM', 'SIGHUP'] as const)('when nobody reads its output any more it goes on, and still ends well on %s', async (signal) => {
  const data = mkdtempSync(join(tmpdir(), 'boxenergie-main-'));
  const program = spawn(process.execPath, ['src/main.ts', '--simulate', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    program.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  });
  const exit = once(program, 'exit');
  let said = '';
  for await (const text of program.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('MQTT: connected')) break;
  }
  program.stdout.destroy();
  program.stderr.destroy();
  program.kill(signal);
  expect(await exit).toEqual([0, null]);
});
