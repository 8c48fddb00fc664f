/** What waits to be written: the newest of each thing, the larger of each total, and a bounded journal. */
import { type Batch, grown, type JournalRow, type LatchChange, latchId, totalId } from './batch.ts';
import type { JournalEntry, StoredRelay, StoredTotal } from './types.ts';

export const JOURNAL_LIMIT = 10_000;

export interface Pending {
  /** False when a number in it is none: such a row would keep all others from being written. */
  total(row: StoredTotal): boolean;
  relay(row: StoredRelay): boolean;
  latch(row: LatchChange): void;
  fact(name: string, value: string): void;
  journal(row: JournalEntry): void;
  readonly empty: boolean;
  /** Journal entries that found no place. */
  readonly dropped: number;
  /** All of it, once: what comes from now on waits for the next. */
  take(blind: boolean): Batch;
  /** The batch was not written: it waits again, behind what came since. */
  putBack(batch: Batch): void;
}

/** An empty waiting room; its size is bounded by the number of devices and by JOURNAL_LIMIT. */
export function createPending(session: string): Pending {
  const totals = new Map<string, StoredTotal>();
  const relays = new Map<string, StoredRelay>();
  const latches = new Map<string, LatchChange>();
  const facts = new Map<string, string>();
  let journal: JournalRow[] = [];
  let serial = 0;
  let dropped = 0;

  const addTotal = (row: StoredTotal): void => {
    const before = totals.get(totalId(row));
    if (before === undefined || row.total >= before.total) totals.set(totalId(row), row);
  };
  const bound = (): void => {
    const excess = journal.length - JOURNAL_LIMIT;
    if (excess <= 0) return;
    journal = journal.slice(excess);
    dropped += excess;
  };
  return {
    total(row) {
      if (!storable(row.total) || !storable(row.offset) || !(row.index === null || storable(row.index))) return false;
      addTotal({ ...row, atMs: stamp(row.atMs) });
      return true;
    },
    relay(row) {
      if (!storable(row.switches) || !storable(row.onSeconds)) return false;
      relays.set(row.relayId, grown(relays.get(row.relayId), row));
      return true;
    },
    latch: (row) => void latches.set(latchId(row), { ...row, sinceMs: stamp(row.sinceMs) }),
    fact: (name, value) => void facts.set(name, value),
    journal(entry) {
      serial += 1;
      journal.push({ serial, entry: { ...entry, atMs: stamp(entry.atMs) } });
      bound();
    },
    get empty() {
      return totals.size + relays.size + latches.size + facts.size + journal.length === 0;
    },
    get dropped() {
      return dropped;
    },
    take(blind) {
      const rows = { totals: [...totals.values()], relays: [...relays.values()], latches: [...latches.values()] };
      const batch: Batch = { session, blind, ...rows, facts: [...facts], journal };
      for (const waiting of [totals, relays, latches, facts]) waiting.clear();
      journal = [];
      return batch;
    },
    putBack(batch) {
      for (const row of batch.totals) addTotalBehind(row);
      for (const row of batch.relays) relays.set(row.relayId, grown(row, relays.get(row.relayId) ?? row));
      keepNewer(latches, batch.latches, latchId);
      for (const [name, value] of batch.facts) if (!facts.has(name)) facts.set(name, value);
      journal = [...batch.journal, ...journal];
      bound();
    },
  };

  /** At equal totals the row that came since is the newer. */
  function addTotalBehind(row: StoredTotal): void {
    const since = totals.get(totalId(row));
    if (since === undefined || row.total > since.total) totals.set(totalId(row), row);
  }
}

function keepNewer<T>(waiting: Map<string, T>, rows: readonly T[], id: (row: T) => string): void {
  for (const row of rows) if (!waiting.has(id(row))) waiting.set(id(row), row);
}

/** SQLite stores neither NaN nor Infinity, and hands back no integer beyond this. */
function storable(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** Time is for information here: without a usable one the row still counts. */
function stamp(ms: number): number {
  return storable(ms) ? ms : 0;
}
