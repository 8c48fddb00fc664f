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
  const faults: CrossFault[] = [];
  const takenBy = ledger();
  for (const section of ['devices', 'relays'] as const) {
    const list = raw[section];
    if (!Array.isArray(list)) continue;
    for (const [index, entry] of list.entries()) {
      if (typeof entry !== 'object' || entry === null) continue;
      const id = String((entry as { id?: unknown }).id ?? `${section}[${index}]`);
      for (const claim of claims(entry as Record<string, unknown>)) {
        const path = [section, index, claim.key];
        const first = takenBy(claim, id);
        if (first !== undefined) faults.push({ path, said: say(language, 'twice', claim.what, first) });
        if (claim.key === 'id' && RESERVED.has(id)) faults.push({ path, said: say(language, 'reserved', id) });
      }
    }
  }
  return faults;
}

/** Notes claims, and says who was first where two cannot both hold. */
function ledger(): (claim: Claim, id: string) => string | undefined {
  const taken = new Map<string, string>();
  /** Ports with several devices on one line, and the first of them. */
  const shared = new Map<string, string>();
  return ({ what, within }, id) => {
    const first = taken.get(what) ?? taken.get(within ?? '') ?? shared.get(what);
    if (first === undefined) taken.set(what, id);
    if (within !== undefined && !shared.has(within)) shared.set(within, id);
    return first;
  };
}

interface Claim {
  readonly key: string;
  readonly what: string;
  /** What it takes only a part of. */
  readonly within?: string;
}
/** What an entry takes for itself, by the well-known names of its options. */
function claims(entry: Readonly<Record<string, unknown>>): Claim[] {
  const found: Claim[] = [];
  if (typeof entry.id === 'string') found.push({ key: 'id', what: `id ${entry.id}` });
  if (typeof entry.port === 'string') found.push(portClaim(entry.port, entry.unit));
  if (typeof entry.address === 'number') {
    found.push({ key: 'address', what: `I2C 0x${entry.address.toString(16)} @ ${String(entry.bus ?? 1)}` });
  }
  if (typeof entry.line === 'number') found.push({ key: 'line', what: `GPIO ${String(entry.chip ?? 'auto')}:${entry.line}` });
  return found;
}

/** Devices with an address of their own share a line, the others take the whole port. */
function portClaim(port: string, unit: unknown): Claim {
  return typeof unit === 'number' ? { key: 'unit', what: `${port} unit ${unit}`, within: port } : { key: 'port', what: port };
}
