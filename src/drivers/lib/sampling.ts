/** How Texas Instruments' monitors sample, as options: the largest current, averaging and time of one sample. */
import { ConfigError } from '../../model.ts';

export interface SamplingOptions {
  readonly max_amps?: number | null;
  readonly averaging: number;
  readonly conversion_us: number;
}

/** Codes 0 to 7 of the averaging field. */
export const AVERAGES: readonly number[] = [1, 4, 16, 64, 128, 256, 512, 1024];

/** `timesUs` are the codes of the time fields, `fullScaleMv` the end of the shunt's range as text. */
export function samplingProperties(fullScaleMv: number, timesUs: readonly number[], defaultUs: number) {
  return {
    max_amps: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 2000,
      nullable: true,
      description: `Largest current to be measured, in A; empty: all that ${fullScaleMv} mV on the shunt mean`,
      fr: `Plus grand courant à mesurer, en A ; vide : tout ce que signifient ${String(fullScaleMv).replace('.', ',')} mV sur le shunt`,
    },
    averaging: {
      type: 'integer',
      enum: AVERAGES,
      default: 64,
      description: 'Samples averaged into one measurement',
      fr: 'Échantillons moyennés en une mesure',
    },
    conversion_us: {
      type: 'integer',
      enum: timesUs,
      default: defaultUs,
      description: 'Time of one sample in µs',
      fr: "Durée d'un échantillon en µs",
    },
  } as const;
}

/** A round of `inputs` measurements, with the chip's clock up to 10 % slow, in ms. */
export function cycleMs({ averaging, conversion_us }: SamplingOptions, inputs: number): number {
  return (inputs * averaging * conversion_us * 1.1) / 1000 + 5;
}

/** The largest current in A that is to be believed; a shunt that gives more than the chip can measure is refused. */
export function largestAmps({ max_amps }: SamplingOptions, fullScaleMv: number, ohms: number): number {
  const limit = fullScaleMv / 1000 / ohms;
  if (max_amps == null) return limit;
  if (max_amps <= limit) return max_amps;
  const mend = `Use a shunt of less resistance, or set max_amps to ${limit.toPrecision(3)} or less`;
  throw new ConfigError('max_amps', `the shunt gives more than ${fullScaleMv} mV at this current`, mend);
}
