/** What a scenario is made of: a house that lives by itself, answers to its relays and knows the truth about itself. */
import type { Value } from '../model.ts';

export type Said = readonly [deviceId: string, values: Readonly<Record<string, Value>>];

/** A battery as it really is, whatever its sensors say. */
export interface BatteryTruth {
  readonly id: string;
  readonly volts: number;
  readonly highestCellV: number;
  readonly lowestCellV: number;
  /** Positive when charging. */
  readonly amps: number;
  readonly celsius: number;
  /** Share. */
  readonly charge: number;
}
/** What the chemistry bears, whatever the control is set to. */
export interface BatteryBounds {
  readonly highestCellV: number;
  readonly lowestCellV: number;
  readonly leastCharge: number;
  /** No charging current outside. */
  readonly chargeC: readonly [from: number, to: number];
  readonly hottestC: number;
}
export interface Truth {
  /** How near the meter's breaker is to opening (at 1 it opens), and how often it did. Undefined: no meter. */
  readonly breaker?: { readonly share: number; readonly opened: number };
  readonly batteries: readonly BatteryTruth[];
  /** Counters that only grow. */
  readonly energies: Readonly<Record<string, number>>;
}
/** Of one day. */
export interface Band {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}
export interface World {
  /** People, sun and weather at this moment; call before anything is read. Wall ms, never going back. */
  settle(wallMs: number): void;
  said(): readonly Said[];
  /** What people and their automations ask of the relays now. */
  wishes(): Readonly<Record<string, boolean>>;
  setRelays(on: (relayId: string) => boolean): void;
  /** How long (ms) nothing needs a closer look; a whole number of seconds. */
  paceMs(): number;
  /** Lets so long (s) pass with everything as it is. */
  pass(seconds: number): void;
  truth(): Truth;
  /** What a plot shows. */
  gauges(): Readonly<Record<string, number>>;
  /** Sums since the beginning. */
  counts(): Readonly<Record<string, number>>;
}
export interface Scenario {
  /** The zoomed day is the one for which this is highest. */
  interest(day: Readonly<Record<string, Band>>): number;
  readonly bounds: Readonly<Record<string, BatteryBounds>>;
  create(seed: number): World;
}
