/** What the relay keeper hears, when it acts and what it says: the rules of keeper.c for the keepers that run in Node. */
import type { Clock } from './types.ts';

/** The promise: relay lines are in their safe state this long (ms) after the program's last sign of life. */
export const KEEPER_LIMIT_MS = 3_000;
/** While the program is silent the lines are driven again this often (ms): whatever it still does, it does not switch. */
export const KEEPER_AGAIN_MS = 500;
/** Longer than any word; what does not end by then is passed over up to its end. */
const LONGEST = 8;

export interface KeeperCoreOptions {
  readonly limitMs: number;
  readonly clock: Clock;
  /** Drives all lines to their safe state; gives how many do not read so. */
  makeSafe(): number;
  say(word: string): void;
  /** The program left in good order. */
  leave(): void;
}
export interface KeeperCore {
  hear(text: string): void;
}

/** Words are lines: `beat`, `bye`; all else is passed over and is no sign of life. Until the first beat there is nothing to miss. */
export function keeperCore({ limitMs, clock, makeSafe, say, leave }: KeeperCoreOptions): KeeperCore {
  let rest = '';
  let dueMs = 0;
  let silent = false;
  let watching = false;
  let left = false;

  const watch = (): void => {
    watching = true;
    // Not moved by every beat: looks when the oldest promise ends, and then for the rest of the newest.
    clock.after(dueMs - clock.monotonicMs(), () => {
      if (left) return;
      if (clock.monotonicMs() >= dueMs) {
        const failed = makeSafe();
        dueMs = clock.monotonicMs() + KEEPER_AGAIN_MS;
        if (!silent) say(`safe silence ${failed}`);
        silent = true;
      }
      watch();
    });
  };
  const understand = (word: string): void => {
    if (word === 'bye') {
      left = true;
      leave();
    }
    if (word !== 'beat') return;
    dueMs = clock.monotonicMs() + limitMs;
    silent = false;
    if (!watching) watch();
    say('ok');
  };
  return {
    hear(text) {
      const words = (rest + text).split('\n');
      rest = words.pop()?.slice(0, LONGEST) ?? '';
      for (const word of words) if (!left) understand(word);
    },
  };
}
