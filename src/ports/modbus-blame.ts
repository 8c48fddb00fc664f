/** Gateways that close the connection at a question to one unit: on the next connection all others are heard before that unit. */
import type { Clock } from './types.ts';

export interface Blame {
  /** A unit was asked; `lost`: the connection ended meanwhile. */
  asked(unit: number, lost: boolean): void;
  /** A new connection is there. */
  begin(): void;
  /** When `unit` may be asked on this connection; rejects with the signal's reason. */
  turn(unit: number, signal: AbortSignal): Promise<void>;
}

/** Enough for a whole reading of a large table. Devices that were lost together come back together: without this, none would ever be read. */
const LAST_MS = 5_000;

export function createBlame(clock: Clock): Blame {
  const known = new Set<number>();
  const blamed = new Set<number>();
  let fromMs = Number.NEGATIVE_INFINITY;
  return {
    asked(unit, lost) {
      known.add(unit);
      if (lost) blamed.add(unit);
      else blamed.delete(unit);
    },
    begin() {
      fromMs = clock.monotonicMs() + LAST_MS;
    },
    async turn(unit, signal) {
      const waitMs = fromMs - clock.monotonicMs();
      if (blamed.has(unit) && known.size > 1 && waitMs > 0) await clock.sleep(waitMs, signal);
    },
  };
}
