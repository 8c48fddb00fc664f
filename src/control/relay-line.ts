/** One output line and the contact behind it: senses, drives, and remembers what does not obey. */
import { changed, type Past } from './cycle.ts';
import { type FeedbackState, NO_FEEDBACK, type Seen, verify } from './feedback.ts';

/** One output, synchronous: a decision never waits. Throws when the line cannot be driven or read. */
export interface Line {
  set(on: boolean): void;
  get(): boolean;
  /** Why this line must not be used now, whatever it reads: asked before each judgement. */
  fault?(): string | undefined;
}
/** The living part of one relay. Monotonic ms. */
export interface Wire {
  /** Absent while it could not be opened, or is lost. */
  line: Line | undefined;
  readonly safeOn: boolean;
  fault: string | undefined;
  /** The fault is shown, and the relay kept safe, until then: a doubtful line must not be tried every second. */
  faultUntilMs: number;
  /** As read back; null: nobody knows. */
  on: boolean | null;
  past: Past;
  feedback: FeedbackState;
}
/** How long a line that did not obey stays out of use (ms). */
const FAULT_HOLD_MS = 60_000;
/** A contact that did not close is tried again after this (ms). */
const STUCK_HOLD_MS = 300_000;

/** A line that could not be opened comes as the reason. */
export function newWire(line: Line | string, safeOn: boolean, nowMs: number, changes: readonly number[] = []): Wire {
  const open = typeof line !== 'string';
  return {
    line: open ? line : undefined,
    safeOn,
    fault: open ? undefined : line,
    faultUntilMs: 0,
    on: null,
    past: { changes, sinceMs: nowMs, restUntilMs: 0 },
    feedback: NO_FEEDBACK,
  };
}

/** The line is there, late or again: as at a start, it rests first. */
export function connect(wire: Wire, line: Line, nowMs: number): void {
  Object.assign(wire, { line, fault: undefined, faultUntilMs: 0, on: null, feedback: NO_FEEDBACK });
  wire.past = { ...wire.past, sinceMs: nowMs };
}

/** The line is gone, for the given reason: nobody knows what the relay does, until another line is connected. */
export function disconnect(wire: Wire, reason: string): void {
  Object.assign(wire, { line: undefined, on: null });
  fail(wire, reason, Number.POSITIVE_INFINITY);
}

/** Reads the line before a decision: one that moved by itself has changed, and must earn its way back. */
export function sense(wire: Wire, nowMs: number): void {
  if (wire.line === undefined) return;
  if (nowMs >= wire.faultUntilMs) wire.fault = undefined;
  const untrusted = wire.line.fault?.();
  if (untrusted !== undefined) fail(wire, untrusted, nowMs + FAULT_HOLD_MS);
  try {
    const on = wire.line.get();
    if (wire.on !== null && on !== wire.on) wire.past = changed(wire.past, nowMs);
    wire.on = on;
  } catch (error) {
    broken(wire, error, nowMs);
  }
}

/** Writes only when the line stands otherwise, then believes the line alone. */
export function drive(wire: Wire, wanted: boolean, nowMs: number): void {
  const line = wire.line;
  if (line === undefined) return;
  try {
    if (line.get() !== wanted) write(wire, line, wanted, nowMs);
    wire.on = line.get();
    if (wire.on === wanted) return;
    fail(wire, `line reads ${word(wire.on)} although driven ${word(wanted)}`, nowMs + FAULT_HOLD_MS);
    write(wire, line, wire.safeOn, nowMs);
    wire.on = line.get();
  } catch (error) {
    broken(wire, error, nowMs);
  }
}

/** Compares with the contact behind the line; true: it is closed although driven open (welded). */
export function feel(wire: Wire, seen: Seen | undefined, nowMs: number): boolean {
  if (wire.on === null) return false;
  const { state, fault } = verify(wire.feedback, { on: wire.on, sinceMs: wire.past.sinceMs }, seen);
  wire.feedback = state;
  if (fault === 'stuck-open') fail(wire, 'stuck-open', nowMs + STUCK_HOLD_MS);
  return fault === 'welded';
}

/** Every write counts as a change, also one that the line does not show: the armature may have moved. */
function write(wire: Wire, line: Line, on: boolean, nowMs: number): void {
  wire.past = changed(wire.past, nowMs);
  line.set(on);
}

function broken(wire: Wire, error: unknown, nowMs: number): void {
  wire.on = null;
  fail(wire, error instanceof Error ? error.message : String(error), nowMs + FAULT_HOLD_MS);
}

function fail(wire: Wire, fault: string, untilMs: number): void {
  wire.fault = fault;
  wire.faultUntilMs = untilMs;
}

function word(on: boolean): string {
  return on ? 'on' : 'off';
}
