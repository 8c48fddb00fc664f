/** What each battery chemistry bears: heat, cold, voltages. Preset numbers with their sources; a user may only tighten them. */
import type { Chemistry, Text } from '../model.ts';

export const CHEMISTRY_NAMES: Readonly<Record<Chemistry, Text>> = {
  'lead-acid': { en: 'Lead-acid', fr: 'Plomb' },
  agm: { en: 'AGM', fr: 'AGM' },
  gel: { en: 'Gel', fr: 'Gel' },
  lfp: { en: 'LFP', fr: 'LFP' },
  nmc: { en: 'NMC', fr: 'NMC' },
};

/** °C. */
export interface HeatLimits {
  readonly warningC: number;
  /** Cuts the charge; above it, or from it on where `inclusive`. */
  readonly cutC: number;
  /** Opens every relay of the battery; a message every minute. */
  readonly criticalC: number;
  readonly inclusive: boolean;
  /** No charge below; undefined: cold does no harm. */
  readonly coldC: number | undefined;
  /** Charging may resume from here. */
  readonly warmC: number;
}
/** Volts of one cell. Lead-acid cells are 2 V, so twelve volts are six of them. */
export interface CellLimits {
  readonly nominal: number;
  /** Charging starts at or below (mean). */
  readonly start: number;
  /** Full, once the current has fallen too. */
  readonly full: number;
  /** Protection: the charge is cut at or above. */
  readonly over: number;
  /** A full battery is let go at or below. */
  readonly restart: number;
  /** Defective or forgotten: alarm, no discharge. */
  readonly deep: number;
  /** The same, without the usual delay. */
  readonly deepAtOnce: number;
  /** Below this charging may be dangerous: locked until somebody has looked. */
  readonly lock: number;
  /** mV/°C around 25 °C added to `full`. */
  readonly perDegree: number;
}

/** The two numbers that nothing loosens. */
export const CUT_C = 80;
export const CRITICAL_C = 100;
/** Device, cabinet, lead, unknown chemistry. */
const HOT: HeatLimits = { warningC: 70, cutC: CUT_C, criticalC: CRITICAL_C, inclusive: false, coldC: undefined, warmC: 5 };
const LITHIUM: HeatLimits = { warningC: 45, cutC: 55, criticalC: 70, inclusive: true, coldC: 0, warmC: 5 };

// 12 V lead: start 12.2, full 14.4 (gassing), over 15.0, restart 12.8, deep 10.8 and at once 10.5, lock 6 V; divided by six cells.
const LEAD: CellLimits = {
  nominal: 2,
  start: 12.2 / 6,
  full: 2.4,
  over: 2.5,
  restart: 12.8 / 6,
  deep: 1.8,
  deepAtOnce: 1.75,
  lock: 1,
  perDegree: -3,
};
export const CELLS: Readonly<Record<Chemistry, CellLimits>> = {
  'lead-acid': LEAD,
  agm: LEAD,
  // Gel dries out above 14.1 V, and does not recover.
  gel: { ...LEAD, full: 2.35, over: 2.4 },
  lfp: { nominal: 3.2, start: 3.2, full: 3.45, over: 3.6, restart: 3.33, deep: 2.8, deepAtOnce: 2.6, lock: 2, perDegree: 0 },
  nmc: { nominal: 3.65, start: 3.6, full: 4.1, over: 4.2, restart: 3.95, deep: 3, deepAtOnce: 2.8, lock: 2, perDegree: 0 },
};

export function isLithium(chemistry: Chemistry | undefined): boolean {
  return chemistry === 'lfp' || chemistry === 'nmc';
}

/** Cells in series of a battery of that nominal voltage (V); at least one. */
export function cellsOf(chemistry: Chemistry, nominalV: number): number {
  return Math.max(1, Math.round(nominalV / CELLS[chemistry].nominal));
}

/** The lower of preset and wish holds; `iKnow` lets a wish exceed the chemistry's preset, never the 80 and 100 °C of everybody. */
export function heatLimits(
  chemistry: Chemistry | undefined,
  wish: { readonly warningC?: number; readonly cutC?: number; readonly criticalC?: number } = {},
  iKnow = false,
): HeatLimits {
  const preset = isLithium(chemistry) ? LITHIUM : HOT;
  const bound = iKnow ? HOT : preset;
  const cutC = Math.min(wish.cutC ?? preset.cutC, bound.cutC);
  const criticalC = Math.max(cutC, Math.min(wish.criticalC ?? preset.criticalC, bound.criticalC));
  const warningC = Math.min(wish.warningC ?? preset.warningC, bound.warningC, cutC);
  return { ...preset, warningC, cutC, criticalC };
}

export interface CellWish {
  readonly start?: number;
  readonly full?: number;
  readonly over?: number;
  readonly restart?: number;
  readonly deep?: number;
}

/** The preset with the wishes (V per cell), each kept where it can do no harm: deep < start < restart < full < over ≤ preset's over. */
export function cellLimits(chemistry: Chemistry, wish: CellWish = {}): CellLimits {
  const preset = CELLS[chemistry];
  const within = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));
  const over = within(wish.over ?? preset.over, preset.restart, preset.over);
  const full = within(wish.full ?? preset.full, preset.start, over);
  const deep = within(wish.deep ?? preset.deep, preset.deep, preset.start);
  const start = within(wish.start ?? preset.start, deep, full);
  const restart = within(wish.restart ?? preset.restart, start, full);
  return { ...preset, over, full, deep, start, restart, deepAtOnce: Math.min(preset.deepAtOnce, deep) };
}
