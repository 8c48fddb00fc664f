/** Keeps the relay keeper alive: starts it, beats, notices when it is gone or deaf, starts it again with growing pauses. */
import { explain } from './app-devices.ts';
import type { Clock, KeeperLink, Keepers, KeptLine } from './ports/types.ts';

export interface KeeperOptions {
  readonly keepers: Keepers;
  readonly lines: readonly KeptLine[];
  readonly clock: Clock;
  onReady(): void;
  /** It ended, or never came to life. `tries` in a row without success: 0 when it had been ready. */
  onLost(reason: string, tries: number): void;
  /** It found the program silent and drove the lines safe; `failed` of them do not obey. */
  onSafe(failed: number): void;
}
export interface KeeperWatch {
  readonly ready: boolean;
  beat(): void;
  /** Ends it in good order. */
  leave(): Promise<void>;
}

/** Pauses before the 1st, 2nd, … new start (ms). */
const PAUSES_MS = [100, 1_000, 5_000, 60_000];
const READY_MS = 5_000;
/** Beats without an answer after which it counts as dead: a keeper that hangs protects nobody. */
const UNANSWERED = 12;
const LEAVE_MS = 500;

export function watchKeeper(options: KeeperOptions): KeeperWatch {
  const { keepers, lines, clock } = options;
  let link: KeeperLink | undefined;
  let ready = false;
  let leaving = false;
  let tries = 0;
  let unanswered = 0;
  let gone = Promise.withResolvers<void>();

  const lost = (reason: string): void => {
    const wasReady = ready;
    link = undefined;
    ready = false;
    gone.resolve();
    if (leaving) return;
    tries = wasReady ? 0 : tries + 1;
    clock.after(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 60_000, start);
    options.onLost(reason, tries);
  };
  const heard = (word: string): void => {
    unanswered = 0;
    const [, failed] = /^safe silence (\d+)$/.exec(word) ?? [];
    if (word === 'ready') {
      ready = true;
      options.onReady();
    } else if (failed !== undefined && !leaving) options.onSafe(Number(failed));
  };
  /** Each start hears only its own child: what an earlier one still says is the past. */
  function start(): void {
    if (leaving) return;
    unanswered = 0;
    gone = Promise.withResolvers();
    const life: { link?: KeeperLink } = {};
    try {
      life.link = keepers.start(lines, {
        onWord: (word) => void (link === life.link && heard(word)),
        onEnd: (reason) => void (link === life.link && lost(reason)),
      });
      link = life.link;
    } catch (error) {
      lost(explain(error));
      return;
    }
    clock.after(READY_MS, () => link === life.link && !ready && giveUp('it does not come to life'));
  }
  function giveUp(reason: string): void {
    const silent = link;
    lost(reason);
    silent?.kill();
  }
  // Nothing to keep, no process.
  if (lines.length > 0) start();
  return {
    get ready() {
      return ready;
    },
    beat() {
      if (!ready) return;
      unanswered += 1;
      if (unanswered > UNANSWERED) giveUp('it does not answer');
      else link?.send('beat');
    },
    async leave() {
      leaving = true;
      if (link === undefined) return;
      link.send('bye');
      await Promise.race([gone.promise, clock.sleep(LEAVE_MS)]);
      link?.kill();
    },
  };
}
