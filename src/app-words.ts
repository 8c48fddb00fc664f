/** What the program says of itself and of its house: who is announced, and its own state in words. */

import type { Device } from './app-devices.ts';
import { sortedBy } from './app-labels.ts';
import type { OpenedRelay } from './app-relays.ts';
import type { HouseConfig, LoadedConfig } from './config/types.ts';
import { describeRelay, relayValues } from './control/relay-device.ts';
import type { RelayState } from './control/relay-types.ts';
import { detailInWords } from './control/relay-words.ts';
import { APP_DEVICE_ID, describeApp } from './homeassistant/app-device.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Language, Value } from './model.ts';
import type { Clock } from './ports/types.ts';

/** `helpers`: the app can reach Home Assistant to set it up. */
export function announced(
  devices: readonly Device[],
  opened: readonly OpenedRelay[],
  { house }: LoadedConfig,
  helpers = false,
): AnnouncedDevice[] {
  const sources = devices.map(({ config, name, description }) => ({
    id: config.id,
    name,
    description,
    ...sortedBy(config),
  }));
  const relays = opened.map(({ config }) => ({
    id: config.id,
    name: relayName(config, house.language),
    description: describeRelay(config.id),
    ...sortedBy(config),
  }));
  const app = { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp(sources, helpers) };
  return [app, ...sources, ...relays];
}

function relayName({ id, name }: { readonly id: string; readonly name?: string }, language: Language): string {
  return name ?? (language === 'fr' ? `Relais ${id.slice(3)}` : `Relay ${id.slice(3)}`);
}

/** Relays as Home Assistant is told of them, with names for the ids in their reasons. */
export function relayTeller({ language, relays, batteries }: HouseConfig, clock: Clock): (state: RelayState) => Record<string, Value> {
  const names = new Map([
    ...batteries.map(({ id, name }) => [id, name ?? id] as const),
    ...relays.map((relay) => [relay.id, relayName(relay, language)] as const),
  ]);
  return (state) => {
    const offset = clock.wallMs() - clock.monotonicMs();
    return relayValues(
      state,
      (monotonicMs) => monotonicMs + offset,
      ({ code, detail }) => detailInWords(detail, code === 'shedding', language, (id) => names.get(id) ?? id),
    );
  };
}

export function describeProblems(loaded: LoadedConfig): string {
  if (loaded.source === 'file') return '';
  const faults = loaded.problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.field}: ${p.problem}`).join('; ');
  const running = {
    part: 'what is right in the file runs',
    'safe-mode': 'safe mode, no device runs',
    'last-known-good': 'the last good configuration runs',
  }[loaded.source];
  return `${running}: ${faults}`;
}

/** Control runs all the same; Home Assistant hears from us once the storage can be read. */
export async function withoutIdentity(log: Log): Promise<undefined> {
  log('error', 'the storage could neither be read nor written: nothing is announced under a name that would not last. Mend it and restart');
  return undefined;
}
