/** The grid operator's calendar: local dates of mainland France, which Enedis serves, wherever the program believes to be. Pure. */
import { dayBounds } from './certified.ts';
import type { Bounds } from './day-count.ts';

export const ENEDIS_ZONE = 'Europe/Paris';
const DAY_MS = 86_400_000;
const LOCAL = new Intl.DateTimeFormat('sv-SE', { timeZone: ENEDIS_ZONE, dateStyle: 'short', timeStyle: 'short' });

/** The date there and the minute that a clock there shows. */
export function localOf(wallMs: number): { readonly day: string; readonly minute: number } {
  const [day = '', time = ''] = LOCAL.format(wallMs).split(' ');
  return { day, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3)) };
}

/** The date so many days later. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The calendar is slow: asked once a day, not at every sample. */
export function cachedBounds(): (wallMs: number) => Bounds {
  let known: Bounds | undefined;
  return (wallMs) => {
    if (known !== undefined && wallMs >= known.startMs && wallMs < known.endMs) return known;
    const { day } = localOf(wallMs);
    known = { day, ...dayBounds(day, ENEDIS_ZONE) };
    return known;
  };
}
