/** Units as other programs write them, and the way to those of the house. */
import { type Quantity, UNITS } from '../../model.ts';

interface Conversion {
  readonly factor: number;
  readonly offset: number;
}
const times = (factor: number): Conversion => ({ factor, offset: 0 });

/** To the unit of the key. Temperatures: ITS-90; 1 m³ is 1000 L. */
const TO: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  V: { mV: times(1e-3), kV: times(1e3) },
  A: { mA: times(1e-3) },
  W: { mW: times(1e-3), kW: times(1e3), MW: times(1e6) },
  VA: { kVA: times(1e3) },
  kVA: { VA: times(1e-3) },
  Wh: { kWh: times(1e3), MWh: times(1e6), J: times(1 / 3600), kJ: times(1 / 3.6), MJ: times(1000 / 3.6) },
  varh: { kvarh: times(1e3) },
  Ah: { mAh: times(1e-3) },
  '°C': { '°F': { factor: 5 / 9, offset: -160 / 9 }, K: { factor: 1, offset: -273.15 } },
  Hz: { mHz: times(1e-3), kHz: times(1e3) },
  s: { ms: times(1e-3), min: times(60), h: times(3600), d: times(86_400) },
  L: { 'm³': times(1e3), m3: times(1e3), mL: times(1e-3) },
  'L/min': { 'L/h': times(1 / 60), 'm³/h': times(1000 / 60), 'm3/h': times(1000 / 60), 'L/s': times(60) },
};

/** Units understood for a quantity, its own first; none where it has no unit. */
export function unitsOf(quantity: Quantity): string[] {
  const own = UNITS[quantity];
  return own === null ? [] : [own, ...Object.keys(TO[own] ?? {})];
}

/** From `unit` to that of the quantity; undefined when the unit does not fit. No unit: the quantity's own. */
export function conversionTo(quantity: Quantity, unit: string | undefined): Conversion | undefined {
  const own = UNITS[quantity];
  if (unit === undefined || unit === own) return times(1);
  return own === null ? undefined : TO[own]?.[unit];
}
