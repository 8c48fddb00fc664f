/** From a sample that is too hot to the relay line: alone, with everything around it down, and in a flood of commands. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../src/app.ts';
import type { AppView } from '../src/app-view.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import type { AnyDriver } from '../src/drivers/driver.ts';
import type { Value } from '../src/model.ts';
import { mqttBrokers } from '../src/ports/broker.ts';
import { smtpMail } from '../src/ports/mail.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse } from '../src/ports/sim/demo.ts';
import { openStore } from '../src/store/store.ts';
import { type SpawnWriter, spawnWriter } from '../src/store/writer-thread.ts';
import { quantile, type Result } from './result.ts';

const BATTERIES = 16;
const ROUNDS = 7;
const COMMANDS_PER_S = 10_000;

interface Around {
  /** Undefined: nobody listens at the broker's port. */
  readonly broker: string | undefined;
  readonly storeStalls?: boolean;
  readonly flood?: boolean;
}

/** ms beyond the bare write of a simulated line: p99 of a cut, each beside the same with all well. */
export async function benchControl(url: string): Promise<Result[]> {
  const well = await rounds({ broker: url });
  const cases: readonly (readonly [string, Around])[] = [
    ['broker down, store stalled, mail hanging', { broker: undefined, storeStalls: true }],
    [`${COMMANDS_PER_S} commands a second`, { broker: url, flood: true }],
  ];
  const results: Result[] = [lineOf('all well', well, well)];
  for (const [name, around] of cases) results.push(lineOf(name, await rounds(around), well));
  return results;
}

async function rounds(around: Around): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) all.push(...(await cuts(around)));
  return all;
}

function lineOf(name: string, measured: readonly number[], well: readonly number[]): Result {
  const [value, reference] = [quantile(measured, 0.99), quantile(well, 0.99)];
  return {
    ...{ name: `sample to line p99, ${name}`, value, unit: 'ms', reference, ratio: value / reference },
    ...{ target: 'at most 10 ms more than with all well', met: value - reference <= 10 },
  };
}

const yaml = (mailPort: number): string => `version: 1
alarms: {}
mail: {host: 127.0.0.1, port: ${mailPort}, security: plain, from: house@example.org, to: [me@example.org]}
devices:
${lines((i) => `  - {id: probe_${i}, type: probe}`)}
relays:
${lines((i) => `  - {id: ${relay(i)}, line: ${i}, max_changes_per_hour: 60, max_changes_per_day: 1000}`)}
batteries:
${lines((i) => `  - {id: bat_${i}, chemistry: agm, nominal_v: 12, voltage: probe_${i}.v, temperatures: [probe_${i}.c], charge_relays: [${relay(i)}]}`)}
`;
const lines = (of: (i: number) => string): string => Array.from({ length: BATTERIES }, (_, i) => of(i)).join('\n');
const relay = (i: number): string => `rs_${String(i + 1).padStart(2, '0')}`;

interface Probes {
  readonly driver: AnyDriver;
  send(i: number, values: Record<string, Value>): void;
}

/** Batteries' sensors that say what they are given, at once. */
function probes(): Probes {
  const waiting = new Map<string, (values: Record<string, Value>) => void>();
  const sensor = (en: string, fr: string, quantity: 'temperature' | 'voltage') => ({ name: { en, fr }, quantity });
  let opened = 0;
  const driver: AnyDriver = {
    ...{ type: 'probe', title: { en: 'Probe', fr: 'Sonde' }, proof: 'synthetic' },
    options: { type: 'object', additionalProperties: false, properties: {} },
    describe: () => ({
      ...{ manufacturer: 'x', model: 'x', periodMs: 1_000 },
      entities: { c: sensor('T', 'T', 'temperature'), v: sensor('V', 'V', 'voltage') },
    }),
    async *read({ signal }) {
      const me = String(opened++);
      signal.addEventListener('abort', () => waiting.get(me)?.({}), { once: true });
      while (!signal.aborted) yield await new Promise<Record<string, Value>>((resolve) => waiting.set(me, resolve));
    },
  };
  return { driver, send: (i, values) => waiting.get(String(i))?.(values) };
}

