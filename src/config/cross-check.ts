/** What no single entry can know: names used twice, two users of one line, one chip or one port. Pure. */
import type { Language } from '../model.ts';
import { type Said, say } from './words.ts';

export interface CrossFault {
  readonly path: readonly (string | number)[];
  readonly said: Said;
}
const RESERVED: ReadonlySet<string> = new Set(['bridge']);

/** Devices and relays share one space of names and of hardware. */
export function crossCheck(raw: Readonly<Record<string, unknown>>, language: Language): CrossFault[] {
  const taken = new Map<string, { readonly by: string; readonly kind: string | undefined }>();
  const check = (entry: Readonly<Record<string, unknown>>, place: readonly [string, number]): CrossFault[] =>
    claims(entry).flatMap(({ key, what, kind }) => {
      const faults: Said[] = [];
      const first = taken.get(what);
      if (first === undefined) taken.set(what, { by: String(entry.id ?? `${place[0]}[${place[1]}]`), kind });
      else if (kind === undefined || kind !== first.kind) faults.push(say(language, 'twice', what, first.by));
      if (key === 'id' && RESERVED.has(String(entry.id))) faults.push(say(language, 'reserved', String(entry.id)));
      return faults.map((said) => ({ path: [...place, key], said }));
    });
  return (['devices', 'relays'] as const).flatMap((section) => {
    const list: readonly unknown[] = Array.isArray(raw[section]) ? raw[section] : [];
    return list.flatMap((entry, index) =>
      typeof entry === 'object' && entry !== null ? check(entry as Record<string, unknown>, [section, index]) : [],
    );
  });
}

interface Claim {
  readonly key: string;
  readonly what: string;
  /** Devices of one kind may share it: the channels of one chip. */
  readonly kind?: string;
}

/** What an entry takes for itself, by the well-known names of its options. */
function claims(entry: Readonly<Record<string, unknown>>): Claim[] {
  const found: Claim[] = [];
  if (typeof entry.id === 'string') found.push({ key: 'id', what: `id ${entry.id}` });
  if (typeof entry.port === 'string') found.push({ key: 'port', what: entry.port });
  if (typeof entry.address === 'number') {
    const chip = `I2C 0x${entry.address.toString(16)} @ ${String(entry.bus ?? 1)}`;
    const channelled = typeof entry.channel === 'number';
    found.push({ key: 'address', what: chip, ...(channelled && { kind: String(entry.type) }) });
    if (channelled) found.push({ key: 'channel', what: `${chip} / ${String(entry.channel)}` });
  }
  if (typeof entry.sensor === 'string' && /^[0-9a-f]{2}-[0-9a-f]{12}$/.test(entry.sensor))
    found.push({ key: 'sensor', what: `1-Wire ${entry.sensor}` });
  if (typeof entry.line === 'number') found.push({ key: 'line', what: `GPIO ${String(entry.chip ?? 'auto')}:${entry.line}` });
  return found;
}
