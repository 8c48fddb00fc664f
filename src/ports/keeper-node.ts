/** The relay keeper as a Node process, where keeper.c was not compiled: the same arguments, words and rules (see there). */
import { readSync, writeSync } from 'node:fs';
import { systemClock } from './clock.ts';
import * as abi from './gpio-abi.ts';
import { loadGpioKernel } from './gpio-kernel.ts';
import { KEEPER_AGAIN_MS, keeperCore } from './keeper-core.ts';

const FIRST_FD = 3;
const [limit = '', ...lines] = process.argv.slice(2);
if (lines.length === 0 || lines.some((line) => !/^[cf][01]$/.test(line))) process.exit(2);
const kernel = lines.some((line) => line.startsWith('c')) ? await loadGpioKernel() : undefined;

/** Whether the line reads as it was driven. */
function drive(fd: number, [kind = '', digit = '']: string): boolean {
  try {
    if (kind === 'f') {
      writeSync(fd, digit, 0);
      const read = Buffer.alloc(1);
      return readSync(fd, read, 0, 1, 0) === 1 && read.toString() === digit;
    }
    const level = digit === '1';
    const values = abi.encodeValues(level);
    kernel?.ioctl(fd, abi.IOCTL.setValues, values);
    kernel?.ioctl(fd, abi.IOCTL.getValues, values);
    return abi.decodeValues(values) === level;
  } catch {
    return false;
  }
}

function say(fd: number, text: string): void {
  try {
    writeSync(fd, `${text}\n`);
  } catch {
    // Nobody listens: the lines matter, not the words.
  }
}

const makeSafe = (): number => lines.filter((line, index) => !drive(FIRST_FD + index, line)).length;
const core = keeperCore({
  limitMs: Number(limit),
  clock: systemClock(),
  makeSafe,
  say: (word) => say(1, word),
  leave: () => process.exit(0),
});

/** The program is gone: holds the lines until somebody ends this process, as the next start does. */
function holdAlone(): void {
  const failed = makeSafe();
  process.title = 'boxe-orphan';
  const outcome = failed === 0 ? `${lines.length} relay lines were made safe` : `${failed} of ${lines.length} relay lines do not obey`;
  say(2, `boxenergie-keeper: the program ended, ${outcome}`);
  setInterval(makeSafe, KEEPER_AGAIN_MS);
}

process.title = 'boxe-keeper';
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.on('data', (bytes: Buffer) => core.hear(bytes.toString('latin1')));
process.stdin.once('close', holdAlone);
process.stdin.on('error', () => undefined);
say(1, 'ready');
