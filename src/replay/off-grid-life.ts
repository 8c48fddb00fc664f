/** Who lives away from the grid: lights and screens in the evening, a pump now and then, a fridge. */
import { streamOf } from '../ports/sim/random.ts';

export interface OffGridLife {
  /** Wall ms at the place, never going back. */
  settle(localMs: number): void;
  readonly lightsW: number;
  readonly fridgeW: number;
  readonly fridgeC: number;
  pass(seconds: number, fridgeRuns: boolean, aroundC: number): void;
}
interface Use {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FRIDGE_W = 70;
/** Always there: router and small things. */
const LEAST_W = 12;
const [COOL_FROM_C, COOL_TO_C] = [6, 3.5];

export function offGridLife(seed: number): OffGridLife {
  const random = streamOf(seed, 5);
  const now = { day: Number.NaN, uses: [] as readonly Use[], lightsW: 0, fridgeC: 5, cools: false };
  const usesOf = (day: number): Use[] => {
    const use = (hour: number, hours: number, watts: number): Use => {
      const fromMs = day * DAY_MS + (hour + 0.8 * (random() - 0.5)) * HOUR_MS;
      return { fromMs, toMs: fromMs + hours * (0.8 + 0.4 * random()) * HOUR_MS, watts };
    };
    const pumps = [7.2, 8, 12.5, 19, 21.5].map((hour) => use(hour, 0.12, 550));
    return [use(6.8, 1.3, 60), use(18, 4.7, 85), use(19, 3.2, 110), use(9.5, 4, 45), ...pumps];
  };
  return {
    settle(localMs) {
      const day = Math.floor(localMs / DAY_MS);
      if (day !== now.day) now.uses = usesOf(day);
      now.day = day;
      now.lightsW = now.uses.reduce((sum, { fromMs, toMs, watts }) => sum + (localMs >= fromMs && localMs < toMs ? watts : 0), LEAST_W);
      if (now.fridgeC > COOL_FROM_C) now.cools = true;
      if (now.fridgeC < COOL_TO_C) now.cools = false;
    },
    get lightsW() {
      return now.lightsW;
    },
    get fridgeW() {
      return now.cools ? FRIDGE_W : 2;
    },
    get fridgeC() {
      return now.fridgeC;
    },
    pass(seconds, fridgeRuns, aroundC) {
      const kitchenC = 14 + 0.3 * aroundC;
      now.fridgeC += (seconds / 3_600) * ((kitchenC - now.fridgeC) * 0.11 - (fridgeRuns && now.cools ? 4.2 : 0));
    },
  };
}
