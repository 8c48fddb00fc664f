/** The whole program on relay lines that are files, watched by real keepers: to be hung, killed and started again from outside. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { run } from '../../src/app.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { processKeepers } from '../../src/ports/keeper.ts';
import { simulatedHouse } from '../../src/ports/sim/demo.ts';
import type { OutputLine } from '../../src/ports/types.ts';
import { openStore } from '../../src/store/store.ts';
import { serveHealth } from '../../src/web/health.ts';

const [data = '', url = '', port = '', ...files] = process.argv.slice(2);

function fileLine(path: string, initial: boolean): OutputLine {
  const fd = openSync(path, 'w+');
  const set = (active: boolean): void => void writeSync(fd, active ? '1' : '0', 0);
  const get = (): boolean => {
    const digit = Buffer.alloc(1);
    readSync(fd, digit, 0, 1, 0);
    return digit.toString() === '1';
  };
  set(initial);
  return { descriptor: { fd, kind: 'file' }, set, get, close: () => closeSync(fd) };
}

const text = `version: 1\nrelays:\n${files.map((_, i) => `  - {id: rs_0${i + 1}, line: ${i}, safe: '${i % 2 === 0 ? 'off' : 'on'}', lease_s: 3600}\n`).join('')}`;
const { raw } = validateHouse(text, 'house.yaml', []);
const clock = systemClock();
const controller = new AbortController();
const simulated = simulatedHouse(clock);
process.on('SIGTERM', () => controller.abort(new Error('stopping')));
process.on('SIGUSR2', () => {
  const untilMs = performance.now() + 15_000;
  while (performance.now() < untilMs) Math.random();
});
setInterval(() => undefined, 60_000).unref();
await run({
  ...{
    loaded: { source: 'file', house: toHouse(raw), problems: [] },
    drivers: [],
    clock,
    signal: controller.signal,
    version: '0',
    random: Math.random,
  },
  ports: {
    ...simulated.ports,
    gpio: { ...simulated.ports.gpio, openOutput: ({ line, initial }) => fileLine(files[line] ?? '', initial) },
    keepers: processKeepers(clock),
  },
  log: (level, message) => void writeSync(1, `${level} ${message}\n`),
  openStore: (onHealth) => openStore({ directory: data, clock, onHealth }),
  findBroker: async () => ({ url }),
  onView: (view) => void serveHealth({ port: Number(port), host: '127.0.0.1', view: view.health }),
});
process.exit(0);
