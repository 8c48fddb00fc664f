/** Our program beside a real Core, and an ear on the broker that keeps what it left there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { eventually } from './waiting.ts';

export interface Program extends AsyncDisposable {
  /** The id that this installation drew. */
  readonly install: string;
  /** Our own unique id of an entity, as discovery gives it. */
  uniqueId(deviceId: string, key: string): string;
  /** Ends it and, unless asked for SIGKILL, sees that it ends with 0. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** With another configuration file, where given. */
  start(yaml?: string): Promise<void>;
  log(): string;
}
export interface Ear extends AsyncDisposable {
  /** Newest payload of each topic; a retained one that was cleared is gone. */
  readonly heard: ReadonlyMap<string, string>;
  say(topic: string, payload: string, retain?: boolean): Promise<void>;
}

export async function startEar(url: string): Promise<Ear> {
  const client = connect(url, { reconnectPeriod: 200 });
  const heard = new Map<string, string>();
  client.on('error', () => undefined);
  client.on('message', (topic, payload) => {
    if (payload.length === 0) heard.delete(topic);
    else heard.set(topic, payload.toString());
  });
  await client.subscribeAsync('#');
  return {
    heard,
    say: async (topic, payload, retain = false) => void (await client.publishAsync(topic, payload, { retain, qos: 1 })),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/**
 * Starts it on this broker, with data of its own, and waits until it is there. `options` are those of the command line,
 * `environment` comes on top of ours.
 */
export async function startProgram(
  ear: Ear,
  brokerUrl: string,
  options: readonly string[],
  yaml?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const data = mkdtempSync(join(tmpdir(), 'boxenergie-program-'));
  const file = join(data, 'house.yaml');
  const before = new Set(installsIn(ear));
  let child: ChildProcess | undefined;
  let said = '';
  let install = '';
  const start: Program['start'] = async (text) => {
    if (text !== undefined) writeFileSync(file, text);
    const house = text === undefined ? [] : ['--config', file];
    const since = said.length;
    child = spawn(process.execPath, ['src/main.ts', ...options, ...house, '--broker', brokerUrl, '--data', data], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (bytes: Buffer) => (said += bytes));
    child.stderr?.on('data', (bytes: Buffer) => (said += bytes));
    const connected = (): boolean => said.slice(since).includes('MQTT: connected');
    await eventually('the program is connected', connected, 20_000, () => said);
  };
  await start(yaml);
  await eventually('the program says who it is', () => {
    install = installsIn(ear).find((id) => !before.has(id)) ?? '';
    return install !== '';
  });
  const stop: Program['stop'] = async (signal = 'SIGTERM') => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = new Promise<number | null>((resolve) => child?.once('exit', resolve));
    child.kill(signal);
    const code = await exit;
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`the program ended with ${code}: ${said}`);
  };
  return {
    install,
    uniqueId: (deviceId, key) => `boxenergie_${install}_${deviceId}_${key}`,
    start,
    stop,
    log: () => said,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function installsIn({ heard }: Ear): string[] {
  return [...heard.keys()].flatMap((topic) => /^boxenergie\/([0-9a-f]+)\/instance$/.exec(topic)?.[1] ?? []);
}
