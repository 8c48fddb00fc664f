/** The Supervisor's rules for config.yaml, and ours on top: every key, its values, and what they cost in safety. */
import { isObject, isOptional, type Options, type Schema, schemaProblems, validateOptions } from './supervisor-options.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const flag: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value);
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const whole =
  (low: number, high: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
const dictOf =
  (key: RegExp, check: Check): Check =>
  (value) =>
    isObject(value) && Object.entries(value).every(([name, inner]) => key.test(name) && check(inner));

const VERSION = /^\d+(\.\d+){1,3}([.-]?(a|b|rc|dev|beta|alpha)\.?\d*)?$/;
const PORT_KEY = /^\d{1,5}(\/(tcp|udp))?$/;
const FOLDERS =
  'data ssl share media backup homeassistant_config addon_config all_addon_configs addons app_config all_app_configs local_apps';
const CAPABILITIES =
  'BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK NET_ADMIN NET_RAW PERFMON SYS_ADMIN SYS_MODULE SYS_NICE SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME';

/** Keys and values of `_SCHEMA_APP_CONFIG` (supervisor/apps/validate.py, August 2026); deprecated ones are left out. */
const KEYS: Readonly<Record<string, Check>> = {
  name: text,
  version: matches(VERSION),
  slug: matches(/^[-_.A-Za-z0-9]+$/),
  description: text,
  arch: listOf(oneOf('aarch64', 'amd64')),
  machine: listOf(text),
  url: matches(/^https?:\/\/\S+$/),
  image: matches(/^([a-z0-9][a-z0-9.-]*(:\d+)?\/)+[a-z0-9][a-z0-9._-]*$/),
  startup: oneOf('initialize', 'system', 'services', 'application', 'once'),
  boot: oneOf('auto', 'manual', 'manual_only'),
  stage: oneOf('stable', 'experimental', 'deprecated'),
  homeassistant: matches(/^\d{4}\.\d{1,2}\.\d+$/),
  services: listOf(matches(/^(mqtt|mysql):(provide|want|need)$/)),
  devices: listOf(matches(/^\/dev\/[^:]+$/)),
  map: listOf((entry) => folder(entry)),
  ports: dictOf(PORT_KEY, (value) => value === null || whole(1, 65_535)(value)),
  ports_description: dictOf(PORT_KEY, text),
  watchdog: matches(/^(https?|\[PROTO:\w+\]|tcp):\/\/\[HOST\]:(\[PORT:\d+\]|\d+).*$/),
  webui: matches(/^(https?|\[PROTO:\w+\]):\/\/\[HOST\]:\[PORT:\d+\].*$/),
  ingress_port: whole(0, 65_535),
  ingress_entry: text,
  panel_icon: matches(/^mdi:[a-z0-9-]+$/),
  panel_title: text,
  timeout: whole(10, 300),
  backup: oneOf('hot', 'cold'),
  backup_pre: text,
  backup_post: text,
  backup_exclude: listOf(text),
  environment: dictOf(/^\w*$/, (value) => typeof value === 'string'),
  privileged: listOf(oneOf(...CAPABILITIES.split(' '))),
  hassio_role: oneOf('default', 'homeassistant', 'backup', 'manager', 'admin'),
  discovery: listOf(text),
  breaking_versions: listOf(matches(VERSION)),
  ulimits: isObject,
  options: isObject,
  schema: (value) => value === false || isObject(value),
  ...Object.fromEntries(
    (
      'init ingress ingress_stream panel_admin gpio uart usb udev devicetree kernel_modules tmpfs apparmor full_access audio video ' +
      'host_network host_pid host_ipc host_uts host_dbus hassio_api homeassistant_api stdin legacy docker_api auth_api realtime journald'
    )
      .split(' ')
      .map((name) => [name, flag] as const),
  ),
};
const REQUIRED = ['name', 'version', 'slug', 'description', 'arch'] as const;

function folder(entry: unknown): boolean {
  const name = isObject(entry) ? entry.type : String(entry).replace(/:(ro|rw)$/, '');
  return FOLDERS.split(' ').includes(String(name));
}

/** Every fault of a parsed config.yaml, also those that the Supervisor swallows; empty = good. */
export function configProblems(config: unknown): string[] {
  if (!isObject(config)) return ['not a mapping'];
  const problems: string[] = [];
  for (const key of REQUIRED) if (!(key in config)) problems.push(`${key}: required`);
  for (const [key, value] of Object.entries(config)) {
    const check = KEYS[key];
    if (check === undefined) problems.push(`${key}: unknown or retired, dropped without a word`);
    else if (!check(value)) problems.push(`${key}: ${JSON.stringify(value)} is not allowed`);
  }
  return [...problems, ...optionProblems(config), ...trapProblems(config)];
}

function optionProblems(config: Options): string[] {
  if (config.schema === undefined || config.schema === false || !isObject(config.schema)) return [];
  const problems = schemaProblems(config.schema);
  if (problems.length > 0) return problems;
  const schema = config.schema as Schema;
  const defaults = isObject(config.options) ? config.options : {};
  const { problems: invalid, dropped } = validateOptions(schema, defaults);
  const bare = Object.entries(schema).filter(([key, type]) => !(key in defaults) && !isOptional(type));
  return [
    ...invalid.filter((problem) => !bare.some(([key]) => problem === `${key}: missing`)).map((problem) => `options.${problem}`),
    ...dropped.map((key) => `options.${key}: not in the schema`),
    ...bare.map(([key]) => `options.${key}: has no default, though the Supervisor wants a value`),
  ];
}

/** What validates and still goes wrong in the field. */
function trapProblems(config: Options): string[] {
  const problems: string[] = [];
  if (config.init !== false) problems.push('init: must be false, s6-overlay 3 has to be process 1');
  const folders = (Array.isArray(config.map) ? config.map : []).map((entry) => String(isObject(entry) ? entry.type : entry));
  const own = folders.filter((name) => /^(addon_config|app_config)\b/.test(name));
  if (own.some((name) => name.startsWith('app_config'))) problems.push('map: app_config is dropped before Supervisor 2026.07');
  if (own.length > 1) problems.push('map: /config would be mounted twice');
  const described = isObject(config.ports_description) ? Object.keys(config.ports_description) : [];
  const ports = isObject(config.ports) ? Object.keys(config.ports) : [];
  for (const port of described) if (!ports.includes(port)) problems.push(`ports_description.${port}: no such port`);
  if (config.backup === 'cold' && (config.backup_pre ?? config.backup_post)) problems.push('backup: cold runs no commands');
  if (config.ingress === true && config.webui !== undefined) problems.push('webui: useless beside ingress');
  return problems;
}

const RISKY = new Set(
  'BPF CHECKPOINT_RESTORE DAC_READ_SEARCH NET_ADMIN NET_RAW PERFMON SYS_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO'.split(' '),
);

/** The security rating shown to users, 1 to 8 (`rating_security`, supervisor/apps/utils.py). */
export function securityRating(config: Options, hasProfile: boolean): number {
  if (config.docker_api === true || config.full_access === true) return 1;
  const privileged = Array.isArray(config.privileged) ? config.privileged.map(String) : [];
  const costs: readonly (readonly [applies: boolean, points: number])[] = [
    [config.apparmor === false, -1],
    [config.apparmor !== false && hasProfile, 1],
    [config.kernel_modules === true || privileged.some((name) => RISKY.has(name)), -1],
    [config.hassio_role === 'manager', -1],
    [config.hassio_role === 'admin', -2],
    [config.host_network === true, -1],
    [config.host_pid === true, -2],
    [config.host_uts === true && privileged.includes('SYS_ADMIN'), -1],
  ];
  const rating = costs.reduce((sum, [applies, points]) => (applies ? sum + points : sum), 5 + entrancePoints(config));
  return Math.max(1, Math.min(8, rating));
}

/** Behind Home Assistant's own login, or reachable by nobody, is worth two points. */
function entrancePoints(config: Options): number {
  const published = Object.values(isObject(config.ports) ? config.ports : {}).some((port) => port !== null);
  if (config.ingress === true || (config.host_network !== true && !published)) return 2;
  return config.auth_api === true ? 1 : 0;
}
