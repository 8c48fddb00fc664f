/** What every temperature probe offers: a temperature, or the knowledge that the probe has failed. */
import type { Values } from '../../model.ts';

export const temperatureEntities = {
  temperature: { name: { en: 'Temperature', fr: 'Température' }, quantity: 'temperature', decimals: 1, deadBand: 0.1 },
  refused: { name: { en: 'Readings refused', fr: 'Lectures refusées' }, quantity: 'tally', decimals: 0, diagnostic: true, whenSeen: true },
  sensor_failed: { name: { en: 'Sensor failed', fr: 'Sonde en panne' }, quantity: 'problem', diagnostic: true },
} as const;
export type TemperatureEntities = typeof temperatureEntities;

/** Says what a probe measures; what is refused is counted and never used (reference: control logic 2). */
export interface TemperatureTeller {
  measured(celsius: number): Values<TemperatureEntities>;
  /** It was heard, and what came is no measurement of now. */
  refuse(): void;
  /** Neither hot nor cold: its own state, with no temperature (reference: batteries 2.1). */
  failed(): Values<TemperatureEntities>;
}

export function temperatureTeller(): TemperatureTeller {
  let refused = 0;
  const counted = () => (refused === 0 ? {} : { refused });
  return {
    measured: (temperature) => ({ temperature, sensor_failed: false, ...counted() }),
    refuse() {
      refused += 1;
    },
    failed: () => ({ temperature: null, sensor_failed: true, ...counted() }),
  };
}
