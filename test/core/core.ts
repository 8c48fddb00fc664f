/** A real Home Assistant Core of our own: onboarded, tied to a broker, restarted at will. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../broker/mosquitto.ts';
import { eventually } from './waiting.ts';
import { type Api, openApi } from './websocket.ts';

export interface Core extends AsyncDisposable {
  readonly url: string;
  /** Of its owner, an administrator. */
  readonly token: string;
  /** Asks over a connection that is renewed at each start. */
  ask: Api['ask'];
  /** Subscribes on the present connection: anew after each start. */
  listen: Api['listen'];
  post<T>(path: string, body: Readonly<Record<string, unknown>>): Promise<T>;
  /** Warnings and errors that Core has logged since it was made, through its restarts. */
  complaints(): string[];
  /** `environment` of this start: libfaketime's. */
  start(environment?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  /** The MQTT integration, set up with this broker as a user does. */
  useBroker(port: number): Promise<string>;
  /** With a token of the owner, who was created elsewhere. */
  enter(token: string): Promise<void>;
}

const START_MS = 120_000;
const USER = { name: 'Test', username: 'test', password: 'test-password', language: 'en' } as const;

/** Starts it and creates its owner, unless that is left to somebody else (`empty`), who then calls `enter`. `more` is further configuration, in YAML. */
export async function startCore(environment: Readonly<Record<string, string>> = {}, { empty = false, more = '' } = {}): Promise<Core> {
  const directory = mkdtempSync(join(tmpdir(), 'boxenergie-core-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(directory, 'configuration.yaml'), configuration(port) + more);
  writeFileSync(join(directory, 'automations.yaml'), '[]');
  let child: ChildProcess | undefined;
  let api: Api | undefined;
  let token = '';
  let said = '';
  const request = async <T>(path: string, body: string | URLSearchParams, headers: Record<string, string>): Promise<T> => {
    const authorization: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url + path, { method: 'POST', body, headers: { ...headers, ...authorization } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text || 'null') as T;
  };
  const post: Core['post'] = (path, body) => request(path, JSON.stringify(body), { 'content-type': 'application/json' });
  const connect = async (): Promise<void> => {
    api = await openApi(`${url.replace('http', 'ws')}/api/websocket`, token);
    const running = async (): Promise<boolean> => ((await api?.ask<{ state: string }>('get_config'))?.state ?? '') === 'RUNNING';
    await eventually('Core is up', running, START_MS);
  };
  const onboard = async (): Promise<void> => {
    const client_id = `${url}/`;
    const { auth_code: code } = await post<{ auth_code: string }>('/api/onboarding/users', { client_id, ...USER });
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id });
    token = (await request<{ access_token: string }>('/auth/token', form, {})).access_token;
    await post('/api/onboarding/analytics', {});
    await post('/api/onboarding/integration', { client_id, redirect_uri: client_id });
  };
  const core: Core = {
    url,
    get token() {
      return token;
    },
    ask: (type, fields) => api?.ask(type, fields) ?? Promise.reject(new Error('Core is stopped')),
    listen: (...what) => api?.listen(...what) ?? Promise.reject(new Error('Core is stopped')),
    post,
    complaints: () => said.split(/\n(?=\d{4}-\d\d-\d\d )/).filter((entry) => / (WARNING|ERROR|CRITICAL) /.test(entry)),
    async start(environment = {}) {
      const given = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      child = spawn('scripts/homeassistant/core', [process.env.HASS_ROOT ?? '', directory, ...given], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout?.on('data', (bytes: Buffer) => (said += bytes));
      child.stderr?.on('data', (bytes: Buffer) => (said += bytes));
      const answers = (): Promise<boolean> => fetch(`${url}/api/onboarding`).then(({ ok }) => ok);
      await eventually('Core answers', answers, START_MS, () => tail(said));
      if (token !== '') await connect();
    },
    async stop() {
      api?.[Symbol.dispose]();
      await ended(child);
    },
    async useBroker(broker) {
      const { flow_id } = await post<{ flow_id: string }>('/api/config/config_entries/flow', { handler: 'mqtt' });
      const fields = { broker: '127.0.0.1', port: broker };
      const fill = (more = {}): Promise<Flow> => post(`/api/config/config_entries/flow/${flow_id}`, { ...fields, ...more });
      // Wanted from 2026.8 on, unknown before.
      const flow = await fill().catch(() => fill({ other_settings: { set_client_cert: false, set_ca_cert: 'off' } }));
      if (flow.type !== 'create_entry') throw new Error(`MQTT is not set up: ${JSON.stringify(flow)}`);
      return flow.result.entry_id;
    },
    async enter(given) {
      token = given;
      await connect();
    },
    async [Symbol.asyncDispose]() {
      await core.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await core.start(environment);
  if (empty) return core;
  await onboard();
  await connect();
  return core;
}

interface Flow {
  readonly type: string;
  readonly result: { readonly entry_id: string };
}

function configuration(port: number): string {
  return `homeassistant:
  name: Test
  time_zone: Europe/Paris
  country: FR
  currency: EUR
  language: en
  unit_system: metric
http:
  server_host: 127.0.0.1
  server_port: ${port}
recorder:
  commit_interval: 1
  purge_keep_days: 1
history:
energy:
automation: !include automations.yaml
logger:
  default: warning
`;
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const hung = setTimeout(() => child.kill('SIGKILL'), 90_000);
  await exit;
  clearTimeout(hung);
}

export function tail(text: string): string {
  return text.split('\n').slice(-20).join('\n');
}
