/** A dashboard for the very house: written once from what its devices declare, with built-in cards only. Pure. */
import type { Language } from '../model.ts';
import { type Resolve, show, type View } from './dashboard-cards.ts';
import { batteries, type House, linky, overview, relays } from './dashboard-views.ts';
import { roleOf } from './roles.ts';
import type { AnnouncedDevice } from './types.ts';

export interface Dashboard {
  readonly title: string;
  readonly views: readonly View[];
}

/** Views without anything to show are left out. */
export function dashboardOf(devices: readonly AnnouncedDevice[], language: Language, resolve: Resolve): Dashboard {
  const house = houseOf(devices, language, resolve);
  const views = [overview, batteries, linky, relays].map((make) => make(house)).filter(({ sections }) => sections.length > 0);
  return { title: 'Boxénergie', views };
}

export function houseOf(devices: readonly AnnouncedDevice[], language: Language, resolve: Resolve): House {
  const shown = devices.map((device) => ({ role: roleOf(device), ...show(device, resolve, language) }));
  return { language, of: (...roles) => roles.flatMap((role) => shown.filter((one) => one.role === role)) };
}

/** Every entity id that a card names, once each. */
export function entitiesIn(part: unknown): string[] {
  const found = new Set<string>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'string' && (key === 'entity' || key === 'entities')) found.add(value);
    else if (Array.isArray(value)) for (const one of value) walk(one, key);
    else if (typeof value === 'object' && value !== null) for (const [name, one] of Object.entries(value)) walk(one, name);
  };
  walk(part, '');
  return [...found];
}
