/** What part a device plays in a house, seen from what it declares: dashboards, labels and energy follow from it. Pure. */
import type { Text } from '../model.ts';
import { APP_DEVICE_ID } from './app-device.ts';
import type { AnnouncedDevice } from './types.ts';

export type Role = 'app' | 'alarms' | 'shedding' | 'relay' | 'linky' | 'solar' | 'battery' | 'meter' | 'water' | 'temperature' | 'other';

export const ROLE_NAMES: Readonly<Record<Role, Text>> = {
  app: { en: 'App', fr: 'Application' },
  alarms: { en: 'Alarms', fr: 'Alarmes' },
  shedding: { en: 'Load-shedding', fr: 'Délestage' },
  relay: { en: 'Relay', fr: 'Relais' },
  linky: { en: 'Linky', fr: 'Linky' },
  solar: { en: 'Solar', fr: 'Solaire' },
  battery: { en: 'Battery', fr: 'Batterie' },
  meter: { en: 'Electricity meter', fr: 'Compteur électrique' },
  water: { en: 'Water and gas', fr: 'Eau et gaz' },
  temperature: { en: 'Temperature', fr: 'Température' },
  other: { en: 'Device', fr: 'Appareil' },
};

/** A direct-current measurement without a charge of its own counts as a battery: that is what such sensors are for here. */
export function roleOf({ id, description: { entities } }: AnnouncedDevice): Role {
  const has = (key: string): boolean => Object.hasOwn(entities, key);
  const offers = (quantity: string): boolean =>
    Object.values(entities).some((entity) => entity.quantity === quantity && !entity.whenSeen && !entity.diagnostic);
  if (id === APP_DEVICE_ID) return 'app';
  if (has('active_alarms')) return 'alarms';
  if (has('seconds_to_trip')) return 'shedding';
  if (has(`au_${id}`)) return 'relay';
  if (has('energy_drawn')) return 'linky';
  if (has('pv_power')) return 'solar';
  if (has('charge_state') || offers('stateOfCharge') || has('shunt_voltage')) return 'battery';
  if (offers('energy')) return 'meter';
  if (has('volume')) return 'water';
  if (offers('voltage') && offers('current')) return 'battery';
  return offers('temperature') ? 'temperature' : 'other';
}
