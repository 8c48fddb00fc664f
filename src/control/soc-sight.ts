/** What the state of charge may decide: the battery's own figure, else the counted one as far as its doubt allows. Pure. */
import type { Reading } from '../model.ts';

/** The counted charge as energy/ has it; %, and monotonic ms of the last step in which the current was known. */
export interface Counted {
  readonly percent: number;
  /** Half the width of the range in which the truth lies, in points of %. */
  readonly doubt: number;
  /** Something firm has told the charge once: full, empty, hours at rest, or the battery itself. A first look at the voltage is not firm. */
  readonly anchored: boolean;
  readonly atMs: number;
}
/** A sure figure permits and forbids; another one only forbids. */
export interface SocSight {
  /** Undefined: nothing is known that could decide anything. */
  readonly percent: number | undefined;
  readonly sure: boolean;
}

export const NO_SIGHT: SocSight = { percent: undefined, sure: false };
// Our choice: a tenth of the capacity either way permits, a quarter forbids; what is less certain says nothing.
const SURE_POINTS = 10;
const TELLING_POINTS = 25;
/** A battery value is dead after this (control law, section 2). */
const OLD_MS = 60_000;

export function sightOf(own: Reading | undefined, counted: Counted | undefined, nowMs: number): SocSight {
  const percent = ownPercent(own);
  if (percent !== undefined) return { percent, sure: true };
  if (counted === undefined || !Number.isFinite(counted.percent) || !counted.anchored) return NO_SIGHT;
  if (nowMs - counted.atMs > OLD_MS || !(counted.doubt <= TELLING_POINTS)) return NO_SIGHT;
  return { percent: counted.percent, sure: counted.doubt <= SURE_POINTS };
}

/** A figure that no battery can have is none. */
function ownPercent(reading: Reading | undefined): number | undefined {
  if (reading === undefined || typeof reading.value !== 'number' || !(reading.value >= 0 && reading.value <= 100)) return undefined;
  return reading.quality === 'fresh' || reading.quality === 'late' ? reading.value : undefined;
}
