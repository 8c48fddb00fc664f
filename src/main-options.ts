/** The command line: what was asked, with a clear word about what was not understood. */
import { parseArgs } from 'node:util';
import type { LogLevel } from './log.ts';
import {
  type DashboardOptions,
  dashboardOptions,
  type JournalOptions,
  journalOptions,
  type ReplayOptions,
  replayOptions,
  type ToolValues,
} from './main-options-tools.ts';

export type Invocation =
  | { readonly command: 'run'; readonly options: RunOptions }
  | { readonly command: 'check'; readonly file: string }
  /** `language`: only when it was asked for. */
  | { readonly command: 'doctor'; readonly options: RunOptions; readonly json: boolean; readonly language: 'en' | 'fr' | undefined }
  | { readonly command: 'journal'; readonly options: JournalOptions }
  | { readonly command: 'replay'; readonly options: ReplayOptions }
  | { readonly command: 'dashboard'; readonly options: DashboardOptions }
  | { readonly command: 'schema' | 'version' }
  | { readonly command: 'help'; readonly error?: string };

export interface RunOptions {
  readonly simulate: boolean;
  readonly config: string | undefined;
  readonly data: string | undefined;
  readonly broker: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly ca: string | undefined;
  /** Port of the embedded broker; 0 takes a free one. */
  readonly port: number;
  readonly healthPort: number | undefined;
  readonly forMs: number | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly language: 'en' | 'fr';
  /** Where all that control hears is recorded. */
  readonly record?: string;
  /** Lets the helper buttons set up this Home Assistant. */
  readonly homeAssistant?: { readonly url: string; readonly token: string };
  /** Started by Home Assistant's Supervisor. */
  readonly supervised: boolean;
}

export const HELP = `boxenergie: batteries, Linky, pulse meters and safe relays for Home Assistant

  boxenergie run [options]     run (without --config: a simulated house)
  boxenergie check FILE        check a configuration file without starting
  boxenergie doctor [options]  examine this machine and say what to mend; switches and changes nothing
  boxenergie journal verify    check the chain of the recorded decisions (--data DIR); exit code 1 when it is broken
  boxenergie journal show      print the newest decisions (--relay rs_01, --last 50)
  boxenergie record FILE       run, and write all that control hears to FILE (packed when it ends in .gz); options of run
  boxenergie replay FILE       the same through the same control: times, reasons, totals (--config other.yaml: and the difference;
                               --plot out.svg: a drawing; --simulated 30d [--seed N] instead of FILE: the simulated house, or
                               with --scenario winter|solar|off-grid: heating on 6 kVA, lithium in an attic, lead-acid without grid)
  boxenergie dashboard         print a Home Assistant dashboard for the house of --config, to paste (--community: with community cards)
  boxenergie schema            print the JSON Schema of the configuration file, for editors
  boxenergie --version

Options of run
  --simulate           simulated house on simulated wires, through the real drivers
  --config FILE        configuration of the real house (made with examples when absent)
  --broker URL         mqtt://host:1883 or mqtts://host:8883 (without: the simulated house brings its own broker)
  --username NAME      for the broker; the password comes from BOXENERGIE_PASSWORD or --password
  --ca FILE            certificate authority of the broker
  --data DIR           where totals, relay modes and the journal are kept (default: data)
  --port N             port of the simulated house's own broker (default: a free one)
  --home-assistant URL http://host:8123, for the buttons that set up Home Assistant; its token comes from BOXENERGIE_HA_TOKEN
  --health-port N      answer GET /healthz on this port
  --for 10s            stop by itself after this time (s, min, h, d)
  --log-level LEVEL    debug, info, warning or error
  --language en|fr     language of the simulated house

Options of doctor: --config, --broker, --username, --ca, --data, --language as above, and
  --json               one JSON document instead of a table
`;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A timer of Node cannot wait longer. */
const LONGEST_MS = 2_147_483_647;

