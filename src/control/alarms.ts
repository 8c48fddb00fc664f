/** Alarms: each rule goes from inactive over pending to active and back, in observed time; says what changed and what stands. */
import type { Reading, Value } from '../model.ts';
import type { AlarmMemory, AlarmRecord } from './alarm-record.ts';
import { type AlarmRule, checkRules, type Finding, judgeReading, SEVERITIES } from './alarm-rules.ts';

export type AlarmState = 'inactive' | 'pending' | 'active' | 'acknowledged';
/** Durations are measured on the monotonic side, people are told the wall side. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}
export interface ActiveAlarm {
  readonly rule: AlarmRule;
  readonly state: 'active' | 'acknowledged';
  /** Wall ms at which it became active. */
  readonly sinceMs: number;
  /** The value that raised it; null for what has no value (stale data). */
  readonly raisedBy: Value;
  /** The newest known value, and its wall time. */
  readonly value: Value;
  readonly valueMs: number;
}
export interface AlarmChange {
  readonly rule: AlarmRule;
  readonly before: AlarmState;
  readonly after: AlarmState;
  /** Wall ms. */
  readonly atMs: number;
  /** Wall ms at which what begins or ends here began. */
  readonly sinceMs: number;
  readonly value: Value;
}
export type ReadValue = (deviceId: string, key: string, monotonicMs: number) => Reading | undefined;

export interface Alarms {
  /** Call each second, and after a sample for its device alone. */
  evaluate(read: ReadValue, now: Instant, deviceId?: string): readonly AlarmChange[];
  /** One alarm, or all that stand. What is only pending can not be acknowledged. */
  acknowledge(now: Instant, id?: string): readonly AlarmChange[];
  /** Worst first, then oldest first. */
  active(): readonly ActiveAlarm[];
  state(id: string): AlarmState;
  /** To be kept: given back at the next start nothing is raised twice and no acknowledgement is lost. */
  record(): AlarmRecord;
}

interface Status extends AlarmMemory {
  readonly finding: Finding;
  /** Monotonic ms of the last evaluation. */
  readonly atMs: number;
}

/** `record` is what an earlier run kept. Throws ConfigError for rules that could never work. */
export function createAlarms(rules: readonly AlarmRule[], record: AlarmRecord = {}): Alarms {
  checkRules(rules);
  const entries = rules.map((rule) => ({ rule, status: restored(Object.hasOwn(record, rule.id) ? record[rule.id] : undefined) }));

  const move = (entry: (typeof entries)[number], next: Status, wallMs: number, changes: AlarmChange[]): void => {
    const before = entry.status.state;
    entry.status = next;
    const { state: after, sinceMs, value } = next;
    if (before !== after) changes.push({ rule: entry.rule, before, after, atMs: wallMs, sinceMs, value });
  };
  return {
    evaluate(read, now, deviceId) {
      const changes: AlarmChange[] = [];
      for (const entry of entries) {
        const { rule, status } = entry;
        if (deviceId !== undefined && deviceId !== rule.deviceId) continue;
        move(entry, step(rule, status, read(rule.deviceId, rule.key, now.monotonicMs), now), now.wallMs, changes);
      }
      return changes;
    },
    acknowledge(now, id) {
      const changes: AlarmChange[] = [];
      for (const entry of entries) {
        const mine = entry.status.state === 'active' && (id === undefined || entry.rule.id === id);
        if (mine) move(entry, { ...entry.status, state: 'acknowledged' }, now.wallMs, changes);
      }
      return changes;
    },
    active: () =>
      entries
        .flatMap(({ rule, status }) => standing(rule, status))
        .sort((a, b) => SEVERITIES.indexOf(a.rule.severity) - SEVERITIES.indexOf(b.rule.severity) || a.sinceMs - b.sinceMs),
    state: (id) => entries.find(({ rule }) => rule.id === id)?.status.state ?? 'inactive',
    record: () =>
      Object.fromEntries(
        entries
          .filter(({ status }) => status.state !== 'inactive')
          .map(({ rule, status: { finding: _, atMs: __, ...memory } }) => [rule.id, memory]),
      ),
  };
}

const INACTIVE: Status = {
  state: 'inactive',
  sinceMs: 0,
  heldMs: 0,
  raisedBy: null,
  value: null,
  valueMs: 0,
  finding: 'unsure',
  atMs: 0,
};

/** Nothing was observed while the program was away: the first evaluation counts no time. */
function restored(memory: AlarmMemory | undefined): Status {
  return memory === undefined ? INACTIVE : { ...INACTIVE, ...memory };
}

function standing(rule: AlarmRule, { state, sinceMs, raisedBy, value, valueMs }: Status): ActiveAlarm[] {
  return state === 'active' || state === 'acknowledged' ? [{ rule, state, sinceMs, raisedBy, value, valueMs }] : [];
}

function step(rule: AlarmRule, status: Status, reading: Reading | undefined, now: Instant): Status {
  const finding = judgeReading(rule.condition, reading);
  const known = reading !== undefined && reading.value !== null && (reading.quality === 'fresh' || reading.quality === 'late');
  const seen = known ? { value: reading.value, valueMs: reading.atMs } : { value: status.value, valueMs: status.valueMs };
  // Time counts only between two findings of the same kind: what happened in doubt is not known.
  const passedMs = finding === status.finding ? Math.max(0, now.monotonicMs - status.atMs) : 0;
  const next = { ...status, ...seen, finding, atMs: now.monotonicMs };
  if (status.state === 'inactive' || status.state === 'pending') return towardsAlarm(rule, next, passedMs, now);
  return towardsRest(rule, next, passedMs);
}

/** Bad time adds up, doubt freezes it, one well reading ends it: a value that chatters about its threshold is still told. */
function towardsAlarm(rule: AlarmRule, status: Status, passedMs: number, now: Instant): Status {
  if (status.finding === 'well') return { ...status, state: 'inactive', heldMs: 0 };
  if (status.finding === 'unsure') return status;
  const heldMs = status.state === 'pending' ? status.heldMs + passedMs : 0;
  const raisedBy = rule.condition.when === 'stale' ? null : status.value;
  if (heldMs >= rule.forMs) return { ...status, state: 'active', sinceMs: now.wallMs, heldMs: 0, raisedBy };
  const sinceMs = status.state === 'pending' ? status.sinceMs : now.wallMs;
  return { ...status, state: 'pending', sinceMs, heldMs };
}

/** The end must be seen without a break. */
function towardsRest(rule: AlarmRule, status: Status, passedMs: number): Status {
  if (status.finding !== 'well') return { ...status, heldMs: 0 };
  const heldMs = status.heldMs + passedMs;
  return heldMs >= rule.clearForMs ? { ...status, state: 'inactive', heldMs: 0 } : { ...status, heldMs };
}
