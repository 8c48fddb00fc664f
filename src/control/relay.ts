/** One relay in the board's hands: how wishes, modes and time change what is asked of it. */
import type { Reason, RelayMode, Verdict, Wish } from '../model.ts';
import type { Judgement, RelayView, Request } from './arbiter.ts';
import { FREE_CYCLE, rested } from './cycle.ts';
import type { Member } from './groups.ts';
import { connect, type Line, newWire, type Wire } from './relay-line.ts';
import type { Decision, Inputs, RelayMemory, RelaySetting, RelayState } from './relay-types.ts';

export interface Relay {
  readonly setting: RelaySetting;
  readonly wire: Wire;
  memory: RelayMemory;
  /** Monotonic ms; undefined: the manual mode never ends by itself. */
  manualUntilMs: number | undefined;
  request: Request | undefined;
  latches: readonly string[];
  judgement: Judgement | undefined;
  sinceMs: number;
  tickedMs: number;
  /** It does not leave its safe state before (monotonic ms). */
  holdUntilMs: number;
  /** As it was last told. */
  shown: RelayState | undefined;
}
export const WELDED = 'welded';
const FRESH: RelayMemory = { mode: 'auto', manualOn: false, switches: 0, onSeconds: 0 };

/** `line` as a text: why it could not be opened. An override found at start runs its whole time again. */
export function newRelay(
  setting: RelaySetting,
  line: Line | string,
  memory: RelayMemory | undefined,
  latches: readonly string[],
  { nowMs, holdMs }: { readonly nowMs: number; readonly holdMs: number },
): Relay {
  return {
    setting,
    wire: newWire(line, setting.safeOn, nowMs, memory?.changes),
    memory: memory ?? FRESH,
    manualUntilMs: overrideEnd(setting, nowMs),
    request: undefined,
    latches,
    judgement: undefined,
    sinceMs: nowMs,
    tickedMs: nowMs,
    holdUntilMs: nowMs + holdMs,
    shown: undefined,
  };
}

/** Its line is there at last: a start of this relay, where what was switched by hand is not switched again by itself. */
export function revive(relay: Relay, line: Line, { nowMs, holdMs }: { readonly nowMs: number; readonly holdMs: number }): void {
  connect(relay.wire, line, nowMs);
  relay.holdUntilMs = nowMs + holdMs;
  relay.memory = { ...relay.memory, manualOn: relay.setting.safeOn };
}

/** In manual mode only people are heard, and their wish holds as long as that mode; any other as long as its lease. */
export function take(relay: Relay, wish: Wish, nowMs: number): void {
  const { setting, memory } = relay;
  if (memory.mode === 'manual') {
    if (wish.by === 'local' || wish.by === 'schedule') return;
    relay.memory = { ...memory, manualOn: wish.on };
    relay.manualUntilMs = overrideEnd(setting, nowMs);
  } else {
    const leaseMs = Math.min(wish.leaseMs ?? setting.leaseMs, setting.leaseMs);
    relay.request = { on: wish.on, by: wish.by, untilMs: nowMs + leaseMs };
  }
}

/** Taking a relay over by hand must not move it: it starts from what it is. */
export function enter(relay: Relay, mode: RelayMode, nowMs: number): void {
  if (relay.memory.mode === mode) return;
  relay.memory = { ...relay.memory, mode, manualOn: mode === 'manual' ? relay.wire.on === true : false };
  relay.request = undefined;
  relay.manualUntilMs = overrideEnd(relay.setting, nowMs);
}

/** In a group the last wish wins, but a request never against a person. True when `other` gave way. */
export function giveWay(other: Relay, wisher: Relay): boolean {
  if (other.memory.mode === 'manual' && wisher.memory.mode !== 'manual') return false;
  // A request to stay safe is in nobody's way.
  if (other.request?.on !== other.setting.safeOn) other.request = undefined;
  other.memory = { ...other.memory, manualOn: other.setting.safeOn };
  return true;
}

/** Time passes: hours are counted, an override that is over ends. */
export function pass(relay: Relay, nowMs: number): void {
  const { memory, wire } = relay;
  const runMs = wire.on === true ? Math.max(0, nowMs - relay.tickedMs) : 0;
  relay.memory = { ...memory, onSeconds: memory.onSeconds + runMs / 1000 };
  relay.tickedMs = nowMs;
  if (memory.mode === 'manual' && relay.manualUntilMs !== undefined && nowMs >= relay.manualUntilMs) enter(relay, 'auto', nowMs);
}

/** It ran as long as it may: what asked for it is served, and it rests. */
export function spend(relay: Relay, nowMs: number): void {
  relay.request = undefined;
  relay.memory = { ...relay.memory, manualOn: relay.setting.safeOn };
  relay.wire.past = rested(relay.wire.past, relay.setting.rules ?? FREE_CYCLE, nowMs);
}

export function memberOf({ setting, wire, latches }: Relay): Member {
  const { id, group, deadMs = 0 } = setting;
  return { id, group, deadMs, on: wire.on, welded: latches.includes(WELDED), sinceMs: wire.past.sinceMs };
}

export function decisionOf(relay: Relay, before: boolean | null, { judgement, view, inputs }: Decided): Decision {
  const { code, detail } = judgement.reason;
  const used: Inputs = {
    mode: view.mode,
    manualOn: view.manualOn,
    request: view.request?.on ?? null,
    latched: view.latches.length > 0,
    readBack: relay.wire.on,
    ...(judgement.pending !== undefined && { pending: judgement.pending.reason.code }),
    ...inputs,
  };
  return { relayId: relay.setting.id, before, after: judgement.on, reason: code, detail, by: judgement.by, inputs: used };
}
export interface Decided {
  readonly judgement: Judgement;
  readonly view: RelayView;
  readonly inputs: Inputs;
}

export function stateOf(relay: Relay): RelayState {
  const { setting, wire, judgement, sinceMs, latches, memory } = relay;
  const { on, reason, pending, nextMs } = judgement ?? { on: setting.safeOn, reason: { code: 'boot-hold' } as const };
  const verdict = { on, reason, sinceMs, ...(pending !== undefined && { pending }), ...(nextMs !== undefined && { nextMs }) };
  // A contact that stays closed is a fault as long as nobody has mended and acknowledged it.
  const fault = wire.fault ?? (latches.includes(WELDED) ? WELDED : undefined);
  return { id: setting.id, on: wire.on, wanted: on, verdict, fault, latches, ...memory, changes: wire.past.changes };
}

/** Nothing that people see differs; hours on are told with the next change. */
export function looksAlike(a: RelayState, b: RelayState): boolean {
  const same = a.on === b.on && a.wanted === b.wanted && a.mode === b.mode && a.manualOn === b.manualOn && a.switches === b.switches;
  return same && a.fault === b.fault && isSame(a.latches, b.latches) && isSame(a.changes, b.changes) && saysSame(a.verdict, b.verdict);
}

function saysSame(a: Verdict, b: Verdict): boolean {
  const [mine, theirs] = [a.pending, b.pending];
  const same = a.on === b.on && a.sinceMs === b.sinceMs && a.nextMs === b.nextMs && isSameReason(a.reason, b.reason);
  return same && mine?.on === theirs?.on && isSameReason(mine?.reason, theirs?.reason);
}

export function isSameReason(a: Reason | undefined, b: Reason | undefined): boolean {
  return a?.code === b?.code && a?.detail === b?.detail;
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => one === b[index]));
}

function overrideEnd({ overrideMs }: RelaySetting, nowMs: number): number | undefined {
  return overrideMs === undefined ? undefined : nowMs + overrideMs;
}
