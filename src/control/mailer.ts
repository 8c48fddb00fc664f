/** Decides which mail leaves when: gathers news, keeps the limits, tries again what may pass. Sends nothing itself, waits for nobody. */
import { SEVERITIES, type Severity } from './alarm-rules.ts';
import type { ActiveAlarm, AlarmChange, Instant } from './alarms.ts';
import { createMailLimits, type LimitRecord, type MailLimitSettings, type MailLimits } from './mail-limits.ts';
import { createMailQueue, type MailQueue, type Waiting } from './mail-queue.ts';
import { digest, type Style, testMail, urgentMail, type Words } from './mail-text.ts';

export interface MailerSettings extends MailLimitSettings {
  /** News waits this long for company (ms); critical news does not. */
  readonly gatherMs: number;
  /** Less severe alarms are not mailed. */
  readonly from: Severity;
  /** The end of an alarm is mailed too. Of an urgent one it always is. */
  readonly tellEnd: boolean;
}
export interface Letter extends Words {
  readonly id: number;
  readonly lane: 'urgent' | 'regular' | 'test';
}
export type LetterResult = { readonly sent: true } | { readonly sent: false; readonly permanent: boolean; readonly reason: string };
/** `retrying`: not sent yet, tried again later. `limited`: waits for the limits. */
export type MailStatus = 'none' | 'sent' | 'retrying' | 'limited' | 'failed';
export interface MailState {
  readonly status: MailStatus;
  /** Why not, in the words of the port; empty when well. */
  readonly detail: string;
  /** Wall ms of the last attempt's end; null before the first. */
  readonly atMs: number | null;
  /** Alarms not told yet. */
  readonly waiting: number;
}
export interface MailerRecord extends LimitRecord {
  /** Rules that stand and nobody was told of. */
  readonly unsent: readonly string[];
}
export interface Mailer {
  note(changes: readonly AlarmChange[], now: Instant): void;
  /** Asks for a test mail; a second within a minute is ignored. */
  test(now: Instant): void;
  /** What is to be sent now, at most one a lane: hand it to the port, tell `done` when it ended. Call each second. */
  next(active: readonly ActiveAlarm[], now: Instant): readonly Letter[];
  done(id: number, result: LetterResult, now: Instant): void;
  state(now: Instant): MailState;
  record(now: Instant): MailerRecord;
}

/** Pauses after the 1st, 2nd, … failure that may pass (reference: mail alerts). */
const PAUSES_MS = [60_000, 300_000, 900_000, 3_600_000];
/** The product's promise: critical overheating is mailed every minute. */
const URGENT_MS = 60_000;
const TEST_MS = 60_000;
/** A letter nobody told the end of does not stop its lane for ever. */
const LOST_MS = 120_000;
const CAPACITY = 50;

interface Flight {
  readonly id: number;
  readonly startMs: number;
  readonly entries: readonly Waiting[];
  readonly unlisted: number;
}
interface Desk {
  readonly settings: MailerSettings;
  readonly style: Style;
  readonly queue: MailQueue;
  readonly limits: MailLimits;
  readonly flights: Map<Letter['lane'], Flight>;
  /** Refused for good in this run: told again after a restart, when the settings may have been mended. */
  readonly refused: Set<string>;
  letters: number;
  failures: number;
  pauseUntilMs: number;
  testWanted: boolean;
  testedMs: number;
  urgentMs: number;
  last: { readonly result: LetterResult; readonly lane: Letter['lane']; readonly atMs: number } | undefined;
}

/** `record` and `standing` are what an earlier run left: its limits count on, what it could not tell is told now. */
export function createMailer(
  settings: MailerSettings,
  style: Style,
  start: Instant,
  record: MailerRecord = { sentMs: [], ruleMs: {}, unsent: [] },
  standing: readonly ActiveAlarm[] = [],
): Mailer {
  const desk: Desk = {
    ...{ settings, style, queue: createMailQueue(CAPACITY), limits: createMailLimits(settings, record, start) },
    ...{ flights: new Map(), refused: new Set(), letters: 0, failures: 0, last: undefined, testWanted: false },
    ...{ pauseUntilMs: start.monotonicMs, testedMs: Number.NEGATIVE_INFINITY, urgentMs: Number.NEGATIVE_INFINITY },
  };
  for (const { rule, sinceMs, value, state } of standing) {
    if (state !== 'active' || !record.unsent.includes(rule.id)) continue;
    note(desk, { rule, before: 'inactive', after: 'active', atMs: sinceMs, sinceMs, value }, start);
  }
  return {
    note(changes, now) {
      for (const change of changes) note(desk, change, now);
    },
    test({ monotonicMs }) {
      if (monotonicMs - desk.testedMs >= TEST_MS) desk.testWanted = true;
    },
    next(active, now) {
      forgetLost(desk, now);
      return [urgent(desk, active, now), regular(desk, active, now), test(desk, now)].filter((letter) => letter !== undefined);
    },
    done: (id, result, now) => done(desk, id, result, now),
    state: (now) => stateOf(desk, now),
    record: (now) => ({ ...desk.limits.record(now), unsent: [...new Set([...inHand(desk).map(({ rule }) => rule.id), ...desk.refused])] }),
  };
}

