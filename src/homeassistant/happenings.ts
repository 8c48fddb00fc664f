/** What happens is told once: as soon as Home Assistant listens, never again after a reconnection or a restart, and not when it is old. */
import type { Clock } from '../ports/types.ts';
import type { Outbox } from './outbox.ts';

export interface HappeningsOptions {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly connected: () => boolean;
}
export interface Happenings {
  tell(topic: string, payload: string): void;
  /** Discovery goes out anew: nobody listens for sure until `listening`. */
  unheard(): void;
  listening(): void;
}

const MOST_WAITING = 20;
/** What waited longer for a broker is past (ms): the states say what is now. */
const PAST_MS = 600_000;

export function createHappenings({ outbox, clock, connected }: HappeningsOptions): Happenings {
  const waiting: { readonly topic: string; readonly payload: string; readonly atMs: number }[] = [];
  let heard = false;
  let working = false;

  const work = async (): Promise<void> => {
    while (heard && connected()) {
      // Gone before it is sent: a connection lost on the way must not make it happen twice.
      const next = waiting.shift();
      if (next === undefined) return;
      if (clock.monotonicMs() - next.atMs > PAST_MS) continue;
      await outbox.sendInOrder({ topic: next.topic, payload: next.payload, qos: 1, retain: false });
    }
  };
  const start = (): void => {
    if (working) return;
    working = true;
    void work().finally(() => {
      working = false;
      // One came in the moment between the last look and now.
      if (waiting.length > 0 && heard && connected()) start();
    });
  };
  return {
    tell(topic, payload) {
      waiting.push({ topic, payload, atMs: clock.monotonicMs() });
      if (waiting.length > MOST_WAITING) waiting.shift();
      start();
    },
    unheard() {
      heard = false;
    },
    listening() {
      heard = true;
      start();
    },
  };
}
