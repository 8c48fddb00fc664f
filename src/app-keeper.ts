/** Keeps the relay keeper alive: starts it, beats, notices when it is gone or deaf, starts it again with growing pauses. */
import { explain } from './app-devices.ts';
import type { Clock, KeeperLink, Keepers, KeptLine } from './ports/types.ts';

export interface KeeperOptions {
  readonly keepers: Keepers;
  readonly lines: readonly KeptLine[];
  readonly clock: Clock;
  onReady(): void;
  /** Nobody watches: it ended, or never came to life. `tries` in a row without success: 0 when it had been ready. */
  onLost(reason: string, tries: number): void;
  /** A new one, for other lines, did not come to life: the old one still watches its own. */
  onRefused(reason: string, tries: number): void;
  /** It found the program silent and drove the lines safe; `failed` of them do not obey. */
  onSafe(failed: number): void;
}
export interface KeeperWatch {
  readonly ready: boolean;
  beat(): void;
  /** From now on these lines: the old keeper leaves once a new one, started for them, is ready. */
  keep(lines: readonly KeptLine[]): void;
  /** Ends it in good order. */
  leave(): Promise<void>;
}

/** Pauses before the 1st, 2nd, … new start (ms). */
const PAUSES_MS = [100, 1_000, 5_000, 60_000];
const READY_MS = 5_000;
/** Beats without an answer after which it counts as dead: a keeper that hangs protects nobody. */
const UNANSWERED = 12;
const LEAVE_MS = 500;

/** One keeper process; what it says counts only while it watches or is about to. */
interface Life {
  link: KeeperLink | undefined;
  unanswered: number;
  readonly gone: PromiseWithResolvers<void>;
}

export function watchKeeper(options: KeeperOptions): KeeperWatch {
  const { keepers, clock } = options;
  let lines = options.lines;
  let watching: Life | undefined;
  let coming: Life | undefined;
  let leaving = false;
  let tries = 0;
  let cancelPause = (): void => undefined;

  const ended = (life: Life, reason: string): void => {
    life.gone.resolve();
    if (leaving || (life !== watching && life !== coming)) return;
    tries = life === watching ? 0 : tries + 1;
    if (life === watching) watching = undefined;
    else coming = undefined;
    if (coming === undefined) cancelPause = clock.after(PAUSES_MS[tries] ?? 60_000, start);
    if (watching === undefined) options.onLost(reason, tries);
    else options.onRefused(reason, tries);
  };
  const heard = (life: Life, word: string): void => {
    if (life !== watching && life !== coming) return;
    life.unanswered = 0;
    const [, failed] = /^safe silence (\d+)$/.exec(word) ?? [];
    if (word === 'ready' && life === coming) {
      void retire(watching, clock);
      [watching, coming] = [life, undefined];
      options.onReady();
    } else if (failed !== undefined && !leaving) options.onSafe(Number(failed));
  };
  function start(): void {
    if (leaving || lines.length === 0) return;
    const life = newLife();
    coming = life;
    try {
      life.link = keepers.start(lines, { onWord: (word) => heard(life, word), onEnd: (reason) => ended(life, reason) });
    } catch (error) {
      ended(life, explain(error));
      return;
    }
    clock.after(READY_MS, () => life === coming && giveUp(life, 'it does not come to life'));
  }
  const giveUp = (life: Life, reason: string): void => {
    ended(life, reason);
    life.link?.kill();
  };
  start();
  return {
    get ready() {
      return watching !== undefined;
    },
    beat() {
      if (watching === undefined) return;
      watching.unanswered += 1;
      if (watching.unanswered > UNANSWERED) giveUp(watching, 'it does not answer');
      else watching.link?.send('beat');
    },
    keep(wanted) {
      lines = wanted;
      cancelPause();
      void retire(coming, clock);
      coming = undefined;
      if (lines.length === 0) {
        void retire(watching, clock);
        watching = undefined;
      }
      tries = 0;
      start();
    },
    async leave() {
      leaving = true;
      cancelPause();
      await Promise.all([watching, coming].map((life) => retire(life, clock)));
    },
  };
}

function newLife(): Life {
  return { link: undefined, unanswered: 0, gone: Promise.withResolvers() };
}

/** Ends it in good order, then by force. */
async function retire(life: Life | undefined, clock: Clock): Promise<void> {
  if (life === undefined) return;
  const { link, gone } = life;
  link?.send('bye');
  await Promise.race([gone.promise, clock.sleep(LEAVE_MS)]);
  link?.kill();
}
