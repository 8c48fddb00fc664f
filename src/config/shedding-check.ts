/** Load-shedding against the rest of the file: meters, relays and loads that do not exist, or stand twice. Pure. */
import type { Language } from '../model.ts';
import type { CrossFault } from './cross-check.ts';
import { list, type Raw, record, records } from './raw.ts';
import { say } from './words.ts';

/** What has the wrong type was already said by the schema. */
export function crossCheckShedding(raw: Raw, language: Language): CrossFault[] {
  if (typeof raw.shedding !== 'object' || raw.shedding === null) return [];
  const faults: CrossFault[] = [];
  const shedding = raw.shedding as Raw;
  const devices = records(raw.devices).map(({ id }) => String(id));
  const relays = records(raw.relays).map(({ id }) => String(id));
  const loads = records(shedding.loads);
  const ids = loads.map(({ id }) => String(id));
  const known = (value: unknown, among: readonly string[], ...path: (string | number)[]): void => {
    if (typeof value !== 'string' || among.includes(value)) return;
    faults.push({ path: ['shedding', ...path], said: say(language, 'absent', value, among.join(', ')) });
  };
  known(shedding.meter, devices, 'meter');
  const linky = records(raw.devices).some(({ id, type }) => id === shedding.meter && type === 'linky');
  if (shedding.entity === undefined && devices.includes(String(shedding.meter)) && !linky)
    faults.push({ path: ['shedding', 'meter'], said: say(language, 'noLinky', String(shedding.meter)) });
  for (const [index, load] of loads.entries()) {
    known(load.relay, relays, 'loads', index, 'relay');
    for (const key of ['meter', 'state'] as const) known(record(load[key]).device, devices, 'loads', index, key, 'device');
    faults.push(...crossCheckSwitch(load, index, loads, raw, language));
    for (const key of ['id', 'relay'] as const) {
      const first = loads.slice(0, index).find((other) => load[key] !== undefined && other[key] === load[key]);
      if (first === undefined) continue;
      faults.push({ path: ['shedding', 'loads', index, key], said: say(language, 'twice', String(load[key]), String(first.id)) });
    }
  }
  for (const [index, rule] of records(shedding.schedules).entries()) {
    for (const [i, load] of list(rule.loads).entries()) known(load, ids, 'schedules', index, 'loads', i);
  }
  return faults;
}

/** One way to switch a load, through topics of somebody else that no other load is told on. */
function crossCheckSwitch(load: Raw, index: number, loads: readonly Raw[], raw: Raw, language: Language): CrossFault[] {
  if (load.mqtt === undefined) return [];
  const faults: CrossFault[] = [];
  const fault = (path: readonly string[], said: CrossFault['said']): void => {
    faults.push({ path: ['shedding', 'loads', index, ...path], said });
  };
  const { command, state, ask } = record(load.mqtt);
  for (const other of ['relay', 'state']) if (load[other] !== undefined) fault(['mqtt'], say(language, 'either', 'mqtt', other));
  const root = record(raw.mqtt).topic_root ?? 'boxenergie';
  for (const [key, topic] of Object.entries({ command, state, ask }))
    if (topic === root || String(topic).startsWith(`${String(root)}/`)) fault(['mqtt', key], say(language, 'ownTopic', String(topic)));
  if (command !== undefined && command === state) fault(['mqtt', 'state'], say(language, 'sameTopic', String(state)));
  const first = loads.slice(0, index).find((other) => command !== undefined && record(other.mqtt).command === command);
  if (first !== undefined) fault(['mqtt', 'command'], say(language, 'twice', String(command), String(first.id)));
  return faults;
}
