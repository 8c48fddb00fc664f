/** Interlocked groups: break before make, with a dead time. Pure. */

export interface Member {
  readonly id: string;
  readonly group: string | undefined;
  /** Pause after another member opened, before this one may close (ms). */
  readonly deadMs: number;
  /** As read back; null, unknown, counts as closed. */
  readonly on: boolean | null;
  /** The contact behind it is closed although the line is open. */
  readonly welded: boolean;
  readonly sinceMs: number;
}

/** Who keeps `id` from closing; undefined when every other member has been open for its dead time. */
export function occupant(
  id: string,
  members: readonly Member[],
  nowMs: number,
): { readonly by: string; readonly untilMs: number | undefined } | undefined {
  const own = members.find((member) => member.id === id);
  if (own?.group === undefined) return undefined;
  let found: { by: string; untilMs: number } | undefined;
  for (const other of members) {
    if (other.id === id || other.group !== own.group) continue;
    if (other.on !== false || other.welded) return { by: other.id, untilMs: undefined };
    const untilMs = other.sinceMs + Math.max(own.deadMs, other.deadMs);
    if (untilMs > nowMs && untilMs > (found?.untilMs ?? 0)) found = { by: other.id, untilMs };
  }
  return found;
}
