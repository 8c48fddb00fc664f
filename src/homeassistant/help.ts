/** What every helper works with: a session, the house, and the names under which Home Assistant knows it. */
import type { Language, Text } from '../model.ts';
import type { HomeAssistantSession } from '../ports/homeassistant-types.ts';
import type { Resolve } from './dashboard-cards.ts';
import { deviceUidOf, uniqueIdOf } from './topics.ts';
import type { AnnouncedDevice } from './types.ts';

export interface Help {
  readonly session: HomeAssistantSession;
  readonly devices: readonly AnnouncedDevice[];
  readonly install: string;
  readonly language: Language;
}

interface RegistryEntry {
  readonly entity_id: string;
  readonly unique_id: string;
  readonly disabled_by: string | null;
  readonly hidden_by: string | null;
}
interface RegistryDevice {
  readonly id: string;
  readonly area_id: string | null;
  readonly labels: readonly string[];
  readonly identifiers: readonly (readonly string[])[];
}

/** Entity ids as they are now: people may have changed them, and switched some off. */
export async function realIds({ session, install }: Help): Promise<Resolve> {
  const entries = await session.ask<RegistryEntry[]>('config/entity_registry/list');
  const shown = entries.filter(({ disabled_by, hidden_by }) => disabled_by === null && hidden_by === null);
  const ids = new Map(shown.map(({ unique_id, entity_id }) => [unique_id, entity_id]));
  return ({ id }, key) => ids.get(uniqueIdOf(install, id, key));
}

/** Our devices in its registry, by our own id. */
export async function registeredDevices({ session, install, devices }: Help): Promise<Map<string, RegistryDevice>> {
  const all = await session.ask<RegistryDevice[]>('config/device_registry/list');
  const byUid = new Map(all.flatMap((device) => device.identifiers.map(([, uid = '']) => [uid, device] as const)));
  return new Map(
    devices.flatMap(({ id }) => {
      const device = byUid.get(deviceUidOf(install, id));
      return device === undefined ? [] : [[id, device] as const];
    }),
  );
}

/** A sentence with its numbers and names. */
export function say({ language }: Pick<Help, 'language'>, text: Text, ...parts: readonly (string | number)[]): string {
  return parts.reduce<string>((sentence, part, index) => sentence.replaceAll(`{${index}}`, String(part)), text[language]);
}
