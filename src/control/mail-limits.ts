/** How many mails may leave: per hour, per day, per rule; and what of that is remembered through a restart. */
import type { Instant } from './alarms.ts';

export interface MailLimitSettings {
  readonly perHour: number;
  readonly perDay: number;
  /** The same rule is mailed at most this often (ms). */
  readonly repeatMs: number;
}
/** Wall ms; plain data. */
export interface LimitRecord {
  readonly sentMs: readonly number[];
  readonly ruleMs: Readonly<Record<string, number>>;
}
export interface MailLimits {
  /** Monotonic ms from which another mail may leave; not after now: at once. */
  freeMs(nowMs: number): number;
  mayTell(ruleId: string, nowMs: number): boolean;
  sent(ruleIds: readonly string[], nowMs: number): void;
  record(now: Instant): LimitRecord;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Times of an earlier run that lie ahead (the clock was not set yet) count as now. */
export function createMailLimits({ perHour, perDay, repeatMs }: MailLimitSettings, record: LimitRecord, start: Instant): MailLimits {
  const restore = (wallMs: number): number => start.monotonicMs - Math.max(0, start.wallMs - wallMs);
  let sent = record.sentMs.map(restore).sort((a, b) => a - b);
  const told = new Map(Object.entries(record.ruleMs).map(([id, wallMs]) => [id, restore(wallMs)]));
  const freeAgain = (count: number, windowMs: number): number => {
    const blocking = sent[sent.length - count];
    return blocking === undefined ? Number.NEGATIVE_INFINITY : blocking + windowMs;
  };
  return {
    freeMs: () => Math.max(freeAgain(perHour, HOUR_MS), freeAgain(perDay, DAY_MS)),
    mayTell: (ruleId, nowMs) => nowMs - (told.get(ruleId) ?? Number.NEGATIVE_INFINITY) >= repeatMs,
    sent(ruleIds, nowMs) {
      sent = [...sent.filter((timeMs) => nowMs - timeMs < DAY_MS), nowMs];
      for (const id of ruleIds) told.set(id, nowMs);
    },
    record({ monotonicMs, wallMs }) {
      const keep = (timeMs: number): number => Math.round(wallMs - (monotonicMs - timeMs));
      const recent = [...told].filter(([, timeMs]) => monotonicMs - timeMs < repeatMs);
      return {
        sentMs: sent.filter((timeMs) => monotonicMs - timeMs < DAY_MS).map(keep),
        ruleMs: Object.fromEntries(recent.map(([id, timeMs]) => [id, keep(timeMs)])),
      };
    },
  };
}
