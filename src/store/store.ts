/** The store as the program sees it: nothing blocks, nothing throws; one writer thread does the work, and its failures are shown. */
import { randomUUID } from 'node:crypto';
import { ConfigError } from '../model.ts';
import type { Clock } from '../ports/types.ts';
import type { Opening } from './batch.ts';
import { createFlusher } from './flusher.ts';
import { createHealthReport } from './health-report.ts';
import { limited } from './limited.ts';
import { createPending } from './pending.ts';
import type { Store, StoredRelay, StoreHealth } from './types.ts';
import { type SpawnWriter, spawnWriter, startWriter } from './writer-thread.ts';

export interface StoreOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Totals are written this often (ms); at most so much is lost in a power cut. */
  readonly flushIntervalMs?: number;
  /** Told each time the health changes, the first time perhaps before the store is handed over. */
  onHealth?(health: StoreHealth): void;
}

const FLUSH_MS = 60_000;
const OPEN_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 3_000;

/**
 * Opens the store; a directory that cannot be used gives a store in memory that says so and keeps trying.
 * Throws ConfigError when no directory is named; nothing else.
 */
export async function openStore(options: StoreOptions, spawn: SpawnWriter = spawnWriter): Promise<Store> {
  const { directory, clock, flushIntervalMs = FLUSH_MS } = options;
  if (directory === '') throw new ConfigError('directory', 'the store has no directory', 'name the data directory');
  const pending = createPending(randomUUID());
  const report = createHealthReport(() => pending.dropped, options.onHealth);
  const thread = startWriter(directory, spawn);
  const opening = await limited(clock, OPEN_LIMIT_MS, thread.opened, () => thread.unopened('the disk does not answer'));
  report.heard(opening);
  const flusher = createFlusher({ pending, thread, clock, report, flushIntervalMs, blind: opening.blind });
  return {
    initial: opening.state,
    get health() {
      return report.health;
    },
    ...createWishes(opening, pending, flusher),
    flush: () => flusher.flush(),
    close: () =>
      flusher.close(async () => {
        await limited(clock, CLOSE_LIMIT_MS, thread.close(), () => thread.abandon());
      }),
  };
}

/** What may be kept, and how soon: latches, modes and facts at once, the rest with the next flush. */
function createWishes(
  { state }: Opening,
  pending: ReturnType<typeof createPending>,
  flusher: ReturnType<typeof createFlusher>,
): Pick<Store, 'saveTotal' | 'saveRelay' | 'setLatch' | 'clearLatch' | 'saveFact' | 'journal'> {
  const modes = new Map(state.relays.map((row) => [row.relayId, modeOf(row)]));
  return {
    saveTotal: (total) => void pending.total(total),
    saveRelay(relay) {
      if (!pending.relay(relay) || modes.get(relay.relayId) === modeOf(relay)) return;
      modes.set(relay.relayId, modeOf(relay));
      flusher.soon();
    },
    setLatch(latch) {
      pending.latch({ ...latch, set: true });
      return flusher.flush();
    },
    clearLatch(relayId, cause) {
      pending.latch({ relayId, cause, sinceMs: 0, set: false });
      return flusher.flush();
    },
    saveFact(name, value) {
      pending.fact(name, value);
      flusher.soon();
    },
    journal: (entry) => pending.journal(entry),
  };
}

function modeOf({ mode, manualOn }: StoredRelay): string {
  return `${mode} ${manualOn}`;
}
