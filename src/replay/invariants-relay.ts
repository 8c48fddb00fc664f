/** What must hold of one relay: nothing closed without a live permit, no change without a reason, no chatter. */
import type { RelayConfig } from '../config/types.ts';
import type { RelayOutlook, RelayState } from '../control/relay-types.ts';
import type { Journaled } from './invariants.ts';

export interface RelayRules {
  wished(on: boolean, nowMs: number): void;
  /** What does not hold at this moment. */
  look(state: RelayState, outlook: RelayOutlook | undefined, entries: readonly Journaled[], nowMs: number): string[];
}
interface Past {
  on: boolean | null;
  sinceMs: number;
  /** Why it opened last. */
  reason: string;
  wish: { readonly on: boolean; readonly atMs: number } | undefined;
  /** Every change of the last day but the openings that nobody may delay. */
  changes: number[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Openings that no minimum time and no cap may hold back. */
const HARD: ReadonlySet<string> = new Set(['interlock', 'stopping', 'line-fault']);
/** Load-shedding against a trip does not wait for the least time on. */
const HASTY = /^(trip|meter_alarm)/;

/** `shedMinOffMs`: how long load-shedding keeps it open at least. */
export function relayRules(config: RelayConfig, shedMinOffMs: number): RelayRules {
  const past: Past = { on: null, sinceMs: -Infinity, reason: '', wish: undefined, changes: [] };
  return {
    wished(on, atMs) {
      past.wish = { on, atMs };
    },
    look(state, outlook, entries, nowMs) {
      const found: string[] = [];
      if (state.on !== past.on) {
        if (past.on !== null) found.push(...changeFaults(config, past, state, entries, { nowMs, shedMinOffMs }));
        past.on = state.on;
        past.sinceMs = nowMs;
        // What it is held open for now may be another reason, of the same second.
        past.reason = changeOf(state, entries)?.reason ?? state.verdict.reason.code;
      }
      if (state.on !== (config.safe === 'on')) found.push(...closedFaults(config, past, state, outlook, nowMs));
      return found;
    },
  };
}

function changeOf({ id, on }: RelayState, entries: readonly Journaled[]): Journaled | undefined {
  return entries.find(({ relayId, before, after }) => relayId === id && after === on && before !== after);
}

function changeFaults(
  config: RelayConfig,
  past: Past,
  state: RelayState,
  entries: readonly Journaled[],
  { nowMs, shedMinOffMs }: { readonly nowMs: number; readonly shedMinOffMs: number },
): string[] {
  const { code, detail = '' } = state.verdict.reason;
  const found: string[] = [];
  const entry = changeOf(state, entries);
  if (entry === undefined || entry.reason === '') found.push(`became ${word(state.on)} (${code}) and the journal has no reason`);
  const hard = state.on === false && HARD.has(code);
  const hasty = hard || (code === 'shedding' && HASTY.test(detail));
  const leastMs = 1_000 * (past.on === true ? config.minOnS : config.minOffS);
  const heldMs = past.on === false && past.reason === 'shedding' ? Math.max(leastMs, shedMinOffMs) : leastMs;
  const lastedMs = nowMs - past.sinceMs;
  if (!hasty && lastedMs < heldMs)
    found.push(`became ${word(state.on)} (${code}) after ${lastedMs / 1_000} s, at least ${heldMs / 1_000} s`);
  if (hard) return found;
  past.changes = [...past.changes.filter((atMs) => nowMs - atMs < DAY_MS), nowMs];
  const lastHour = past.changes.filter((atMs) => nowMs - atMs < HOUR_MS).length;
  if (lastHour > config.maxChangesPerHour) found.push(`${lastHour} changes within an hour, at most ${config.maxChangesPerHour}`);
  if (past.changes.length > config.maxChangesPerDay)
    found.push(`${past.changes.length} changes within a day, at most ${config.maxChangesPerDay}`);
  return found;
}

/** It is away from its safe state: something must permit that now. */
function closedFaults(config: RelayConfig, past: Past, state: RelayState, outlook: RelayOutlook | undefined, nowMs: number): string[] {
  const { code, detail = '' } = state.verdict.reason;
  const said = `${code}${detail === '' ? '' : ` (${detail})`}`;
  const found: string[] = [];
  if (state.on === null) found.push(`nobody knows whether it is closed: ${said}`);
  const hard = [...(outlook?.interlocks ?? []), ...state.latches, ...(state.fault === undefined ? [] : [state.fault])];
  if (hard.length > 0) found.push(`closed although ${hard.join(', ')}: ${said}`);
  if (outlook?.shed !== undefined && code !== 'anti-short-cycle')
    found.push(`closed although load-shedding wants it open (${outlook.shed.detail}): ${said}`);
  if (!permitted(code, config, past, state, outlook, nowMs)) found.push(`closed without a live permit: ${said}`);
  return found;
}

function permitted(
  code: string,
  config: RelayConfig,
  { wish, sinceMs }: Past,
  state: RelayState,
  outlook: RelayOutlook | undefined,
  nowMs: number,
): boolean {
  if (code === 'request') return wish?.on === true && nowMs - wish.atMs < 1_000 * config.leaseS;
  if (code === 'automatic') return outlook?.automatic?.on === true;
  if (code === 'manual') return state.mode === 'manual' && state.manualOn;
  if (code === 'anti-short-cycle') return nowMs - sinceMs < 1_000 * config.minOnS;
  return code === 'waiting-inputs' && outlook?.unready !== undefined;
}

function word(on: boolean | null): string {
  return on === null ? 'unknown' : on ? 'closed' : 'open';
}
