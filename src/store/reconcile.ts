/** What is true when the store's file and its vital copy do not say the same. Pure. */
import { applyBatch, type Batch, latchId, NO_CHANGES, type Snapshot, totalId } from './batch.ts';
import { DamagedError } from './faults.ts';
import type { StoredState } from './types.ts';

/**
 * The batch that makes the file right, undefined when it is. The later of both decides modes, latches and facts, the larger
 * decides each total. The copy has a checksum and the file has none: at the same sequence a difference is damage in the file,
 * and DamagedError is thrown.
 */
export function reconcile(file: Snapshot, copy: Snapshot | undefined): Batch | undefined {
  if (copy === undefined) return undefined;
  if (copy.sequence === file.sequence) {
    if (fingerprint(copy.state) === fingerprint(file.state)) return undefined;
    throw new DamagedError('the store does not hold what its copy holds');
  }
  return copy.sequence > file.sequence ? takeOver(file.state, copy.state) : raise(file.state, copy.state);
}

/** The larger totals and the later rest of two readings, for showing: neither file can be written. */
export function best(file: Snapshot | undefined, copy: Snapshot | undefined): Snapshot | undefined {
  if (file === undefined || copy === undefined) return copy ?? file;
  const sequence = Math.max(file.sequence, copy.sequence);
  const changes = copy.sequence >= file.sequence ? takeOver(file.state, copy.state) : raise(file.state, copy.state);
  return { state: applyBatch(file.state, changes ?? NO_CHANGES), sequence };
}

function takeOver(file: StoredState, copy: StoredState): Batch {
  const kept = new Set(copy.latches.map(latchId));
  const lost = file.latches.filter((latch) => !kept.has(latchId(latch)));
  return {
    ...NO_CHANGES,
    totals: copy.totals,
    relays: copy.relays,
    latches: [...lost.map((row) => ({ ...row, set: false })), ...copy.latches.map((row) => ({ ...row, set: true }))],
    facts: Object.entries(copy.facts),
  };
}

function raise(file: StoredState, copy: StoredState): Batch | undefined {
  const own = new Map(file.totals.map((row) => [totalId(row), row.total]));
  const totals = copy.totals.filter((row) => row.total > (own.get(totalId(row)) ?? Number.NEGATIVE_INFINITY));
  return totals.length === 0 ? undefined : { ...NO_CHANGES, totals };
}

/** Equal for equal states, whatever the order of rows; SQLite keeps neither lone surrogates nor the sign of zero. */
function fingerprint({ totals, relays, latches, facts }: StoredState): string {
  const lines = [
    ...totals.map((row) => [1, row.deviceId, row.key, row.total, row.index, row.offset, row.identity, row.atMs]),
    ...relays.map((row) => [2, row.relayId, row.mode, row.manualOn, row.switches, row.onSeconds]),
    ...latches.map((row) => [3, row.relayId, row.cause, row.sinceMs]),
    ...Object.entries(facts).map((row) => [4, ...row]),
  ];
  const wellFormed = (_: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);
  return lines
    .map((line) => JSON.stringify(line, wellFormed))
    .sort()
    .join('\n');
}
