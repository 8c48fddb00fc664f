/** What alarms keep through a restart, and the strict reading of it: a damaged entry is forgotten, not believed. */
import type { Value } from '../model.ts';

export interface AlarmMemory {
  readonly state: 'inactive' | 'pending' | 'active' | 'acknowledged';
  /** Wall ms of becoming active (or pending). */
  readonly sinceMs: number;
  /** Observed ms on the way to the next state. */
  readonly heldMs: number;
  readonly raisedBy: Value;
  readonly value: Value;
  readonly valueMs: number;
}
/** By rule id. */
export type AlarmRecord = Readonly<Record<string, AlarmMemory>>;

const STATES: readonly unknown[] = ['pending', 'active', 'acknowledged'];

/** The record in a kept text; what is not one gives none. Never throws. */
export function readAlarmRecord(text: string | undefined): AlarmRecord {
  let data: unknown;
  try {
    data = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return {};
  return Object.fromEntries(Object.entries(data).flatMap(([id, entry]) => (isMemory(entry) ? [[id, pick(entry)]] : [])));
}

function pick({ state, sinceMs, heldMs, raisedBy, value, valueMs }: AlarmMemory): AlarmMemory {
  return { state, sinceMs, heldMs, raisedBy, value, valueMs };
}

function isMemory(entry: unknown): entry is AlarmMemory {
  if (typeof entry !== 'object' || entry === null) return false;
  const { state, sinceMs, heldMs, raisedBy, value, valueMs } = entry as Record<string, unknown>;
  const times = [sinceMs, heldMs, valueMs].every((time) => typeof time === 'number' && Number.isFinite(time) && time >= 0);
  return STATES.includes(state) && times && isValue(raisedBy) && isValue(value);
}

function isValue(value: unknown): value is Value {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value);
}
