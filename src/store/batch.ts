/** What travels to the writer's thread and back, and what the state is after it. */
import type { JournalEntry, StoredLatch, StoredRelay, StoredState, StoredTotal } from './types.ts';

export interface LatchChange extends StoredLatch {
  readonly set: boolean;
}
/** `serial` grows by one for each entry of a session: a batch sent twice is written once. */
export interface JournalRow {
  readonly serial: number;
  readonly entry: JournalEntry;
}
/** Written together or not at all. */
export interface Batch {
  /** Names this run of the program. */
  readonly session: string;
  /** What is stored could not be read at the start: facts drawn meanwhile never replace stored ones. */
  readonly blind: boolean;
  readonly totals: readonly StoredTotal[];
  readonly relays: readonly StoredRelay[];
  readonly latches: readonly LatchChange[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly journal: readonly JournalRow[];
}
/** A state and the number of batches behind it: of two, the higher sequence is the later. */
export interface Snapshot {
  readonly state: StoredState;
  readonly sequence: number;
}
export interface Answer {
  /** Null: all of it is durable. */
  readonly failure: string | null;
  /** Damage found and what was done about it; empty when none. */
  readonly notice: string;
  /** Why the vital copy could not be written; empty when well. */
  readonly copyFailure: string;
}
export interface Opening extends Answer {
  readonly state: StoredState;
  /** Neither the store nor its copy could be read: `state` is empty because it is unknown. */
  readonly blind: boolean;
}
export type ToWriter = { readonly id: number; readonly batch: Batch } | { readonly close: true };
export type FromWriter =
  | { readonly kind: 'copy'; readonly state: StoredState }
  | { readonly kind: 'opened'; readonly opening: Opening }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer };

export const EMPTY_STATE: StoredState = { totals: [], relays: [], latches: [], facts: {} };
export const NO_CHANGES: Batch = {
  session: '',
  blind: false,
  totals: [],
  relays: [],
  latches: [],
  facts: [],
  journal: [],
};

export const totalId = (row: Pick<StoredTotal, 'deviceId' | 'key'>): string => `${row.deviceId}\n${row.key}`;
export const latchId = (row: Pick<StoredLatch, 'relayId' | 'cause'>): string => `${row.relayId}\n${row.cause}`;

/** The state after a batch, by the same rules as the SQL in database.ts: what the vital copy holds. */
export function applyBatch(state: StoredState, batch: Batch): StoredState {
  const totals = new Map(state.totals.map((row) => [totalId(row), row]));
  for (const row of batch.totals) {
    const before = totals.get(totalId(row));
    if (before === undefined || row.total >= before.total) totals.set(totalId(row), row);
  }
  const relays = new Map(state.relays.map((row) => [row.relayId, row]));
  for (const row of batch.relays) relays.set(row.relayId, grown(relays.get(row.relayId), row));
  const latches = new Map(state.latches.map((row) => [latchId(row), row]));
  for (const { set, ...row } of batch.latches) {
    if (set) latches.set(latchId(row), row);
    else latches.delete(latchId(row));
  }
  const facts = Object.fromEntries(batch.facts);
  return {
    totals: [...totals.values()],
    relays: [...relays.values()],
    latches: [...latches.values()],
    facts: batch.blind ? { ...facts, ...state.facts } : { ...state.facts, ...facts },
  };
}

/** The newer mode; counts only grow. */
export function grown(before: StoredRelay | undefined, row: StoredRelay): StoredRelay {
  if (before === undefined) return row;
  const switches = Math.max(before.switches, row.switches);
  return { ...row, switches, onSeconds: Math.max(before.onSeconds, row.onSeconds) };
}
