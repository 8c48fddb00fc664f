/** Memory, CPU and start of the compiled program, beside an empty Node process and a bare publish. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { quantile, type Result } from './result.ts';

const EMPTY = `setInterval(() => {}, 1000); process.on('message', () => process.send({ rssMb: process.memoryUsage.rss() / 1e6, cpuPercent: 0 }));`;
const BARE = `import('mqtt').then(({ default: m }) => { const c = m.connect(process.argv[1]); c.on('connect', () => c.publish('bench/first', '1')); });`;
/** As in the image. */
const FLAGS =
  '--max-semi-space-size=1 --optimize-for-size --v8-pool-size=1 --no-opt --no-maglev --no-sparkplug --single-threaded-gc --no-node-snapshot'.split(
    ' ',
  );
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Told {
  readonly rssMb: number;
  readonly cpuPercent: number;
}

/** After `minutes` of the reference house. */
export async function benchHouse(url: string, minutes: number): Promise<Result[]> {
  const directory = mkdtempSync(join(tmpdir(), 'boxenergie-bench-'));
  const house = fork('bench/house-child.mjs', [url, directory], { execArgv: FLAGS, env: { ...process.env, MALLOC_ARENA_MAX: '1' } });
  const empty = spawn(process.execPath, ['-e', EMPTY], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const told = (child: ChildProcess): Promise<Told> =>
    new Promise((resolve) => child.once('message', (message) => resolve(message as Told)));
  await wait(15_000);
  house.send('begin');
  await wait(minutes * 60_000);
  const both = Promise.all([told(house), told(empty)]);
  house.send('tell');
  empty.send('tell');
  const [a, b] = await both;
  house.kill('SIGKILL');
  empty.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
  const after = `after ${minutes} min`;
  return [
    {
      name: `RSS of the reference house ${after}`,
      value: a.rssMb,
      unit: 'MB',
      reference: b.rssMb,
      ratio: a.rssMb / b.rssMb,
      target: 'at most 90 MB',
      met: a.rssMb <= 90,
    },
    {
      name: `CPU of the reference house ${after}`,
      value: a.cpuPercent,
      unit: '% of one core',
      reference: b.cpuPercent,
      ratio: Number.NaN,
      target: 'at most 2 %, simulation included',
      met: a.cpuPercent <= 2,
    },
  ];
}

/** From the start of the process to its first value on the broker. */
export async function benchStart(url: string): Promise<Result[]> {
  const client = await mqtt.connectAsync(url);
  await client.subscribeAsync(['boxenergie/+/+/state', 'bench/first']);
  const first = (command: readonly string[]): Promise<number> =>
    new Promise((resolve) => {
      const begun = performance.now();
      const child = spawn(process.execPath, [...command], { stdio: 'ignore' });
      const hear = (_topic: string, _payload: Buffer, packet: { retain: boolean }): void => {
        if (packet.retain) return;
        client.off('message', hear);
        child.once('exit', () => resolve(took));
        const took = performance.now() - begun;
        child.kill('SIGKILL');
      };
      client.on('message', hear);
    });
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let i = 0; i < 7; i += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'boxenergie-bench-'));
    times.ours.push(await first(['dist/main.js', '--simulate', '--broker', url, '--data', directory]));
    await wait(300);
    times.bare.push(await first(['-e', BARE, url]));
    await wait(300);
    rmSync(directory, { recursive: true, force: true });
  }
  await client.endAsync();
  const [value, reference] = [quantile(times.ours, 0.5), quantile(times.bare, 0.5)];
  return [
    {
      name: 'start to first publish, median of 7',
      value,
      unit: 'ms',
      reference,
      ratio: value / reference,
      target: 'at most 1000 ms',
      met: value <= 1000,
    },
  ];
}
