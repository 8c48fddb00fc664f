/** The only labels that are believed, with the exact shape of their data. Source: NOI-CPT_54E v3, chapters 6.1 and 6.2. */

export interface LabelSpec {
  readonly length: number;
  /** Some concentrators send shorter indexes. */
  readonly orLength?: number;
  /** `byte`: decimal 0 to 255. `profile`: blocks `HHMMSSSS` or `NONUTILE`. */
  readonly format: 'digits' | 'hex' | 'text' | 'byte' | 'profile';
  /** A horodate stands between label and data. */
  readonly stamped?: boolean;
}

function specs(
  rows: readonly (readonly [labels: string, length: number, format: LabelSpec['format'], more?: Partial<LabelSpec>])[],
): ReadonlyMap<string, LabelSpec> {
  return new Map(
    rows.flatMap(([labels, length, format, more]) => labels.split(' ').map((label) => [label, { length, format, ...more }] as const)),
  );
}

export const HISTORIC_INDEXES = [
  'BASE',
  'HCHC',
  'HCHP',
  'EJPHN',
  'EJPHPM',
  'BBRHCJB',
  'BBRHPJB',
  'BBRHCJW',
  'BBRHPJW',
  'BBRHCJR',
  'BBRHPJR',
] as const;
export const SUPPLIER_INDEXES = [
  'EASF01',
  'EASF02',
  'EASF03',
  'EASF04',
  'EASF05',
  'EASF06',
  'EASF07',
  'EASF08',
  'EASF09',
  'EASF10',
] as const;
export const DISTRIBUTOR_INDEXES = ['EASD01', 'EASD02', 'EASD03', 'EASD04'] as const;
export const REACTIVE_INDEXES = ['ERQ1', 'ERQ2', 'ERQ3', 'ERQ4'] as const;

/** NOI-CPT_54E 6.1. `GAZ` and `AUTRE` come from concentrators. */
export const HISTORIC_LABELS = specs([
  ['ADCO', 12, 'digits'],
  ['OPTARIF PTEC DEMAIN', 4, 'text'],
  ['ISOUSC PEJP', 2, 'digits'],
  [HISTORIC_INDEXES.join(' '), 9, 'digits', { orLength: 8 }],
  ['IINST IINST1 IINST2 IINST3 ADPS ADIR1 ADIR2 ADIR3 IMAX IMAX1 IMAX2 IMAX3', 3, 'digits'],
  ['PMAX PAPP', 5, 'digits'],
  ['HHPHC', 1, 'text'],
  ['MOTDETAT', 6, 'text'],
  ['PPOT', 2, 'hex'],
  ['GAZ AUTRE', 7, 'digits'],
]);

const STAMPED = { stamped: true } as const;
/** NOI-CPT_54E 6.2; SINST1, SMAXN and SMAXN-1 are those of the pilot meters (types 67 and 68). */
export const STANDARD_LABELS = specs([
  ['ADSC', 12, 'digits'],
  ['VTIC', 2, 'text'],
  ['DATE', 0, 'text', STAMPED],
  ['NGTF LTARF', 16, 'text'],
  [['EAST', ...SUPPLIER_INDEXES, ...DISTRIBUTOR_INDEXES, 'EAIT', ...REACTIVE_INDEXES].join(' '), 9, 'digits'],
  ['IRMS1 IRMS2 IRMS3 URMS1 URMS2 URMS3', 3, 'digits'],
  ['PREF PCOUP', 2, 'digits'],
  ['SINSTS SINSTS1 SINSTS2 SINSTS3 SINSTI SINST1', 5, 'digits'],
  ['SMAXSN SMAXSN-1 SMAXSN1 SMAXSN2 SMAXSN3 SMAXSN1-1 SMAXSN2-1 SMAXSN3-1 SMAXN SMAXN-1', 5, 'digits', STAMPED],
  ['SMAXIN SMAXIN-1 CCASN CCASN-1 CCAIN CCAIN-1', 5, 'digits', STAMPED],
  ['UMOY1 UMOY2 UMOY3', 3, 'digits', STAMPED],
  ['STGE', 8, 'hex'],
  ['DPM1 FPM1 DPM2 FPM2 DPM3 FPM3', 2, 'digits', STAMPED],
  ['MSG1', 32, 'text'],
  ['MSG2', 16, 'text'],
  ['PRM', 14, 'digits'],
  ['RELAIS', 3, 'byte'],
  ['NTARF NJOURF NJOURF+1', 2, 'digits'],
  ['PJOURF+1 PPOINTE', 98, 'profile'],
]);
