/** The words of the relay board: what is set for a relay, what is remembered, shown and journaled of it. */
import type { ReasonCode, RelayMode, Requester, Verdict } from '../model.ts';
import { NOTHING_SAID, type Outlook } from './arbiter.ts';
import type { CycleRules } from './cycle.ts';
import type { Seen } from './feedback.ts';

export interface RelaySetting {
  readonly id: string;
  readonly safeOn: boolean;
  /** Longest lease of a request (ms). */
  readonly leaseMs: number;
  /** Absent: free. */
  readonly rules?: CycleRules;
  /** Of the relays of one group at most one is closed. */
  readonly group?: string;
  /** Pause between the opening of one member and the closing of another (ms). */
  readonly deadMs?: number;
  /** The manual mode ends by itself after this (ms); absent: never. */
  readonly overrideMs?: number;
}
export interface RelayMemory {
  readonly mode: RelayMode;
  readonly manualOn: boolean;
  readonly switches: number;
  readonly onSeconds: number;
  /** Changes of the last 24 h (monotonic ms, oldest first), so that no restart lifts the cap. */
  readonly changes?: readonly number[];
}
/** What is, never what was wished: `on` is read back from the line, null when that failed. */
export interface RelayState extends Omit<RelayMemory, 'changes'> {
  readonly id: string;
  readonly on: boolean | null;
  readonly wanted: boolean;
  readonly verdict: Verdict;
  readonly fault: string | undefined;
  readonly latches: readonly string[];
  readonly changes: readonly number[];
}
export type Inputs = Readonly<Record<string, number | string | boolean | null>>;
export interface RelayOutlook extends Outlook {
  /** What a contact or a meter behind the relay shows. */
  readonly seen: Seen | undefined;
  /** The inputs used, for the journal: asked for only when something is decided. */
  inputs(): Inputs;
}
export const QUIET: RelayOutlook = { ...NOTHING_SAID, seen: undefined, inputs: () => ({}) };

export interface Decision {
  readonly relayId: string;
  readonly before: boolean | null;
  readonly after: boolean;
  readonly reason: ReasonCode;
  readonly detail: string | undefined;
  readonly by: Requester | undefined;
  readonly inputs: Inputs;
}
