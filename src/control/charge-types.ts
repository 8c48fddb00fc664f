/** The words of the charge control of one battery: what is set, what it sees in one tick, what it remembers, what it wants. */
import type { Reading } from '../model.ts';
import type { CellLimits } from './chemistry.ts';
import type { Mean } from './mean.ts';
import type { Counted } from './soc-sight.ts';

export type ChargePhase = 'waiting_inputs' | 'idle' | 'charging' | 'full_hold' | 'deep_discharge';

export interface ChargeSetting {
  readonly cell: CellLimits;
  readonly lithium: boolean;
  /** Ah; undefined: the tail current says nothing, the absorption timer decides. */
  readonly capacityAh: number | undefined;
  /** %. */
  readonly startSoc: number;
  readonly stopSoc: number | undefined;
  readonly restartSoc: number;
  readonly absorptionMs: number;
}
export interface ChargeInput {
  readonly nowMs: number;
  /** V of the mean cell: terminals divided by the cells. */
  readonly mean: Reading | undefined;
  readonly highest: Reading | undefined;
  readonly lowest: Reading | undefined;
  /** A, positive = charging. */
  readonly current: Reading | undefined;
  /** %, from the battery itself. */
  readonly soc: Reading | undefined;
  /** What was counted, where the battery itself says nothing. */
  readonly counted?: Counted | undefined;
  /** The battery's own electronics say full. */
  readonly full: Reading | undefined;
  readonly temperatureC: number | undefined;
  /** The charge relay is closed. */
  readonly closed: boolean;
  /** What the guard found. */
  readonly over: boolean;
  readonly under: boolean;
}
export type Condition = 'socLow' | 'socHigh' | 'tail' | 'balanced' | 'bms' | 'restart';
/** Since when each condition holds, monotonic ms. */
export type Since = Readonly<Partial<Record<Condition, number>>>;

/** Monotonic ms. */
export interface ChargeState {
  readonly phase: ChargePhase;
  readonly sinceMs: number;
  /** Where to go on once the inputs are back. */
  readonly resume: ChargePhase;
  readonly volts: Mean;
  readonly validMs: number;
  readonly since: Since;
  /** Time at the full voltage of this charge. */
  readonly absorbedMs: number;
  readonly tickedMs: number;
  /** This charge began on the volts although the state of charge said full: until it has said less, it does not end the charge. */
  readonly contradicted: boolean;
}
export interface ChargeWish {
  readonly on: boolean;
  readonly detail: string;
}
