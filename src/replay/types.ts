/** What a replay drives and what it finds. The rig is the program's own control, handed in by whoever starts the replay. */
import type { RelayOutlook, RelayState } from '../control/relay-types.ts';
import type { Quantity, Sample, Value } from '../model.ts';
import type { RecordedCommand } from './recording.ts';

export interface RiggedBattery {
  readonly id: string;
  readonly name: string;
  /** What its charge does, as people see it. */
  readonly word: string;
  /** Hottest of its sensors that are not stale, °C. */
  readonly hottestC: number | undefined;
}
/** Something measured that is worth a line. */
export interface RiggedValue {
  readonly deviceId: string;
  readonly key: string;
  readonly name: string;
  readonly quantity: Quantity;
}
/** Control without its devices: time is the clock's, all is synchronous. */
export interface Rig {
  readonly relays: readonly { readonly id: string; readonly name: string }[];
  /** First power of each device. */
  readonly powers: readonly RiggedValue[];
  /** Takes a sample in; judged with the next `tick`. */
  remember(sample: Sample): void;
  /** As on each sample and each second: batteries, then relays. */
  tick(): void;
  command(command: RecordedCommand): void;
  /** The device's source was opened again. */
  opened(deviceId: string): void;
  states(): readonly RelayState[];
  /** What the relay was last judged on; undefined before. */
  outlook(relayId: string): RelayOutlook | undefined;
  batteries(): readonly RiggedBattery[];
  /** Undefined: unknown or stale. */
  value(deviceId: string, key: string): Value | undefined;
  /** Never-decreasing totals, by how much each grew so far. */
  grown(): readonly (RiggedValue & { readonly growth: number })[];
  /** Alarms so far, by level. */
  alarms(): Readonly<Record<string, number>>;
  readonly decisions: number;
}

export interface RelayOutcome {
  readonly id: string;
  readonly name: string;
  readonly onMs: number;
  readonly switches: number;
  /** Longest first. */
  readonly reasons: readonly { readonly code: string; readonly detail: string; readonly ms: number }[];
}
export interface BatteryOutcome {
  readonly id: string;
  readonly name: string;
  readonly hottestC: number | undefined;
  readonly above: readonly { readonly celsius: number; readonly ms: number }[];
  readonly words: readonly { readonly word: string; readonly ms: number }[];
}
/** Means over equal spans of time; undefined: nothing known. */
export interface Curve {
  readonly name: string;
  readonly widthMs: number;
  readonly means: readonly (number | undefined)[];
}
export interface Outcome {
  readonly startWallMs: number;
  readonly spanMs: number;
  readonly steps: number;
  readonly samples: number;
  readonly commands: number;
  /** Events that the recorder had no place for, and lines that could not be read. */
  readonly lost: number;
  readonly decisions: number;
  readonly relays: readonly RelayOutcome[];
  readonly batteries: readonly BatteryOutcome[];
  readonly totals: readonly (RiggedValue & { readonly growth: number })[];
  readonly alarms: Readonly<Record<string, number>>;
  readonly relayCurves: readonly Curve[];
  readonly powerCurves: readonly (Curve & { readonly quantity: Quantity })[];
}
