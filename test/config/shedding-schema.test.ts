import { Ajv, type SchemaObject } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SHEDDING_SCHEMA } from '../../src/config/shedding-schema.ts';
import { LOAD_KINDS } from '../../src/control/shedding-presets.ts';
import { COLORS, TARIFF_PERIODS } from '../../src/drivers/lib/tic-tariff.ts';

const ajv = new Ajv({ strict: true, allErrors: true, useDefaults: true, keywords: ['fr'], strictRequired: false });
const valid = ajv.compile(SHEDDING_SCHEMA);
const EXAMPLE = `
meter: linky
limit: 5500
anticipate: true
blind_budget: 2000
loads:
  - { id: water_heater, name: Water heater, kind: water_heater, relay: rs_02, priority: 7, power: 2400 }
  - { id: heating, kind: heating, relay: rs_03, priority: 3, power: 1500, max_off_s: 900 }
  - { id: freezer, kind: cold, priority: 1, power: 150, meter: { device: plug_01, entity: power } }
schedules:
  - { id: red_days, loads: [water_heater], colours: [red], windows: [{ from: "06:00", to: "22:00" }] }
  - { id: evening, loads: [heating], windows: [{ from: "18:00", to: "20:00", days: [mon, tue] }] }
`;
const faults = (change: (section: Record<string, unknown>) => void): string[] => {
  const section = parse(EXAMPLE) as Record<string, unknown>;
  change(section);
  return valid(section) ? [] : (valid.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
};

describe('the section', () => {
  test('the example is right, defaults are filled', () => {
    const section = parse(EXAMPLE) as { loads: { phase?: number; kind?: string }[] };
    expect(valid(section)).toBe(true);
    expect(section.loads[0]).toMatchObject({ phase: 0, kind: 'water_heater' });
  });

  test.each<[string, (section: Record<string, unknown>) => void, string]>([
    ['an unknown option', (s) => Object.assign(s, { limt: 1 }), ' additionalProperties'],
    ['no loads', (s) => Object.assign(s, { loads: [] }), '/loads minItems'],
    ['a power without a limit', (s) => Object.assign(s, { entity: 'power', limit: undefined }), ' dependencies'],
    ['priority 0', (s) => Object.assign((s.loads as object[])[0] ?? {}, { priority: 0 }), '/loads/0/priority minimum'],
    ['a schedule without a condition', (s) => Object.assign(s, { schedules: [{ id: 'a', loads: ['b'] }] }), '/schedules/0 anyOf'],
    [
      'an hour that does not exist',
      (s) => Object.assign(s, { schedules: [{ id: 'a', loads: ['b'], windows: [{ from: '24:00', to: '01:00' }] }] }),
      '/schedules/0/windows/0/from pattern',
    ],
  ])('%s is refused', (_, change, fault) => expect(faults(change)).toContain(fault));
});

test('its words are those of the program', () => {
  const text = JSON.stringify(SHEDDING_SCHEMA);
  for (const word of [...LOAD_KINDS, ...Object.keys(COLORS).filter((colour) => colour !== 'none')]) expect(text).toContain(`"${word}"`);
  for (const period of Object.keys(TARIFF_PERIODS).filter((one) => one !== 'none' && one !== 'other'))
    expect(text).toContain(`"${period}"`);
});

test('every option says what it is in both languages', () => {
  const silent: string[] = [];
  const walk = (schema: SchemaObject, path: string): void => {
    for (const [key, inner] of Object.entries((schema.properties ?? {}) as Record<string, SchemaObject>)) {
      if (typeof inner.description !== 'string' || typeof inner.fr !== 'string') silent.push(`${path}.${key}`);
      walk(inner, `${path}.${key}`);
    }
    if (schema.items) walk(schema.items as SchemaObject, `${path}[]`);
  };
  walk(SHEDDING_SCHEMA, 'shedding');
  expect(silent).toEqual([]);
});
