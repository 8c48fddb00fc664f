/** One line a message, secrets and meter ids masked here, so that no call site can forget. */

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
export type Log = (level: LogLevel, message: string) => void;
export interface LogOptions {
  readonly level: LogLevel;
  /** Passwords and tokens: never shown. */
  readonly secrets: readonly string[];
  readonly wallMs: () => number;
  readonly write: (line: string) => void;
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];
/** ADCO and ADSC have 12 digits, PRM 14: they identify a home. */
const METER_ID = /(?<!\d)(\d{4})\d{6,8}(\d{2})(?!\d)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: device text may carry terminal escapes.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A logger for the given sink. Control characters of device texts are removed: a log line stays one line. */
export function createLog(options: LogOptions): Log {
  const secrets = options.secrets.filter((secret) => secret.length > 0);
  return (level, message) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(options.level)) return;
    options.write(`${new Date(options.wallMs()).toISOString()} ${level} ${redact(message, secrets)}\n`);
  };
}

/** The message without secrets, meter ids and control characters. */
export function redact(message: string, secrets: readonly string[]): string {
  let text = message.replace(CONTROL, ' ').replaceAll('\n', ' | ').replaceAll('\t', ' ');
  for (const secret of secrets) text = text.replaceAll(secret, '***');
  return text.replace(METER_ID, '$1******$2');
}
