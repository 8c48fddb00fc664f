/** Moments that the store keeps as a fact, and the local calendar. */
import type { Clock } from './ports/types.ts';

/** Wall ms; whatever is damaged is left out. */
export function readTimes(text: string | undefined): number[] {
  try {
    const data: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(data) ? data.filter((atMs) => typeof atMs === 'number' && Number.isFinite(atMs)) : [];
  } catch {
    return [];
  }
}

/** A wall clock before this is not believed: no schedule runs by it. */
export const BELIEVED_MS = Date.UTC(2026, 0, 1);

/** The local calendar; null: the wall clock was never set. */
export function localTime(clock: Clock): { readonly day: number; readonly minute: number } | null {
  const wallMs = clock.wallMs();
  if (wallMs < BELIEVED_MS) return null;
  const minutes = Math.floor(wallMs / 60_000) - new Date(wallMs).getTimezoneOffset();
  return { day: Math.floor(minutes / 1440), minute: ((minutes % 1440) + 1440) % 1440 };
}
