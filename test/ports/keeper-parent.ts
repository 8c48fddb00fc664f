/** A program to be killed: holds lines that are files through a real keeper, closes them all, says what happens. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { guardRelays } from '../../src/app-guard.ts';
import type { RelayConfig } from '../../src/config/types.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type KeeperProgram, processKeepers } from '../../src/ports/keeper.ts';
import type { OutputLine } from '../../src/ports/types.ts';

const [program = '[]', ...files] = process.argv.slice(2);

function fileLine(path: string): OutputLine {
  const fd = openSync(path, 'r+');
  return {
    descriptor: { fd, kind: 'file' },
    set: (active) => void writeSync(fd, active ? '1' : '0', 0),
    get() {
      const digit = Buffer.alloc(1);
      readSync(fd, digit, 0, 1, 0);
      return digit.toString() === '1';
    },
    close: () => closeSync(fd),
  };
}
const say = (text: string): void => void writeSync(1, `${text}\n`);

const clock = systemClock();
const keepers = processKeepers(clock, JSON.parse(program) as readonly KeeperProgram[]);
await keepers.release();
// The first is safe when off, the second when on, and so on.
const lines = files.map((path, i) => ({
  config: { id: `rs_${i}`, safe: i % 2 === 0 ? 'off' : 'on' } as RelayConfig,
  line: fileLine(path),
}));
const controller = new AbortController();
const guard = guardRelays({
  ...{ opened: lines, keepers, clock },
  log: (_, text) => say(text),
  onTrouble: () => say('trouble'),
  onProblem(text) {
    for (const { config, line } of text === '' ? guard.opened : []) if (typeof line !== 'string') line.set(config.safe === 'off');
    say(text === '' ? 'watched' : text);
  },
});
guard.live(() => clock.monotonicMs(), controller.signal);
process.on('SIGUSR2', () => {
  for (;;) Math.random();
});
process.on('SIGUSR1', () => {
  guard.drop('rs_0');
  guard.adopt({ id: 'late', safe: 'off' } as RelayConfig, fileLine(process.env.LATE ?? '')).set(true);
});
process.on('SIGTERM', () => {
  controller.abort();
  void guard.leave().then(() => process.exit(0));
});
setInterval(() => undefined, 60_000);
