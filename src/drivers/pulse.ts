/** Pulse meters on a GPIO line: S0 outputs, LEDs and reed contacts of electricity, water and gas meters. */
import { DeviceError, type Entity, type Values } from '../model.ts';
import type { EdgeBatch, InputLine } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { createPulseCounter, type PulseCounter } from './lib/pulse-counter.ts';
import { DEBOUNCE_MS, type Medium, PULSE_OPTIONS, type PulseOptions } from './lib/pulse-options.ts';
import { round } from './lib/round.ts';

/** More than a home can draw per hour: above it the line picks up noise. Wh or L. */
const MAX_PER_HOUR: Readonly<Record<Medium, number>> = { electricity: 40_000, water: 6_000, gas: 20_000 };

const common = {
  pulses: { name: { en: 'Pulses since start', fr: 'Impulsions depuis le démarrage' }, quantity: 'tally', diagnostic: true, disabled: true },
  last_pulse: { name: { en: 'Last pulse', fr: 'Dernière impulsion' }, quantity: 'timestamp', diagnostic: true, disabled: true },
  limited_precision: { name: { en: 'Pulses may be lost', fr: 'Impulsions possiblement perdues' }, quantity: 'problem', diagnostic: true },
  implausible: { name: { en: 'Implausible rate', fr: 'Débit invraisemblable' }, quantity: 'problem', diagnostic: true },
} as const satisfies Record<string, Entity>;

function entitiesOf({ medium, initial }: PulseOptions): Readonly<Record<string, Entity>> {
  // Dials show kWh and m³, totals are in Wh and L: both are a thousand of them.
  const dial = typeof initial === 'number' && { initial: round(initial * 1000, 3) };
  const total = { from: 'session', maxPerHour: MAX_PER_HOUR[medium], ...dial } as const;
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
  options: PULSE_OPTIONS,
  describe: (o) => ({
    manufacturer: 'Boxénergie',
    model: `Pulse meter (${o.medium})`,
    periodMs: Math.max(1_000, o.period_s * 1000),
    entities: entitiesOf(o),
  }),
  async *read({ options: o, ports, clock, signal }) {
    const debounceUs = Math.round((o.debounce_ms ?? DEBOUNCE_MS[o.contact]) * 1000);
    const { chip, line: number, bias, active_low: activeLow } = o;
    await using line = await ports.gpio.openInput({
      chip,
      line: number,
      bias,
      activeLow,
      debounceUs,
      edge: o.counting === 'edge' ? 'both' : 'rising',
    });
    const counter = createPulseCounter(clock.monotonicMs(), o.timeout_s * 1000, o.counting === 'edge' ? 2 : 1);
    let lastPulse: string | undefined;
    const lost = new AbortController();
    // One listener for the whole life of the line: a race for each report would keep a memory of every one of them.
    const stop = AbortSignal.any([signal, lost.signal]);
    follow(line, signal, (batch) => {
      counter.seen(batch);
      lastPulse = new Date(clock.wallMs() - (clock.monotonicMs() - batch.lastMs)).toISOString();
    }).then(
      () => lost.abort(new DeviceError('the line was closed')),
      (error: unknown) => lost.abort(error),
    );
    for (;;) {
      const shown = report(counter, o, clock.monotonicMs());
      yield { ...shown, ...(lastPulse !== undefined && { last_pulse: lastPulse }), limited_precision: !line.lossless };
      await clock.sleep(o.period_s * 1000, stop);
    }
  },
};

/** Takes in the edges beside the reporting; rejects when the line is lost. */
async function follow(line: InputLine, signal: AbortSignal, seen: (batch: EdgeBatch) => void): Promise<void> {
  for await (const batch of line.edges(signal)) seen(batch);
}

function report(counter: PulseCounter, o: PulseOptions, nowMs: number): Values<Readonly<Record<string, Entity>>> {
  const weight = weightOf(o);
  const perSecond = counter.perSecond(nowMs);
  const perHour = perSecond === null ? null : perSecond * weight * 3600;
  const amount = counter.count * weight;
  const shared = { pulses: counter.count, implausible: perHour !== null && perHour > MAX_PER_HOUR[o.medium] };
  // Wh per hour is W; litres per hour become litres per minute.
  if (o.medium === 'electricity') return { energy: amount, power: perHour === null ? null : round(perHour, 1), ...shared };
  return { volume: amount, flow: perHour === null ? null : round(perHour / 60, 3), ...shared };
}
