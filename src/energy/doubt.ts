/** How far a counted charge can be trusted, for people: as a range, and as one figure. Pure. */
import type { SocState } from './state-of-charge.ts';

/** Half the width of the range in which the truth lies, the capacity's own doubt (a share) included; null: no figure. */
export function uncertainty({ soc, error, anchor, anchorSoc }: SocState, capacityDoubt: number): number | null {
  if (soc === null) return null;
  return Math.min(1, anchor === 'bms' ? error : error + capacityDoubt * Math.abs(soc - (anchorSoc ?? 1)));
}

/** 0 to 100 %: 100 means exact, 0 that the figure says nothing. */
export function confidence({ soc, error }: SocState): number {
  return soc === null ? 0 : Math.round(100 * (1 - Math.min(1, 2 * error)));
}
