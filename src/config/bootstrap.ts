/** The options the Supervisor writes: only what is needed before the house file can be read. */
import type { SchemaObject } from 'ajv';
import { record } from './raw.ts';
import type { BootstrapOptions, ConfigProblem } from './types.ts';
import { createAjv } from './validators.ts';

const text = (description: string, maxLength = 500): SchemaObject => ({ type: 'string', maxLength, description });
const SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: true, // an option of another version is not a fault
  properties: {
    log_level: { type: 'string', enum: ['debug', 'info', 'warning', 'error'], default: 'info' },
    config_file: {
      type: 'string',
      pattern: '^(?!\\.)[A-Za-z0-9._-]+\\.ya?ml$',
      default: 'boxenergie.yaml',
      description: 'a file name that ends in .yaml, without folders',
    },
    broker: {
      type: 'object',
      default: {},
      properties: {
        url: {
          type: 'string',
          pattern: '^(|mqtts?://[^/\\s@]+/?)$',
          description: 'mqtt://host:1883 or mqtts://host:8883, without user and password',
        },
        username: text('user name'),
        password: text('password'),
        ca: text('certificate authority file'),
      },
    },
    mail: { type: 'object', default: {}, properties: { username: text('user name'), password: text('password') } },
    certified: { type: 'object', default: {}, properties: { token: text('token of the gateway', 4000) } },
    external_api: { type: 'boolean', default: false },
  },
};

interface RawOptions {
  log_level: BootstrapOptions['logLevel'];
  config_file: string;
  broker: { url?: string; username?: string; password?: string; ca?: string };
  mail: { username?: string; password?: string };
  certified: { token?: string };
  external_api: boolean;
}
const DEFAULTS: BootstrapOptions = { logLevel: 'info', configFile: 'boxenergie.yaml', externalApi: false };

/** Reads the text of options.json. What has faults takes its default beside them, so that the app comes up and can say so. */
export function readBootstrap(
  json: string | undefined,
  file: string,
): { readonly options: BootstrapOptions; readonly problems: readonly ConfigProblem[] } {
  const problem = (field: string, what: string, mend: string): ConfigProblem => ({ file, line: 1, column: 1, field, problem: what, mend });
  let raw: unknown;
  try {
    raw = JSON.parse(json ?? '{}');
  } catch (error) {
    return { options: DEFAULTS, problems: [problem('(file)', String(error), 'Save the options of the app again')] };
  }
  const validate = createAjv().compile(SCHEMA);
  if (!validate(raw)) {
    const problems = (validate.errors ?? []).map((error) => {
      const about = String((error.parentSchema as { description?: string }).description ?? error.message);
      return problem(error.instancePath.slice(1).replaceAll('/', '.') || '(file)', error.message ?? error.keyword, `Expected: ${about}`);
    });
    const wrong = new Set((validate.errors ?? []).map(({ instancePath }) => instancePath.split('/')[1] ?? ''));
    const right = Object.fromEntries(Object.entries(record(raw)).filter(([key]) => !wrong.has(key)));
    return { options: validate(right) ? toOptions(right as unknown as RawOptions) : DEFAULTS, problems };
  }
  return { options: toOptions(raw as RawOptions), problems: [] };
}

/** An empty text means that nothing was entered. */
function toOptions({ log_level, config_file, broker, mail, certified, external_api }: RawOptions): BootstrapOptions {
  const given = (value: string | undefined): value is string => value !== undefined && value !== '';
  return {
    logLevel: log_level,
    configFile: config_file,
    externalApi: external_api,
    ...(given(broker.url) && {
      broker: {
        url: broker.url,
        ...(given(broker.username) && { username: broker.username }),
        ...(given(broker.password) && { password: broker.password }),
        ...(given(broker.ca) && { ca: broker.ca }),
      },
    }),
    ...(given(mail.username) && given(mail.password) && { mail: { username: mail.username, password: mail.password } }),
    ...(given(certified.token) && { certifiedToken: certified.token.trim() }),
  };
}
