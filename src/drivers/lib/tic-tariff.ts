/** Tariff periods and colours of both TIC modes, under one set of names. Source: NOI-CPT_54E 6.1.4; supplier texts met in the field. */
import type { Text } from '../../model.ts';

export const TARIFF_PERIODS = {
  all_hours: { en: 'All hours', fr: 'Toutes heures' },
  off_peak: { en: 'Off-peak', fr: 'Heures creuses' },
  peak: { en: 'Peak', fr: 'Heures pleines' },
  off_peak_weekend: { en: 'Off-peak, weekend', fr: 'Heures creuses week-end' },
  normal: { en: 'Normal hours', fr: 'Heures normales' },
  mobile_peak: { en: 'Mobile peak', fr: 'Pointe mobile' },
  off_peak_blue: { en: 'Off-peak, blue day', fr: 'Heures creuses, jour bleu' },
  peak_blue: { en: 'Peak, blue day', fr: 'Heures pleines, jour bleu' },
  off_peak_white: { en: 'Off-peak, white day', fr: 'Heures creuses, jour blanc' },
  peak_white: { en: 'Peak, white day', fr: 'Heures pleines, jour blanc' },
  off_peak_red: { en: 'Off-peak, red day', fr: 'Heures creuses, jour rouge' },
  peak_red: { en: 'Peak, red day', fr: 'Heures pleines, jour rouge' },
  none: { en: 'Not consuming', fr: 'Non consommateur' },
  other: { en: 'Other', fr: 'Autre' },
} as const satisfies Record<string, Text>;
export type TariffPeriod = keyof typeof TARIFF_PERIODS;

export const COLORS = {
  none: { en: 'None', fr: 'Aucune' },
  blue: { en: 'Blue', fr: 'Bleu' },
  white: { en: 'White', fr: 'Blanc' },
  red: { en: 'Red', fr: 'Rouge' },
} as const satisfies Record<string, Text>;

export const TARIFF_OPTIONS = {
  base: { en: 'Base', fr: 'Base' },
  hc: { en: 'Peak / off-peak', fr: 'Heures pleines / creuses' },
  ejp: { en: 'EJP', fr: 'EJP' },
  tempo: { en: 'Tempo', fr: 'Tempo' },
  other: { en: 'Other', fr: 'Autre' },
} as const satisfies Record<string, Text>;

const PTEC: Readonly<Record<string, TariffPeriod>> = {
  'TH..': 'all_hours',
  'HC..': 'off_peak',
  'HP..': 'peak',
  'HN..': 'normal',
  'PM..': 'mobile_peak',
  HCJB: 'off_peak_blue',
  HPJB: 'peak_blue',
  HCJW: 'off_peak_white',
  HPJW: 'peak_white',
  HCJR: 'off_peak_red',
  HPJR: 'peak_red',
};

/** Historic PTEC. */
export function periodOfPtec(data: string): TariffPeriod {
  return PTEC[data] ?? 'other';
}

const LTARF: readonly (readonly [RegExp, TariffPeriod])[] = [
  [/^BASE$/, 'all_hours'],
  [/^(HEURES? CREUSES?|HC) WEEK[ -]?END$/, 'off_peak_weekend'],
  [/^HEURES? CREUSES?$/, 'off_peak'],
  [/^HEURES? PLEINES?$/, 'peak'],
  [/^HC BLEU$/, 'off_peak_blue'],
  [/^HP BLEU$/, 'peak_blue'],
  [/^HC BLANC$/, 'off_peak_white'],
  [/^HP BLANC$/, 'peak_white'],
  [/^HC ROUGE$/, 'off_peak_red'],
  [/^HP ROUGE$/, 'peak_red'],
  [/^HEURES? NORMALES?$/, 'normal'],
  [/^HEURES? (DE )?POINTE( MOBILE)?$/, 'mobile_peak'],
  [/^INDEX NON CONSO$/, 'none'],
];

/** Standard LTARF: free text of the supplier, so there is always another path. */
export function periodOfLtarf(data: string): TariffPeriod {
  const text = collapse(data).toUpperCase();
  return LTARF.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}

/** Historic OPTARIF: `BASE`, `HC..`, `EJP.`, `BBRx` with any last character. */
export function optionOfOptarif(data: string): keyof typeof TARIFF_OPTIONS {
  if (data === 'BASE') return 'base';
  if (data === 'HC..') return 'hc';
  if (data === 'EJP.') return 'ejp';
  return data.startsWith('BBR') ? 'tempo' : 'other';
}

/** Historic DEMAIN; null while tomorrow is not known. */
export function colorOfDemain(data: string): keyof typeof COLORS | null {
  const colors: Readonly<Record<string, keyof typeof COLORS>> = { BLEU: 'blue', BLAN: 'white', ROUG: 'red' };
  return colors[data] ?? null;
}

/** Padding and doubled spaces vary by meter. */
export function collapse(text: string): string {
  return text.trim().replace(/ +/g, ' ');
}
