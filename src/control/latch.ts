/** Latched safety conditions: what stays after the cause is gone, and the words under which the store keeps it. */

export type LatchCause = 'over-temperature' | 'critical-temperature' | 'rate-of-rise' | 'deep-discharge';
/** `manual`: only an acknowledgement ends it, through any restart. Monotonic ms. */
export interface Latch {
  readonly cause: LatchCause;
  readonly manual: boolean;
  readonly sinceMs: number;
}
/** `charge`: relays that charge; `discharge`: relays that draw; `all`: both and whatever else is tied to the battery. */
export type Scope = 'charge' | 'discharge' | 'all';
export interface Standing {
  readonly cause: string;
  readonly scope: Scope;
}
/** Something to be told: once, but `critical` every minute while it lasts. Sending is for others. */
export interface Alarm {
  readonly cause: string;
  readonly level: 'warning' | 'cut-off' | 'critical';
  /** °C or V, as the cause says. */
  readonly value: number | undefined;
}

const MANUAL = '-manual';

/** `over-temperature`, `over-temperature-manual`, … */
export function latchWord({ cause, manual }: Pick<Latch, 'cause' | 'manual'>): string {
  return manual ? `${cause}${MANUAL}` : cause;
}

/** The latch behind a kept word; an unknown word (a later program's) is undefined. */
export function readLatch(word: string, sinceMs: number): Latch | undefined {
  const manual = word.endsWith(MANUAL);
  const cause = CAUSES.find((known) => known === (manual ? word.slice(0, -MANUAL.length) : word));
  return cause && { cause, manual, sinceMs };
}
const CAUSES: readonly LatchCause[] = ['over-temperature', 'critical-temperature', 'rate-of-rise', 'deep-discharge'];

export function scopeOf(cause: LatchCause): Scope {
  return cause === 'critical-temperature' ? 'all' : 'charge';
}

/** Adds a latch, or makes a standing one manual; `sinceMs` of the first stays. */
export function withLatch(latches: readonly Latch[], cause: LatchCause, manual: boolean, nowMs: number): readonly Latch[] {
  const standing = latches.find((latch) => latch.cause === cause);
  if (standing === undefined) return [...latches, { cause, manual, sinceMs: nowMs }];
  if (standing.manual || !manual) return latches;
  return latches.map((latch) => (latch === standing ? { ...latch, manual } : latch));
}
