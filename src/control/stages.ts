/** What each chemistry wants of the stages of a charge, and what a charge aims at in each mode. Pure; reference: control law 3, batteries 7.4. */
import type { Chemistry } from '../model.ts';
import type { CellLimits } from './chemistry.ts';

/**
 * `cycle`: used daily; full, the charger goes off, low, it goes on. `standby`: kept full for the day it is needed.
 * `storage`: a long absence; lead is kept full and refreshed, lithium half full.
 */
export const CHARGE_MODES = ['cycle', 'standby', 'storage'] as const;
export type ChargeMode = (typeof CHARGE_MODES)[number];

/** Volts of one cell at 25 °C. */
export interface StageFacts {
  /** Absorption is over when the current is at or below this share of the capacity (A per Ah). */
  readonly tail: number;
  /** What a charger holds a full battery at; undefined: the chemistry is not to be held. */
  readonly float: number | undefined;
  /** Below it a float is not held: bulk again. */
  readonly rebulk: number;
  /** At rest, about three quarters full: in standby the charge starts here; undefined: the volts at rest do not tell. */
  readonly standby: number | undefined;
  /** % between which a long absence keeps it; undefined: it is to be kept full. */
  readonly store: { readonly from: number; readonly to: number; readonly endV: number } | undefined;
  /** A full charge at least so often, days (desulphation, balance of the cells); undefined: needs none. */
  readonly fullDays: number | undefined;
  /** Nothing more is drawn below, %. */
  readonly reserve: number;
  /** Only a charger made for it equalises; from here on it is seen to. Undefined: never. */
  readonly equalise: number | undefined;
}

// Tail 2 % and float 13.8 V: control law 3; re-bulk 2.20 and equalise 2.47 V: batteries 7.4; 12.45 V is 75 % at rest: batteries 7.2.
// A week: a charger's storage mode goes back to absorption weekly (control law 3).
const LEAD: StageFacts = {
  tail: 0.02,
  float: 2.3,
  rebulk: 2.2,
  standby: 12.45 / 6,
  store: undefined,
  fullDays: 7,
  reserve: 50,
  equalise: undefined,
};
export const STAGES: Readonly<Record<Chemistry, StageFacts>> = {
  'lead-acid': { ...LEAD, equalise: 2.47 },
  // Sealed: its makers want no equalising of ours or anybody's but by their own leaf.
  agm: { ...LEAD, standby: 2.1 },
  gel: { ...LEAD, standby: 12.65 / 6 },
  // Reserve: half of a lead battery (batteries 7.1), 15 % of another (control law 3).
  // Tail 5 %, re-bulk: batteries 7.4; 60 % at rest: batteries 7.2; a month between full charges is our choice.
  lfp: {
    tail: 0.05,
    float: undefined,
    rebulk: 3.35,
    standby: undefined,
    store: { from: 50, to: 60, endV: 3.271 },
    fullDays: 30,
    reserve: 15,
    equalise: undefined,
  },
  nmc: {
    tail: 0.05,
    float: undefined,
    rebulk: 3.9,
    standby: undefined,
    store: { from: 50, to: 60, endV: 3.883 },
    fullDays: undefined,
    reserve: 15,
    equalise: undefined,
  },
};

export interface StageSetting {
  readonly facts: StageFacts;
  readonly mode: ChargeMode;
  /** A full charge is due after so long, ms; undefined: never. */
  readonly fullEveryMs: number | undefined;
  /** Due, it is made; else it is only shown. */
  readonly forceFull: boolean;
  /** ms; undefined: nobody wants to be reminded. */
  readonly equaliseEveryMs: number | undefined;
}
/** Without one: a daily cycle that ends as the control law says of lead. */
export const PLAIN_STAGES: StageSetting = {
  facts: { ...LEAD, fullDays: undefined },
  ...{ mode: 'cycle', fullEveryMs: undefined, forceFull: false, equaliseEveryMs: undefined },
};

/** When a full charge is due, ms; a battery that is stored half full is not to have one. */
export function fullEvery({ facts, mode, fullEveryMs }: StageSetting): number | undefined {
  return mode === 'storage' && facts.store !== undefined ? undefined : fullEveryMs;
}

/** What a charge aims at now. */
export interface Aims {
  /** V of the mean cell. */
  readonly startV: number;
  readonly startSoc: number;
  readonly stopSoc: number | undefined;
  readonly restartSoc: number;
  /** Ends a charge for storage where no state of charge does. */
  readonly endV: number | undefined;
}
type Wanted = { readonly cell: CellLimits; readonly startSoc: number; readonly stopSoc: number | undefined; readonly restartSoc: number };

/** `topping`: this charge is to be a full one, whatever else ends a charge. */
export function aimsOf(wanted: Wanted, { facts, mode }: StageSetting, topping: boolean): Aims {
  const { cell, startSoc, stopSoc, restartSoc } = wanted;
  const { store, standby } = facts;
  const daily: Aims = { startV: cell.start, startSoc, stopSoc: topping ? undefined : stopSoc, restartSoc, endV: undefined };
  if (mode === 'cycle' || topping) return daily;
  if (mode === 'storage' && store !== undefined)
    return { ...daily, startSoc: store.from, stopSoc: store.to, restartSoc: store.to, endV: store.endV };
  // Kept full: what a full battery is let go at is what its next charge starts at.
  return { ...daily, startV: Math.min(cell.restart, Math.max(cell.start, standby ?? cell.start)), startSoc: restartSoc };
}

/** `volts` of a cell for its temperature (°C); chargers stop correcting beyond −10 and 50 °C. Unknown: as at 25 °C. */
export function compensated(volts: number, { perDegree }: CellLimits, temperatureC: number | undefined): number {
  if (perDegree === 0 || temperatureC === undefined) return volts;
  return volts + (perDegree / 1000) * (Math.min(50, Math.max(-10, temperatureC)) - 25);
}
