/** What counting a battery's charge must know of each chemistry: losses, the voltage at rest, the marks of full and empty. */
import type { Chemistry } from '../model.ts';

/** Points of the voltage at rest of one cell at 25 °C: [state of charge 0 to 1, V], both rising. */
export type RestCurve = readonly (readonly [soc: number, volts: number])[];

export interface CellFacts {
  readonly nominalV: number;
  /** Share of the charged Ah that can be drawn again. */
  readonly efficiency: number;
  /** Exponent; 1: the current does not matter. */
  readonly peukert: number;
  /** Share of the capacity lost in 30 days at 20 °C; doubles every 10 K. */
  readonly selfDischarge: number;
  /** Held at or above while the current is small: full. At 25 °C, V. */
  readonly chargedV: number;
  /** V by which `chargedV` stays below the voltage at which a charger ends: chargers and meters differ. */
  readonly marginV: number;
  /** V/K around 25 °C added to `chargedV`. */
  readonly chargedPerKelvin: number;
  /** Share of the capacity (A per Ah): the current of a full battery is below. */
  readonly tail: number;
  readonly emptyV: number;
  readonly rest: RestCurve;
  /** V/K around 25 °C of the voltage at rest. */
  readonly restPerKelvin: number;
  /** The voltage has settled after so long without current. */
  readonly restMs: number;
  /** Within these volts the curve is too flat to tell anything. */
  readonly flat: readonly [number, number] | undefined;
  /** How far the curve may be off, as a share of the capacity. */
  readonly restError: number;
  /** Error that each full capacity counted adds: efficiency and gain are never exact. */
  readonly countError: number;
  /** Ω·Ah of one cell: a guess that allows for load in a first look at the voltage. */
  readonly resistanceAh: number;
}

const HOUR_MS = 3_600_000;
// Rest voltages: twelve-volt tables of six cells (battery council, makers' AGM and gel tables); reference: batteries 7.2.
const sixth = (points: RestCurve): RestCurve => points.map(([soc, volts]) => [soc, volts / 6] as const);
const LEAD: CellFacts = {
  nominalV: 2,
  efficiency: 0.9,
  peukert: 1.25,
  selfDischarge: 0.05,
  chargedV: 2.37,
  marginV: 0.03,
  chargedPerKelvin: -0.003,
  tail: 0.03,
  emptyV: 1.75,
  rest: sixth([
    [0, 11.89],
    [0.25, 12.06],
    [0.5, 12.24],
    [0.75, 12.45],
    [1, 12.65],
  ]),
  restPerKelvin: 0.0002,
  restMs: 4 * HOUR_MS,
  flat: undefined,
  restError: 0.06,
  countError: 0.04,
  resistanceAh: 0.2,
};
const LITHIUM = { selfDischarge: 0.02, chargedPerKelvin: 0, tail: 0.05, restPerKelvin: 0, restMs: 1.5 * HOUR_MS, countError: 0.01 };

export const CELL_FACTS: Readonly<Record<Chemistry, CellFacts>> = {
  'lead-acid': LEAD,
  agm: {
    ...LEAD,
    efficiency: 0.94,
    peukert: 1.15,
    selfDischarge: 0.02,
    rest: sixth([
      [0, 11.8],
      [0.25, 12],
      [0.5, 12.3],
      [0.75, 12.6],
      [1, 12.8],
    ]),
  },
  gel: {
    ...LEAD,
    efficiency: 0.93,
    peukert: 1.15,
    selfDischarge: 0.02,
    chargedV: 2.32,
    rest: sixth([
      [0, 11.8],
      [0.25, 12],
      [0.5, 12.35],
      [0.75, 12.65],
      [1, 12.85],
    ]),
  },
  lfp: {
    ...LITHIUM,
    nominalV: 3.2,
    efficiency: 0.99,
    peukert: 1.05,
    chargedV: 3.4,
    marginV: 0.05,
    emptyV: 2.9,
    rest: [
      [0, 2.833],
      [0.05, 3.132],
      [0.1, 3.177],
      [0.15, 3.19],
      [0.2, 3.213],
      [0.3, 3.24],
      [0.5, 3.265],
      [0.7, 3.283],
      [0.8, 3.304],
      [0.9, 3.309],
      [0.95, 3.314],
      [1, 3.392],
    ],
    flat: [3.2, 3.35],
    restError: 0.04,
    resistanceAh: 0.2,
  },
  nmc: {
    ...LITHIUM,
    nominalV: 3.65,
    efficiency: 0.99,
    peukert: 1.05,
    // A resting cell of 95 % shows 4.13 V: a lower mark would take a weak sun for a full charge.
    chargedV: 4.14,
    marginV: 0.015,
    emptyV: 3,
    rest: [
      [0, 2.8],
      [0.05, 3.588],
      [0.1, 3.684],
      [0.2, 3.726],
      [0.3, 3.764],
      [0.4, 3.803],
      [0.5, 3.838],
      [0.6, 3.883],
      [0.7, 3.962],
      [0.8, 4.026],
      [0.9, 4.089],
      [1, 4.198],
    ],
    flat: undefined,
    restError: 0.04,
    resistanceAh: 0.15,
  },
};
