/** What people switch on with their own hands: kettle, oven, hob, washing; no relay reaches it. */
import { type Random, streamOf } from './random.ts';

export interface People {
  /** W now; wall ms, never before an earlier one. */
  watts(wallMs: number): number;
}
interface Use {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
  /** Full power at first, then on and off by its own thermostat: share of the time on. */
  readonly duty: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A thermostat heats up for so long before it begins to switch, and then switches every so often. */
const HEAT_UP_MS = 10 * MINUTE_MS;
const CYCLE_MS = 3 * MINUTE_MS;

/** `localMs` of a wall time makes the local hour of the household. */
export function createPeople(seed: number, localMs: (wallMs: number) => number, appetite = 1): People {
  const random = streamOf(seed, 2);
  let day = Number.NaN;
  let uses: readonly Use[] = [];
  return {
    watts(wallMs) {
      const at = localMs(wallMs);
      const today = Math.floor(at / DAY_MS);
      if (today !== day) {
        day = today;
        // What began before midnight goes on.
        uses = [...uses.filter(({ toMs }) => toMs > at), ...dayOf(random, today)];
      }
      let watts = base(at);
      for (const use of uses) if (at >= use.fromMs && at < use.toMs) watts += drawn(use, at);
      return appetite * watts;
    },
  };
}

function base(at: number): number {
  const hour = (at % DAY_MS) / HOUR_MS;
  const fridge = at % (50 * MINUTE_MS) < 17 * MINUTE_MS ? 110 : 0;
  const awake = hour >= 6.5 && hour < 23 ? 120 : 0;
  return 130 + fridge + awake + (hour >= 17.5 && hour < 23 ? 180 : 0);
}

function drawn({ fromMs, watts, duty }: Use, at: number): number {
  const since = at - fromMs;
  if (duty >= 1 || since < HEAT_UP_MS) return watts;
  return since % CYCLE_MS < duty * CYCLE_MS ? watts : 0;
}

/** Monday to Sunday; the day's number since 1970 began on a Thursday. */
function dayOf(random: Random, today: number): Use[] {
  const weekend = (today + 3) % 7 >= 5;
  const uses: Use[] = [];
  const use = (hour: number, spread: number, minutes: number, watts: number, duty = 1): void => {
    const fromMs = today * DAY_MS + (hour + spread * (random() - 0.5)) * HOUR_MS;
    uses.push({ fromMs, toMs: fromMs + minutes * (0.8 + 0.4 * random()) * MINUTE_MS, watts, duty });
  };
  const often = (odds: number): boolean => random() < odds;
  const rise = weekend ? 8.5 : 6.9;
  use(rise, 0.7, 3, 2_000);
  use(rise + 0.4, 0.6, 3, 2_000);
  if (often(0.5)) use(rise + 0.3, 0.5, 7, 1_500);
  if (weekend || often(0.3)) use(12, 0.8, 28, 1_800, 0.6);
  use(16.8, 2, 3, 2_000);
  if (often(0.6)) use(18.7, 0.8, 50, 2_300, 0.5);
  use(19.1, 0.7, 30, 1_800, 0.6);
  if (often(0.5)) use(19.2, 0.6, 20, 1_200, 0.7);
  if (often(0.45)) {
    const start = weekend ? 10 : 18.2;
    use(start, 2, 18, 2_000);
    use(start + 0.6, 0.5, 60, 250);
  }
  if (often(0.75)) {
    use(20.6, 0.8, 16, 1_900);
    use(21.7, 0.8, 14, 1_900);
  }
  return uses;
}
