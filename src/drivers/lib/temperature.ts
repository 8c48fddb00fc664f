/** What every temperature probe offers: a temperature, or the knowledge that the probe has failed. */
import type { Values } from '../../model.ts';

export const temperatureEntities = {
  temperature: { name: { en: 'Temperature', fr: 'Température' }, quantity: 'temperature', decimals: 1, deadBand: 0.1 },
  sensor_failed: { name: { en: 'Sensor failed', fr: 'Sonde en panne' }, quantity: 'problem', diagnostic: true },
} as const;
export type TemperatureEntities = typeof temperatureEntities;

/** A failed sensor is neither hot nor cold: its own state, with no temperature (reference: batteries 2.1). */
export const SENSOR_FAILED: Values<TemperatureEntities> = { temperature: null, sensor_failed: true };
