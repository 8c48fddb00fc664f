/** The options of pulse meters, as people write them. */
import type { JSONSchemaType } from 'ajv';
import type { Bias } from '../../ports/types.ts';

export type Medium = 'electricity' | 'water' | 'gas';
type Contact = 's0' | 'reed' | 'flow';
type Counting = 'pulse' | 'edge';
export interface PulseOptions {
  readonly chip: string;
  readonly line: number;
  readonly medium: Medium;
  readonly imp_per_kwh?: number | null;
  readonly litres_per_pulse?: number | null;
  readonly contact: Contact;
  readonly counting: Counting;
  readonly debounce_ms?: number | null;
  readonly initial?: number | null;
  readonly bias: Bias;
  readonly active_low: boolean;
  readonly timeout_s: number;
  readonly period_s: number;
}

/** Below half of the shortest on or off time of each kind (gpio-and-addon 3.2). */
export const DEBOUNCE_MS: Readonly<Record<Contact, number>> = { s0: 5, reed: 50, flow: 0.5 };
export const PULSE_OPTIONS: JSONSchemaType<PulseOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['chip', 'line', 'medium', 'contact', 'counting', 'bias', 'active_low', 'timeout_s', 'period_s'],
  properties: {
    chip: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      default: 'auto',
      description: 'GPIO chip: auto, its label or its path',
      fr: 'Puce GPIO : auto, son étiquette ou son chemin',
    },
    line: { type: 'integer', minimum: 0, maximum: 511, description: 'GPIO line (BCM number)', fr: 'Ligne GPIO (numéro BCM)' },
    medium: {
      type: 'string',
      enum: ['electricity', 'water', 'gas'],
      description: 'What the meter counts',
      fr: 'Ce que compte le compteur',
    },
    imp_per_kwh: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 100_000,
      nullable: true,
      description: 'Electricity: pulses per kWh, as printed on the meter (default 1000)',
      fr: 'Électricité : impulsions par kWh, indiquées sur le compteur (1000 par défaut)',
    },
    litres_per_pulse: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 10_000,
      nullable: true,
      description: 'Water, gas: litres per pulse (default 1 and 10)',
      fr: 'Eau, gaz : litres par impulsion (1 et 10 par défaut)',
    },
    contact: {
      type: 'string',
      enum: ['s0', 'reed', 'flow'],
      default: 's0',
      description: 'Kind of contact: s0 (or LED), reed, flow sensor',
      fr: 'Type de contact : s0 (ou LED), reed, débitmètre',
    },
    counting: {
      type: 'string',
      enum: ['pulse', 'edge'],
      default: 'pulse',
      description: 'pulse: each closing counts; edge: each closing and each opening counts, for contacts that change once a turn',
      fr: 'pulse : chaque fermeture compte ; edge : chaque fermeture et chaque ouverture compte, pour un contact qui bascule une fois par tour',
    },
    debounce_ms: {
      type: 'number',
      minimum: 0,
      maximum: 10_000,
      nullable: true,
      description: 'Least width of a pulse and of the pause after it, ms: what is shorter is noise (default 5, 50 or 0.5 by contact)',
      fr: "Largeur minimale d'une impulsion et de la pause qui suit, ms : plus court est du bruit (5, 50 ou 0,5 selon le contact)",
    },
    initial: {
      type: 'number',
      minimum: 0,
      maximum: 10_000_000,
      nullable: true,
      description: "What the meter's dial shows, kWh or m³; taken over once, and again once when another value is written",
      fr: "Ce qu'affiche le compteur, kWh ou m³ ; repris une fois, et de nouveau une fois quand une autre valeur est écrite",
    },
    bias: {
      type: 'string',
      enum: ['up', 'down', 'off', 'as-is'],
      default: 'up',
      description: 'Pull resistor of the line',
      fr: 'Résistance de tirage de la ligne',
    },
    active_low: {
      type: 'boolean',
      default: true,
      description: 'A pulse pulls the line low',
      fr: "Une impulsion met la ligne à l'état bas",
    },
    timeout_s: {
      type: 'number',
      minimum: 1,
      maximum: 86_400,
      default: 300,
      description: 'Without a pulse for this long the rate is zero, s',
      fr: 'Sans impulsion pendant ce temps le débit est nul, s',
    },
    period_s: {
      type: 'number',
      minimum: 0.1,
      maximum: 60,
      default: 1,
      description: 'Pause between two reports, s',
      fr: 'Pause entre deux relevés, s',
    },
  },
};
