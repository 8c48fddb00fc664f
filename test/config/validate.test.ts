import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkFile, formatProblem } from '../../src/config/check.ts';
import { demoYaml } from '../../src/config/demo.ts';
import { editorSchema } from '../../src/config/editor-schema.ts';
import { toHouse } from '../../src/config/house.ts';
import { seedYaml } from '../../src/config/seed.ts';
import { editDistance, suggest } from '../../src/config/suggest.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';

const problems = (text: string): string[] => validateHouse(text, 'h.yaml', drivers).problems.map(formatProblem);
const device = (lines: string): string => `version: 1\ndevices:\n  - id: bat_01\n    type: ina219\n    address: 0x40\n${lines}`;

describe('what is right', () => {
  test.each([['en'], ['fr']] as const)('the demonstration (%s)', (language) => expect(problems(demoYaml(language))).toEqual([]));
  test('the seed as it is, and with its examples uncommented', () => {
    expect(problems(seedYaml())).toEqual([]);
    const live = seedYaml()
      .replace(/^(devices|relays): \[\]\n/gm, '')
      .replace(/^#(?=(devices|relays|mail|buzzer):| {2,})/gm, '');
    expect(problems(live)).toEqual([]);
    expect(toHouse(validateHouse(live, 'h', drivers).raw)).toMatchObject({
      devices: [{ id: 'linky' }, { id: 'bat_01' }, { id: 'water' }],
      relays: [{ id: 'rs_01', activeLow: true, safe: 'off', leaseS: 900 }],
      mail: { host: 'smtp.example.org', port: 587, security: 'starttls' },
      buzzer: { line: 22, quiet: { fromMinute: 1320, toMinute: 420 } },
    });
  });
  test('defaults are filled, driver options stay flat', () => {
    const house = toHouse(validateHouse(device(''), 'h', drivers).raw);
    expect(house).toMatchObject({
      language: 'en',
      mqtt: { topicRoot: 'boxenergie', minIntervalS: 2, refreshS: 30 },
      gpio: { backend: 'auto' },
      storage: { flushS: 60 },
      privacy: { showMeterIds: false },
    });
    expect(house.devices[0]).toEqual({
      id: 'bat_01',
      type: 'ina219',
      options: { address: 64, bus: 1, max_amps: 3.2, invert: false, gain: 1, offset_a: 0, period_s: 1 },
    });
  });
});

describe('what is wrong is said with its place and its mend', () => {
  test.each<[string, string[]]>([
    [
      '',
      [
        'h.yaml:1:1: version: "version" is missing. Add version: … (Version of this file format: 1).'.replace(
          'version: "version"',
          '(file): "version"',
        ),
      ],
    ],
    ['version: 2\n', ['h.yaml:1:10: version: 2 is not a choice here. Use 1.']],
    ['version: 1\nlangage: fr\n', ['h.yaml:2:1: langage: unknown key "langage". Did you mean "language"?']],
    ['version: 1\nshow_meter_ids: true\n', ['h.yaml:2:1: show_meter_ids: unknown key "show_meter_ids". This key belongs under privacy:.']],
    ['version: 1\nmqtt:\n  refresh_s: 1\n', ['h.yaml:3:14: mqtt.refresh_s: 1 is out of range. Use a value from 5 up to 3600.']],
    [
      'version: 1\nlanguage: fr\ngpio: {backend: usb}\n',
      ['h.yaml:3:17: gpio.backend: "usb" n\'est pas un choix possible. Utilisez auto, cdev, sysfs.'],
    ],
    [device('    adress: 3\n'), ['h.yaml:6:5: devices[0].adress: unknown key "adress". Did you mean "address"?']],
    [
      device('    imp_per_kwh: 3\n'),
      ['h.yaml:6:5: devices[0].imp_per_kwh: unknown key "imp_per_kwh". This key belongs under type: pulse.'],
    ],
    [
      device('    invert: yes please\n'),
      ['h.yaml:6:13: devices[0].invert: "yes please" stands here. Write true or false (Turn the sign: positive must mean charging).'],
    ],
    [
      'version: 1\ndevices:\n  - id: a\n    type: ina218\n',
      ['h.yaml:4:11: devices[0].type: "ina218" is not a choice here. Did you mean "ina219"?'],
    ],
    ['version: 1\ndevices:\n  - id: a\n', ['h.yaml:3:5: devices[0]: "type" is missing. Add type: … (linky, ina219, pulse).']],
    [
      'version: 1\ndevices:\n  - id: Bad Id\n    type: linky\n    port: /dev/x\n',
      ['h.yaml:3:9: devices[0].id: "Bad Id" does not have the right form. Expected: Lasting name: a-z, 0-9, _.'],
    ],
    [
      'version: 1\ndevices: {}\n',
      ['h.yaml:2:10: devices: a block of keys stands here. Write a list (lines that begin with -) (What is read).'],
    ],
    [
      'version: 1\nrelays:\n  - id: rs_1\n    line: 5\n',
      ['h.yaml:3:9: relays[0].id: "rs_1" does not have the right form. Expected: rs_01, rs_02, ….'],
    ],
    [
      'version: 1\nrelays:\n  - {id: rs_01, line: 5}\n  - {id: rs_01, line: 5}\n',
      [
        'h.yaml:4:10: relays[1].id: id rs_01 is already used by rs_01. Each can be used once: change one of the two.',
        'h.yaml:4:23: relays[1].line: GPIO auto:5 is already used by rs_01. Each can be used once: change one of the two.',
      ],
    ],
    [
      `${device('')}  - id: bat_02\n    type: ina219\n    address: 64\n`,
      ['h.yaml:8:14: devices[1].address: I2C 0x40 @ 1 is already used by bat_01. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: bridge, type: linky, port: /dev/a}\n',
      ['h.yaml:3:10: devices[0].id: "bridge" is a name of the app itself. Choose another id.'],
    ],
    [
      'version: 1\nversion: 1\n',
      [
        'h.yaml:2:1: (file): this is not valid YAML: Map keys must be unique. Check indentation (spaces, no tabs), quotes and colons around here.',
      ],
    ],
    ['version: 1\n\tx: 1\n', [expect.stringMatching(/^h\.yaml:2:\d: \(file\): this is not valid YAML/) as unknown as string]],
    ['version: 1\n__proto__: {a: 1}\n', [expect.stringMatching(/unknown key "__proto__"/) as unknown as string]],
  ])('%j', (text, expected) => expect(problems(text)).toEqual(expected));

  test('everything at once', () => {
    const text =
      'version: 1\nlangage: x\ndevices:\n  - {id: a, type: ina219, address: 1}\n  - {id: b, type: pulse}\nrelays:\n  - {id: rs_01}\n';
    expect(problems(text).map((line) => line.split(' ')[1])).toEqual([
      'langage:',
      'devices[0].address:',
      'devices[1]:',
      'devices[1]:',
      'relays[0]:',
    ]);
  });
  test('a bomb of aliases and a file too large are refused in time', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
      .join('\n')}\n`;
    expect(problems(bomb).length).toBeGreaterThan(0);
    expect(problems(`# ${'x'.repeat(1_000_001)}`)[0]).toMatch(/larger than 1 MB/);
  });
  test('whatever stands in the file: a house or at least one problem with a place, never an exception', () => {
    const mutated = fc.tuple(fc.nat(), fc.string({ maxLength: 10 })).map(([at, text]) => {
      const good = demoYaml('en');
      const cut = at % good.length;
      return good.slice(0, cut) + text + good.slice(cut + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), (text) => {
        const result = validateHouse(text, 'h', drivers);
        if (result.problems.length === 0) expect(toHouse(result.raw).version).toBe(1);
        for (const problem of result.problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(problem.mend).not.toBe('');
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('for editors', () => {
  test('the schema file is what the program generates', () => {
    expect(JSON.parse(readFileSync('addon/boxenergie.schema.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(editorSchema(drivers))));
  });
  test('it accepts what the program accepts and refuses unknown keys', () => {
    const validate = new Ajv({ allErrors: true }).compile(editorSchema(drivers));
    expect(validate(parse(demoYaml('en')))).toBe(true);
    expect(validate(parse(seedYaml()))).toBe(true);
    expect(validate({ version: 1, langage: 'fr' })).toBe(false);
  });
});

test('check says what it found', async () => {
  expect((await checkFile('/nowhere/house.yaml', drivers)).text).toMatch(/ENOENT/);
  expect(await checkFile('test/fixtures/house-files/good.yaml', drivers)).toEqual({
    ok: true,
    text: 'test/fixtures/house-files/good.yaml: OK, 1 devices, 1 relays',
  });
});

test.each([
  ['adress', 'address'],
  ['langauge', 'language'],
  ['devcies', 'devices'],
])('%s was meant as %s', (word, meant) => expect(suggest(word, ['address', 'language', 'devices'])).toBe(meant));
test('a swap counts one, nonsense suggests nothing', () => {
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(suggest('zzzzzz', ['address'])).toBeUndefined();
});
