/** What no single entry can know: names used twice, two users of one line, one chip or one port. Pure. */
import type { Language } from '../model.ts';
import { type Said, say } from './words.ts';

export interface CrossFault {
  readonly path: readonly (string | number)[];
  readonly said: Said;
}
const RESERVED: ReadonlySet<string> = new Set(['shedding', 'bridge', 'alarm', 'certified']);

interface Taken {
  readonly by: string;
  readonly sharedAs: string | undefined;
}

/** Devices, relays and batteries share one space of names, and of hardware. */
export function crossCheck(raw: Readonly<Record<string, unknown>>, language: Language): CrossFault[] {
  const faults: CrossFault[] = [];
  const taken = new Map<string, Taken>();
  for (const section of ['devices', 'relays', 'batteries'] as const) {
    const list = raw[section];
    if (!Array.isArray(list)) continue;
    for (const [index, entry] of list.entries()) {
      if (typeof entry !== 'object' || entry === null) continue;
      const id = String((entry as { id?: unknown }).id ?? `${section}[${index}]`);
      for (const claim of claims(entry as Record<string, unknown>)) {
        const path = [section, index, claim.key];
        const first = take(taken, claim, id);
        if (first !== undefined) faults.push({ path, said: say(language, 'twice', claim.what, first) });
        if (claim.name !== undefined && RESERVED.has(claim.name)) faults.push({ path, said: say(language, 'reserved', claim.name) });
      }
    }
  }
  return faults;
}

/** Who has it already, unless both share it. */
function take(taken: Map<string, Taken>, { what, sharedAs }: Claim, by: string): string | undefined {
  const first = taken.get(what);
  if (first === undefined) taken.set(what, { by, sharedAs });
  return first === undefined || (sharedAs !== undefined && first.sharedAs === sharedAs) ? undefined : first.by;
}

interface Claim {
  readonly key: string;
  readonly what: string;
  /** Others may claim the same when they say the same. */
  readonly sharedAs?: string;
  /** The id of a device that is announced. */
  readonly name?: string;
}

/** What an entry takes for itself, by the well-known names of its options. */
function claims(entry: Readonly<Record<string, unknown>>): Claim[] {
  const found: Claim[] = [];
  if (typeof entry.id === 'string') found.push({ key: 'id', what: `id ${entry.id}`, name: entry.id });
  if (typeof entry.bank === 'string') found.push({ key: 'bank', what: `id ${entry.bank}`, name: entry.bank, sharedAs: 'bank' });
  if (typeof entry.transport === 'string') found.push(...modbusClaims(entry));
  else if (typeof entry.port === 'string') found.push(...portClaims(entry.port, entry.unit));
  if (typeof entry.address === 'number') {
    const chip = `I2C 0x${entry.address.toString(16)} @ ${String(entry.bus ?? 1)}`;
    const channelled = typeof entry.channel === 'number';
    // The channels of one chip are devices of their own.
    found.push({ key: 'address', what: chip, ...(channelled && { sharedAs: String(entry.type) }) });
    if (channelled) found.push({ key: 'channel', what: `${chip} / ${String(entry.channel)}` });
  }
  if (typeof entry.sensor === 'string' && /^[0-9a-f]{2}-[0-9a-f]{12}$/.test(entry.sensor))
    found.push({ key: 'sensor', what: `1-Wire ${entry.sensor}` });
  if (typeof entry.line === 'number') found.push({ key: 'line', what: `GPIO ${String(entry.chip ?? 'auto')}:${entry.line}` });
  return found;
}

/** Devices with an address of their own share a line, the others take the whole port. */
function portClaims(port: string, unit: unknown): Claim[] {
  if (typeof unit !== 'number') return [{ key: 'port', what: port }];
  return [
    { key: 'port', what: port, sharedAs: 'units' },
    { key: 'unit', what: `${port} unit ${unit}` },
  ];
}

/** Modbus devices share a line of one speed and frame; a unit is one device, unless its registers are listed by hand. */
function modbusClaims(entry: Readonly<Record<string, unknown>>): Claim[] {
  const where = entry.transport === 'rtu' ? entry.port : entry.host;
  if (typeof where !== 'string') return [];
  const line = `${String(entry.baud_rate)} ${String(entry.parity)} ${String(entry.stop_bits)}`;
  const what = entry.transport === 'rtu' ? where : `${where}:${String(entry.tcp_port)}`;
  const unit = { key: 'unit', what: `${String(entry.type)} unit ${String(entry.unit)} @ ${what}` };
  return [
    ...(entry.transport === 'rtu' ? [{ key: 'port', what, sharedAs: `Modbus ${line}` }] : []),
    ...(entry.registers === undefined ? [unit] : []),
  ];
}
