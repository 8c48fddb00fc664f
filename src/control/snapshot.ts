/** Newest value of everything, with its age class: the frozen view on which decisions are made. Missing is never zero. */
import type { Quality, Reading, Sample, Value } from '../model.ts';

/** Ages above which a value loses trust. Source: the control law's input quality table; `stale` never before 30 s. */
export function qualityOf(ageMs: number, periodMs: number): Quality {
  if (ageMs <= 2 * periodMs) return 'fresh';
  if (ageMs <= 5 * periodMs) return 'late';
  const staleMs = Math.max(5 * periodMs, 30_000);
  if (ageMs <= staleMs) return 'late';
  return ageMs > Math.max(60_000, staleMs) ? 'dead' : 'stale';
}

export interface Snapshot {
  remember(sample: Sample): void;
  /** Undefined before the first value. What a lost source said stays readable, but ages on. Monotonic ms. */
  read(deviceId: string, key: string, nowMs: number): Reading | undefined;
}

/** `periodOf` gives a device's usual pause between samples (ms). */
export function createSnapshot(periodOf: (deviceId: string) => number): Snapshot {
  const devices = new Map<string, Map<string, Reading>>();
  return {
    remember(sample) {
      const kept = devices.get(sample.deviceId) ?? new Map<string, Reading>();
      devices.set(sample.deviceId, kept);
      const { atMs, monotonicMs } = sample;
      for (const [key, value] of Object.entries(sample.values))
        kept.set(key, { value: finite(value), quality: 'fresh', atMs, monotonicMs });
    },
    read(deviceId, key, nowMs) {
      const device = devices.get(deviceId);
      const kept = device?.get(key);
      if (device === undefined || kept === undefined) return undefined;
      const quality = qualityOf(nowMs - kept.monotonicMs, periodOf(deviceId));
      if (quality === kept.quality) return kept;
      // Ages rarely change class, and are asked for each second.
      const aged = { ...kept, quality };
      device.set(key, aged);
      return aged;
    },
  };
}

function finite(value: Value): Value {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
