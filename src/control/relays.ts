/** Holds the output lines, alone: applies what the arbiter decides, reads each line back, and says what really is. */
import type { ReasonCode, RelayMode, Requester, Verdict, Wish } from '../model.ts';
import { type Judgement, judge, type Request } from './arbiter.ts';

/** One output, synchronous: a decision never waits. Throws when the line cannot be driven or read. */
export interface Line {
  set(on: boolean): void;
  get(): boolean;
  /** Why this line must not be used now, whatever it reads: asked before each judgement. */
  fault?(): string | undefined;
}
export interface RelaySetting {
  readonly id: string;
  readonly safeOn: boolean;
  readonly leaseMs: number;
}
export interface RelayMemory {
  readonly mode: RelayMode;
  readonly manualOn: boolean;
  readonly switches: number;
  readonly onSeconds: number;
}
/** What is, never what was wished: `on` is read back from the line, null when that failed. */
export interface RelayState extends RelayMemory {
  readonly id: string;
  readonly on: boolean | null;
  readonly wanted: boolean;
  readonly verdict: Verdict;
  readonly fault: string | undefined;
}
export interface Decision {
  readonly relayId: string;
  readonly before: boolean | null;
  readonly after: boolean;
  readonly reason: ReasonCode;
  readonly detail: string | undefined;
  readonly by: Requester | undefined;
  readonly inputs: Readonly<Record<string, number | string | boolean | null>>;
}
export interface RelayBoardOptions {
  /** A line that could not be opened comes as the reason. */
  readonly relays: readonly { readonly setting: RelaySetting; readonly line: Line | string; readonly memory?: RelayMemory }[];
  readonly latches: readonly { readonly relayId: string; readonly cause: string }[];
  readonly nowMs: number;
  /** No relay leaves its safe state before this long after start. */
  readonly holdMs: number;
  onChange(state: RelayState): void;
  onDecision(decision: Decision): void;
}
export interface RelayBoard {
  /** Judges and applies all relays; call every second and after each wish. Monotonic ms. */
  tick(nowMs: number): void;
  wish(wish: Wish, nowMs: number): void;
  setMode(relayId: string, mode: RelayMode, nowMs: number): void;
  /** Safe state for all, now and for good. */
  stop(nowMs: number): void;
  states(): readonly RelayState[];
}

interface Relay {
  readonly setting: RelaySetting;
  readonly line: Line | undefined;
  memory: RelayMemory;
  request: Request | undefined;
  readonly latches: readonly string[];
  fault: string | undefined;
  /** The fault is shown, and the relay kept safe, until then: a doubtful line must not be tried every second. */
  faultUntilMs: number;
  on: boolean | null;
  judgement: Judgement | undefined;
  sinceMs: number;
  tickedMs: number;
  shown: string;
}
/** How long a line that did not obey stays out of use (ms). */
const FAULT_HOLD_MS = 60_000;
const FRESH: RelayMemory = { mode: 'auto', manualOn: false, switches: 0, onSeconds: 0 };

