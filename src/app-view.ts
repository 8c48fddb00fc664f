/** What the terminal and the status page show: newest values with their age, relays, problems. */
import type { Announcer } from './app-broker.ts';
import type { Control } from './app-control.ts';
import type { Device } from './app-devices.ts';
import type { LoadedConfig } from './config/types.ts';
import { CHARGE_STATES } from './control/charge-state.ts';
import { REASONS } from './control/relay-device.ts';
import type { RelayBoard } from './control/relays.ts';
import type { Snapshot } from './control/snapshot.ts';
import type { Problems } from './homeassistant/app-device.ts';
import { type Entity, type Language, type Quality, type Text, UNITS, type Value } from './model.ts';
import type { Clock } from './ports/types.ts';
import type { TerminalRow } from './terminal.ts';
import type { HealthView } from './web/health.ts';

export interface AppView {
  headline(): string;
  rows(): TerminalRow[];
  health(): HealthView;
}
export interface ViewSources {
  readonly loaded: LoadedConfig;
  readonly devices: readonly Device[];
  readonly board: RelayBoard;
  readonly control: Control;
  readonly snapshot: Snapshot;
  readonly announcer: Announcer;
  readonly problems: Problems;
  readonly clock: Clock;
  readonly tickedMs: () => number;
}

const WORDS = {
  on: { en: 'on', fr: 'marche' },
  off: { en: 'off', fr: 'arrêt' },
  unknown: { en: 'unknown', fr: 'inconnu' },
  connected: { en: 'connected', fr: 'connecté' },
  apart: { en: 'not connected', fr: 'non connecté' },
  well: { en: 'well', fr: 'bien' },
  late: { en: 'late', fr: 'en retard' },
  stale: { en: 'old', fr: 'ancien' },
  dead: { en: 'lost', fr: 'perdu' },
} as const satisfies Record<string, Text>;

/** Reads the living parts each time it is asked; holds nothing. */
export function createView(sources: ViewSources): AppView {
  const { loaded, board, problems, announcer, clock } = sources;
  const language = loaded.house.language;
  const headline = (): string => {
    const time = new Date(clock.wallMs()).toISOString().slice(11, 19);
    const link = WORDS[announcer.connected ? 'connected' : 'apart'][language];
    const faults = [problems.configuration, problems.storage, problems.keeper, problems.safeMode, ...problems.devices.values()].filter(
      (text) => text !== '',
    );
    return [`Boxénergie ${time}Z`, `MQTT ${link}, ${announcer.stats.published} messages`, ...faults].join(' · ');
  };
  const relayRows = (): TerminalRow[] =>
    board.states().map((state) => ({
      device: state.id,
      name: REASONS[state.verdict.reason.code][language],
      value: state.on === null ? WORDS.unknown[language] : WORDS[state.on ? 'on' : 'off'][language],
      note: state.fault ?? '*',
    }));
  const batteryRows = (): TerminalRow[] =>
    sources.control.words().map(({ id, name, word }) => ({ device: id, name, value: CHARGE_STATES[word][language], note: '*' }));
  return {
    headline,
    rows: () => [...sources.devices.flatMap((device) => deviceRows(device, sources, language)), ...batteryRows(), ...relayRows()],
    health: () => ({
      tickAgeMs: clock.monotonicMs() - sources.tickedMs(),
      title: 'Boxénergie',
      rows: [
        ['MQTT', WORDS[announcer.connected ? 'connected' : 'apart'][language]],
        ['Configuration', problems.configuration || WORDS.well[language]],
        [language === 'fr' ? 'Stockage' : 'Storage', problems.storage || WORDS.well[language]],
        [language === 'fr' ? 'Mode sûr' : 'Safe mode', problems.safeMode || WORDS.off[language]],
        [language === 'fr' ? 'Gardien des relais' : 'Relay keeper', problems.keeper || WORDS.well[language]],
        ...[...problems.devices].map(([id, text]) => [id, text || WORDS.well[language]] as const),
        ...batteryRows().map((row) => [row.device, row.value] as const),
        ...relayRows().map((row) => [row.device, `${row.value}: ${row.name}`] as const),
      ],
    }),
  };
}

function deviceRows(device: Device, { snapshot, clock }: ViewSources, language: Language): TerminalRow[] {
  const id = device.config.id;
  const nowMs = clock.monotonicMs();
  let first = true;
  // In the order of the declaration, the most telling first; what this device never had is not worth a line.
  return Object.entries(device.description.entities).flatMap(([key, entity]) => {
    const reading = snapshot.read(id, key, nowMs);
    if (reading === undefined || !worthShowing(entity) || (entity.whenSeen === true && reading.value === null)) return [];
    const note = reading.quality === 'fresh' ? (first ? '*' : '') : qualityWord(reading.quality, language);
    first = false;
    return [{ device: id, name: entity.name[language], value: format(entity, reading.value, language), note }];
  });
}

function worthShowing(entity: Entity): boolean {
  return !(entity.diagnostic || entity.disabled || entity.setting || entity.attributeOf !== undefined || entity.personal);
}

function qualityWord(quality: Exclude<Quality, 'fresh'>, language: Language): string {
  return WORDS[quality][language];
}

function format(entity: Entity, value: Value, language: Language): string {
  if (value === null) return WORDS.unknown[language];
  if (typeof value === 'boolean') return WORDS[value ? 'on' : 'off'][language];
  if (typeof value === 'string') return entity.options?.[value]?.[language] ?? value;
  const unit = UNITS[entity.quantity];
  return `${value.toFixed(entity.decimals ?? 0)}${unit === null ? '' : ` ${unit}`}`;
}
