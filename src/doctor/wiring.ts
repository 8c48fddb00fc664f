/** What a house file takes of the machine: lines, ports and chips. A faulty file is read as far as it goes. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ConfigProblem } from '../config/types.ts';
import { isRecord, type Raw, validateHouse } from '../config/validate.ts';
import type { AnyDriver } from '../drivers/driver.ts';
import { messageOf } from './say.ts';
import type { HouseSeen, LineUse } from './types.ts';

/** Reads only: no seed file, no copy. Never throws. */
export async function seeHouse(path: string | undefined, drivers: readonly AnyDriver[]): Promise<HouseSeen> {
  if (path === undefined) return wiringOf(undefined, {}, []);
  try {
    const { raw, problems } = validateHouse(await readFile(path, 'utf8'), basename(path), drivers);
    return wiringOf(path, raw, problems);
  } catch (error) {
    return { ...wiringOf(path, {}, []), unread: messageOf(error) };
  }
}

const name = ({ id }: Raw): string => String(id ?? '?');

/** By the well-known names of options, as the cross-check of the file does. */
export function wiringOf(path: string | undefined, raw: Raw, problems: readonly ConfigProblem[]): HouseSeen {
  const devices = entries(raw.devices);
  const relays = entries(raw.relays);
  const type = (entry: Raw): string => String(entry.type ?? 'relay');
  const mqtt = isRecord(raw.mqtt) ? raw.mqtt : {};
  return {
    path,
    unread: undefined,
    problems,
    language: raw.language === 'fr' || raw.language === 'en' ? raw.language : undefined,
    topicRoot: typeof mqtt.topic_root === 'string' ? mqtt.topic_root : 'boxenergie',
    devices: [...devices, ...relays].map((entry) => ({ id: name(entry), type: type(entry) })),
    lines: [...devices, ...relays].flatMap((entry) =>
      typeof entry.line === 'number' ? [lineOf(entry, entry.line, relays.includes(entry))] : [],
    ),
    ports: devices.flatMap((entry) =>
      typeof entry.port === 'string' && entry.port.startsWith('/')
        ? [{ owner: name(entry), type: type(entry), path: entry.port, mode: typeof entry.mode === 'string' ? entry.mode : undefined }]
        : [],
    ),
    chips: devices.flatMap((entry) =>
      typeof entry.address === 'number' && (typeof entry.bus === 'number' || entry.bus === undefined)
        ? [{ owner: name(entry), type: type(entry), bus: entry.bus ?? 1, address: entry.address }]
        : [],
    ),
  };
}

function lineOf(entry: Raw, line: number, relay: boolean): LineUse {
  const safe = entry.safe === 'on' ? 'on' : 'off';
  return { owner: name(entry), relay, activeLow: entry.active_low === true, safe, chip: String(entry.chip ?? 'auto'), line };
}

function entries(list: unknown): readonly Raw[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
