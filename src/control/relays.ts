/** Holds the output lines, alone: applies what the arbiter decides, reads each line back, and says what really is. */
import type { RelayMode, Wish } from '../model.ts';
import { judge, type RelayView } from './arbiter.ts';
import { FREE_CYCLE } from './cycle.ts';
import { occupant } from './groups.ts';
import {
  decisionOf,
  enter,
  giveWay,
  isSameReason,
  looksAlike,
  memberOf,
  newRelay,
  pass,
  type Relay,
  revive,
  spend,
  stateOf,
  take,
  WELDED,
} from './relay.ts';
import { disconnect, drive, feel, type Line, sense } from './relay-line.ts';
import { type Decision, QUIET, type RelayMemory, type RelayOutlook, type RelaySetting, type RelayState } from './relay-types.ts';

export interface RelayBoardOptions {
  /** A line that could not be opened comes as the reason. */
  readonly relays: readonly { readonly setting: RelaySetting; readonly line: Line | string; readonly memory?: RelayMemory }[];
  readonly latches: readonly { readonly relayId: string; readonly cause: string }[];
  readonly nowMs: number;
  /** No relay leaves its safe state before this long after start, or after its line was attached. */
  readonly holdMs: number;
  /** What the rest of the control room says, from the frozen view of this tick. Absent: nothing. */
  outlook?(relayId: string): RelayOutlook;
  onChange(state: RelayState): void;
  onDecision(decision: Decision): void;
  /** A new latch: to be kept on disk. It holds at once. */
  onLatch?(relayId: string, cause: string): void;
}
export interface RelayBoard {
  /** Judges and applies all relays; call every second and after each wish. Monotonic ms. */
  tick(nowMs: number): void;
  wish(wish: Wish, nowMs: number): void;
  setMode(relayId: string, mode: RelayMode, nowMs: number): void;
  /** Drops a latch; call once the store has dropped it. */
  unlatch(relayId: string, cause: string, nowMs: number): void;
  /** The line of one relay is there at last, standing in its safe state. */
  attach(relayId: string, line: Line, nowMs: number): void;
  /** The line of one relay is lost, or still cannot be had, for this reason. */
  detach(relayId: string, reason: string, nowMs: number): void;
  /** Safe state for all, now and for good. */
  stop(nowMs: number): void;
  states(): readonly RelayState[];
}

/** Takes the lines over; they must already stand in their safe state (opened so). */
export function relayBoard(options: RelayBoardOptions): RelayBoard {
  const { holdMs } = options;
  let stopping = false;
  const relays = new Map(
    options.relays.map(({ setting, line, memory }) => {
      const latches = options.latches.filter(({ relayId }) => relayId === setting.id).map(({ cause }) => cause);
      return [setting.id, newRelay(setting, line, memory, latches, options)];
    }),
  );
  const all = [...relays.values()];

  function tickOne(relay: Relay, nowMs: number): void {
    const { wire, setting } = relay;
    const before = wire.on;
    pass(relay, nowMs);
    sense(wire, nowMs);
    const outlook = options.outlook?.(setting.id) ?? QUIET;
    if (feel(wire, outlook.seen, nowMs) && !relay.latches.includes(WELDED)) {
      relay.latches = [...relay.latches, WELDED];
      options.onLatch?.(setting.id, WELDED);
    }
    const view = viewOf(relay, all, outlook, { nowMs, stopping });
    const judgement = judge(view);
    const known = relay.judgement;
    const sameReason = known?.on === judgement.on && isSameReason(known.reason, judgement.reason);
    if (!sameReason) relay.sinceMs = nowMs;
    relay.judgement = judgement;
    drive(wire, judgement.on, nowMs);
    if (judgement.reason.detail === 'max-on' && view.on === true && wire.on === false) spend(relay, nowMs);
    if (wire.on !== before && wire.on !== null && before !== null) {
      relay.memory = { ...relay.memory, switches: relay.memory.switches + 1 };
    }
    if (!sameReason || wire.on !== before) {
      options.onDecision(decisionOf(relay, before, { judgement, view, inputs: outlook.inputs() }));
    }
    show(relay, options);
  }

  const one = (relayId: string, nowMs: number, change: (relay: Relay) => void): void => {
    const relay = relays.get(relayId);
    if (relay === undefined) return;
    change(relay);
    tickOne(relay, nowMs);
  };

  return {
    tick(nowMs) {
      for (const relay of all) tickOne(relay, nowMs);
    },
    wish(wish, nowMs) {
      one(wish.relayId, nowMs, (relay) => {
        take(relay, wish, nowMs);
        if (wish.on) for (const other of groupOf(relay, all)) if (giveWay(other, relay)) tickOne(other, nowMs);
      });
    },
    setMode: (relayId, mode, nowMs) => one(relayId, nowMs, (relay) => enter(relay, mode, nowMs)),
    unlatch(relayId, cause, nowMs) {
      one(relayId, nowMs, (relay) => {
        relay.latches = relay.latches.filter((latch) => latch !== cause);
      });
    },
    attach: (relayId, line, nowMs) => one(relayId, nowMs, (relay) => revive(relay, line, { nowMs, holdMs })),
    detach: (relayId, reason, nowMs) => one(relayId, nowMs, ({ wire }) => disconnect(wire, reason)),
    stop(nowMs) {
      stopping = true;
      for (const relay of all) tickOne(relay, nowMs);
    },
    states: () => all.map(stateOf),
  };
}

/** The frozen view on which the relay is judged. */
function viewOf(
  { setting, wire, memory, manualUntilMs, request, latches, holdUntilMs }: Relay,
  all: readonly Relay[],
  outlook: RelayOutlook,
  now: Pick<RelayView, 'nowMs' | 'stopping'>,
): RelayView {
  const { id, safeOn, group, rules = FREE_CYCLE } = setting;
  const occupied = group === undefined ? undefined : occupant(id, all.map(memberOf), now.nowMs);
  const { on, past, fault: lineFault } = wire;
  const { mode, manualOn } = memory;
  return { ...outlook, ...now, mode, manualOn, manualUntilMs, request, latches, holdUntilMs, safeOn, on, lineFault, occupied, rules, past };
}

function groupOf({ setting }: Relay, all: readonly Relay[]): Relay[] {
  return all.filter((other) => setting.group !== undefined && other.setting.group === setting.group && other.setting.id !== setting.id);
}

function show(relay: Relay, options: RelayBoardOptions): void {
  const state = stateOf(relay);
  if (relay.shown !== undefined && looksAlike(relay.shown, state)) return;
  relay.shown = state;
  options.onChange(state);
}
