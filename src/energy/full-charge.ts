/** The two marks at which a battery's charge is known: full, when it takes nearly nothing at its full voltage, and empty. Pure. */

export interface MarkSetting {
  /** V of one cell at 25 °C. */
  readonly chargedV: number;
  readonly chargedPerKelvin: number;
  /** A; a full battery takes less. */
  readonly tailA: number;
  readonly emptyV: number;
  /** A; above, a low voltage tells of the current rather than of the charge. */
  readonly sagA: number;
}
/** For how long each mark has held, ms. */
export interface Marks {
  readonly fullMs: number;
  readonly emptyMs: number;
}
export interface MarkReadings {
  /** Mean V of a cell; of the lowest one where it is known, for `empty`. */
  readonly cellV: number | undefined;
  readonly lowestV: number | undefined;
  readonly amps: number;
  readonly celsius: number | undefined;
  /** The battery itself says full. */
  readonly full: boolean;
}

export const NO_MARKS: Marks = { fullMs: 0, emptyMs: 0 };
/** Monitors ask for three minutes; a cloud over a solar charger lasts about that long. */
const FULL_MS = 5 * 60_000;
const EMPTY_MS = 60_000;

/** `knownMs`: how long this held. An unknown time ends every mark. */
export function mark(
  before: Marks,
  setting: MarkSetting,
  readings: MarkReadings,
  { knownMs, unknownMs }: { readonly knownMs: number; readonly unknownMs: number },
): Marks {
  const { cellV, amps, celsius } = readings;
  if (unknownMs > 0) return NO_MARKS;
  if (knownMs === 0) return before;
  const chargedV = setting.chargedV + setting.chargedPerKelvin * ((celsius ?? 25) - 25);
  const held = cellV !== undefined && cellV >= chargedV && amps >= 0 && amps <= setting.tailA;
  const lowestV = readings.lowestV ?? cellV;
  const empty = lowestV !== undefined && lowestV <= setting.emptyV && amps < 0 && -amps <= setting.sagA;
  return { fullMs: held || readings.full ? before.fullMs + knownMs : 0, emptyMs: empty ? before.emptyMs + knownMs : 0 };
}

export function isFull({ fullMs }: Marks): boolean {
  return fullMs >= FULL_MS;
}

export function isEmpty({ emptyMs }: Marks): boolean {
  return emptyMs >= EMPTY_MS;
}
