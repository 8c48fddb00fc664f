/** Relays and batteries against the rest of the file: sensors and relays that do not exist, limits out of order. Pure. */
import type { AnyDriver } from '../drivers/driver.ts';
import type { Language } from '../model.ts';
import type { CrossFault } from './cross-check.ts';
import { list, type Raw, records } from './raw.ts';
import { type Said, say } from './words.ts';

type Fault = (path: CrossFault['path'], said: Said) => void;

const SOURCES = ['voltage', 'current', 'soc', 'highest_cell', 'lowest_cell', 'full'] as const;
const RELAY_LISTS = ['charge_relays', 'discharge_relays', 'other_relays'] as const;
const RISING: readonly (readonly string[])[] = [
  ['deep_v', 'start_v', 'restart_v', 'full_v', 'over_v'],
  ['start_soc', 'stop_soc'],
  ['warning_c', 'cut_c', 'critical_c'],
  ['min_on_s', 'max_on_s'],
];

interface Check {
  readonly language: Language;
  readonly sources: ReadonlySet<string>;
  readonly relays: ReadonlyMap<string, Raw>;
  readonly at: Fault;
}

/** Every fault at once; what has the wrong type was already said by the schema. */
export function crossCheckControl(raw: Raw, language: Language, drivers: readonly AnyDriver[]): CrossFault[] {
  const faults: CrossFault[] = [];
  const check: Check = {
    language,
    sources: knownSources(records(raw.devices), drivers),
    relays: new Map(records(raw.relays).map((relay) => [String(relay.id), relay])),
    at: (path, said) => void faults.push({ path, said }),
  };
  for (const [index, relay] of records(raw.relays).entries()) checkRelay(relay, ['relays', index], check);
  for (const [index, battery] of records(raw.batteries).entries()) checkBattery(battery, ['batteries', index], check);
  return faults;
}

function checkRelay(relay: Raw, path: CrossFault['path'], check: Check): void {
  checkSource(relay.feedback, [...path, 'feedback'], check);
  checkOrder(relay, path, check);
  if (relay.group === undefined || relay.safe !== 'on') return;
  check.at([...path, 'group'], say(check.language, 'mustRestOff', `group ${String(relay.group)}`));
}

function checkBattery(battery: Raw, path: CrossFault['path'], check: Check): void {
  const { language, relays, at } = check;
  for (const key of SOURCES) checkSource(battery[key], [...path, key], check);
  for (const [i, source] of list(battery.temperatures).entries()) checkSource(source, [...path, 'temperatures', i], check);
  if (battery.voltage === undefined && list(battery.temperatures).length === 0) at(path, say(language, 'blind', String(battery.id)));
  checkOrder(battery, path, check);
  for (const key of RELAY_LISTS) {
    for (const [i, id] of list(battery[key]).entries()) {
      const relay = relays.get(String(id));
      if (relay === undefined) at([...path, key, i], say(language, 'absent', String(id), [...relays.keys()].join(', ')));
      else if (relay.safe === 'on') at([...path, key, i], say(language, 'mustRestOff', String(battery.id)));
      else if (relay.contact === 'nc' && key === 'charge_relays') at([...path, key, i], say(language, 'restsClosed', String(id)));
    }
  }
}

function checkSource(source: unknown, path: CrossFault['path'], { sources, language, at }: Check): void {
  if (typeof source !== 'string' || !source.includes('.') || sources.has(source)) return;
  const own = [...sources].filter((known) => known.startsWith(`${source.split('.')[0]}.`));
  at(path, say(language, 'absent', source, own.slice(0, 8).join(', ')));
}

function checkOrder(entry: Raw, path: CrossFault['path'], { language, at }: Check): void {
  for (const keys of RISING) {
    const given = keys.filter((key) => typeof entry[key] === 'number');
    for (const [i, high] of given.entries()) {
      const low = given[i - 1];
      if (low !== undefined && Number(entry[low]) >= Number(entry[high])) at([...path, high], say(language, 'order', low, high));
    }
  }
}

/** `device.entity` of everything that the configured devices offer. */
function knownSources(devices: readonly Raw[], drivers: readonly AnyDriver[]): ReadonlySet<string> {
  return new Set(
    devices.flatMap((device) => {
      const driver = drivers.find(({ type }) => type === device.type);
      try {
        return Object.keys(driver?.describe(device as never).entities ?? {}).map((key) => `${String(device.id)}.${key}`);
      } catch {
        return []; // options that the schema has already refused
      }
    }),
  );
}