/** Takes the lines over; they must already stand in their safe state (opened so). */
export function relayBoard(options: RelayBoardOptions): RelayBoard {
  const holdUntilMs = options.nowMs + options.holdMs;
  let stopping = false;
  const relays = new Map(options.relays.map((entry) => [entry.setting.id, newRelay(entry, options)]));

  function tickOne(relay: Relay, nowMs: number): void {
    if (relay.on === true) {
      const onSeconds = relay.memory.onSeconds + Math.max(0, nowMs - relay.tickedMs) / 1000;
      relay.memory = { ...relay.memory, onSeconds };
    }
    relay.tickedMs = nowMs;
    if (relay.line !== undefined && nowMs >= relay.faultUntilMs) relay.fault = undefined;
    const untrusted = relay.line?.fault?.();
    if (untrusted !== undefined) fail(relay, untrusted, nowMs);
    const { setting, memory, request, latches, fault: lineFault } = relay;
    const view = { nowMs, safeOn: setting.safeOn, ...memory, request, latches, lineFault, holdUntilMs, stopping };
    const before = relay.on;
    const judgement = judge(view);
    const known = relay.judgement;
    const sameReason = known?.reason.code === judgement.reason.code && known.on === judgement.on;
    if (!sameReason) relay.sinceMs = nowMs;
    relay.judgement = judgement;
    drive(relay, judgement.on, nowMs);
    if (relay.on !== before && relay.on !== null) {
      if (before !== null) relay.memory = { ...relay.memory, switches: relay.memory.switches + 1 };
    }
    if (!sameReason || relay.on !== before) options.onDecision(decisionOf(relay, before, judgement));
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
      for (const relay of relays.values()) tickOne(relay, nowMs);
    },
    wish(wish, nowMs) {
      one(wish.relayId, nowMs, (relay) => {
        const leaseMs = Math.min(wish.leaseMs ?? relay.setting.leaseMs, relay.setting.leaseMs);
        if (relay.memory.mode === 'manual') relay.memory = { ...relay.memory, manualOn: wish.on };
        else relay.request = { on: wish.on, by: wish.by, untilMs: nowMs + leaseMs };
      });
    },
    setMode(relayId, mode, nowMs) {
      one(relayId, nowMs, (relay) => {
        if (relay.memory.mode === mode) return;
        // Taking a relay over by hand must not move it: it starts from what it is.
        relay.memory = { ...relay.memory, mode, manualOn: mode === 'manual' ? relay.on === true : false };
        relay.request = undefined;
      });
    },
    stop(nowMs) {
      stopping = true;
      for (const relay of relays.values()) tickOne(relay, nowMs);
    },
    states: () => [...relays.values()].map(stateOf),
  };
}

function newRelay(entry: RelayBoardOptions['relays'][number], options: RelayBoardOptions): Relay {
  const { setting, line, memory } = entry;
  const open = typeof line !== 'string';
  return {
    setting,
    line: open ? line : undefined,
    memory: memory ?? FRESH,
    request: undefined,
    latches: options.latches.filter((latch) => latch.relayId === setting.id).map((latch) => latch.cause),
    fault: open ? undefined : line,
    faultUntilMs: 0,
    on: null,
    judgement: undefined,
    sinceMs: options.nowMs,
    tickedMs: options.nowMs,
    shown: '',
  };
}

/** Writes only when the line stands otherwise, then believes the line alone. */
function drive(relay: Relay, wanted: boolean, nowMs: number): void {
  const line = relay.line;
  if (line === undefined) return;
  try {
    if (line.get() !== wanted) line.set(wanted);
    relay.on = line.get();
    if (relay.on === wanted) return;
    fail(relay, `line reads ${word(relay.on)} although driven ${word(wanted)}`, nowMs);
    line.set(relay.setting.safeOn);
    relay.on = line.get();
  } catch (error) {
    relay.on = null;
    fail(relay, error instanceof Error ? error.message : String(error), nowMs);
  }
}

function fail(relay: Relay, fault: string, nowMs: number): void {
  relay.fault = fault;
  relay.faultUntilMs = nowMs + FAULT_HOLD_MS;
}

function word(on: boolean): string {
  return on ? 'on' : 'off';
}

function decisionOf(relay: Relay, before: boolean | null, judgement: Judgement): Decision {
  const { mode, manualOn } = relay.memory;
  const request = relay.request?.on ?? null;
  const inputs = { mode, manualOn, request, latched: relay.latches.length > 0, readBack: relay.on };
  const { code, detail } = judgement.reason;
  return { relayId: relay.setting.id, before, after: judgement.on, reason: code, detail, by: judgement.by, inputs };
}

function stateOf(relay: Relay): RelayState {
  const judgement = relay.judgement ?? { on: relay.setting.safeOn, reason: { code: 'boot-hold' } as const, by: undefined };
  return {
    id: relay.setting.id,
    on: relay.on,
    wanted: judgement.on,
    verdict: { on: judgement.on, reason: judgement.reason, sinceMs: relay.sinceMs },
    fault: relay.fault,
    ...relay.memory,
  };
}

function show(relay: Relay, options: RelayBoardOptions): void {
  const state = stateOf(relay);
  const { onSeconds: _, ...visible } = state;
  const shown = JSON.stringify(visible);
  if (shown === relay.shown) return;
  relay.shown = shown;
  options.onChange(state);
}
