/** A load's switch on the network: what it is told, whether it follows, and whose doing its state is. Pure; monotonic ms. */
import type { LoadView } from './shedding-types.ts';

export interface RemoteSwitch {
  /** As it said last; null: never heard. What was heard before the connection was lost still counts. */
  readonly on: boolean | null;
  /** It was on when it was shed, and shall come back. Kept through restarts. */
  readonly held: boolean;
  readonly order: { readonly on: boolean; readonly sentMs: number; readonly tries: number } | undefined;
  /** Told off and seen off: what turns it on from then on is somebody else. Null: it may still be late. */
  readonly restsFromMs: number | null;
  /** When somebody last turned it on although it was shed. */
  readonly handMs: number | null;
  /** When it last proved deaf. */
  readonly failedMs: number | null;
  /** Since when it would not come back on. */
  readonly vainMs: number | null;
}
export interface Commanded {
  readonly next: RemoteSwitch;
  /** What to tell it now. */
  readonly send: boolean | undefined;
}

/** It has so long to say that it followed; deaf twice is a fault (control law, load-shedding). */
const FOLLOW_MS = 10_000;
const TRIES = 2;
/** A deaf switch is tried again after this. */
const RETRY_MS = 600_000;
/** One that would not come back on for so long is left alone: nobody expects it to start by itself any more. */
const GIVE_UP_MS = 3_600_000;

export function newSwitch(held: boolean): RemoteSwitch {
  return { on: null, held, order: undefined, restsFromMs: null, handMs: null, failedMs: null, vainMs: null };
}

/** The switch told its state. */
export function heard(before: RemoteSwitch, on: boolean, nowMs: number): RemoteSwitch {
  const { order, held, restsFromMs } = before;
  const followed = order?.on === on;
  const next = { ...before, on, ...(followed && { order: undefined, failedMs: null }) };
  if (!on) return { ...next, restsFromMs: order?.on === true ? null : (restsFromMs ?? nowMs) };
  if (followed) return { ...next, held: false, vainMs: null, restsFromMs: null };
  const byHand = before.on !== true && held && restsFromMs !== null && nowMs >= restsFromMs;
  return { ...next, restsFromMs: null, ...(byHand && { handMs: nowMs, failedMs: null, vainMs: null }) };
}

/** What it must be told, after load-shedding judged. Without connection nothing is told, and nothing is late. */
export function commanded(before: RemoteSwitch, permit: boolean, reachable: boolean, nowMs: number): Commanded {
  const recovered = before.failedMs !== null && nowMs - before.failedMs >= RETRY_MS;
  const now = { ...before, ...(recovered && { failedMs: null }), ...(!reachable && { order: undefined }) };
  if (permit && now.on === true) return { next: { ...now, held: false, order: undefined, failedMs: null }, send: undefined };
  if (permit && now.on === false && now.held) return insist(now, true, reachable, nowMs);
  if (!permit && now.on === true) return insist({ ...now, held: now.held || reachable }, false, reachable, nowMs);
  // Told on and not there yet when it must stay off: told off again, and for a while what turns it on is still that order.
  if (!permit && now.order?.on === true) return { next: { ...now, order: undefined, restsFromMs: nowMs + FOLLOW_MS }, send: false };
  return { next: { ...now, order: undefined }, send: undefined };
}

function insist(before: RemoteSwitch, on: boolean, reachable: boolean, nowMs: number): Commanded {
  const { order, failedMs, vainMs } = before;
  if (!reachable || failedMs !== null) return { next: before, send: undefined };
  if (order?.on !== on) return { next: { ...before, order: { on, sentMs: nowMs, tries: 1 }, restsFromMs: null }, send: on };
  if (nowMs - order.sentMs < FOLLOW_MS) return { next: before, send: undefined };
  if (order.tries < TRIES) return { next: { ...before, order: { on, sentMs: nowMs, tries: order.tries + 1 } }, send: on };
  const since = on ? (vainMs ?? nowMs) : null;
  const held = before.held && (since === null || nowMs - since < GIVE_UP_MS);
  return { next: { ...before, order: undefined, failedMs: nowMs, vainMs: since, held }, send: undefined };
}

/** As load-shedding sees it. */
export function seenSwitch(now: RemoteSwitch, reachable: boolean): Omit<LoadView, 'power' | 'schedule'> {
  return {
    on: now.on,
    wanted: now.on === true || now.held,
    overrideMs: now.handMs,
    obeys: now.failedMs === null,
    ...(!reachable && { unreachable: true }),
  };
}
