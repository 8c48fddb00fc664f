/** Decides when a device's values go out: changes at once, chatter held back, everything again now and then. */
import type { Description, Entity, Value } from '../model.ts';
import type { Clock } from '../ports/types.ts';

export interface GateOptions {
  readonly description: Description;
  readonly clock: Clock;
  /** 0 = every sample. */
  readonly minIntervalMs: number;
  /** What Home Assistant shall know: a value still within its dead band as it was last sent. */
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
  const sent = new Map<string, Value>();
  let sentMs: number | null = null;
  let offeredMs: number | null = null;
  let fresh = false;
  let cancel: (() => void) | undefined;

  const sendThese = (keys: Iterable<string>): void => {
    cancel?.();
    cancel = undefined;
    for (const key of keys) sent.set(key, values.get(key) ?? null);
    sentMs = clock.monotonicMs();
    // What was held back is still to come with the refresh, even if the device falls silent now.
    fresh = [...values].some(([key, value]) => !Object.is(sent.get(key), value));
    send(sent);
  };
  const sendAll = (): void => sendThese(values.keys());
  // Noise would fill a database just as well when it travels with a change that is worth it.
  const sendChanged = (): void =>
    sendThese(
      [...values].filter(([key, value]) => changeOf(description.entities[key], sent.get(key), value) !== 'none').map(([key]) => key),
    );
  return {
    sendAgain: sendAll,
    get offeredMs() {
      return offeredMs;
    },
    offer(next) {
      for (const [key, value] of Object.entries(next)) values.set(key, value);
      offeredMs = clock.monotonicMs();
      fresh = true;
      if (sentMs === null || minIntervalMs === 0) return sendAll();
      const changes = Object.entries(next).map(([key, value]) => changeOf(description.entities[key], sent.get(key), value));
      if (changes.includes('urgent')) return sendChanged();
      if (!changes.includes('worth') || cancel !== undefined) return;
      const waitMs = sentMs + minIntervalMs - offeredMs;
      if (waitMs <= 0) sendChanged();
      else cancel = clock.after(waitMs, sendChanged);
    },
    refresh() {
      if (fresh) sendAll();
    },
    close: () => cancel?.(),
  };
}

type Change = 'urgent' | 'worth' | 'none';

/** What switches, and what becomes known or unknown, never waits. A change smaller than the dead band is none yet. */
function changeOf(entity: Entity | undefined, before: Value | undefined, value: Value): Change {
  if (entity === undefined || Object.is(before, value)) return 'none';
  if (typeof value === 'boolean' || entity.quantity === 'enum') return 'urgent';
  if (before === undefined || (value === null) !== (before === null)) return 'urgent';
  if (typeof value === 'number' && typeof before === 'number' && Math.abs(value - before) < (entity.deadBand ?? 0)) return 'none';
  return 'worth';
}
