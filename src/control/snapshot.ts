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

interface Kept {
  readonly value: Value;
  readonly atMs: number;
  readonly monotonicMs: number;
}

/** `periodOf` gives a device's usual pause between samples (ms). */
export function createSnapshot(periodOf: (deviceId: string) => number): Snapshot {
  const devices = new Map<string, Map<string, Kept>>();
  return {
    remember(sample) {
      const kept = devices.get(sample.deviceId) ?? new Map<string, Kept>();
      devices.set(sample.deviceId, kept);
      const { atMs, monotonicMs } = sample;
      for (const [key, value] of Object.entries(sample.values)) kept.set(key, { value: finite(value), atMs, monotonicMs });
    },
    read(deviceId, key, nowMs) {
      const kept = devices.get(deviceId)?.get(key);
      if (kept === undefined) return undefined;
      return { ...kept, quality: qualityOf(nowMs - kept.monotonicMs, periodOf(deviceId)) };
    },
  };
}

function finite(value: Value): Value {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
