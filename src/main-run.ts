/** From the command line to a running program: which configuration, which ports, which broker, which screen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './app.ts';
import type { BrokerAccess } from './app-broker.ts';
import type { MailAccount } from './app-post.ts';
import type { AppView } from './app-view.ts';
import { readBootstrap } from './config/bootstrap.ts';
import { formatProblem } from './config/check.ts';
import { demoYaml } from './config/demo.ts';
import { toHouse } from './config/house.ts';
import { loadHouse } from './config/load.ts';
import { askSupervisor } from './config/supervisor.ts';
import type { BootstrapOptions, ConfigProblem, LoadedConfig } from './config/types.ts';
import { validateHouse } from './config/validate.ts';
import { drivers } from './drivers/index.ts';
import { createLog, type Log } from './log.ts';
import { helperAccess } from './main-helpers.ts';
import type { Invocation, RunOptions } from './main-options.ts';
import { systemClock } from './ports/clock.ts';
import { nodeFiles } from './ports/files.ts';
import { kernelGpioLook } from './ports/gpio-look.ts';
import { kernelI2cLook } from './ports/i2c-look.ts';
import { realPorts } from './ports/real.ts';
import type { Clock, Ports } from './ports/types.ts';
import { openStore } from './store/store.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { serveHealth } from './web/health.ts';

export interface Edge {
  readonly signal: AbortSignal;
  readonly stop: () => void;
  readonly version: string;
}
const SUPERVISED = { options: '/data/options.json', data: '/data', config: '/config', healthPort: 8099 } as const;
const LAST_GOOD = 'last-good.yaml';

/** Runs until the signal aborts. Rejects when it cannot even begin. */
export async function start(options: RunOptions, { signal, stop, version }: Edge): Promise<void> {
  const clock = systemClock();
  const terminal = createScreen(options);
  const bootstrap = await bootstrapOf(options);
  const certifiedToken = bootstrap.options.certifiedToken ?? process.env.BOXENERGIE_CERTIFIED_TOKEN;
  const log = createLog({
    level: options.logLevel ?? bootstrap.options.logLevel,
    secrets: [
      ...[options.password, bootstrap.options.broker?.password, bootstrap.options.mail?.password],
      ...[process.env.SUPERVISOR_TOKEN, options.homeAssistant?.token, certifiedToken],
    ].filter((s) => s !== undefined),
    wallMs: clock.wallMs,
    write: terminal.print,
  });
  for (const problem of bootstrap.problems) log('error', formatProblem(problem));
  if (options.forMs !== undefined) setTimeout(stop, options.forMs).unref();
  const data = options.data ?? (options.supervised ? SUPERVISED.data : join('data', options.simulate ? 'simulated' : 'house'));
  const loaded = await load(options, bootstrap.options, data, log);
  for (const problem of loaded.problems) log('error', formatProblem(problem));

  await using resources = new AsyncDisposableStack();
  const { ports, broker } = await wire(options, loaded, clock, signal, resources, terminal);
  const healthPort = options.healthPort ?? (options.supervised ? SUPERVISED.healthPort : undefined);
  const { record } = options;
  const recording = { loaded, path: configPath(options, bootstrap.options), copyPath: join(data, LAST_GOOD), clock, log, version };
  const witness =
    record === undefined ? undefined : resources.use(await (await import('./main-record.ts')).recordTo(record, options, recording));
  const helpers = helperAccess(options, process.env.SUPERVISOR_TOKEN);
  await run({
    ...(witness && { witness }),
    ...(helpers && { helpers }),
    loaded: withBootstrapProblems(loaded, bootstrap.problems),
    drivers,
    ports,
    clock,
    signal,
    log,
    version,
    random: Math.random,
    ...(certifiedToken !== undefined && certifiedToken !== '' && { certifiedToken }),
    mailAccount: await mailAccount(options, bootstrap.options, loaded, log),
    async openStore(onHealth) {
      const store = await openStore({ directory: data, clock, onHealth, flushIntervalMs: loaded.house.storage.flushS * 1_000 });
      witness?.started(store.initial);
      return store;
    },
    findBroker: (life) => findBroker(options, bootstrap.options, broker, { clock, signal: life, log }),
    onView(view) {
      if (!options.supervised) showLive(view, terminal, clock, signal);
      if (healthPort === undefined) return;
      serveHealth({ port: healthPort, host: '0.0.0.0', view: view.health }).then(
        (server) => resources.use(server),
        (error: unknown) => log('error', `the health page cannot listen on port ${healthPort}: ${String(error)}`),
      );
    },
  });
}

/** The self-diagnosis, written to the standard output. Loaded only when it is asked for. Returns the exit code. */
export async function examine({ options, json, language }: Extract<Invocation, { command: 'doctor' }>, version: string): Promise<0 | 1> {
  const clock = systemClock();
  const { diagnose } = await import('./doctor/doctor.ts');
  const { realMachine } = await import('./doctor/machine.ts');
  const { seeHouse } = await import('./doctor/wiring.ts');
  const bootstrap = await bootstrapOf(options);
  const path = options.config ?? (options.supervised ? join(SUPERVISED.config, bootstrap.options.configFile) : undefined);
  const house = await seeHouse(path, drivers);
  const reasons: string[] = [];
  const log: Log = (_level, text) => void (options.supervised && reasons.push(text));
  const life = { clock, signal: AbortSignal.timeout(10_000), log };
  const access = await findBroker(options, bootstrap.options, undefined, life).catch(
    (error: unknown) => void reasons.push(error instanceof Error ? error.message : String(error)),
  );
  const { serial, brokers } = realPorts('auto');
  const scene = {
    machine: realMachine(options.supervised),
    gpio: kernelGpioLook(),
    i2c: kernelI2cLook(),
    serial,
    brokers,
    clock,
    house,
    broker: { access: access ?? undefined, reason: reasons.join('; ') },
    dataDirectory: options.data ?? (options.supervised ? SUPERVISED.data : join('data', 'house')),
    random: Math.random,
  };
  const write = (text: string): void => void process.stdout.write(text);
  return diagnose(scene, { json, language: language ?? house.language ?? options.language, version, write });
}

