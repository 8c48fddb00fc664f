/** A shunt as people know it, by its resistance or by its plate, and the corrections of the current measured on it. */
import { ConfigError, type Values } from '../../model.ts';
import { round } from './round.ts';

export interface ShuntOptions {
  readonly shunt_ohms?: number | null;
  readonly shunt_mv?: number | null;
  readonly shunt_amps?: number | null;
  readonly invert: boolean;
  readonly gain: number;
  readonly offset_a: number;
}
export type Correction = Pick<ShuntOptions, 'invert' | 'gain' | 'offset_a'>;

/** What small boards carry. */
const BOARD_OHMS = 0.1;
const optional = { nullable: true } as const;

/** The option table of every monitor that measures on a shunt. */
export const shuntProperties = {
  shunt_ohms: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 10,
    ...optional,
    description: 'Shunt resistance in ohm (breakout boards: 0.1)',
    fr: 'Résistance du shunt en ohm (cartes courantes : 0,1)',
  },
  shunt_mv: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 320,
    ...optional,
    description: 'External shunt: millivolts at its rated current',
    fr: 'Shunt externe : millivolts à son courant nominal',
  },
  shunt_amps: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 2000,
    ...optional,
    description: 'External shunt: rated current in A',
    fr: 'Shunt externe : courant nominal en A',
  },
  invert: {
    type: 'boolean',
    default: false,
    description: 'Turn the sign: positive must mean charging',
    fr: 'Inverser le signe : positif doit signifier charge',
  },
  gain: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 10,
    default: 1,
    description: 'Correction factor of the current',
    fr: 'Facteur de correction du courant',
  },
  offset_a: {
    type: 'number',
    minimum: -100,
    maximum: 100,
    default: 0,
    description: 'Current shown at rest in A, subtracted',
    fr: 'Courant affiché au repos en A, retranché',
  },
} as const;

export const monitorEntities = {
  bus_voltage: { name: { en: 'Bus voltage', fr: 'Tension du bus' }, quantity: 'voltage', decimals: 2, deadBand: 0.01 },
  shunt_voltage: {
    name: { en: 'Shunt voltage', fr: 'Tension du shunt' },
    quantity: 'voltage',
    decimals: 5,
    diagnostic: true,
    disabled: true,
  },
  current: { name: { en: 'Current', fr: 'Courant' }, quantity: 'current', decimals: 2, deadBand: 0.02 },
  power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 1, deadBand: 0.5 },
  overrange: { name: { en: 'Current out of range', fr: 'Courant hors plage' }, quantity: 'problem', diagnostic: true },
} as const;

/** Shunt resistance in ohm. Half a plate, or two shunts, would give a current that is wrong by any factor: refused rather than guessed. */
export function shuntOhms({ shunt_ohms: ohms, shunt_mv: mv, shunt_amps: amps }: ShuntOptions): number {
  if (mv == null && amps == null) return ohms ?? BOARD_OHMS;
  if (mv == null) throw new ConfigError('shunt_mv', 'shunt_amps is given without shunt_mv', 'Give both, as printed on the shunt');
  if (amps == null) throw new ConfigError('shunt_amps', 'shunt_mv is given without shunt_amps', 'Give both, as printed on the shunt');
  if (ohms != null) {
    throw new ConfigError('shunt_ohms', 'the shunt is given twice', 'Keep shunt_ohms, or shunt_mv with shunt_amps');
  }
  return mv / 1000 / amps;
}

/**
 * What a monitor saw, in V, as values: current in A and power in W, positive when charging, computed here because no chip's power
 * register has a sign (reference: batteries 1.1). Out of range there is no current, rather than a wrong one; `volts` null: not known.
 */
export function monitored(
  volts: number | null,
  shuntVolts: number,
  { ohms, overrange }: { readonly ohms: number; readonly overrange: boolean },
  { invert, gain, offset_a }: Correction,
): Values<typeof monitorEntities> {
  const amps = ((shuntVolts / ohms) * (invert ? -1 : 1) - offset_a) * gain;
  return {
    bus_voltage: volts === null ? null : round(volts, 3),
    shunt_voltage: round(shuntVolts, 6),
    current: overrange ? null : round(amps, 4),
    power: overrange || volts === null ? null : round(volts * amps, 3),
    overrange,
  };
}
