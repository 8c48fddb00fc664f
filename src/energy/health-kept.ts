/** What is known of a battery's health as a plain record that outlives a restart. Pure. */
import { type HealthState, newHealth } from './state-of-health.ts';

/** Ah, ms, Ω, mV as in HealthState. */
export interface KeptHealth {
  readonly usableAh: number | null;
  readonly samples: number;
  readonly dischargedAh: number;
  readonly hotMs: number;
  readonly ohms: number | null;
  readonly steps: number;
  readonly days: readonly (number | null)[];
}

export function keptHealth({ usableAh, samples, dischargedAh, hotMs, resistance, spread }: HealthState): KeptHealth {
  const round = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e6) / 1e6);
  const { ohms, steps } = resistance;
  const wear = { samples, dischargedAh: Math.round(dischargedAh * 1e3) / 1e3, hotMs: Math.round(hotMs) };
  return { usableAh: round(usableAh), ...wear, ohms: round(ohms), steps, days: spread.days };
}

/** `data`: whatever was found; what is damaged begins anew. */
export function revivedHealth(data: unknown, nowMs: number): HealthState {
  const fresh = newHealth(nowMs);
  if (typeof data !== 'object' || data === null) return fresh;
  const kept = data as Record<string, unknown>;
  const number = (key: keyof KeptHealth): number | null => {
    const value = kept[key];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
  };
  const days = Array.isArray(kept.days) ? kept.days.map((mv) => (typeof mv === 'number' && Number.isFinite(mv) ? mv : null)) : [];
  return {
    ...fresh,
    usableAh: number('usableAh'),
    samples: number('samples') ?? 0,
    dischargedAh: number('dischargedAh') ?? 0,
    hotMs: number('hotMs') ?? 0,
    resistance: { ...fresh.resistance, ohms: number('ohms'), steps: number('steps') ?? 0 },
    spread: { ...fresh.spread, days: days.slice(-30) },
  };
}
