/** What no single entry can know: names used twice, two users of one line, one chip or one port. Pure. */
import type { Language } from '../model.ts';
import { type Said, say } from './words.ts';

export interface CrossFault {
  readonly path: readonly (string | number)[];
  readonly said: Said;
}
const RESERVED: ReadonlySet<string> = new Set(['bridge', 'alarm']);

/** Devices and relays share one space of names and of hardware. */
export function crossCheck(raw: Readonly<Record<string, unknown>>, language: Language): CrossFault[] {
  const faults: CrossFault[] = [];
  const taken = new Map<string, string>();
  for (const section of ['devices', 'relays'] as const) {
    const list = raw[section];
    if (!Array.isArray(list)) continue;
    for (const [index, entry] of list.entries()) {
      if (typeof entry !== 'object' || entry === null) continue;
      for (const { key, what } of claims(entry as Record<string, unknown>)) {
        const path = [section, index, key];
        const first = taken.get(what);
        if (first !== undefined) faults.push({ path, said: say(language, 'twice', what, first) });
        else taken.set(what, String((entry as { id?: unknown }).id ?? `${section}[${index}]`));
        if (key === 'id' && RESERVED.has(String((entry as { id?: unknown }).id))) {
          faults.push({ path, said: say(language, 'reserved', String((entry as { id?: unknown }).id)) });
        }
      }
    }
  }
  return faults;
}

/** What an entry takes for itself, by the well-known names of its options. */
function claims(entry: Readonly<Record<string, unknown>>): { readonly key: string; readonly what: string }[] {
  const found: { key: string; what: string }[] = [];
  if (typeof entry.id === 'string') found.push({ key: 'id', what: `id ${entry.id}` });
  if (typeof entry.port === 'string') found.push({ key: 'port', what: entry.port });
  if (typeof entry.address === 'number') {
    found.push({ key: 'address', what: `I2C 0x${entry.address.toString(16)} @ ${String(entry.bus ?? 1)}` });
  }
  if (typeof entry.line === 'number') found.push({ key: 'line', what: `GPIO ${String(entry.chip ?? 'auto')}:${entry.line}` });
  return found;
}
