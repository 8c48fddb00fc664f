/** Several relays on wires in memory, for the tests of the law. */
import type { Line } from '../../src/control/relay-line.ts';
import { type Decision, QUIET, type RelayOutlook, type RelaySetting, type RelayState } from '../../src/control/relay-types.ts';
import { type RelayBoard, relayBoard } from '../../src/control/relays.ts';

export interface TestWire extends Line {
  level: boolean;
  /** Every level the line really took, with its time. */
  readonly moves: { readonly atMs: number; readonly on: boolean }[];
}
export interface Bench {
  readonly board: RelayBoard;
  readonly wires: ReadonlyMap<string, TestWire>;
  readonly states: RelayState[];
  readonly decisions: Decision[];
  readonly latched: string[];
  /** What the rest of the control room says of a relay; kept until said otherwise. */
  say(relayId: string, outlook: Partial<RelayOutlook>): void;
  nowMs: number;
  /** Ticks each second. */
  run(seconds: number): void;
  on(relayId: string): boolean;
  state(relayId: string): RelayState;
  wish(relayId: string, on: boolean, leaseMs?: number): void;
}

export function bench(
  settings: readonly Partial<RelaySetting>[],
  options: { holdMs?: number; latches?: { relayId: string; cause: string }[] } = {},
): Bench {
  const wires = new Map<string, TestWire>();
  const outlooks = new Map<string, RelayOutlook>();
  const states: RelayState[] = [];
  const decisions: Decision[] = [];
  const latched: string[] = [];
  const relays = settings.map((setting, index) => {
    const full: RelaySetting = { id: `rs_0${index + 1}`, safeOn: false, leaseMs: 900_000, ...setting };
    const wire: TestWire = {
      level: full.safeOn,
      moves: [],
      set(on) {
        if (on !== wire.level) wire.moves.push({ atMs: self.nowMs, on });
        wire.level = on;
      },
      get: () => wire.level,
    };
    wires.set(full.id, wire);
    return { setting: full, line: wire };
  });
  const self: Bench = {
    nowMs: 0,
    wires,
    states,
    decisions,
    latched,
    board: relayBoard({
      relays,
      latches: options.latches ?? [],
      nowMs: 0,
      holdMs: options.holdMs ?? 0,
      outlook: (id) => outlooks.get(id) ?? QUIET,
      onChange: (state) => void states.push(state),
      onDecision: (decision) => void decisions.push(decision),
      onLatch: (relayId, cause) => void latched.push(`${relayId} ${cause}`),
    }),
    say: (id, outlook) => void outlooks.set(id, { ...(outlooks.get(id) ?? QUIET), ...outlook }),
    run(seconds) {
      for (let i = 0; i < seconds; i += 1) {
        self.nowMs += 1_000;
        self.board.tick(self.nowMs);
      }
    },
    on: (id) => wires.get(id)?.level === true,
    state(id) {
      const state = self.board.states().find((one) => one.id === id);
      if (state === undefined) throw new Error(`no ${id}`);
      return state;
    },
    wish(relayId, on, leaseMs) {
      self.board.wish({ relayId, on, by: 'home-assistant', ...(leaseMs !== undefined && { leaseMs }) }, self.nowMs);
    },
  };
  return self;
}
