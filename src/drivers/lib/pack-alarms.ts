/** Alarms and warnings of a battery as it tells inverters: Pylontech's single bits (0x359) and the pairs of Victron and SMA (0x35A). */
import type { Entity, Text, Value } from '../../model.ts';

/** In the order of the pairs of 0x35A. */
const PROBLEMS = {
  general: { en: 'general', fr: 'générale' },
  high_voltage: { en: 'high voltage', fr: 'tension haute' },
  low_voltage: { en: 'low voltage', fr: 'tension basse' },
  high_temperature: { en: 'high temperature', fr: 'température haute' },
  low_temperature: { en: 'low temperature', fr: 'température basse' },
  high_temperature_charge: { en: 'high temperature while charging', fr: 'température haute en charge' },
  low_temperature_charge: { en: 'low temperature while charging', fr: 'température basse en charge' },
  high_discharge_current: { en: 'high discharge current', fr: 'courant de décharge élevé' },
  high_charge_current: { en: 'high charge current', fr: 'courant de charge élevé' },
  contactor: { en: 'contactor', fr: 'contacteur' },
  short_circuit: { en: 'short circuit', fr: 'court-circuit' },
  internal: { en: 'internal failure', fr: 'défaut interne' },
  cell_imbalance: { en: 'cell imbalance', fr: 'déséquilibre des cellules' },
} as const satisfies Record<string, Text>;
type Problem = keyof typeof PROBLEMS;
const ORDER = Object.keys(PROBLEMS) as Problem[];

/** Bits of the first two bytes of 0x359; the two after them are the warnings, in the same places. */
const PYLONTECH: readonly (readonly [byte: number, bit: number, problem: Problem])[] = [
  [0, 1, 'high_voltage'],
  [0, 2, 'low_voltage'],
  [0, 3, 'high_temperature'],
  [0, 4, 'low_temperature'],
  [0, 7, 'high_discharge_current'],
  [1, 0, 'high_charge_current'],
  [1, 3, 'internal'],
];

/** `alarm_…` and `warning_…` for each; announced once the battery speaks of it. */
export const ALARM_ENTITIES: Readonly<Record<string, Entity>> = Object.fromEntries(
  ORDER.flatMap((problem) => {
    const { en, fr } = PROBLEMS[problem];
    const shared = { quantity: 'problem', whenSeen: true } as const;
    return [
      [`alarm_${problem}`, { name: { en: `Alarm: ${en}`, fr: `Alarme : ${fr}` }, ...shared }],
      [`warning_${problem}`, { name: { en: `Warning: ${en}`, fr: `Avertissement : ${fr}` }, ...shared, diagnostic: true }],
    ];
  }),
);

/** 0x359 of Pylontech (CAN protocol V1.2): 1 = active, 0 = not. Needs four bytes. */
export function pylontechAlarms(data: Uint8Array): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [byte, bit, problem] of PYLONTECH) {
    values[`alarm_${problem}`] = (((data[byte] ?? 0) >> bit) & 1) === 1;
    values[`warning_${problem}`] = (((data[byte + 2] ?? 0) >> bit) & 1) === 1;
  }
  return values;
}

/**
 * 0x35A of Victron and SMA: alarms in bytes 0 to 3, warnings in 4 to 7, two bits each from the lowest: 01 active, 10 not. 00 and 11
 * mean that the battery does not watch it; some (Pytes) send 00 for all is well, which cannot be told apart: unknown.
 */
export function pairedAlarms(data: Uint8Array): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [place, problem] of ORDER.entries()) {
    values[`alarm_${problem}`] = pair(data, place);
    values[`warning_${problem}`] = pair(data, place + 16);
  }
  return values;
}

function pair(data: Uint8Array, place: number): boolean | null {
  const bits = ((data[place >> 2] ?? 0) >> (2 * (place & 3))) & 3;
  return bits === 1 ? true : bits === 2 ? false : null;
}
