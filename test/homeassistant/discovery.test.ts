import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { demoYaml } from '../../src/config/demo.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { describeBattery } from '../../src/control/battery-device.ts';
import type { ChargeSetting } from '../../src/control/charge-types.ts';
import { CELLS } from '../../src/control/chemistry.ts';
import { describeRelay } from '../../src/control/relay-device.ts';
import { STAGES } from '../../src/control/stages.ts';
import { drivers } from '../../src/drivers/index.ts';
import { APP_DEVICE_ID, describeApp } from '../../src/homeassistant/app-device.ts';
import { discoveryDocument } from '../../src/homeassistant/discovery.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import type { AnnouncedDevice, Identity } from '../../src/homeassistant/types.ts';
import { type Description, type Entity, type Quantity, UNITS } from '../../src/model.ts';
import { checkDiscovery } from './platform-rules.ts';

const DAY_MS = 86_400_000;
const CHARGE: ChargeSetting = {
  ...{
    cell: CELLS['lead-acid'],
    lithium: false,
    capacityAh: 100,
    startSoc: 20,
    stopSoc: undefined,
    restartSoc: 80,
    absorptionMs: 7_200_000,
  },
  stages: { facts: STAGES['lead-acid'], mode: 'cycle', fullEveryMs: 7 * DAY_MS, forceFull: false, equaliseEveryMs: 30 * DAY_MS },
};

const IDENTITY: Identity = {
  install: 'a1b2c3',
  version: '0.1.0',
  language: 'fr',
  topicRoot: 'boxenergie',
  discoveryPrefix: 'homeassistant',
  statusTopic: 'homeassistant/status',
};
const topics = createTopics(IDENTITY);
const everySeen = (description: Description): Set<string> => new Set(Object.keys(description.entities));
const document = (device: AnnouncedDevice, seen = everySeen(device.description)) =>
  discoveryDocument(device, seen, { identity: IDENTITY, topics, refreshS: 30 });
const faults = (device: AnnouncedDevice): string[] => checkDiscovery(topics.discovery(device.id), JSON.stringify(document(device)));

