/** What of a faulty house file can run all the same: every entry without a fault; relays that lost their guard are held safe. Pure. */
import type { AnyDriver } from '../drivers/driver.ts';
import { toHouse } from './house.ts';
import { list, type Raw, record } from './raw.ts';
import { BATTERY_SCHEMA } from './schema.ts';
import type { ConfigProblem, HouseConfig } from './types.ts';
import { validateHouse } from './validate.ts';

export interface Salvaged {
  readonly house: HouseConfig;
  /** Relays that may not leave their safe state. */
  readonly held: readonly string[];
}

type Section = 'devices' | 'relays' | 'batteries' | 'alarms.rules';
type Refused = Readonly<Record<Section, ReadonlySet<number>>>;
const GUARDED: readonly string[] = ['charge_relays', 'discharge_relays', 'other_relays'];
/** What is needed to hold a relay safe. */
const BARE: readonly string[] = ['id', 'chip', 'line', 'active_low', 'safe', 'contact'];
/** A device less may cost a battery, and that a relay: it ends by itself long before. */
const ROUNDS = 8;

/** Undefined when something else than a device, a relay, a battery or an alarm rule is wrong. */
export function salvage(raw: Raw, problems: readonly ConfigProblem[], drivers: readonly AnyDriver[]): Salvaged | undefined {
  const held = new Set<string>();
  const bare = new Set<string>();
  let blind = false;
  let rest = raw;
  let found = problems;
  for (let round = 0; round < ROUNDS; round += 1) {
    const refused = refusedBy(found);
    if (refused === undefined) return undefined;
    blind ||= found.some(({ field }) => hidesItsRelays(field));
    rest = without(rest, refused, { held, bare });
    const { raw: next, problems: left } = validateHouse(JSON.stringify(rest), '', drivers);
    if (left.length === 0)
      return {
        house: toHouse(next),
        held: list(next.relays)
          .flatMap((relay) => String(record(relay).id))
          .filter((id) => blind || held.has(id)),
      };
    found = left;
  }
  return undefined;
}

function refusedBy(problems: readonly ConfigProblem[]): Refused | undefined {
  const refused = {
    devices: new Set<number>(),
    relays: new Set<number>(),
    batteries: new Set<number>(),
    'alarms.rules': new Set<number>(),
  };
  for (const { field } of problems) {
    const [, section, index] = /^(devices|relays|batteries|alarms\.rules)\[(\d+)\]/.exec(field) ?? [];
    if (section === undefined) return undefined;
    refused[section as Section].add(Number(index));
  }
  return refused;
}

/** A battery with such a fault no longer says for sure which relays it guards: then nobody may leave safety. */
function hidesItsRelays(field: string): boolean {
  if (!field.startsWith('batteries[')) return false;
  const [, key = ''] = /^batteries\[\d+\]\.(\w+)/.exec(field) ?? [];
  return key === 'id' || GUARDED.includes(key) || !Object.hasOwn(BATTERY_SCHEMA.properties as object, key);
}

interface Marks {
  readonly held: Set<string>;
  /** Relays of which only the wiring is left. */
  readonly bare: Set<string>;
}

/** Without what is refused; of a refused relay first everything but its wiring goes. */
function without(raw: Raw, refused: Refused, { held, bare }: Marks): Raw {
  const batteries = list(raw.batteries).map(record);
  for (const index of refused.batteries) for (const id of GUARDED.flatMap((key) => list(batteries[index]?.[key]))) held.add(String(id));
  const kept = (section: Section, entries: unknown): unknown[] => list(entries).filter((_, index) => !refused[section].has(index));
  const relays = list(raw.relays).flatMap((relay, index, all) => {
    if (!refused.relays.has(index)) return [relay];
    const id = String(record(relay).id);
    if (bare.has(id)) return [];
    bare.add(id);
    for (const each of all.map(record)) if (each.id === record(relay).id || depends(each, record(relay))) held.add(String(each.id));
    return [Object.fromEntries(Object.entries(record(relay)).filter(([key]) => BARE.includes(key)))];
  });
  const alarms = 'alarms' in raw && { alarms: { ...record(raw.alarms), rules: kept('alarms.rules', record(raw.alarms).rules) } };
  return { ...raw, devices: kept('devices', raw.devices), relays, batteries: kept('batteries', raw.batteries), ...alarms };
}

/** Of two that claim one line nobody knows which is wired to it; of a group nobody may close while one is in doubt. */
function depends(one: Raw, other: Raw): boolean {
  return one.line === other.line || (one.group !== undefined && one.group === other.group);
}
