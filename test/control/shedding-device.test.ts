import { describe, expect, test } from 'vitest';
import { describeShedding, FAR_S, LOAD_STATES, SHED_REASONS, sheddingValues } from '../../src/control/shedding-device.ts';
import { LOAD_KINDS, PRESETS, shedLoad } from '../../src/control/shedding-presets.ts';
import { discoveryDocument } from '../../src/homeassistant/discovery.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import { checkDiscovery } from '../homeassistant/platform-rules.ts';
import { bench, load } from './shedding-bench.ts';

const LOADS = [
  { id: 'tank', name: 'Water heater' },
  { id: 'heating', name: 'Heating' },
];
const description = describeShedding(LOADS, 'apparentPower');

describe('what is announced', () => {
  test('every entity and every word is there in both languages', () => {
    const words = Object.values(description.entities).flatMap(({ name, options }) => [name, ...Object.values(options ?? {})]);
    for (const { en, fr } of words) expect(en.length * fr.length).toBeGreaterThan(0);
    expect(Object.keys(description.entities)).toEqual(
      expect.arrayContaining(['seconds_to_trip', 'shed_power', 'tank_state', 'heating_reason']),
    );
  });

  test('each attribute hangs on an entity that exists', () => {
    for (const { attributeOf } of Object.values(description.entities)) {
      if (attributeOf !== undefined) expect(description.entities).toHaveProperty(attributeOf);
    }
  });
});

describe('what is published', () => {
  const shown = (b: ReturnType<typeof bench>): ReturnType<typeof sheddingValues> => {
    const last = b.moments.at(-1);
    if (last === undefined) throw new Error('nothing ran');
    return sheddingValues(last.decision, (ms) => 1_700_000_000_000 + ms);
  };
  const loads = [load('tank', { power: 2400, priority: 7 }), load('heating', { power: 1500, priority: 3 })];

  test('a load shed, with its reason, its date and its figures', () => {
    const b = bench({ loads, world: { base: { 0: 2500 } } });
    b.run(20);
    const values = shown(b);
    expect(values).toMatchObject({
      tank_state: 'shed',
      tank_permit: false,
      tank_reason: 'overload',
      tank_reason_code: 'overload',
      tank_since: new Date(1_700_000_000_000 + 11_000).toISOString(),
      tank_total: 6400,
      tank_limit: 6000,
      tank_power: 2400,
      heating_state: 'on',
      shed_power: 2400,
      shed_loads: 1,
      seconds_to_trip: FAR_S,
      unsheddable: false,
      meter_silent: false,
    });
  });

  test('only what was announced is published, and enums only their words', () => {
    const b = bench({ loads, world: { base: { 0: 9000 } } });
    b.run(3);
    b.world.silentS = 1;
    for (const seconds of [1, 10, 60]) {
      b.run(seconds);
      for (const [key, value] of Object.entries(shown(b))) {
        const entity = description.entities[key];
        expect(entity, key).toBeDefined();
        if (entity?.quantity === 'enum' && value !== null) expect(Object.keys(entity.options ?? {})).toContain(value);
      }
    }
    expect(shown(b)).toMatchObject({ seconds_to_trip: null, level: null, unsheddable: null, meter_silent: true });
  });
});

test('states and reasons are all named', () => {
  expect(Object.keys(LOAD_STATES)).toEqual(['on', 'off_user', 'shed', 'restore_wait', 'restoring', 'locked', 'override', 'fault']);
  expect(Object.keys(SHED_REASONS)).toContain('trip');
});

describe('kinds of load', () => {
  const setting = { id: 'a', priority: 5, power: 1000, phase: 0 as const };
  test.each(LOAD_KINDS)('%s: times that can hold together', (kind) => {
    const { minOffMs, minOnMs, maxOffMs, maxOffWindowMs } = shedLoad({ ...setting, kind });
    expect(minOnMs).toBeGreaterThanOrEqual(120_000);
    expect(minOffMs).toBeGreaterThanOrEqual(300_000);
    if (maxOffMs !== null) expect(maxOffMs).toBeGreaterThan(minOffMs);
    expect(maxOffWindowMs).toBeGreaterThan(maxOffMs ?? 0);
    expect(PRESETS[kind].maxOffWindowMs).toBeGreaterThan(0);
  });
  test('a compressor never rests less than three minutes, whatever is asked', () => {
    expect(shedLoad({ ...setting, kind: 'cold', minOffS: 10 }).minOffMs).toBe(180_000);
    expect(shedLoad({ ...setting, kind: 'other', minOffS: 10 }).minOffMs).toBe(10_000);
  });
  test('a switch on the network is given longer to follow than a relay', () => {
    expect(shedLoad({ ...setting, kind: 'other', relay: 'rs_01' }).followMs).toBeLessThan(shedLoad({ ...setting, kind: 'other' }).followMs);
  });
  test('what is said wins over the kind', () => {
    expect(shedLoad({ ...setting, kind: 'heating', when: 'need', maxOffS: 7200, minOnS: 60 })).toMatchObject({
      when: 'need',
      maxOffMs: 7_200_000,
      maxOffWindowMs: 14_400_000,
      minOnMs: 60_000,
    });
  });
});

test('Home Assistant would accept it', () => {
  const words = { install: 'a1b2c3', version: '0.1.0', language: 'fr' as const, topicRoot: 'boxenergie' };
  const identity = { ...words, discoveryPrefix: 'homeassistant', statusTopic: 'homeassistant/status' };
  const topics = createTopics(identity);
  const document = discoveryDocument({ id: 'shedding', name: 'Délestage', description }, new Set(), { identity, topics, refreshS: 30 });
  expect(checkDiscovery(topics.discovery('shedding'), JSON.stringify(document))).toEqual([]);
  expect(document.components.tank_state?.json_attributes_template).toContain("'seconds_before_trip': value_json.tank_trip");
});
