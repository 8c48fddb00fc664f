/** The law: decides from one frozen view of a relay what its state must be, and why. Pure; the order is the design's. */
import type { Pending, Reason, RelayMode, Requester } from '../model.ts';
import { type CycleRules, holdsBack, type Past } from './cycle.ts';

/** Someone's request, good until its lease ends. Times are monotonic ms. */
export interface Request {
  readonly on: boolean;
  readonly by: Requester;
  readonly untilMs: number;
}
/** What the rest of the control room says of a relay in this tick. */
export interface Outlook {
  /** Safety conditions that stand now, latched elsewhere or not. */
  readonly interlocks: readonly string[];
  /** A guarding input that is not fresh: the relay may stay as it is or go to safe, no more. */
  readonly unready: string | undefined;
  /** Load-shedding wants it open; `fast` does not wait for the least time on. */
  readonly shed: { readonly detail: string; readonly fast: boolean } | undefined;
  /** The local automatic mode; undefined: no opinion. Its wish for the safe state also ends a request. */
  readonly automatic: { readonly on: boolean; readonly detail: string } | undefined;
}
export const NOTHING_SAID: Outlook = { interlocks: [], unready: undefined, shed: undefined, automatic: undefined };

/** Everything the decision depends on. Unknown never permits: each doubt leads to `safeOn`. */
export interface RelayView extends Outlook {
  readonly nowMs: number;
  readonly safeOn: boolean;
  /** As read back; null: nobody knows. */
  readonly on: boolean | null;
  readonly mode: RelayMode;
  readonly manualOn: boolean;
  /** The manual mode ends by itself then; undefined: never. */
  readonly manualUntilMs: number | undefined;
  readonly request: Request | undefined;
  /** Safety conditions not yet acknowledged. */
  readonly latches: readonly string[];
  readonly lineFault: string | undefined;
  /** Nothing may leave its safe state before this. */
  readonly holdUntilMs: number;
  readonly stopping: boolean;
  /** The member of its group that keeps it from closing; `untilMs` where that is known. */
  readonly occupied: { readonly by: string; readonly untilMs: number | undefined } | undefined;
  readonly rules: CycleRules;
  readonly past: Past;
}
export interface Judgement {
  readonly on: boolean;
  readonly reason: Reason;
  readonly by: Requester | undefined;
  readonly pending?: Pending;
  readonly nextMs?: number;
}

/** Hard interlocks lead to safe at once; then the highest opinion decides, as far as minimum times, caps, group and inputs let it. */
export function judge(view: RelayView): Judgement {
  const asked = opinion(view);
  const hard = hardReason(view);
  if (hard !== undefined) return held(view, view.safeOn, asked, { reason: hard.reason, untilMs: hard.untilMs });
  if (ranLongest(view)) {
    return held(view, view.safeOn, asked, { reason: { code: 'anti-short-cycle', detail: 'max-on' }, untilMs: undefined });
  }
  if (collides(view)) return held(view, false, asked, { reason: { code: 'group', detail: view.occupied?.by ?? '' }, untilMs: undefined });
  const { shed } = view;
  // A relay whose safe state is closed feeds what must go on: it is not shed.
  if (shed === undefined || view.safeOn) return restrain(view, asked, asked, false);
  const open: Judgement = { on: false, reason: { code: 'shedding', detail: shed.detail }, by: undefined };
  return restrain(view, open, asked, shed.fast);
}

/** Manual before requests before the local automatic mode before the default. */
function opinion(view: RelayView): Judgement {
  const { nowMs, safeOn, mode, manualUntilMs, request, automatic } = view;
  if (mode === 'manual' && (manualUntilMs === undefined || nowMs < manualUntilMs)) {
    return { on: view.manualOn, reason: { code: 'manual' }, by: 'home-assistant' };
  }
  const forbidden = automatic !== undefined && automatic.on === safeOn;
  if (request !== undefined && nowMs < request.untilMs && !(forbidden && request.on !== safeOn)) {
    return { on: request.on, reason: { code: 'request', detail: request.by }, by: request.by };
  }
  if (automatic !== undefined) return { on: automatic.on, reason: { code: 'automatic', detail: automatic.detail }, by: 'local' };
  return { on: safeOn, reason: { code: 'default' }, by: undefined };
}

interface Hold {
  readonly reason: Reason;
  readonly untilMs: number | undefined;
}

/** What nobody may delay: it leads to the safe state at once. */
function hardReason(view: RelayView): Hold | undefined {
  const cause = view.latches[0] ?? view.interlocks[0];
  if (cause !== undefined) return { reason: { code: 'interlock', detail: cause }, untilMs: undefined };
  if (view.stopping) return { reason: { code: 'stopping' }, untilMs: undefined };
  if (view.lineFault !== undefined) return { reason: { code: 'line-fault', detail: view.lineFault }, untilMs: undefined };
  if (view.nowMs < view.holdUntilMs) return { reason: { code: 'boot-hold' }, untilMs: view.holdUntilMs };
  return undefined;
}

function ranLongest({ on, safeOn, rules, past, nowMs }: RelayView): boolean {
  return on === true && !safeOn && rules.maxOnMs !== undefined && nowMs - past.sinceMs >= rules.maxOnMs;
}

/** Another of the group is closed too, or nobody knows: a line moved by itself, or a contact welded. */
function collides({ on, safeOn, occupied }: RelayView): boolean {
  return on === true && !safeOn && occupied !== undefined && occupied.untilMs === undefined;
}

/** Lets `target` through, or keeps the relay as it stands and says what is pending. */
function restrain(view: RelayView, target: Judgement, asked: Judgement, hasty: boolean): Judgement {
  const present = view.on ?? view.safeOn;
  if (target.on !== present) {
    const hold = obstacle(view, present, hasty);
    if (hold !== undefined) return held(view, present, target, hold);
  }
  return held(view, target.on, asked, { reason: target.reason, untilMs: undefined }, target.by);
}

/** What keeps the relay from changing now. Unknown inputs and a busy group only bar the way out of the safe state. */
function obstacle(view: RelayView, present: boolean, hasty: boolean): Hold | undefined {
  const leaving = present === view.safeOn;
  if (leaving && view.unready !== undefined) return { reason: { code: 'waiting-inputs', detail: view.unready }, untilMs: undefined };
  if (!present && view.occupied !== undefined) {
    return { reason: { code: 'group', detail: view.occupied.by }, untilMs: view.occupied.untilMs };
  }
  const cycle = hasty ? undefined : holdsBack(view.rules, view.past, { nowMs: view.nowMs, on: present, leaving });
  return cycle && { reason: { code: 'anti-short-cycle', detail: cycle.detail }, untilMs: cycle.untilMs };
}

/** The state `on` for a reason; what was asked and is not given is pending, with the earliest moment of a change. */
function held(view: RelayView, on: boolean, asked: Judgement, { reason, untilMs }: Hold, by?: Requester): Judgement {
  const waiting = asked.on !== on;
  const moving = on !== view.on;
  const past = moving ? { ...view.past, sinceMs: view.nowMs } : view.past;
  const cycle = holdsBack(view.rules, past, { nowMs: view.nowMs, on, leaving: on === view.safeOn });
  const nextMs = Math.max(untilMs ?? -Infinity, cycle?.untilMs ?? -Infinity);
  return {
    on,
    reason,
    by,
    ...(waiting && { pending: { on: asked.on, reason: asked.reason } }),
    ...(Number.isFinite(nextMs) && nextMs > view.nowMs && { nextMs }),
  };
}
