/** Brings the configured devices to life: each under its own supervision, so that one that fails stops nobody else. */
import type { DeviceConfig } from './config/types.ts';
import type { AnyDriver } from './drivers/driver.ts';
import type { Log } from './log.ts';
import {
  AGE_MS,
  ConfigError,
  type Description,
  DeviceError,
  type Entities,
  type Language,
  type Sample,
  type Value,
  type Values,
} from './model.ts';
import type { Clock, Ports } from './ports/types.ts';
import { supervise } from './supervise.ts';

export interface Device {
  readonly config: DeviceConfig;
  readonly driver: AnyDriver;
  readonly description: Description;
  readonly name: string;
}

/** The drivers of the configured devices; an unknown type never gets here: validation refuses it. */
export function resolveDevices(configs: readonly DeviceConfig[], drivers: readonly AnyDriver[], language: Language): Device[] {
  return configs.flatMap((config) => {
    const driver = drivers.find(({ type }) => type === config.type);
    if (driver === undefined) return [];
    const description = driver.describe(config.options) as Description;
    return [{ config, driver, description, name: config.name ?? `${driver.title[language]} ${config.id}` }];
  });
}

export interface DeviceEvents {
  onSample(sample: Sample): void;
  /** The source was opened (again): session counters start from zero. */
  onOpen(deviceId: string): void;
  /** Empty text: it works. */
  onProblem(deviceId: string, text: string): void;
}
export interface StartOptions {
  readonly devices: readonly Device[];
  readonly ports: Ports;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly events: DeviceEvents;
}

/** Starts all devices; resolves when all have ended, which they do on abort. */
export async function runDevices(options: StartOptions): Promise<void> {
  await Promise.all(options.devices.map((device) => runDevice(device, options)));
}

function runDevice({ config, driver, description }: Device, options: StartOptions): Promise<void> {
  const { ports, clock, signal, log, events } = options;
  const id = config.id;
  return supervise<Readonly<Record<string, Value>>>(
    {
      open: (life) => driver.read({ options: config.options, ports, clock, signal: life }) as AsyncIterable<Record<string, Value>>,
      onOpen: () => events.onOpen(id),
      onItem(values) {
        const ageMs = (values as Values<Entities>)[AGE_MS] ?? 0;
        events.onSample({ deviceId: id, atMs: clock.wallMs() - ageMs, monotonicMs: clock.monotonicMs() - ageMs, values });
      },
      onFailure(error, permanent) {
        const text = explain(error);
        log(permanent ? 'error' : 'warning', `${id}: ${text}${permanent ? ' (stopped until mended)' : ''}`);
        events.onProblem(id, text);
      },
      onRecovery() {
        log('info', `${id}: works again`);
        events.onProblem(id, '');
      },
    },
    { clock, signal, silenceMs: Math.max(60_000, 10 * description.periodMs) },
  );
}

/** An error in one line, with its mend where it has one. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError) return `${error.field}: ${error.message}. ${error.mend}`;
  if (error instanceof DeviceError && error.mend !== undefined) return `${error.message}. ${error.mend}`;
  return error instanceof Error ? error.message : String(error);
}
