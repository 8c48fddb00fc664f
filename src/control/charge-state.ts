/** The one state of a battery that people see: its charge phase, unless something above it decides. Pure. */
import type { ReasonCode, Text } from '../model.ts';
import type { ChargePhase } from './charge-types.ts';

/** Values of the state entity. */
export const CHARGE_STATES = {
  boot: { en: 'Starting', fr: 'Démarrage' },
  waiting_inputs: { en: 'Waiting for sensors', fr: 'Attente des capteurs' },
  idle: { en: 'Idle', fr: 'Au repos' },
  charging: { en: 'Charging', fr: 'En charge' },
  full_hold: { en: 'Full', fr: 'Pleine' },
  deep_discharge: { en: 'Deeply discharged: battery defective?', fr: 'Décharge profonde : batterie défectueuse ?' },
  too_hot: { en: 'Too hot', fr: 'Trop chaude' },
  too_cold: { en: 'Too cold', fr: 'Trop froide' },
  sensor_fault: { en: 'Sensor fault', fr: 'Capteur en défaut' },
  manual_on: { en: 'On by hand', fr: 'Marche manuelle' },
  manual_off: { en: 'Off by hand', fr: 'Arrêt manuel' },
  shed: { en: 'Load-shedding', fr: 'Délestage' },
} as const satisfies Record<string, Text>;
export type ChargeWord = keyof typeof CHARGE_STATES;

const BY_CAUSE: readonly (readonly [cause: string, word: ChargeWord])[] = [
  ['critical-temperature', 'too_hot'],
  ['over-temperature', 'too_hot'],
  ['rate-of-rise', 'too_hot'],
  ['temperature-lost', 'sensor_fault'],
  ['voltage-lost', 'sensor_fault'],
  ['too-cold', 'too_cold'],
  ['over-voltage', 'full_hold'],
  ['deep-discharge', 'deep_discharge'],
];

/** `relay`: what the first charge relay does and why; undefined: the battery has none. */
export function chargeWord(
  phase: ChargePhase,
  causes: readonly string[],
  relay: { readonly reason: ReasonCode; readonly on: boolean | null } | undefined,
): ChargeWord {
  if (relay?.reason === 'boot-hold') return 'boot';
  const cause = BY_CAUSE.find(([known]) => causes.includes(known));
  if (cause !== undefined) return cause[1];
  if (relay?.reason === 'shedding') return 'shed';
  if (relay?.reason === 'manual') return relay.on === true ? 'manual_on' : 'manual_off';
  // Somebody asked for the charge: it is one, whatever the battery thought of it.
  return phase === 'idle' && relay?.on === true ? 'charging' : phase;
}
