/** From the voltage of a divider with an NTC thermistor to °C, and the faults that would compute as very hot or very cold. */
import { ConfigError } from '../../model.ts';

export interface NtcOptions {
  readonly r25_ohms: number;
  readonly beta?: number | null;
  readonly steinhart_a?: number | null;
  readonly steinhart_b?: number | null;
  readonly steinhart_c?: number | null;
  readonly fixed_ohms: number;
  readonly ntc_to: 'ground' | 'supply';
}

const ZERO_C = 273.15;
/** Beyond these shares of the supply the wire is broken or shorted (reference: batteries 2.3). */
const SHORT = 0.02;
const OPEN = 0.98;

const coefficient = (letter: string, maximum: number) =>
  ({
    type: 'number',
    minimum: -maximum,
    maximum,
    nullable: true,
    description: `Instead of beta: Steinhart-Hart coefficient ${letter}`,
    fr: `Au lieu de bêta : coefficient ${letter} de Steinhart-Hart`,
  }) as const;

export const ntcProperties = {
  r25_ohms: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 10_000_000,
    default: 10_000,
    description: 'Resistance of the thermistor at 25 °C in ohm',
    fr: 'Résistance de la thermistance à 25 °C en ohm',
  },
  beta: {
    type: 'number',
    minimum: 1000,
    maximum: 10_000,
    nullable: true,
    description: 'Beta of the thermistor in K, from its data sheet (3435 to 3950 is common)',
    fr: 'Bêta de la thermistance en K, selon sa fiche technique (3435 à 3950 sont courants)',
  },
  steinhart_a: coefficient('A', 0.1),
  steinhart_b: coefficient('B', 0.01),
  steinhart_c: coefficient('C', 0.001),
  fixed_ohms: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 10_000_000,
    default: 10_000,
    description: 'The other resistor of the divider in ohm',
    fr: "L'autre résistance du diviseur en ohm",
  },
  ntc_to: {
    type: 'string',
    enum: ['ground', 'supply'],
    default: 'ground',
    description: 'Where the thermistor goes from the input: ground or supply',
    fr: "Où va la thermistance depuis l'entrée : ground (masse) ou supply (alimentation)",
  },
} as const;

/** °C of a resistance in ohm. A curve that is not known is refused rather than guessed: a wrong one is wrong by tens of degrees. */
export function ntcCurve({ r25_ohms, beta, steinhart_a: a, steinhart_b: b, steinhart_c: c }: NtcOptions): (ohms: number) => number {
  if (beta != null) {
    if (a != null || b != null || c != null) {
      throw new ConfigError('beta', 'the curve is given twice', 'Keep beta, or the three Steinhart-Hart coefficients');
    }
    return (ohms) => 1 / (1 / (ZERO_C + 25) + Math.log(ohms / r25_ohms) / beta) - ZERO_C;
  }
  if (a == null || b == null || c == null) {
    throw new ConfigError('beta', 'the curve of the thermistor is not known', 'Give beta, or all three Steinhart-Hart coefficients');
  }
  return (ohms) => {
    const ln = Math.log(ohms);
    return 1 / (a + b * ln + c * ln ** 3) - ZERO_C;
  };
}

/** Resistance of the thermistor in ohm from the input's share of the supply voltage; null: broken wire or short circuit. */
export function ntcOhms(share: number, { fixed_ohms, ntc_to }: NtcOptions): number | null {
  if (!(share > SHORT && share < OPEN)) return null;
  return ntc_to === 'ground' ? (fixed_ohms * share) / (1 - share) : (fixed_ohms * (1 - share)) / share;
}
