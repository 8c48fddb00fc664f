/** Pulse meters on a GPIO line: S0 outputs, LEDs and reed contacts of electricity, water and gas meters. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Values } from '../model.ts';
import type { Bias, EdgeBatch, InputLine } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { noPulses, type PulseRate, rateNow, withPulses } from './lib/pulse-rate.ts';

type Medium = 'electricity' | 'water' | 'gas';
type Contact = 's0' | 'reed' | 'flow';
interface PulseOptions {
  readonly chip: string;
  readonly line: number;
  readonly medium: Medium;
  readonly imp_per_kwh?: number | null;
  readonly litres_per_pulse?: number | null;
  readonly contact: Contact;
  readonly debounce_ms?: number | null;
  readonly bias: Bias;
  readonly active_low: boolean;
  readonly timeout_s: number;
  readonly period_s: number;
}

/** Below half of the shortest on or off time of each kind (gpio-and-addon 3.2). */
const DEBOUNCE_MS: Readonly<Record<Contact, number>> = { s0: 5, reed: 50, flow: 0.5 };
/** More than a home can draw per hour: above it the line picks up noise. Wh or L. */
const MAX_PER_HOUR: Readonly<Record<Medium, number>> = { electricity: 40_000, water: 6_000, gas: 20_000 };

const options: JSONSchemaType<PulseOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['chip', 'line', 'medium', 'contact', 'bias', 'active_low', 'timeout_s', 'period_s'],
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
    debounce_ms: {
      type: 'number',
      minimum: 0,
      maximum: 1000,
      nullable: true,
      description: 'Time a level must hold, ms (default 5, 50 or 0.5 by contact)',
      fr: 'Durée de maintien du niveau, ms (5, 50 ou 0,5 selon le contact)',
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

const common = {
  pulses: { name: { en: 'Pulses since start', fr: 'Impulsions depuis le démarrage' }, quantity: 'tally', diagnostic: true, disabled: true },
  last_pulse: { name: { en: 'Last pulse', fr: 'Dernière impulsion' }, quantity: 'timestamp', diagnostic: true, disabled: true },
  limited_precision: { name: { en: 'Pulses may be lost', fr: 'Impulsions possiblement perdues' }, quantity: 'problem', diagnostic: true },
  implausible: { name: { en: 'Implausible rate', fr: 'Débit invraisemblable' }, quantity: 'problem', diagnostic: true },
} as const satisfies Record<string, Entity>;

function entitiesOf(medium: Medium): Readonly<Record<string, Entity>> {
  const total = { from: 'session', maxPerHour: MAX_PER_HOUR[medium] } as const;
  if (medium === 'electricity') {
    return {
      energy: { name: { en: 'Energy', fr: 'Énergie' }, quantity: 'energy', decimals: 0, total },
      power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 0, deadBand: 5 },
      ...common,
    };
  }
  return {
    volume: { name: { en: 'Volume', fr: 'Volume' }, quantity: medium === 'water' ? 'volumeWater' : 'volumeGas', decimals: 0, total },
    flow: { name: { en: 'Flow', fr: 'Débit' }, quantity: 'flow', decimals: 2, deadBand: 0.05 },
    ...common,
  };
}

/** Wh or litres of one pulse. */
function weightOf(o: PulseOptions): number {
  if (o.medium === 'electricity') return 1000 / (o.imp_per_kwh ?? 1000);
  return o.litres_per_pulse ?? (o.medium === 'water' ? 1 : 10);
}

export const pulse: SensorDriver<PulseOptions, Readonly<Record<string, Entity>>> = {
  type: 'pulse',
  title: { en: 'Pulse meter', fr: 'Compteur à impulsions' },
  proof: 'synthetic',
  options,
  describe: ({ medium, period_s }) => ({
    manufacturer: 'Boxénergie',
    model: `Pulse meter (${medium})`,
    periodMs: Math.max(1_000, period_s * 1000),
    entities: entitiesOf(medium),
  }),
  async *read({ options: o, ports, clock, signal }) {
    const debounceUs = Math.round((o.debounce_ms ?? DEBOUNCE_MS[o.contact]) * 1000);
    const { chip, line: number, bias, active_low: activeLow } = o;
    await using line = await ports.gpio.openInput({ chip, line: number, bias, activeLow, debounceUs, edge: 'rising' });
    let rate = noPulses(clock.monotonicMs());
    let lastPulse: string | undefined;
    const lost = new AbortController();
    // One listener for the whole life of the line: a race for each report would keep a memory of every one of them.
    const stop = AbortSignal.any([signal, lost.signal]);
    follow(line, signal, (batch) => {
      rate = withPulses(rate, batch, o.timeout_s * 1000);
      lastPulse = new Date(clock.wallMs() - (clock.monotonicMs() - batch.lastMs)).toISOString();
    }).then(
      () => lost.abort(new DeviceError('the line was closed')),
      (error: unknown) => lost.abort(error),
    );
    for (;;) {
      const shown = report(rate, o, clock.monotonicMs());
      yield { ...shown, ...(lastPulse !== undefined && { last_pulse: lastPulse }), limited_precision: !line.lossless };
      await clock.sleep(o.period_s * 1000, stop);
    }
  },
};

/** Takes in the edges beside the reporting; rejects when the line is lost. */
async function follow(line: InputLine, signal: AbortSignal, seen: (batch: EdgeBatch) => void): Promise<void> {
  for await (const batch of line.edges(signal)) seen(batch);
}

function report(rate: PulseRate, o: PulseOptions, nowMs: number): Values<Readonly<Record<string, Entity>>> {
  const weight = weightOf(o);
  const perSecond = rateNow(rate, nowMs, o.timeout_s * 1000);
  const perHour = perSecond === null ? null : perSecond * weight * 3600;
  const amount = rate.count * weight;
  const shared = { pulses: rate.count, implausible: perHour !== null && perHour > MAX_PER_HOUR[o.medium] };
  // Wh per hour is W; litres per hour become litres per minute.
  if (o.medium === 'electricity') return { energy: amount, power: perHour === null ? null : round(perHour, 1), ...shared };
  return { volume: amount, flow: perHour === null ? null : round(perHour / 60, 3), ...shared };
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