/** A store whose writer answers once, when it opens, and then hangs in the disk. */
const stalled: SpawnWriter = (directory) => {
  const port = spawnWriter(directory);
  return { ...port, on: port.on.bind(port), terminate: () => port.terminate(), unref: () => port.unref(), postMessage: () => undefined };
};

/** A mail server that takes the call and never says a word. */
function deafMail(): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.unref();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, stop: () => void server.close() });
    }),
  );
}

/** Every battery warms up until its charger is cut: ms of every cut. */
async function cuts({ broker, storeStalls = false, flood = false }: Around): Promise<number[]> {
  const mail = await deafMail();
  const directory = mkdtempSync(join(tmpdir(), 'boxenergie-bench-'));
  const clock = virtualClock(Date.now());
  const { driver, send } = probes();
  const { raw, problems } = validateHouse(yaml(mail.port), 'bench', [driver]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const simulated = simulatedHouse(clock);
  const controller = new AbortController();
  let view: AppView | undefined;
  const running = run({
    loaded: { source: 'file', house: toHouse(raw), problems: [] },
    drivers: [driver],
    ports: { ...simulated.ports, brokers: mqttBrokers(), mail: smtpMail() },
    ...{ clock, signal: controller.signal, log: () => undefined, version: '0', random: () => 0, onView: (seen) => (view = seen) },
    openStore: (onHealth) => openStore({ directory, clock, onHealth }, storeStalls ? stalled : spawnWriter),
    findBroker: async () => ({ url: broker ?? 'mqtt://127.0.0.1:9' }),
  });
  const closed = (i: number): boolean => simulated.gpio.levels(i).at(-1) === true;
  const all = Array.from({ length: BATTERIES }, (_, i) => i);
  const taken: number[] = [];
  let cut = { line: -1, ms: Number.NaN };
  simulated.gpio.onOutput((line, level) => {
    if (line === cut.line && !level && Number.isNaN(cut.ms)) cut.ms = performance.now();
  });
  const meanwhile = async (holds: () => boolean, ms = 10): Promise<void> => {
    while (!holds()) {
      await clock.advance(ms);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  // The store and the broker answer in real time.
  await meanwhile(() => view !== undefined && (broker === undefined || view.headline().includes('MQTT connected')));
  const flooding = flood && broker !== undefined ? startFlood(broker) : undefined;
  for (let s = 0; s < 120; s += 5) {
    for (const i of all) send(i, { c: 40, v: 12 });
    await clock.advance(5_000);
  }
  await meanwhile(() => flooding?.runs() !== false);
  if (!all.slice(1).every(closed)) throw new Error('not every charger is on');
  // As fast as a guard believes: a jump is a broken sensor.
  for (let c = 40; all.some(closed) && c < 100; c += 0.3) {
    await clock.advance(20_000);
    for (const i of all) taken.push(...(await oneSample(i, c)));
  }
  const perSecond = flooding?.stop();
  if (perSecond !== undefined) console.log(`commands sent each second: ${perSecond}`);
  controller.abort(new Error('done'));
  let ended = false;
  void running.finally(() => (ended = true));
  await meanwhile(() => ended, 1_000);
  mail.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return taken;

  async function oneSample(i: number, c: number): Promise<number[]> {
    const before = closed(i);
    cut = { line: i, ms: Number.NaN };
    const begun = performance.now();
    send(i, { c, v: 12 });
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return before && !closed(i) ? [cut.ms - begun] : [];
  }
}

/** A neighbour that commands the first relay, in a process of its own; `stop` tells how many commands it sent each second. */
function startFlood(url: string): { runs(): boolean; stop(): number } {
  const script = new URL('flood-child.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, url, relay(0), String(COMMANDS_PER_S)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let perSecond = 0;
  child.stdout.on('data', (line: Buffer) => (perSecond = Number(line)));
  const stop = (): number => {
    child.kill();
    return perSecond;
  };
  return { runs: () => perSecond > 0, stop };
}

if (import.meta.main) {
  const { startMosquitto } = await import('../test/broker/mosquitto.ts');
  const { show } = await import('./result.ts');
  await using broker = await startMosquitto();
  show(await benchControl(broker.url));
  process.exit(0);
}
