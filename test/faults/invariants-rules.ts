/** The rules of the relays, each from the evidence alone: what it violates in words, or undefined. Monotonic ms. */
import type { JournalEntry } from '../../src/store/types.ts';
import type { Seen } from './invariants.ts';

type Move = Seen['moves'][number];
const HARD = ['interlock', 'line-fault', 'boot-hold', 'stopping', 'group'];
const PERMITS = ['request', 'manual', 'automatic'];
const HOUR_MS = 3_600_000;
/** A lease ends between two ticks; what the line did must be in the journal, and told, within this. */
const SLACK_MS = 1_000;

/** No relay away from its safe state under a latch or a hard reason, nor without a live permit. */
export function judgeRelay(seen: Seen, nowMs: number): string | undefined {
  const { config, closed, latches } = seen;
  if (closed === undefined || closed === (config.safe === 'on')) return undefined;
  const where = `${config.id} is ${closed ? 'closed' : 'open'}`;
  if (latches.size > 0) return `${where} although ${[...latches].join(', ')} is latched`;
  const last = seen.entries.at(-1)?.entry;
  if (last === undefined) return `${where} without any decision`;
  if (last.after !== closed) return `${where} although ${last.reason} says otherwise`;
  if (HARD.includes(last.reason)) return `${where} under ${last.reason}`;
  if (PERMITS.includes(last.reason) || keptByMinimum(last))
    return lapsed(seen, last, nowMs) ? `${where} on a lease that is over` : undefined;
  return `${where} without a permit: ${last.reason} ${last.detail ?? ''}`;
}

/** Away from safe only because it must stay a while. */
function keptByMinimum({ reason, detail }: JournalEntry): boolean {
  return reason === 'anti-short-cycle' && (detail === 'min-on' || detail === 'min-off');
}

function lapsed({ config, closed, wished }: Seen, { reason, by }: JournalEntry, nowMs: number): boolean {
  if (reason !== 'request' || by !== 'home-assistant') return false;
  return wished === undefined || wished.on !== closed || nowMs - wished.atMs > config.leaseS * 1000 + SLACK_MS;
}

/** A change has its reason in the journal, respects the least time off, and the cap unless it leads to safety. */
export function judgeMove(seen: Seen, move: Move, nowMs: number): string | undefined {
  const { config, moves, entries } = seen;
  const near = (atMs: number): boolean => Math.abs(atMs - move.atMs) <= SLACK_MS;
  const found = entries.findLast(({ atMs, entry }) => near(atMs) && entry.after === move.on && entry.reason.length > 0);
  if (found === undefined && nowMs - move.atMs < SLACK_MS) return undefined;
  move.judged = true;
  const where = `${config.id} ${move.on ? 'closed' : 'opened'}`;
  if (found === undefined) return `${where} and the journal has no reason`;
  const before = moves[moves.indexOf(move) - 1];
  if (move.on && before !== undefined && move.atMs - before.atMs < config.minOffS * 1000)
    return `${where} ${(move.atMs - before.atMs) / 1000} s after it opened, least ${config.minOffS} s`;
  const lately = moves.filter(({ atMs }) => atMs <= move.atMs && move.atMs - atMs < HOUR_MS).length;
  const toSafety = move.on === (config.safe === 'on') && HARD.includes(found.entry.reason);
  return lately > config.maxChangesPerHour && !toSafety ? `${where} as change ${lately} of the hour` : undefined;
}

/** What is told is what is, within a second; an honest unknown is no lie. */
export function judgeTold(seen: Seen, payload: string | undefined, nowMs: number): string | undefined {
  const { config, closed } = seen;
  const said = payload === undefined ? undefined : (JSON.parse(payload) as Record<string, unknown>)[config.id];
  const untrue = typeof said === 'boolean' && closed !== undefined && said !== closed;
  seen.untruthSinceMs = untrue ? (seen.untruthSinceMs ?? nowMs) : undefined;
  if (seen.untruthSinceMs === undefined || nowMs - seen.untruthSinceMs < SLACK_MS) return undefined;
  return `${config.id} is told ${said} and is ${closed}`;
}
