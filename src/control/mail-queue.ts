/** News waiting to be mailed, one entry a rule, bounded: a rule raised again while it waits is told once, with its count. */
import { SEVERITIES } from './alarm-rules.ts';
import type { ActiveAlarm, AlarmChange } from './alarms.ts';
import type { Notice } from './mail-text.ts';

export interface Waiting extends Notice {
  /** Monotonic ms. */
  readonly queuedMs: number;
}
export interface MailQueue {
  readonly size: number;
  /** Left out for want of room since the last `takeUnlisted`. */
  readonly unlisted: number;
  note(change: AlarmChange, nowMs: number, tellEnd: boolean): void;
  /** What came back from an attempt may have ended or been acknowledged meanwhile. */
  reconcile(active: readonly ActiveAlarm[], wallMs: number): void;
  /** What could not be sent, beside what happened since. */
  giveBack(entries: readonly Waiting[], unlisted: number): void;
  /** Worst first, then oldest. */
  all(): Waiting[];
  take(entries: readonly Waiting[]): void;
  takeUnlisted(): number;
}

export function createMailQueue(capacity: number): MailQueue {
  const waiting = new Map<string, Waiting>();
  let unlisted = 0;
  const all = (): Waiting[] =>
    [...waiting.values()].sort(
      (a, b) => SEVERITIES.indexOf(a.rule.severity) - SEVERITIES.indexOf(b.rule.severity) || a.queuedMs - b.queuedMs,
    );
  const put = (entry: Waiting): void => {
    const old = waiting.get(entry.rule.id);
    waiting.set(entry.rule.id, old === undefined ? entry : merge(old, entry));
    if (waiting.size <= capacity) return;
    const least = all().at(-1);
    if (least !== undefined) waiting.delete(least.rule.id);
    unlisted += 1;
  };
  return {
    get size() {
      return waiting.size;
    },
    get unlisted() {
      return unlisted;
    },
    note({ rule, before, after, atMs, sinceMs, value }, nowMs, tellEnd) {
      const base = { rule, value, queuedMs: nowMs, raisedMs: sinceMs };
      const stood = before === 'active' || before === 'acknowledged';
      if (after === 'active') put({ ...base, times: 1, endedMs: undefined });
      // Whoever acknowledged it knows.
      else if (after === 'acknowledged') waiting.delete(rule.id);
      else if (stood && (tellEnd || waiting.has(rule.id))) put({ ...base, times: 0, endedMs: atMs });
    },
    reconcile(active, wallMs) {
      const states = new Map(active.map(({ rule, state }) => [rule.id, state]));
      for (const [id, entry] of waiting) {
        if (entry.endedMs !== undefined) continue;
        const state = states.get(id);
        if (state === 'acknowledged') waiting.delete(id);
        else if (state === undefined) waiting.set(id, { ...entry, endedMs: wallMs });
      }
    },
    giveBack(entries, count) {
      unlisted += count;
      for (const entry of entries) {
        const newer = waiting.get(entry.rule.id);
        waiting.delete(entry.rule.id);
        put(newer === undefined ? entry : merge(entry, newer));
      }
    },
    all,
    take(entries) {
      for (const { rule } of entries) waiting.delete(rule.id);
    },
    takeUnlisted() {
      const count = unlisted;
      unlisted = 0;
      return count;
    },
  };
}

/** An end keeps the value that raised it. */
function merge(older: Waiting, newer: Waiting): Waiting {
  const value = newer.times > 0 ? newer.value : older.value;
  return { ...newer, value, raisedMs: older.raisedMs, queuedMs: older.queuedMs, times: older.times + newer.times };
}
