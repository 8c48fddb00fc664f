/** What waits to be written: the newest of each thing, and a bounded journal. */
import type { Batch, LatchChange } from './batch.ts';
import type { JournalEntry, StoredRelay, StoredTotal } from './types.ts';

const JOURNAL_LIMIT = 10_000;

export interface Pending {
  total(row: StoredTotal): void;
  relay(row: StoredRelay): void;
  latch(row: LatchChange): void;
  fact(name: string, value: string): void;
  journal(row: JournalEntry): void;
  readonly empty: boolean;
  /** Journal entries that found no place. */
  readonly dropped: number;
  take(): Batch;
  /** The batch was not written: it waits again, behind what came since. */
  putBack(batch: Batch): void;
}

/** An empty waiting room; its size is bounded by the number of devices and by JOURNAL_LIMIT. */
export function createPending(): Pending {
  let totals = new Map<string, StoredTotal>();
  let relays = new Map<string, StoredRelay>();
  let latches = new Map<string, LatchChange>();
  let facts = new Map<string, string>();
  let journal: JournalEntry[] = [];
  let dropped = 0;
  const bound = (): void => {
    const excess = journal.length - JOURNAL_LIMIT;
    if (excess <= 0) return;
    journal = journal.slice(excess);
    dropped += excess;
  };
  return {
    total: (row) => void totals.set(`${row.deviceId}\n${row.key}`, row),
    relay: (row) => void relays.set(row.relayId, row),
    latch: (row) => void latches.set(`${row.relayId}\n${row.cause}`, row),
    fact: (name, value) => void facts.set(name, value),
    journal(row) {
      journal.push(row);
      bound();
    },
    get empty() {
      return totals.size + relays.size + latches.size + facts.size + journal.length === 0;
    },
    get dropped() {
      return dropped;
    },
    take() {
      const batch: Batch = {
        totals: [...totals.values()],
        relays: [...relays.values()],
        latches: [...latches.values()],
        facts: [...facts],
        journal,
      };
      totals = new Map();
      relays = new Map();
      latches = new Map();
      facts = new Map();
      journal = [];
      return batch;
    },
    putBack(batch) {
      totals = new Map([...batch.totals.map((row) => [`${row.deviceId}\n${row.key}`, row] as const), ...totals]);
      relays = new Map([...batch.relays.map((row) => [row.relayId, row] as const), ...relays]);
      latches = new Map([...batch.latches.map((row) => [`${row.relayId}\n${row.cause}`, row] as const), ...latches]);
      facts = new Map([...batch.facts, ...facts]);
      journal = [...batch.journal, ...journal];
      bound();
    },
  };
}
