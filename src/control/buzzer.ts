/** When the buzzer sounds: a pattern while something critical stands, silenced, capped and quiet at night. Holds no output. */
import type { ActiveAlarm } from './alarms.ts';

/** The product's pattern: 2 s on, three times, 1 s apart, again each minute. */
const ON_MS = 2_000;
const PAUSE_MS = 1_000;
const BEEPS = 3;
const PERIOD_MS = 60_000;
/** The cap counts anew once nothing critical stood for this long: an alarm that flutters does not refill it. */
const REST_MS = 600_000;

export interface BuzzerSettings {
  /** Sounding time until it falls silent by itself (ms, pauses not counted). */
  readonly capMs: number;
  /** Minutes after local midnight; from later than to: over midnight. Urgent alarms sound all the same. */
  readonly quiet?: { readonly fromMinute: number; readonly toMinute: number };
}
export interface BuzzerTime {
  readonly monotonicMs: number;
  /** Local, 0 to 1439. */
  readonly minuteOfDay: number;
}
export interface Buzzer {
  /** The level the output should have now; ask each second, it is off whenever nobody asks for sound. */
  level(active: readonly ActiveAlarm[], now: BuzzerTime): boolean;
  /** Mutes what stands now until it is over; anything new sounds again. */
  silence(active: readonly ActiveAlarm[]): void;
  readonly silenced: boolean;
  /** The pattern is running, between two beeps too: what people are shown. */
  readonly calling: boolean;
}

/** Silent after start until something critical, not acknowledged, is shown to it. */
export function createBuzzer({ capMs, quiet }: BuzzerSettings): Buzzer {
  const muted = new Set<string>();
  /** Already sounding in this episode: a new one refills the cap. */
  const known = new Set<string>();
  let startMs: number | undefined;
  let soundedMs = 0;
  let last: { readonly on: boolean; readonly atMs: number; readonly calledMs: number } | undefined;

  const wanting = (active: readonly ActiveAlarm[], { minuteOfDay }: BuzzerTime): ActiveAlarm[] => {
    const night = quiet !== undefined && isQuiet(quiet, minuteOfDay);
    return loud(active).filter(({ rule }) => !muted.has(rule.id) && !(night && rule.urgent !== true));
  };
  const account = (now: BuzzerTime): void => {
    if (last?.on === true) soundedMs += Math.max(0, now.monotonicMs - last.atMs);
    if (last !== undefined && known.size > 0 && now.monotonicMs - last.calledMs >= REST_MS) {
      known.clear();
      soundedMs = 0;
    }
  };
  return {
    get silenced() {
      return muted.size > 0;
    },
    get calling() {
      return startMs !== undefined && soundedMs < capMs;
    },
    level(active, now) {
      const standing = new Set(active.map(({ rule }) => rule.id));
      for (const id of muted) if (!standing.has(id)) muted.delete(id);
      account(now);
      const calling = wanting(active, now);
      for (const { rule } of calling) {
        if (known.has(rule.id)) continue;
        known.add(rule.id);
        soundedMs = 0;
        startMs = now.monotonicMs;
      }
      if (calling.length === 0) startMs = undefined;
      else startMs ??= now.monotonicMs;
      const on = startMs !== undefined && soundedMs < capMs && sounds(now.monotonicMs - startMs);
      const calledMs = loud(active).length > 0 ? now.monotonicMs : (last?.calledMs ?? now.monotonicMs);
      last = { on, atMs: now.monotonicMs, calledMs };
      return on;
    },
    silence(active) {
      for (const { rule } of loud(active)) muted.add(rule.id);
    },
  };
}

function loud(active: readonly ActiveAlarm[]): ActiveAlarm[] {
  return active.filter(({ rule, state }) => rule.severity === 'critical' && state === 'active');
}

function sounds(sinceMs: number): boolean {
  const at = sinceMs % PERIOD_MS;
  return at < BEEPS * (ON_MS + PAUSE_MS) && at % (ON_MS + PAUSE_MS) < ON_MS;
}

function isQuiet({ fromMinute, toMinute }: NonNullable<BuzzerSettings['quiet']>, minute: number): boolean {
  if (fromMinute <= toMinute) return minute >= fromMinute && minute < toMinute;
  return minute >= fromMinute || minute < toMinute;
}