function note({ settings, queue, refused }: Desk, change: AlarmChange, { monotonicMs }: Instant): void {
  const { rule, after } = change;
  refused.delete(rule.id);
  if (rule.urgent === true) {
    if (after === 'inactive') queue.note(change, monotonicMs, true);
  } else if (SEVERITIES.indexOf(rule.severity) <= SEVERITIES.indexOf(settings.from)) queue.note(change, monotonicMs, settings.tellEnd);
}

function launch(desk: Desk, lane: Letter['lane'], words: Words, startMs: number, entries: readonly Waiting[] = [], unlisted = 0): Letter {
  desk.letters += 1;
  desk.flights.set(lane, { id: desk.letters, startMs, entries, unlisted });
  return { ...words, id: desk.letters, lane };
}

/** No limit, no pause after failures, no gathering: a fire is worth a full mailbox. */
function urgent(desk: Desk, active: readonly ActiveAlarm[], { monotonicMs }: Instant): Letter | undefined {
  const burning = active.filter(({ rule, state }) => rule.urgent === true && state === 'active');
  if (burning.length === 0 || desk.flights.has('urgent') || monotonicMs - desk.urgentMs < URGENT_MS) return undefined;
  desk.urgentMs = monotonicMs;
  return launch(desk, 'urgent', urgentMail(burning, desk.style), monotonicMs);
}

function regular(desk: Desk, active: readonly ActiveAlarm[], { monotonicMs, wallMs }: Instant): Letter | undefined {
  const { queue, limits, settings, style } = desk;
  queue.reconcile(active, wallMs);
  if (queue.size === 0 || desk.flights.has('regular')) return undefined;
  if (monotonicMs < desk.pauseUntilMs || monotonicMs < limits.freeMs(monotonicMs)) return undefined;
  const ready = queue.all().filter(({ rule }) => rule.urgent === true || limits.mayTell(rule.id, monotonicMs));
  const due = ready.some(({ rule, queuedMs }) => rule.severity === 'critical' || monotonicMs - queuedMs >= settings.gatherMs);
  if (!due) return undefined;
  queue.take(ready);
  const unlisted = queue.takeUnlisted();
  return launch(desk, 'regular', digest(ready, unlisted, style), monotonicMs, ready, unlisted);
}

function test(desk: Desk, { monotonicMs, wallMs }: Instant): Letter | undefined {
  if (!desk.testWanted || desk.flights.has('test')) return undefined;
  desk.testWanted = false;
  desk.testedMs = monotonicMs;
  return launch(desk, 'test', testMail(desk.style, wallMs), monotonicMs);
}

function done(desk: Desk, id: number, result: LetterResult, { monotonicMs, wallMs }: Instant): void {
  const found = [...desk.flights].find(([, flight]) => flight.id === id);
  if (found === undefined) return;
  const [lane, { entries, unlisted }] = found;
  desk.flights.delete(lane);
  desk.last = { result, lane, atMs: wallMs };
  if (lane !== 'regular') return;
  if (result.sent || result.permanent) {
    // A refusal counts like a mail: a server that is asked too often locks the account.
    desk.limits.sent(
      entries.map(({ rule }) => rule.id),
      monotonicMs,
    );
    desk.failures = 0;
    if (!result.sent) for (const { rule, endedMs } of entries) if (endedMs === undefined) desk.refused.add(rule.id);
    return;
  }
  desk.pauseUntilMs = monotonicMs + (PAUSES_MS[Math.min(desk.failures, PAUSES_MS.length - 1)] ?? 0);
  desk.failures += 1;
  desk.queue.giveBack(entries, unlisted);
}

function forgetLost(desk: Desk, now: Instant): void {
  for (const { id, startMs } of [...desk.flights.values()]) {
    if (now.monotonicMs - startMs >= LOST_MS) done(desk, id, { sent: false, permanent: false, reason: 'no answer' }, now);
  }
}

function inHand({ queue, flights }: Desk): readonly Waiting[] {
  const all = [...queue.all(), ...[...flights.values()].flatMap(({ entries }) => entries)];
  return all.filter(({ endedMs }) => endedMs === undefined);
}

function stateOf(desk: Desk, { monotonicMs }: Instant): MailState {
  const { last, queue, limits } = desk;
  const waiting = new Set([...queue.all(), ...[...desk.flights.values()].flatMap(({ entries }) => entries)].map(({ rule }) => rule.id))
    .size;
  const base = { atMs: last?.atMs ?? null, waiting };
  if (last !== undefined && !last.result.sent) {
    const status = last.lane === 'test' || last.result.permanent ? 'failed' : 'retrying';
    return { ...base, status, detail: last.result.reason };
  }
  if (queue.size > 0 && monotonicMs < limits.freeMs(monotonicMs)) return { ...base, status: 'limited', detail: '' };
  return { ...base, status: last === undefined ? 'none' : 'sent', detail: '' };
}
