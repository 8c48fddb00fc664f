/** DOCS.md: its examples are files that the program accepts, and both languages tell the same. */
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { paths, read, schema } from './package-files.ts';

const docs = read('DOCS.md');
const examples = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text) as Example);
const [english, french] = docs.split('\n# Boxénergie, en français\n');

interface Example {
  readonly language: string;
  readonly devices: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[];
  readonly relays: readonly Readonly<Record<string, unknown>>[];
}

describe('DOCS.md', () => {
  test('has one full example in each language, with the same wiring', () => {
    expect(examples.map(({ language }) => language)).toEqual(['en', 'fr']);
    const [en, fr] = examples.map(({ devices, relays }) =>
      JSON.stringify([devices, relays], (key, value) => (key === 'name' ? '' : value), 1),
    );
    expect(en).toEqual(fr);
  });

  test('has examples that the program accepts as they stand', () => {
    const texts = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    for (const text of texts) expect(validateHouse(text, 'DOCS.md', drivers).problems).toEqual([]);
  });

  test('shows every kind of device, with options that its driver accepts', () => {
    const ajv = new Ajv({ useDefaults: true, strict: false });
    const devices = examples.flatMap((example) => example.devices);
    expect(new Set(devices.map(({ type }) => type))).toEqual(new Set(drivers.map(({ type }) => type)));
    for (const { id, type, name: _name, place: _place, owner: _owner, ...options } of devices) {
      const driver = drivers.find((candidate) => candidate.type === type);
      if (driver === undefined) throw new Error(`no driver ${type}`);
      const valid = ajv.validate(driver.options, options);
      expect(valid, `${String(id)}: ${ajv.errorsText()}`).toBe(true);
    }
  });

  test('warns of 230 V in both languages', () => {
    expect(english).toMatch(/> \*\*Danger of death\.\*\* The 230 V/);
    expect(french).toMatch(/> \*\*Danger de mort\.\*\* Le côté 230 V/);
  });

  test('both languages have the same sections, tables and points', () => {
    const shape = (text = ''): string[] =>
      text.split('\n').flatMap((line) => /^(## |\d\. |- \*\*|- |\| |> \*\*|```)/.exec(line)?.[1] ?? []);
    expect(shape(french)).toEqual(shape(english));
    expect(shape(french).length).toBeGreaterThan(40);
  });

  test('explains every option', () => {
    const words = parse(read('translations/en.yaml')) as { configuration: Record<string, { name: string }> };
    for (const key of Object.keys(schema)) expect(english).toContain(`| ${words.configuration[key]?.name} |`);
  });

  test('links to nothing relative, which breaks inside Home Assistant, and names files that exist', () => {
    expect([...docs.matchAll(/\]\((?!https?:\/\/)[^)]*\)/g)]).toEqual([]);
    expect(paths()).toContain('addon/compose.yaml');
  });
});
