/** The app itself as a device in Home Assistant: what is wrong with it, and with each device, in words. */
import type { Description, Entity, Text, Value } from '../model.ts';
import { describeHelpers } from './helper-device.ts';

/** The id under which the app announces itself; every other device hangs below it. */
export const APP_DEVICE_ID = 'bridge';
/** Its one button. */
export const LEAVE_SAFE_MODE = 'leave_safe_mode';

/** What is wrong, by subject. An empty text means well. */
export interface Problems {
  readonly configuration: string;
  readonly storage: string;
  /** Why no keeper would open the relays if the program died. */
  readonly keeper: string;
  /** Why no relay leaves its safe state. */
  readonly safeMode: string;
  readonly devices: ReadonlyMap<string, string>;
}

/**
 * One problem entity for the configuration, the storage, the relay keeper and the safe mode, one for each device, each with its text as
 * attribute; `helpers`: with the buttons that set up Home Assistant.
 */
export function describeApp(devices: readonly { readonly id: string; readonly name: string }[], helpers = false): Description {
  const entities: Record<string, Entity> = {
    ...problem('configuration', { en: 'Configuration', fr: 'Configuration' }),
    ...problem('storage', { en: 'Storage', fr: 'Stockage' }),
    ...problem('relay_keeper', { en: 'Relay keeper', fr: 'Gardien des relais' }),
    ...problem('safe_mode', { en: 'Safe mode', fr: 'Mode sûr' }),
    [LEAVE_SAFE_MODE]: {
      name: { en: 'Leave safe mode', fr: 'Quitter le mode sûr' },
      quantity: 'flag',
      command: 'button',
      diagnostic: true,
    },
    stalls: { name: { en: 'Standstills', fr: 'Blocages' }, quantity: 'tally', diagnostic: true },
    longest_stall: { name: { en: 'Longest standstill', fr: 'Plus long blocage' }, quantity: 'duration', decimals: 1, diagnostic: true },
    started: { name: { en: 'Started', fr: 'Démarrage' }, quantity: 'timestamp', diagnostic: true },
    refused_commands: { name: { en: 'Refused commands', fr: 'Commandes refusées' }, quantity: 'tally', diagnostic: true },
    mqtt_reconnections: {
      name: { en: 'MQTT reconnections', fr: 'Reconnexions MQTT' },
      quantity: 'tally',
      diagnostic: true,
      disabled: true,
    },
    ...(helpers && describeHelpers()),
  };
  for (const { id, name } of devices) Object.assign(entities, problem(`${id}_problem`, { en: name, fr: name }));
  return { manufacturer: 'Boxénergie', model: 'App', periodMs: 60_000, entities };
}

/** The same as values. */
export function appValues(problems: Problems): Record<string, Value> {
  const values: Record<string, Value> = {
    ...problemValue('configuration', problems.configuration),
    ...problemValue('storage', problems.storage),
    ...problemValue('relay_keeper', problems.keeper),
    ...problemValue('safe_mode', problems.safeMode),
  };
  for (const [id, text] of problems.devices) Object.assign(values, problemValue(`${id}_problem`, text));
  return values;
}

/** One of them: whether something is wrong; undefined for what is no problem of the app. */
export function isWrong(problems: Problems, key: string): boolean | undefined {
  if (key === 'configuration' || key === 'storage') return problems[key] !== '';
  if (key === 'relay_keeper') return problems.keeper !== '';
  if (key === 'safe_mode') return problems.safeMode !== '';
  const text = problems.devices.get(key.replace(/_problem$/, ''));
  return text === undefined ? undefined : text !== '';
}

function problem(key: string, name: Text): Record<string, Entity> {
  return {
    [key]: { name, quantity: 'problem', diagnostic: true },
    [`${key}_detail`]: { name: { en: 'detail', fr: 'détail' }, quantity: 'text', attributeOf: key },
  };
}

function problemValue(key: string, text: string): Record<string, Value> {
  return { [key]: text !== '', [`${key}_detail`]: text };
}
