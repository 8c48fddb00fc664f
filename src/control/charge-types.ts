/** The words of the charge control of one battery: what is set, what it sees in one tick, what it remembers, what it wants. */
import type { Reading } from '../model.ts';
import type { CellLimits } from './chemistry.ts';
import type { Mean } from './mean.ts';
import type { Counted } from './soc-sight.ts';
import type { StageSetting } from './stages.ts';

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
  /** Absent: a daily cycle, and nothing more is known of the stages. */
  readonly stages?: StageSetting;
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
export type Condition =
  | 'socLow'
  | 'socHigh'
  | 'tail'
  | 'balanced'
  | 'bms'
  | 'restart'
  | 'atFull' // at the full voltage, whoever charges
  | 'takesLittle' // and with no more than the tail current
  | 'equalised'
  | 'aboveFloat'
  | 'belowBulk'
  | 'stored';
/** Since when each condition holds, monotonic ms. */
export type Since = Readonly<Partial<Record<Condition, number>>>;

/** Why the last step of a charge was made. */
export type Why =
  | 'start'
  | 'volts-low'
  | 'soc-low'
  | 'deep-discharge'
  | 'full-due'
  | 'asked'
  | 'float-not-held'
  | 'tail'
  | 'time'
  | 'even'
  | 'battery'
  | 'soc'
  | 'stored'
  | 'over-voltage'
  | 'no-float'
  | 'let-go';
/** What outlives a restart beside the phase; ages in ms, because no clock spans a restart. */
export interface StageMemory {
  readonly absorbedMs: number;
  readonly why: Why;
  readonly floating: boolean;
  readonly topping: boolean;
  readonly fullAgeMs: number;
  readonly equalAgeMs: number;
}

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
  readonly why: Why;
  /** Full, and the charger stays on: it holds the float voltage by itself. */
  readonly floating: boolean;
  /** This charge, or the next, is to be a full one. */
  readonly topping: boolean;
  /** At the full voltage, last. */
  readonly absorbingMs: number;
  /** Seen full and seen equalised, last; before that, the first look at this battery. */
  readonly fullMs: number;
  readonly equalMs: number;
  /** The last full charge that was made because it was due. */
  readonly forcedMs: number;
}
export interface ChargeWish {
  readonly on: boolean;
  readonly detail: string;
}
