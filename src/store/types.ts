/** What must outlive a power cut, and the promises of whoever keeps it. */
import type { KeptTotal } from '../energy/ledger.ts';
import type { ReasonCode, RelayMode, Requester } from '../model.ts';

export type StoredTotal = KeptTotal;
export interface StoredRelay {
  readonly relayId: string;
  readonly mode: RelayMode;
  /** What a person asked for in manual mode. */
  readonly manualOn: boolean;
  readonly switches: number;
  readonly onSeconds: number;
}
/** A safety condition that stays until somebody acknowledges it, through any restart. */
export interface StoredLatch {
  readonly relayId: string;
  readonly cause: string;
  readonly sinceMs: number;
}
export interface JournalEntry {
  readonly atMs: number;
  readonly relayId: string;
  readonly before: boolean | null;
  readonly after: boolean;
  readonly reason: ReasonCode;
  readonly detail: string | null;
  readonly by: Requester | null;
  /** Inputs the decision used. */
  readonly inputs: Readonly<Record<string, number | string | boolean | null>>;
}
export interface StoredState {
  readonly totals: readonly StoredTotal[];
  readonly relays: readonly StoredRelay[];
  readonly latches: readonly StoredLatch[];
  /** Small named facts: installation salt, entities seen, discovery topics announced. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Nothing here blocks or throws: writes go to one writer in another thread; failures show in `health`. */
export interface Store {
  /** As found at opening. */
  readonly initial: StoredState;
  readonly health: StoreHealth;
  /** Kept in memory, newest per (device, key), until the next flush. */
  saveTotal(total: StoredTotal): void;
  saveRelay(relay: StoredRelay): void;
  /** Resolves once it is safely on disk, false when it could not be (health then says why). */
  setLatch(latch: StoredLatch): Promise<boolean>;
  clearLatch(relayId: string, cause: string): Promise<boolean>;
  saveFact(name: string, value: string): void;
  journal(entry: JournalEntry): void;
  /** Writes all that is pending; resolves false when the disk refused. */
  flush(): Promise<boolean>;
  close(): Promise<void>;
}
export interface StoreHealth {
  readonly degraded: boolean;
  /** `disk full`, `read-only`, `started anew: …`; empty when well. */
  readonly detail: string;
  /** Journal entries thrown away because the queue was full. */
  readonly dropped: number;
}
