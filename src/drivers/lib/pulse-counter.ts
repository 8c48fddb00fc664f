/** Counts pulses, or both edges of them, and tells their rate. */
import type { EdgeBatch } from '../../ports/types.ts';
import { noPulses, type PulseRate, rateNow, withPulses } from './pulse-rate.ts';

export interface PulseCounter {
  seen(batch: EdgeBatch): void;
  readonly count: number;
  /** Counts per second, never more than one turn in the time since the last one; null = not known yet. */
  perSecond(nowMs: number): number | null;
}

/**
 * `perTurn` 2: both edges count. On and off last differently long, so that two neighbours tell no speed: each edge is measured
 * against the one before of its own kind, as two trains of pulses of which the livelier known is told.
 */
export function createPulseCounter(openedMs: number, timeoutMs: number, perTurn: 1 | 2): PulseCounter {
  const trains: PulseRate[] = Array.from({ length: perTurn }, () => noPulses(openedMs));
  let count = 0;
  return {
    seen(batch) {
      if (batch.count <= count) return;
      const kind = batch.count % perTurn;
      const turns = (edges: number): number => Math.floor((edges + kind) / perTurn);
      const train = trains[kind] ?? noPulses(openedMs);
      // Looks that always ended with the other kind kept this train waiting: it begins with this look.
      const begins = !train.pulsed || batch.firstMs - train.sinceMs > timeoutMs;
      const base = begins ? { ...train, count: turns(count) } : train;
      trains[kind] = withPulses(base, { ...batch, count: turns(batch.count) }, timeoutMs);
      count = batch.count;
    },
    get count() {
      return count;
    },
    perSecond(nowMs) {
      const rates = trains.map((train) => rateNow(train, nowMs, timeoutMs)).filter((rate) => rate !== null);
      // Of a line that was just opened nothing is known until one of the trains is; a pause ends both.
      return rates.length === 0 || (rates.length < perTurn && Math.max(...rates) === 0) ? null : Math.max(...rates) * perTurn;
    },
  };
}
