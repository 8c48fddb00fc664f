/** The blueprints without a Home Assistant: what is wrong with their YAML, inputs, texts, badges. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = 'blueprints/automation/boxenergie';
const REPOSITORY = 'https://github.com/boxenergie/boxenergie/blob/main';
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

interface Input {
  readonly name?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly selector?: Readonly<Record<string, unknown>>;
}
interface Section extends Input {
  readonly icon?: string;
  readonly collapsed?: boolean;
  readonly input: Readonly<Record<string, Input>>;
}
interface Blueprint {
  readonly blueprint: Readonly<Record<string, unknown>> & { readonly input: Readonly<Record<string, Section>> };
  readonly mode: string;
  readonly max_exceeded: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly triggers: readonly Readonly<Record<string, unknown>>[];
  readonly actions: readonly unknown[];
}

const INPUT = /^!input (\w+)$/;
/** Home Assistant reads YAML 1.1, where a bare `on` is true. */
const read = (text: string, version: '1.1' | '1.2'): Blueprint =>
  parse(text, { version, customTags: [{ tag: '!input', resolve: (name: string) => `!input ${name}` }] }) as Blueprint;
/** Every value in a document, with the keys that lead to it. */
function* leaves(node: unknown, path: readonly string[] = []): Generator<[path: readonly string[], value: unknown]> {
  if (typeof node !== 'object' || node === null) yield [path, node];
  else for (const [key, value] of Object.entries(node)) yield* leaves(value, [...path, key]);
}
function bilingual(text: unknown): boolean {
  return typeof text === 'string' && /^EN: \S[\s\S]*\n\nFR : \S/.test(text);
}

/** Those that Core 2025.10 knows, of which we use some. */
const SELECTORS = ['action', 'boolean', 'device', 'entity', 'number', 'object', 'select', 'time'];
/** Names that are the same word in both languages. */
const SAME = ['Messages', 'Batteries', 'Exceptions'];

describe.each(files)('%s', (file) => {
  const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
  const document = read(text, '1.1');
  const { blueprint, variables, triggers, actions } = document;
  const sections = Object.values(blueprint.input);
  const inputs = sections.flatMap(({ input }) => Object.entries(input));

  test('means the same in both versions of YAML', () => {
    expect(document).toEqual(read(text, '1.2'));
  });
  test('says who it is', () => {
    expect(blueprint).toMatchObject({
      ...{ domain: 'automation', author: 'Boxénergie', source_url: `${REPOSITORY}/${FOLDER}/${file}` },
      homeassistant: { min_version: String((parse(readFileSync('config.yaml', 'utf8')) as { homeassistant: string }).homeassistant) },
    });
    expect(Object.keys(blueprint).sort()).toEqual(['author', 'description', 'domain', 'homeassistant', 'input', 'name', 'source_url']);
  });
  test('every input is defined once and used', () => {
    const used = [...leaves({ ...document, blueprint: {} })].flatMap(([, value]) => INPUT.exec(String(value))?.[1] ?? []);
    const defined = inputs.map(([key]) => key);
    expect(new Set(defined).size).toBe(defined.length);
    expect([...new Set(used)].sort()).toEqual(defined.sort());
  });
  test('every input has a known selector; folded sections ask for nothing', () => {
    for (const [key, { selector = {} }] of inputs) expect(SELECTORS, key).toContain(Object.keys(selector).join());
    for (const { collapsed, input } of sections) {
      const needed = Object.entries(input).filter(([, one]) => one.default === undefined);
      if (collapsed === true) expect(needed.map(([key]) => key)).toEqual([]);
    }
  });
  test('no default lies outside its own selector', () => {
    for (const [key, { selector, default: value }] of inputs) {
      const range = selector?.number as { min: number; max: number } | undefined;
      if (range !== undefined && value !== undefined) expect(Number(value) >= range.min && Number(value) <= range.max, key).toBe(true);
    }
  });
  test('is English and French wherever people read', () => {
    expect(bilingual(blueprint.description)).toBe(true);
    for (const [key, { description }] of inputs) expect(bilingual(description), key).toBe(true);
    for (const { name = '' } of [...sections, ...inputs.map(([, one]) => one), blueprint as Input])
      expect(SAME.includes(name) || name.split(' / ').length === 2, name).toBe(true);
    expect(JSON.stringify({ variables, actions })).toMatch(/language == 'en' else/);
  });
  test('loses nothing in a restart: no waiting, and every way to begin', () => {
    const keys = [...leaves({ triggers, actions })].flatMap(([path]) => path);
    for (const waiting of ['delay', 'wait_template', 'wait_for_trigger', 'for']) expect(keys).not.toContain(waiting);
    expect(triggers).toEqual(expect.arrayContaining(TRIGGERS));
    expect(document.max_exceeded).toBe('silent');
    expect(['queued', 'single']).toContain(document.mode);
  });
  test('one failing command hinders no other', () => {
    const steps = (JSON.stringify(actions).match(/"action":/g) ?? []).length;
    const going = (JSON.stringify(actions).match(/"continue_on_error":true/g) ?? []).length;
    // `action` is also a word of a button, but only inside a template.
    expect(going).toBe(steps);
  });
  test('has the parts that all have', () => {
    const first = read(readFileSync(`${FOLDER}/charge_control.yaml`, 'utf8'), '1.1');
    expect(blueprint.input.messages).toEqual(first.blueprint.input.messages);
    expect(actions.at(-1)).toEqual(first.actions.at(-1));
  });
  test('has import badges in the notes of both languages', () => {
    const badge = `https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url=${encodeURIComponent(`${REPOSITORY}/${FOLDER}/${file}`)}`;
    expect(readFileSync('blueprints/README.md', 'utf8').split(badge).length - 1).toBe(2);
    expect(readFileSync('DOCS.md', 'utf8').split(badge).length - 1).toBe(2);
  });
});

const TRIGGERS = [
  { trigger: 'homeassistant', event: 'start', id: 'start' },
  { trigger: 'event', event_type: 'automation_reloaded', id: 'start' },
  { trigger: 'time_pattern', minutes: '/1', id: 'tick' },
  { trigger: 'event', event_type: 'boxenergie_check', id: 'tick' },
];

test('every badge leads to a file that is there', () => {
  for (const notes of ['blueprints/README.md', 'DOCS.md']) {
    const urls = [...readFileSync(notes, 'utf8').matchAll(/blueprint_url=([^)\s]+)/g)].map(([, url = '']) => decodeURIComponent(url));
    expect(new Set(urls), notes).toEqual(new Set(files.map((file) => `${REPOSITORY}/${FOLDER}/${file}`)));
  }
});