describe('every document that we can make passes the platform’s rules', () => {
  const house = toHouse(validateHouse(demoYaml('en'), 'demo', drivers).raw);
  const devices: AnnouncedDevice[] = [
    ...house.devices.map(({ id, type, options }) => ({
      id,
      name: id,
      description: drivers.find((d) => d.type === type)?.describe(options) as Description,
    })),
    {
      id: 'house_battery',
      name: 'b',
      description: describeBattery({ cut_c: { min: 20, max: 80, step: 1 }, full_v: { min: 10, max: 15, step: 0.01 } }, CHARGE, {
        least: 20,
        learning: true,
      }),
    },
    ...house.relays.map(({ id }) => ({ id, name: id, description: describeRelay(id) })),
    { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp(house.devices.map(({ id }) => ({ id, name: id }))) },
  ];
  test.each(devices.map((device) => [device.id, device] as const))('%s', (_, device) => {
    expect(faults(device)).toEqual([]);
    for (const [, component] of Object.entries(document(device).components)) expect(component.name).not.toBe('');
  });

  test('any declaration, any name', () => {
    const entity = fc.record({
      name: fc.record({ en: fc.string({ minLength: 1 }), fr: fc.string({ minLength: 1 }) }),
      quantity: fc.constantFrom(...(Object.keys(UNITS) as Quantity[])),
      decimals: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      diagnostic: fc.option(fc.constant(true as const), { nil: undefined }),
      disabled: fc.option(fc.constant(true as const), { nil: undefined }),
      setting: fc.option(fc.constant(true as const), { nil: undefined }),
      attributeOf: fc.option(fc.constant('k0'), { nil: undefined }),
      command: fc.option(fc.constantFrom('switch' as const, 'button' as const), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(entity, { minLength: 1, maxLength: 8 }),
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        (entities, id, name) => {
          const described = Object.fromEntries(
            entities.map((e, i) => [
              `k${i}`,
              { ...e, ...(i === 0 && { attributeOf: undefined }), ...(e.quantity === 'enum' && { options: { a: e.name } }) },
            ]),
          ) as unknown as Record<string, Entity>;
          const device: AnnouncedDevice = { id, name, description: { manufacturer: 'x', model: 'y', periodMs: 1000, entities: described } };
          expect(faults(device)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a document', () => {
  const device = (entities: Record<string, Entity>, periodMs = 1000): AnnouncedDevice => ({
    id: 'bat_01',
    name: 'Batterie 1',
    place: 'Garage',
    description: { manufacturer: 'TI', model: 'INA219', periodMs, entities },
  });
  const volts: Entity = { name: { en: 'Voltage', fr: 'Tension' }, quantity: 'voltage', decimals: 2 };

  test('says where it hangs, in the user’s language, and never twice the same id', () => {
    expect(document(device({ voltage: volts }))).toEqual({
      device: {
        identifiers: ['boxenergie_a1b2c3_bat_01'],
        name: 'Batterie 1',
        manufacturer: 'TI',
        model: 'INA219',
        via_device: 'boxenergie_a1b2c3_bridge',
        suggested_area: 'Garage',
      },
      origin: { name: 'Boxénergie', sw_version: '0.1.0', support_url: expect.any(String) },
      availability: [{ topic: 'boxenergie/a1b2c3/status' }, { topic: 'boxenergie/a1b2c3/bat_01/available' }],
      availability_mode: 'all',
      state_topic: 'boxenergie/a1b2c3/bat_01/state',
      components: {
        voltage: {
          platform: 'sensor',
          unique_id: 'boxenergie_a1b2c3_bat_01_voltage',
          default_entity_id: 'sensor.bat_01_voltage',
          name: 'Tension',
          device_class: 'voltage',
          state_class: 'measurement',
          unit_of_measurement: 'V',
          suggested_display_precision: 2,
          value_template: '{{ value_json.voltage | default(none) }}',
          expire_after: 90,
        },
      },
    });
  });
  test('a slow device lives longer', () => {
    expect(document(device({ voltage: volts }, 60_000)).components.voltage?.expire_after).toBe(180);
  });
  test('a missing yes/no is unknown, not off', () => {
    const components = document(device({ hot: { name: volts.name, quantity: 'problem' } })).components;
    expect(components.hot).toMatchObject({
      payload_on: 'True',
      payload_off: 'False',
      value_template: '{{ value_json.hot | default(none) }}',
    });
  });
  test('what only some devices have waits until it was seen', () => {
    const optional = device({ voltage: volts, l2: { ...volts, whenSeen: true } });
    expect(Object.keys(document(optional, new Set()).components)).toEqual(['voltage']);
    expect(Object.keys(document(optional, new Set(['l2'])).components)).toEqual(['voltage', 'l2']);
  });
  test('relays keep their state on the broker, are never optimistic, and their commands carry their time', () => {
    const relay = document({ id: 'rs_01', name: 'Relais', description: describeRelay('rs_01') }).components;
    expect(relay.rs_01).toMatchObject({
      platform: 'switch',
      default_entity_id: 'switch.rs_01',
      command_topic: 'boxenergie/a1b2c3/rs_01/rs_01/set',
      optimistic: false,
      retain: false,
    });
    expect(relay.rs_01).not.toHaveProperty('expire_after');
    expect(relay.au_rs_01?.default_entity_id).toBe('switch.au_rs_01');
    expect(relay.rs_01?.json_attributes_template).toContain("'reason': value_json.rs_01_reason_code");
  });
});

describe('the rules themselves refuse', () => {
  const good = {
    device: { identifiers: ['a'] },
    origin: { name: 'x' },
    state_topic: 's',
    components: { v: { platform: 'sensor', unique_id: 'u', value_template: 't' } },
  };
  const T = 'homeassistant/device/a/config';
  const bad = (change: (doc: Record<string, never>) => void): string[] => {
    const doc = structuredClone(good) as unknown as Record<string, never>;
    change(doc);
    return checkDiscovery(T, JSON.stringify(doc));
  };
  test('nothing of a good document', () => expect(checkDiscovery(T, JSON.stringify(good))).toEqual([]));
  // biome-ignore lint/suspicious/noExplicitAny: broken documents have no type.
  test.each<[string, (d: any) => void]>([
    [
      'an unknown root key',
      (d) => {
        d.name = 'x';
      },
    ],
    [
      'an unknown device key',
      (d) => {
        d.device.colour = 'x';
      },
    ],
    [
      'an unknown origin key',
      (d) => {
        d.origin.url = 'x';
      },
    ],
    [
      'no origin',
      (d) => {
        delete d.origin;
      },
    ],
    [
      'no identifiers',
      (d) => {
        d.device.identifiers = [];
      },
    ],
    [
      'via_device itself',
      (d) => {
        d.device.via_device = 'a';
      },
    ],
    [
      'no unique_id',
      (d) => {
        delete d.components.v.unique_id;
      },
    ],
    [
      'no platform',
      (d) => {
        delete d.components.v.platform;
      },
    ],
    [
      'an id without its domain',
      (d) => {
        d.components.v.default_entity_id = 'bat_voltage';
      },
    ],
    [
      'the old object_id',
      (d) => {
        d.components.v.object_id = 'x';
      },
    ],
    [
      'a wrong unit',
      (d) => {
        Object.assign(d.components.v, { device_class: 'apparent_power', unit_of_measurement: 'W' });
      },
    ],
    [
      'VArh',
      (d) => {
        Object.assign(d.components.v, { device_class: 'reactive_energy', unit_of_measurement: 'VArh' });
      },
    ],
    [
      'measured energy',
      (d) => {
        Object.assign(d.components.v, { device_class: 'energy', unit_of_measurement: 'Wh', state_class: 'measurement' });
      },
    ],
    [
      'options without enum',
      (d) => {
        d.components.v.options = ['a'];
      },
    ],
    [
      'an enum with a unit',
      (d) => {
        Object.assign(d.components.v, { device_class: 'enum', options: ['a'], unit_of_measurement: 'V' });
      },
    ],
    [
      'no options',
      (d) => {
        Object.assign(d.components.v, { device_class: 'enum', options: [] });
      },
    ],
    [
      'a timestamp with a unit',
      (d) => {
        Object.assign(d.components.v, { device_class: 'timestamp', unit_of_measurement: 's' });
      },
    ],
    [
      'a config sensor',
      (d) => {
        d.components.v.entity_category = 'config';
      },
    ],
    [
      'availability at both levels',
      (d) => {
        d.availability = [{ topic: 'x' }];
        d.components.v.availability = [{ topic: 'y' }];
      },
    ],
    [
      'an event without its types',
      (d) => {
        d.components.e = { platform: 'event', unique_id: 'e', state_topic: 'e' };
      },
    ],
    [
      'an event on the topic of the values',
      (d) => {
        d.components.e = { platform: 'event', unique_id: 'e', event_types: ['a'] };
      },
    ],
    [
      'an event with its own availability',
      (d) => {
        d.availability = [{ topic: 'x' }];
        d.components.e = { platform: 'event', unique_id: 'e', state_topic: 'e', event_types: ['a'], availability: [{ topic: 'y' }] };
      },
    ],
    [
      'an event that expires',
      (d) => {
        d.components.e = { platform: 'event', unique_id: 'e', state_topic: 'e', event_types: ['a'], expire_after: 3 };
      },
    ],
    [
      'a wildcard in a topic',
      (d) => {
        d.components.v.state_topic = 'a/+/b';
      },
    ],
    [
      'a retained command',
      (d) => {
        d.components.s = { platform: 'switch', unique_id: 's', command_topic: 'c', retain: true };
      },
    ],
    [
      'two entities of one id',
      (d) => {
        d.components.w = { ...d.components.v };
      },
    ],
    [
      'the micro sign',
      (d) => {
        d.components.v.name = '\u00b5V';
      },
    ],
  ])('%s', (_, change) => expect(bad(change)).not.toEqual([]));
  test('a topic with a foreign character', () => expect(checkDiscovery('homeassistant/device/é/config', '')).not.toEqual([]));
});

test('nothing that people type escapes its topic level', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (id, key) => {
      for (const topic of [topics.state(id), topics.command(id, key), topics.discovery(id)]) {
        expect(topic).not.toMatch(/[+#\0]/);
        expect(topic.split('/').length).toBe(topic.startsWith('homeassistant') ? 4 : topic.endsWith('/set') ? 5 : 4);
      }
    }),
  );
});