async function bootstrapOf(
  options: RunOptions,
): Promise<{ readonly options: BootstrapOptions; readonly problems: readonly ConfigProblem[] }> {
  const text = options.supervised ? await readFile(SUPERVISED.options, 'utf8').catch(() => undefined) : undefined;
  return readBootstrap(text, 'options');
}

async function load(options: RunOptions, bootstrap: BootstrapOptions, data: string, log: Log): Promise<LoadedConfig> {
  if (options.config === undefined && options.simulate) {
    return { source: 'file', house: toHouse(validateHouse(demoYaml(options.language), 'demo', drivers).raw), problems: [] };
  }
  const path = configPath(options, bootstrap);
  const onSeed = (made: string): void => log('info', `${made} was made with commented examples: describe your house there`);
  return loadHouse({ path, copyPath: join(data, LAST_GOOD), drivers, files: nodeFiles(), onSeed });
}

function configPath(options: RunOptions, bootstrap: BootstrapOptions): string {
  return options.config ?? join(SUPERVISED.config, bootstrap.configFile);
}

/** Faults of the options page are shown like those of the house file. */
function withBootstrapProblems(loaded: LoadedConfig, problems: readonly ConfigProblem[]): LoadedConfig {
  if (problems.length === 0) return loaded;
  const all = [...problems, ...loaded.problems];
  return 'held' in loaded ? { ...loaded, problems: all } : { source: 'last-known-good', house: loaded.house, problems: all };
}

/** Real ports, or simulated ones with their own broker where none was named. Simulation is only loaded when it is used. */
async function wire(
  options: RunOptions,
  loaded: LoadedConfig,
  clock: Clock,
  signal: AbortSignal,
  resources: AsyncDisposableStack,
  terminal: Terminal,
): Promise<{ readonly ports: Ports; readonly broker: BrokerAccess | undefined }> {
  if (!options.simulate) return { ports: realPorts(loaded.house.gpio.backend), broker: undefined };
  const { simulatedHouse } = await import('./ports/sim/demo.ts');
  const simulated = simulatedHouse(clock);
  simulated.live(signal);
  if (options.broker !== undefined) return { ports: simulated.ports, broker: undefined };
  const { startEmbeddedBroker } = await import('./ports/sim/broker.ts');
  const broker = resources.use(await startEmbeddedBroker(options.port));
  terminal.print(`simulated house, broker on ${broker.url} (mosquitto_sub -p ${broker.port} -v -t '#'), Ctrl-C stops\n`);
  return { ports: simulated.ports, broker: { url: broker.url } };
}

interface Life {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** The command line, then the options page, then the Supervisor. */
async function findBroker(
  options: RunOptions,
  bootstrap: BootstrapOptions,
  own: BrokerAccess | undefined,
  { clock, signal, log }: Life,
): Promise<BrokerAccess | undefined> {
  const named = options.broker === undefined ? (own ?? bootstrap.broker) : { url: options.broker, ...pick(options) };
  if (named !== undefined) {
    if (named.ca === undefined) return named;
    const path = options.supervised ? join(SUPERVISED.config, named.ca) : named.ca;
    return { ...named, ca: await readFile(named.ca.startsWith('/') ? named.ca : path, 'utf8') };
  }
  const token = process.env.SUPERVISOR_TOKEN;
  if (!options.supervised || token === undefined) {
    log('warning', 'MQTT: no broker named (--broker mqtt://host:1883): nothing is published');
    return undefined;
  }
  return askSupervisor({ token, fetch, clock, signal, onWait: (reason) => log('warning', `MQTT: ${reason}`) });
}

/** A ca file that can not be read costs the mail, never the program. */
async function mailAccount(options: RunOptions, bootstrap: BootstrapOptions, { house }: LoadedConfig, log: Log): Promise<MailAccount> {
  const path = house.mail?.ca;
  if (path === undefined) return { ...bootstrap.mail };
  const ca = await readFile(options.supervised && !path.startsWith('/') ? join(SUPERVISED.config, path) : path, 'utf8').catch(
    (error: unknown) => {
      log('error', `mail.ca: ${String(error)}`);
      return undefined;
    },
  );
  return { ...bootstrap.mail, ...(ca !== undefined && { ca }) };
}

function pick({ username, password, ca }: RunOptions): Omit<BrokerAccess, 'url'> {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }), ...(ca !== undefined && { ca }) };
}

function createScreen({ supervised }: RunOptions): Terminal {
  const { stdout } = process;
  return createTerminal({
    write: (text) => void stdout.write(text),
    interactive: stdout.isTTY === true && !supervised,
    columns: stdout.columns ?? 120,
    height: stdout.rows ?? 40,
  });
}

/** A table drawn each second, or a line now and then where nobody sees a table. */
function showLive(view: AppView, terminal: Terminal, clock: Clock, signal: AbortSignal): void {
  const everyMs = process.stdout.isTTY === true ? 1_000 : 5_000;
  const draw = (): void => {
    if (signal.aborted) return;
    terminal.show(view.headline(), view.rows());
    clock.after(everyMs, draw);
  };
  clock.after(1_500, draw);
}
