/** A Home Assistant in memory: knows the commands that our helpers send, keeps what they change, refuses the rest. */
import type { Resolve } from '../../src/homeassistant/dashboard-cards.ts';
import { declaredIds } from '../../src/homeassistant/dashboard-cards.ts';
import { deviceUidOf, uniqueIdOf } from '../../src/homeassistant/topics.ts';
import type { AnnouncedDevice } from '../../src/homeassistant/types.ts';
import { type HomeAssistant, HomeAssistantRefusal } from '../../src/ports/homeassistant-types.ts';

type Fields = Readonly<Record<string, unknown>>;
export interface FakeHome extends HomeAssistant {
  readonly dashboards: Map<string, unknown>;
  readonly blueprints: Map<string, string>;
  readonly areas: string[];
  readonly labels: string[];
  readonly deviceChanges: Fields[];
  readonly notifications: Map<string, string>;
  readonly asked: string[];
  states: Record<string, string>;
  preferences: { energy_sources: Fields[]; device_consumption: Fields[] } | undefined;
  version: string;
  sessions: number;
  /** Instead of the answer to this command. */
  fail: Map<string, () => Promise<never>>;
}

export const INSTALL = 'a1b2c3';

export function fakeHome(devices: readonly AnnouncedDevice[], resolve: Resolve = declaredIds): FakeHome {
  const devicesThere: (Fields & { readonly id: string })[] = devices.map(({ id }) => ({
    id: `dev_${id}`,
    area_id: null,
    labels: ['mine'],
    identifiers: [['mqtt', deviceUidOf(INSTALL, id)]],
  }));
  const entities = devices.flatMap((device) =>
    Object.keys(device.description.entities).flatMap((key) => {
      const entity_id = resolve(device, key);
      return entity_id === undefined
        ? []
        : [{ entity_id, unique_id: uniqueIdOf(INSTALL, device.id, key), disabled_by: null, hidden_by: null }];
    }),
  );
  const named = (kind: string, names: string[]) => names.map((name) => ({ name, [`${kind}_id`]: `id_${name}` }));
  const answers: Record<string, (fields: Fields) => unknown> = {
    'config/entity_registry/list': () => entities,
    'config/device_registry/list': () => devicesThere,
    'config/device_registry/update': (fields) => {
      const { device_id, ...change } = fields;
      home.deviceChanges.push(fields);
      const known = devicesThere.find(({ id }) => id === device_id);
      if (known === undefined) refuse('not_found');
      Object.assign(known ?? {}, change);
    },
    'config/area_registry/list': () => named('area', home.areas),
    'config/label_registry/list': () => named('label', home.labels),
    'config/area_registry/create': ({ name }) => ({ name, area_id: `id_${home.areas[home.areas.push(String(name)) - 1]}` }),
    'config/label_registry/create': ({ name }) => ({ name, label_id: `id_${home.labels[home.labels.push(String(name)) - 1]}` }),
    'lovelace/dashboards/list': () => [...home.dashboards.keys()].map((url_path) => ({ url_path })),
    'lovelace/dashboards/create': ({ url_path }) => home.dashboards.set(String(url_path), undefined),
    'lovelace/config': ({ url_path }) => home.dashboards.get(String(url_path)) ?? refuse('config_not_found'),
    'lovelace/config/save': ({ url_path, config }) => home.dashboards.set(String(url_path), config),
    'blueprint/save': ({ path, yaml }) => {
      if (home.blueprints.has(String(path))) refuse('already_exists');
      if (!String(yaml).includes('blueprint:')) refuse('invalid_format');
      home.blueprints.set(String(path), String(yaml));
    },
    get_states: () => Object.entries(home.states).map(([entity_id, state]) => ({ entity_id, state })),
    'energy/get_prefs': () => home.preferences ?? refuse('not_found'),
    'energy/save_prefs': (fields) => {
      home.preferences = fields as unknown as NonNullable<FakeHome['preferences']>;
    },
    call_service: ({ service, service_data: data }) => {
      const { notification_id: id, message } = data as Record<string, string>;
      if (service === 'create') home.notifications.set(String(id), String(message));
      else home.notifications.delete(String(id));
    },
  };
  const home: FakeHome = {
    ...{ dashboards: new Map(), blueprints: new Map(), notifications: new Map(), fail: new Map() },
    ...{ areas: [], labels: [], deviceChanges: [], asked: [], states: {}, preferences: undefined, version: '2026.11.0', sessions: 0 },
    async open() {
      home.sessions += 1;
      return {
        version: home.version,
        async ask<T>(type: string, fields: Fields = {}): Promise<T> {
          home.asked.push(type);
          await home.fail.get(type)?.();
          const answer = answers[type];
          if (answer === undefined) throw new Error(`unknown command ${type}`);
          return structuredClone(answer(fields)) as T;
        },
        // Once more when it was too late: as harmless as with the real one.
        [Symbol.dispose]() {
          home.sessions = 0;
        },
      };
    },
  };
  return home;
}

function refuse(code: string): never {
  throw new HomeAssistantRefusal(code, `refused: ${code}`);
}
