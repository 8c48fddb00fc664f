/** Decides when a device's values go out: changes at once, chatter held back, everything again now and then. */
import type { Description, Value } from '../model.ts';
import type { Clock } from '../ports/types.ts';

export interface GateOptions {
  readonly description: Description;
  readonly clock: Clock;
  readonly minIntervalMs: number;
  send(values: ReadonlyMap<string, Value>): void;
}
export interface Gate {
  /** New values of this device; those not named keep what they were. */
  offer(values: Readonly<Record<string, Value>>): void;
  /** Sends if something new came since the last sending, changed or not. */
  refresh(): void;
  /** Sends what is known, new or not. */
  sendAgain(): void;
  /** Monotonic ms of the last offer; null before the first. */
  readonly offeredMs: number | null;
  close(): void;
}

/** The first sample, and a change of a yes/no or of a choice, never wait. */
export function createGate({ description, clock, minIntervalMs, send }: GateOptions): Gate {
  const values = new Map<string, Value>();
  let sent = new Map<string, Value>();
  let sentMs: number | null = null;
  let offeredMs: number | null = null;
  let fresh = false;
  let cancel: (() => void) | undefined;

  const sendNow = (): void => {
    cancel?.();
    cancel = undefined;
    sent = new Map(values);
    sentMs = clock.monotonicMs();
    fresh = false;
    send(values);
  };
  return {
    sendAgain: sendNow,
    get offeredMs() {
      return offeredMs;
    },
    offer(next) {
      for (const [key, value] of Object.entries(next)) values.set(key, value);
      offeredMs = clock.monotonicMs();
      fresh = true;
      const change = changeOf(description, sent, next);
      if (sentMs === null || change === 'urgent') return sendNow();
      if (change === 'none' || cancel !== undefined) return;
      const waitMs = sentMs + minIntervalMs - offeredMs;
      if (waitMs <= 0) sendNow();
      else cancel = clock.after(waitMs, sendNow);
    },
    refresh() {
      if (fresh) sendNow();
    },
    close: () => cancel?.(),
  };
}

function changeOf(
  description: Description,
  sent: ReadonlyMap<string, Value>,
  next: Readonly<Record<string, Value>>,
): 'urgent' | 'worth' | 'none' {
  let change: 'worth' | 'none' = 'none';
  for (const [key, value] of Object.entries(next)) {
    const before = sent.get(key);
    if (before === value) continue;
    const entity = description.entities[key];
    if (entity === undefined) continue;
    if (typeof value === 'boolean' || entity.quantity === 'enum' || before === undefined || (value === null) !== (before === null))
      return 'urgent';
    if (typeof value === 'number' && typeof before === 'number' && Math.abs(value - before) <= (entity.deadBand ?? 0)) continue;
    change = 'worth';
  }
  return change;
}
