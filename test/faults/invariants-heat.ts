/** The hard interlocks of heat and of lost thermometers, judged anew from the samples that the program heard. */
import type { BatteryConfig, Source } from '../../src/config/types.ts';
import { heatLimits } from '../../src/control/chemistry.ts';
import type { Sample } from '../../src/model.ts';
import type { Seen } from './invariants.ts';

export interface HeatOracle {
  hear(sample: Sample): void;
  judge(relayId: string, seen: Seen, nowMs: number): string | undefined;
}
interface Heard {
  atMs: number;
  hot: number;
  critical: number;
}
/** Two samples trip, one more may be held as an implausible step; critical needs one and that one. */
const HOT_SAMPLES = 3;
const CRITICAL_SAMPLES = 2;
/** Stop after 30 s without a temperature; the tick and the sensor's own pause come on top (ms). */
const SILENT_MS = 36_000;

export function createHeatOracle(batteries: readonly BatteryConfig[]): HeatOracle {
  const guarded = batteries.map((config) => {
    const { chemistry, heat, iKnow } = config;
    const limits = heatLimits(chemistry === 'unknown' ? undefined : chemistry, heat, iKnow);
    const sensors = config.temperatures.map((source) => ({ source, heard: { atMs: 0, hot: 0, critical: 0 } as Heard }));
    return { config, limits, sensors };
  });
  const hearOne = (source: Source, heard: Heard, sample: Sample, limits: ReturnType<typeof heatLimits>): void => {
    if (sample.deviceId !== source.deviceId || !(source.key in sample.values)) return;
    const c = sample.values[source.key];
    if (typeof c !== 'number' || !Number.isFinite(c)) return;
    const above = (limit: number): boolean => (limits.inclusive ? c >= limit : c > limit);
    heard.atMs = sample.monotonicMs;
    heard.hot = above(limits.cutC) ? heard.hot + 1 : 0;
    heard.critical = above(limits.criticalC) ? heard.critical + 1 : 0;
  };
  return {
    hear(sample) {
      for (const { sensors, limits } of guarded) for (const { source, heard } of sensors) hearOne(source, heard, sample, limits);
    },
    judge(relayId, { closed }, nowMs) {
      if (closed !== true) return undefined;
      for (const { config, sensors } of guarded) {
        const charges = config.chargeRelays.includes(relayId);
        const tied = charges || config.dischargeRelays.includes(relayId) || config.otherRelays.includes(relayId);
        if (tied && sensors.some(({ heard }) => heard.critical >= CRITICAL_SAMPLES)) return `${relayId} is closed in critical heat`;
        if (charges && sensors.some(({ heard }) => heard.hot >= HOT_SAMPLES)) return `${relayId} charges above the cut-off`;
        if (charges && sensors.some(({ heard }) => nowMs - heard.atMs > SILENT_MS)) return `${relayId} charges without its temperature`;
      }
      return undefined;
    },
  };
}
