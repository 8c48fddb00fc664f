/** A relay keeper in memory, with the rules of the real one: it can be killed, frozen, and refused. */
import { DeviceError } from '../../model.ts';
import { KEEPER_LIMIT_MS, keeperCore } from '../keeper-core.ts';
import type { Clock, KeeperEvents, Keepers, KeptLine, OutputLine } from '../types.ts';

export interface SimulatedKeepers extends Keepers {
  /** Keepers started so far. */
  readonly started: number;
  readonly running: boolean;
  /** Lines that are shared with a keeper now. */
  readonly kept: ReadonlySet<OutputLine>;
  kill(): void;
  /** It hears and says nothing more. */
  freeze(): void;
  /** Starting fails with this reason until it is `undefined`. */
  refuse(reason: string | undefined): void;
}

export function simulatedKeepers(clock: Clock): SimulatedKeepers {
  let started = 0;
  let refused: string | undefined;
  const living = new Set<{ readonly end: (reason: string) => void; readonly lines: readonly KeptLine[]; frozen: boolean }>();
  return {
    get started() {
      return started;
    },
    get running() {
      return living.size > 0;
    },
    get kept() {
      return new Set([...living].flatMap(({ lines }) => lines.map(({ line }) => line)));
    },
    kill() {
      for (const one of living) one.end('it was ended by SIGKILL');
    },
    freeze() {
      for (const one of living) one.frozen = true;
    },
    refuse(reason) {
      refused = reason;
    },
    release: async () => undefined,
    start(lines, { onWord, onEnd }: KeeperEvents) {
      if (refused !== undefined) throw new DeviceError(refused);
      started += 1;
      const self = {
        lines,
        frozen: false,
        end(reason: string): void {
          if (living.delete(self)) queueMicrotask(() => onEnd(reason));
        },
      };
      living.add(self);
      const hears = (): boolean => living.has(self) && !self.frozen;
      const core = keeperCore({
        limitMs: KEEPER_LIMIT_MS,
        clock,
        makeSafe: () => (hears() ? makeSafe(lines) : 0),
        say: (word) => queueMicrotask(() => hears() && onWord(word)),
        leave: () => self.end('it ended with exit code 0'),
      });
      queueMicrotask(() => hears() && onWord('ready'));
      return { send: (word) => void (hears() && core.hear(`${word}\n`)), kill: () => self.end('it was ended by SIGKILL') };
    },
  };
}

function makeSafe(lines: readonly KeptLine[]): number {
  return lines.filter(({ line, safe }) => {
    try {
      line.set(safe);
      return line.get() !== safe;
    } catch {
      return true;
    }
  }).length;
}
