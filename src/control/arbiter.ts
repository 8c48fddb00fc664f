/** The law: decides from one frozen view of a relay what its state must be, and why. Pure; the order is the design's. */
import type { Reason, RelayMode, Requester } from '../model.ts';

/** Someone's request, good until its lease ends. Times are monotonic ms. */
export interface Request {
  readonly on: boolean;
  readonly by: Requester;
  readonly untilMs: number;
}
/** Everything the decision depends on. Unknown never permits: each doubt leads to `safeOn`. */
export interface RelayView {
  readonly nowMs: number;
  readonly safeOn: boolean;
  readonly mode: RelayMode;
  readonly manualOn: boolean;
  readonly request: Request | undefined;
  /** Safety conditions not yet acknowledged. */
  readonly latches: readonly string[];
  readonly lineFault: string | undefined;
  /** Nothing may leave its safe state before this. */
  readonly holdUntilMs: number;
  readonly stopping: boolean;
}
export interface Judgement {
  readonly on: boolean;
  readonly reason: Reason;
  readonly by: Requester | undefined;
}

/** The first rule that applies decides. */
export function judge(view: RelayView): Judgement {
  const safe = (reason: Reason): Judgement => ({ on: view.safeOn, reason, by: undefined });
  const [latch] = view.latches;
  if (latch !== undefined) return safe({ code: 'interlock', detail: latch });
  if (view.stopping) return safe({ code: 'stopping' });
  if (view.lineFault !== undefined) return safe({ code: 'line-fault', detail: view.lineFault });
  if (view.nowMs < view.holdUntilMs) return safe({ code: 'boot-hold' });
  if (view.mode === 'manual') return { on: view.manualOn, reason: { code: 'manual' }, by: 'home-assistant' };
  const request = view.request;
  if (request !== undefined && view.nowMs < request.untilMs) {
    return { on: request.on, reason: { code: 'request', detail: request.by }, by: request.by };
  }
  return safe({ code: 'default' });
}
