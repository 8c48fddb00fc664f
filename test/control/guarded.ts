/** One guarded battery fed with invented curves, tick by tick. */
import { CELLS, heatLimits } from '../../src/control/chemistry.ts';
import { acknowledge, type GuardMemory, type GuardSetting, type GuardStep, guard, memoryOf, newGuard } from '../../src/control/guard.ts';
import type { Alarm } from '../../src/control/latch.ts';
import { qualityOf } from '../../src/control/snapshot.ts';
import type { Chemistry, Reading, Value } from '../../src/model.ts';

export interface Fed {
  /** °C of each sensor; undefined: no sample in this second. */
  readonly c?: readonly (Value | undefined)[];
  /** V of a cell. */
  readonly v?: readonly (Value | undefined)[];
  readonly a?: number;
}
export interface Guarded {
  nowMs: number;
  step: GuardStep;
  readonly alarms: (Alarm & { readonly s: number })[];
  /** One sample a second for so long; the function gets the seconds since this call. */
  feed(seconds: number, what: (s: number) => Fed): void;
  acknowledge(): void;
  memory(): GuardMemory;
  causes(): string[];
  latches(): string[];
}

export function guarded(
  options: { chemistry?: Chemistry; thermometers?: number; gauges?: number; memory?: GuardMemory; periodMs?: number } = {},
): Guarded {
  const { chemistry, thermometers = 1, gauges = 0, periodMs = 1_000 } = options;
  const setting: GuardSetting = { heat: heatLimits(chemistry), thermometers, cell: CELLS[chemistry ?? 'lead-acid'], gauges };
  const last = new Map<string, { value: Value; atMs: number }>();
  let state = newGuard(setting, 0, options.memory);
  const read = (key: string, nowMs: number): Reading | undefined => {
    const kept = last.get(key);
    if (kept === undefined) return undefined;
    return { value: kept.value, atMs: kept.atMs, monotonicMs: kept.atMs, quality: qualityOf(nowMs - kept.atMs, periodMs) };
  };
  const run = (nowMs: number, a: number | undefined): GuardStep => {
    const temperatures = Array.from({ length: thermometers }, (_, i) => read(`c${i}`, nowMs));
    const cells = Array.from({ length: gauges }, (_, i) => read(`v${i}`, nowMs));
    return guard(state, setting, { nowMs, temperatures, cells, currentA: a });
  };
  const self: Guarded = {
    nowMs: 0,
    step: run(0, undefined),
    alarms: [],
    feed(seconds, what) {
      for (let s = 1; s <= seconds; s += 1) {
        self.nowMs += 1_000;
        const { c = [], v = [], a } = what(s);
        for (const [i, value] of c.entries()) if (value !== undefined) last.set(`c${i}`, { value, atMs: self.nowMs });
        for (const [i, value] of v.entries()) if (value !== undefined) last.set(`v${i}`, { value, atMs: self.nowMs });
        self.step = run(self.nowMs, a);
        state = self.step.state;
        self.alarms.push(...self.step.alarms.map((alarm) => ({ ...alarm, s: self.nowMs / 1000 })));
      }
    },
    acknowledge() {
      state = acknowledge(state, self.nowMs);
      self.step = { ...self.step, state };
    },
    memory: () => memoryOf(state, self.nowMs),
    causes: () => self.step.standing.map(({ cause, scope }) => `${cause} ${scope}`),
    latches: () => memoryOf(state, self.nowMs).latches.map(({ word }) => word),
  };
  return self;
}