/** Reads `argv` (without node and script) and the environment. Never throws: a mistake becomes help with an error. */
export function readInvocation(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Invocation {
  try {
    return parse(argv, env);
  } catch (error) {
    return { command: 'help', error: error instanceof Error ? error.message : String(error) };
  }
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  simulate: flag,
  help: flag,
  version: flag,
  config: text,
  data: text,
  broker: text,
  username: text,
  password: text,
  ca: text,
  port: text,
  'health-port': text,
  'home-assistant': text,
  for: text,
  'log-level': text,
  language: text,
  community: flag,
  json: flag,
  relay: text,
  last: text,
  plot: text,
  simulated: text,
  seed: text,
  scenario: text,
} as const;
type Given = ReturnType<typeof parseArgs<{ allowPositionals: true; options: typeof OPTIONS }>>['values'];
type Environment = Readonly<Record<string, string | undefined>>;

function parse(argv: readonly string[], env: Environment): Invocation {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  const [command = 'run', file, ...rest] = positionals;
  if (values.help) return { command: 'help' };
  if (values.version) return { command: 'version' };
  if (command === 'schema') return { command };
  if (command === 'check') {
    if (file === undefined || rest.length > 0) throw new Error('check takes one file: boxenergie check FILE');
    return { command, file };
  }
  if (command === 'journal') {
    const { supervised, language } = runOptions(values, env);
    return { command, options: journalOptions([file, ...rest], values satisfies ToolValues, { supervised, language }) };
  }
  if (command === 'dashboard') return { command, options: dashboardOptions([file, ...rest], values) };
  if (command === 'replay') {
    return { command, options: replayOptions([file, ...rest], values satisfies ToolValues, runOptions(values, env).language) };
  }
  if (command === 'record') {
    if (file === undefined || rest.length > 0) throw new Error('record takes one file: boxenergie record FILE [--for 24h]');
    return { command: 'run', options: { ...runOptions(values, env), record: file } };
  }
  if ((command !== 'run' && command !== 'doctor') || file !== undefined) throw new Error(`"${file ?? command}" is not understood`);
  const options = runOptions(values, env);
  if (command === 'run') {
    if (values.json) throw new Error('--json belongs to doctor');
    return { command, options };
  }
  return { command, options, json: values.json === true, language: values.language === undefined ? undefined : options.language };
}

function runOptions(values: Given, env: Environment): RunOptions {
  const supervised = env.SUPERVISOR_TOKEN !== undefined && env.SUPERVISOR_TOKEN !== '' && values.simulate !== true;
  return {
    simulate: values.simulate ?? (values.config === undefined && !supervised),
    config: values.config,
    data: values.data,
    broker: values.broker ?? env.BOXENERGIE_BROKER,
    username: values.username ?? env.BOXENERGIE_USERNAME,
    password: values.password ?? env.BOXENERGIE_PASSWORD,
    ca: values.ca,
    port: values.port === undefined ? 0 : port('--port', values.port),
    healthPort: values['health-port'] === undefined ? undefined : port('--health-port', values['health-port']),
    forMs: values.for === undefined ? undefined : duration(values.for),
    logLevel: values['log-level'] === undefined ? undefined : level(values['log-level']),
    ...homeAssistant(values['home-assistant'], env.BOXENERGIE_HA_TOKEN),
    language: language(values.language ?? env.LANG ?? 'en', values.language !== undefined),
    supervised,
  };
}

function port(name: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new Error(`${name} takes a port number from 0 to 65535, not "${text}"`);
  return number;
}

function homeAssistant(url: string | undefined, token: string | undefined): Pick<RunOptions, 'homeAssistant'> {
  if (url === undefined) return {};
  if (!/^https?:\/\/[^/\s]+\/?$/.test(url))
    throw new Error(`--home-assistant takes an address such as http://192.168.1.10:8123, not "${url}"`);
  if (token === undefined || token === '') throw new Error('--home-assistant needs a long-lived access token in BOXENERGIE_HA_TOKEN');
  return { homeAssistant: { url, token } };
}

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|min|h|d)$/.exec(text);
  const unit = UNITS_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new Error(`--for takes a time such as 10s, 5min or 2h, not "${text}"`);
  const ms = Number(match[1]) * unit;
  if (ms > LONGEST_MS) throw new Error('--for takes at most 24d');
  return ms;
}

function level(text: string): LogLevel {
  const found = LEVELS.find((name) => name === text);
  if (found === undefined) throw new Error(`--log-level takes ${LEVELS.join(', ')}, not "${text}"`);
  return found;
}

/** An unknown language is a mistake when it was asked for, English when it came from the environment. */
function language(text: string, asked: boolean): 'en' | 'fr' {
  if (text.startsWith('fr')) return 'fr';
  if (asked && text !== 'en') throw new Error(`--language takes en or fr, not "${text}"`);
  return 'en';
}
