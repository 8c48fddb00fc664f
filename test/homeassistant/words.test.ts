/** Every code that Home Assistant shows has words beside it, in both languages, made by the template of its own entity. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { devicesOfHouse } from '../../src/app-declared.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { dashboardOf } from '../../src/homeassistant/dashboard.ts';
import { declaredIds } from '../../src/homeassistant/dashboard-cards.ts';
import { discoveryDocument } from '../../src/homeassistant/discovery.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import type { AnnouncedDevice, Identity } from '../../src/homeassistant/types.ts';
import type { Entity, Language } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { checkDiscovery } from './platform-rules.ts';

const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('DOCS.md', 'utf8')) ?? [];
const house = toHouse(validateHouse(example, 'DOCS.md', drivers).raw);
const devicesIn = (language: Language): AnnouncedDevice[] => devicesOfHouse({ ...house, language }, drivers, virtualClock());

interface Coded {
  readonly device: AnnouncedDevice;
  readonly key: string;
  readonly entity: Entity;
}
const codedIn = (devices: readonly AnnouncedDevice[]): Coded[] =>
  devices.flatMap((device) =>
    Object.entries(device.description.entities).flatMap(([key, entity]) => (entity.quantity === 'enum' ? [{ device, key, entity }] : [])),
  );

function documentOf(device: AnnouncedDevice, language: Language) {
  const rest = { version: '0', topicRoot: 'b', discoveryPrefix: 'h', statusTopic: 'h/s' };
  const identity: Identity = { install: 'a1b2c3', language, ...rest };
  const seen = new Set(Object.keys(device.description.entities));
  return discoveryDocument(device, seen, { identity, topics: createTopics(identity), refreshS: 30 });
}
const componentsOf = (device: AnnouncedDevice, language: Language) => documentOf(device, language).components;

/** What the template of `shown` makes of a code of `key`: the dictionary that it names, by the attribute. */
function dictionariesIn(template: string): Map<string, { readonly key: string; readonly words: Record<string, string> }> {
  const found = template.matchAll(/'([a-z0-9_]+)': (\{.*?\})\.get\(value_json\.([a-z0-9_]+) \| default\(none\)\)/g);
  return new Map(
    [...found].map(([, name = '', json = '', key = '']) => [name, { key, words: JSON.parse(json) as Record<string, string> }]),
  );
}

test('the example of the documentation has every driver and every part of ours', () => {
  const ids = devicesIn('en').map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['rs_01', 'cellar', 'certified', 'alarm']));
  expect(codedIn(devicesIn('en')).length).toBeGreaterThan(50);
});

test.each(['en', 'fr'] as const)('no option lacks words (%s)', (language) => {
  for (const { device, key, entity } of codedIn(devicesIn(language))) {
    const options = Object.entries(entity.options ?? {});
    expect(options.length, `${device.id}.${key}`).toBeGreaterThan(0);
    for (const [code, words] of options) expect(words[language], `${device.id}.${key} ${code}`).toMatch(/^\p{Lu}|^\d|^\p{Ll}\p{Lu}/u);
    const said = options.map(([, words]) => words[language]);
    expect(new Set(said).size, `${device.id}.${key}: two codes have the same words`).toBe(said.length);
  }
});

describe.each(['en', 'fr'] as const)('in Home Assistant (%s)', (language) => {
  const devices = devicesIn(language);
  test('each enumeration says its state in words, as an attribute', () => {
    const components = new Map(devices.map((device) => [device, componentsOf(device, language)]));
    for (const { device, key, entity } of codedIn(devices)) {
      const of = entity.attributeOf;
      const shown = components.get(device)?.[of ?? key];
      const name = of === undefined ? 'text' : `${entity.name.en.toLowerCase().replace(/[^a-z0-9]+/g, '_')}_text`;
      const found = dictionariesIn(String(shown?.json_attributes_template)).get(name);
      const words = Object.fromEntries(Object.entries(entity.options ?? {}).map(([code, text]) => [code, text[language]]));
      expect(found, `${device.id}.${key}`).toEqual({ key, words });
      expect(shown?.json_attributes_topic).toBe(shown?.state_topic ?? `b/a1b2c3/${device.id}/state`);
    }
  });

  test('Home Assistant takes every document, and drops no attribute', () => {
    for (const device of devices)
      expect(checkDiscovery('homeassistant/device/x/config', JSON.stringify(documentOf(device, language))), device.id).toEqual([]);
  });

  test('no entity has two attributes of one name', () => {
    for (const device of devices)
      for (const [key, { json_attributes_template: template = '' }] of Object.entries(componentsOf(device, language))) {
        const names = [...String(template).matchAll(/(?<=\{ \{|, )'([a-z0-9_]+)':/g)].map(([, name]) => name);
        expect(new Set(names).size, `${device.id}.${key}`).toBe(names.length);
      }
  });

  test('the dashboard shows words, not codes', () => {
    const coded = new Set(codedIn(devices).map(({ device, key }) => declaredIds(device, key)));
    const tiles: Record<string, unknown>[] = [];
    const walk = (part: unknown): void => {
      if (typeof part !== 'object' || part === null) return;
      const card = part as Record<string, unknown>;
      if (coded.has(String(card.entity))) tiles.push(card);
      for (const one of Object.values(card)) walk(one);
    };
    walk(dashboardOf(devices, language, declaredIds));
    expect(tiles.length).toBeGreaterThan(5);
    for (const tile of tiles)
      expect(tile).toMatchObject({
        type: 'tile',
        state_content: expect.toSatisfy((shown: string | string[]) => [shown].flat()[0] === 'text'),
      });
  });
});
