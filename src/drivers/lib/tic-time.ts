/** Horodates of the standard TIC: local legal time with its season, so never ambiguous. Source: NOI-CPT_54E 6.2.1. */

export interface Horodate {
  readonly ms: number;
  /** The meter's clock ran out of reserve and was not set again (lower-case season). */
  readonly degraded: boolean;
}

/** `SAAMMJJhhmmss` to UTC; null where the season is blank (not applicable) or the date impossible. */
export function parseHorodate(text: string): Horodate | null {
  const season = text.charAt(0);
  // H: winter, UTC+1; E: summer (été), UTC+2.
  const hours = season === 'H' || season === 'h' ? 1 : season === 'E' || season === 'e' ? 2 : null;
  if (hours === null) return null;
  const ms = wallParts(text);
  return ms === null ? null : { ms: ms - hours * 3_600_000, degraded: season === 'h' || season === 'e' };
}

/** The same for DPMn and FPMn, whose season is blank: the season of the given moment is taken. */
export function parseUnseasoned(text: string, summer: boolean): number | null {
  const ms = wallParts(text);
  return ms === null ? null : ms - (summer ? 2 : 1) * 3_600_000;
}

function wallParts(text: string): number | null {
  const [year, month, day, hour, minute, second] = [1, 3, 5, 7, 9, 11].map((at) => Number(text.slice(at, at + 2))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  const possible = month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 && new Date(ms).getUTCDate() === day;
  return possible ? ms : null;
}
