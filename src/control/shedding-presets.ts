/** Times that suit each kind of load, so that a user names the kind and not six durations. Source: the control law, load-shedding. */
import type { Phase, ShedLoad } from './shedding-types.ts';

export const LOAD_KINDS = ['heating', 'water_heater', 'heat_pump', 'cold', 'car', 'appliance', 'other'] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];

type Times = Pick<ShedLoad, 'minOnMs' | 'minOffMs' | 'maxOffMs' | 'maxOffWindowMs' | 'when'>;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const USUAL: Times = { minOnMs: 2 * MINUTE, minOffMs: 5 * MINUTE, maxOffMs: null, maxOffWindowMs: 24 * HOUR, when: 'comfort' };

export const PRESETS: Readonly<Record<LoadKind, Times>> = {
  heating: { ...USUAL, maxOffMs: 20 * MINUTE, maxOffWindowMs: HOUR },
  water_heater: { ...USUAL, minOnMs: 10 * MINUTE, maxOffMs: 4 * HOUR },
  heat_pump: { ...USUAL, minOnMs: 5 * MINUTE, maxOffMs: 20 * MINUTE, maxOffWindowMs: HOUR },
  cold: { ...USUAL, minOnMs: 5 * MINUTE, maxOffMs: 2 * HOUR, maxOffWindowMs: 8 * HOUR, when: 'need' },
  car: USUAL,
  // A washing machine cut in its cycle spoils it: against a trip only.
  appliance: { ...USUAL, when: 'need' },
  other: USUAL,
};
/** Compressors need their pressures to even out. */
const COMPRESSOR_MIN_OFF_MS = 3 * MINUTE;
const FOLLOW_RELAY_MS = 3000;
const FOLLOW_SWITCH_MS = 10_000;

/** A load as the user describes it; what is absent comes from the kind. Seconds. */
export interface LoadSetting {
  readonly id: string;
  readonly kind: LoadKind;
  readonly priority: number;
  readonly power: number;
  readonly phase: Phase;
  readonly relay?: string;
  readonly when?: 'comfort' | 'need';
  readonly minOnS?: number;
  readonly minOffS?: number;
  readonly maxOffS?: number;
}

export function shedLoad(setting: LoadSetting): ShedLoad {
  const preset = PRESETS[setting.kind];
  const ms = (seconds: number | undefined, usual: number): number => (seconds === undefined ? usual : seconds * 1000);
  const compressor = setting.kind === 'heat_pump' || setting.kind === 'cold';
  const minOffMs = Math.max(ms(setting.minOffS, preset.minOffMs), compressor ? COMPRESSOR_MIN_OFF_MS : 0);
  const maxOffMs = setting.maxOffS === undefined ? preset.maxOffMs : setting.maxOffS * 1000;
  return {
    id: setting.id,
    priority: setting.priority,
    power: setting.power,
    phase: setting.phase,
    when: setting.when ?? preset.when,
    minOnMs: ms(setting.minOnS, preset.minOnMs),
    minOffMs,
    maxOffMs,
    // A longer time off needs a longer window, or it could never be earned back.
    maxOffWindowMs: Math.max(preset.maxOffWindowMs, 2 * (maxOffMs ?? 0)),
    followMs: setting.relay === undefined ? FOLLOW_SWITCH_MS : FOLLOW_RELAY_MS,
  };
}
