/** What travels to the writer's thread and back. */
import type { JournalEntry, StoredLatch, StoredRelay, StoredState, StoredTotal } from './types.ts';

export interface LatchChange extends StoredLatch {
  readonly set: boolean;
}
/** Written together or not at all. */
export interface Batch {
  readonly totals: readonly StoredTotal[];
  readonly relays: readonly StoredRelay[];
  readonly latches: readonly LatchChange[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly journal: readonly JournalEntry[];
}
export type ToWriter = { readonly id: number; readonly batch: Batch } | { readonly close: true };
export type FromWriter =
  | { readonly opened: StoredState; readonly notice: string; readonly writable: boolean }
  | { readonly id: number; readonly failure: string | null }
  | { readonly closed: true };

/** The state after a batch: what the vital copy holds. */
export function applyBatch(state: StoredState, batch: Batch): StoredState {
  const totals = new Map(state.totals.map((row) => [`${row.deviceId}\n${row.key}`, row]));
  for (const row of batch.totals) {
    const id = `${row.deviceId}\n${row.key}`;
    const before = totals.get(id);
    // A total never goes back, whoever asks.
    if (before === undefined || row.total >= before.total) totals.set(id, row);
  }
  const relays = new Map(state.relays.map((row) => [row.relayId, row]));
  for (const row of batch.relays) relays.set(row.relayId, row);
  const latches = new Map(state.latches.map((row) => [`${row.relayId}\n${row.cause}`, row]));
  for (const { set, ...row } of batch.latches) {
    if (set) latches.set(`${row.relayId}\n${row.cause}`, row);
    else latches.delete(`${row.relayId}\n${row.cause}`);
  }
  return {
    totals: [...totals.values()],
    relays: [...relays.values()],
    latches: [...latches.values()],
    facts: { ...state.facts, ...Object.fromEntries(batch.facts) },
  };
}

export const EMPTY_STATE: StoredState = { totals: [], relays: [], latches: [], facts: {} };
