/** The limits of a battery that people may move from Home Assistant, and how far the file and its chemistry let them. Pure. */
import type { Entity, Text, Value } from '../model.ts';
import type { BatterySetting } from './battery.ts';

export const THRESHOLDS = ['warning_c', 'cut_c', 'start_v', 'restart_v', 'full_v'] as const;
export type Threshold = (typeof THRESHOLDS)[number];
export type Ranges = Readonly<Partial<Record<Threshold, NonNullable<Entity['range']>>>>;

const NAMES: Readonly<Record<Threshold, Text>> = {
  warning_c: { en: 'Warning from', fr: 'Avertir à partir de' },
  cut_c: { en: 'Cut the charge above', fr: 'Couper la charge au-dessus de' },
  start_v: { en: 'Charge from, down', fr: 'Charger à partir de, en dessous' },
  restart_v: { en: 'No longer full from, down', fr: 'Plus pleine à partir de, en dessous' },
  full_v: { en: 'Full voltage', fr: 'Tension de pleine charge' },
};
/** Below the least that the file allows, so that a range is never empty. */
const LEAST_C = 15;

/** `setting` as the file says it: what Home Assistant moves stays within. °C, and volts at the terminals. */
export function rangesOf({ guard, charge, cells }: BatterySetting): Ranges {
  const { heat, cell } = guard;
  const hundredths = (volts: number): number => Math.round(volts * 100) / 100;
  const volts = { min: hundredths(cell.deep * cells), max: hundredths(cell.over * cells), step: 0.01 };
  return {
    ...(guard.thermometers > 0 && {
      warning_c: { min: LEAST_C, max: heat.warningC, step: 1 },
      cut_c: { min: LEAST_C, max: heat.cutC, step: 1 },
    }),
    ...(charge !== undefined && { start_v: volts, restart_v: volts, full_v: volts }),
  };
}

export function describeThresholds(ranges: Ranges): Record<string, Entity> {
  const entities: Record<string, Entity> = {};
  for (const key of THRESHOLDS) {
    const range = ranges[key];
    if (range === undefined) continue;
    const warm = key.endsWith('_c');
    entities[key] = {
      name: NAMES[key],
      quantity: warm ? 'temperature' : 'voltage',
      decimals: warm ? 0 : 2,
      setting: true,
      command: 'number',
      range,
    };
  }
  return entities;
}

/** What holds now, which may be less than was wished. */
export function thresholdValues({ guard, cells }: BatterySetting, ranges: Ranges): Record<string, Value> {
  const { heat, cell } = guard;
  const all: Record<Threshold, number> = {
    warning_c: heat.warningC,
    cut_c: heat.cutC,
    start_v: cell.start * cells,
    restart_v: cell.restart * cells,
    full_v: cell.full * cells,
  };
  return Object.fromEntries(THRESHOLDS.flatMap((key) => (ranges[key] === undefined ? [] : [[key, all[key]]])));
}
