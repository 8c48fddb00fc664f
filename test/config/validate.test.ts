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
const TYPES = drivers.map(({ type }) => type).join(', ');
const device = (lines: string): string => `version: 1\ndevices:\n  - id: bat_01\n    type: ina219\n    address: 0x40\n${lines}`;

describe('what is right', () => {
  test.each([['en'], ['fr']] as const)('the demonstration (%s)', (language) => expect(problems(demoYaml(language))).toEqual([]));
  test('the seed as it is, and with its examples uncommented', () => {
    expect(problems(seedYaml())).toEqual([]);
    const live = seedYaml()
      .replace(/^(devices|relays|batteries): \[\]\n/gm, '')
      .replace(/^#(?=(devices|relays|batteries|mail|buzzer):| {2,})/gm, '');
    expect(problems(live)).toEqual([]);
    expect(toHouse(validateHouse(live, 'h', drivers).raw)).toMatchObject({
      devices: [{ id: 'linky' }, { id: 'bat_01' }, { id: 'water' }],
      relays: [{ id: 'rs_01', activeLow: true, safe: 'off', leaseS: 900 }],
      batteries: [{ id: 'house_battery', chemistry: 'agm', chargeRelays: ['rs_01'] }],
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

test('place and owner stand beside the options of any device, relay and battery', () => {
  const text = `${device('    owner: Marie\n    place: Cellar\n')}relays:
  - {id: rs_01, line: 5, owner: Pierre}
batteries:
  - {id: bank, chemistry: agm, owner: Irène, voltage: bat_01.bus_voltage}
`;
  const { raw, problems: faults } = validateHouse(text, 'h.yaml', drivers);
  expect(faults).toEqual([]);
  const house = toHouse(raw);
  expect(house.devices[0]).toMatchObject({ owner: 'Marie', place: 'Cellar' });
  expect(house.devices[0]?.options).not.toHaveProperty('owner');
  expect(house.relays[0]).toMatchObject({ owner: 'Pierre' });
  expect(house.batteries[0]).toMatchObject({ owner: 'Irène' });
  expect(problems(device('    owner: 7\n'))).toHaveLength(1);
  expect(problems(device('    owners: Marie\n'))[0]).toContain('owner');
});

test('a battery and its relay as the program sees them', () => {
  const text = `${device('')}relays:
  - {id: rs_01, line: 5, group: a, feedback: bat_01.power}
  - {id: rs_02, line: 6, contact: nc}
batteries:
  - {id: house_battery, chemistry: lfp, nominal_v: 24, voltage: bat_01.bus_voltage, charge_relays: [rs_01], full_v: 27.6, cut_c: 50}
`;
  const { raw, problems: faults } = validateHouse(text, 'h', drivers);
  expect(faults).toEqual([]);
  expect(toHouse(raw)).toMatchObject({
    relays: [
      {
        contact: 'no',
        group: 'a',
        maxChangesPerHour: 6,
        maxChangesPerDay: 40,
        overrideMinutes: 1440,
        feedback: { deviceId: 'bat_01', key: 'power' },
      },
      { contact: 'nc' },
    ],
    batteries: [
      {
        id: 'house_battery',
        chemistry: 'lfp',
        sources: { voltage: { deviceId: 'bat_01', key: 'bus_voltage' } },
        volts: { full: 27.6 },
        heat: { cutC: 50 },
        chargeRelays: ['rs_01'],
        automatic: true,
        iKnow: false,
      },
    ],
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
    ['version: 1\ndevices:\n  - id: a\n', [`h.yaml:3:5: devices[0]: "type" is missing. Add type: … (${TYPES}).`]],
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
      'version: 1\ndevices:\n  - {id: a, type: epever, port: /dev/a}\n  - {id: b, type: epever, port: /dev/a}\n',
      ['h.yaml:4:5: devices[1].unit: epever unit 1 @ /dev/a is already used by a. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: epever, port: /dev/a}\n  - {id: b, type: epever, port: /dev/a, unit: 2, baud_rate: 9600}\n',
      ['h.yaml:4:33: devices[1].port: /dev/a is already used by a. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: epever, port: /dev/a}\n  - {id: l, type: linky, port: /dev/a}\n',
      ['h.yaml:4:32: devices[1].port: /dev/a is already used by a. Each can be used once: change one of the two.'],
    ],
    ['version: 1\ndevices:\n  - {id: a, type: epever, port: /dev/a}\n  - {id: b, type: epever, port: /dev/a, unit: 2}\n', []],
    [
      'version: 1\ndevices:\n  - {id: a, type: epever, transport: tcp, host: x}\n  - {id: b, type: epever, transport: tcp, host: x, unit: 2}\n',
      [],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: ina3221, address: 64, channel: 1}\n  - {id: b, type: ina3221, address: 64, channel: 2}\n',
      [],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: ina3221, address: 64, channel: 1}\n  - {id: b, type: ina3221, address: 64, channel: 1}\n',
      ['h.yaml:4:50: devices[1].channel: I2C 0x40 @ 1 / 1 is already used by a. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: ina3221, address: 64, channel: 1}\n  - {id: b, type: ina219, address: 64}\n',
      ['h.yaml:4:36: devices[1].address: I2C 0x40 @ 1 is already used by a. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: ds18b20, sensor: 28-0000000000a1}\n  - {id: b, type: ds18b20, sensor: 28-0000000000a1}\n',
      ['h.yaml:4:36: devices[1].sensor: 1-Wire 28-0000000000a1 is already used by a. Each can be used once: change one of the two.'],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: daly, port: /dev/a}\n  - {id: b, type: daly, port: /dev/a, unit: 2}\n  - {id: c, type: jbd, port: /dev/b}\n',
      [],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: daly, port: /dev/a}\n  - {id: b, type: daly, port: /dev/a, unit: 1}\n  - {id: c, type: jbd, port: /dev/a}\n',
      [
        'h.yaml:4:45: devices[1].unit: /dev/a unit 1 is already used by a. Each can be used once: change one of the two.',
        'h.yaml:5:30: devices[2].port: /dev/a is already used by a. Each can be used once: change one of the two.',
      ],
    ],
    [
      'version: 1\ndevices:\n  - {id: a, type: jbd, port: /dev/a}\n  - {id: b, type: daly, port: /dev/a, unit: 2}\n',
      ['h.yaml:4:31: devices[1].port: /dev/a is already used by a. Each can be used once: change one of the two.'],
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

  const control = (relay: string, battery: string): string =>
    `${device('')}relays:\n  - {id: rs_01, line: 5${relay}}\nbatteries:\n  - {id: house_battery, chemistry: lfp${battery}}\n`;
  test.each<[string, string, string[]]>([
    ['', ', voltage: bat_01.bus_voltage, charge_relays: [rs_01]', []],
    ['', '', ['batteries[0]: house_battery has neither voltage nor temperatures. Name at least one sensor: nothing could be guarded.']],
    [
      '',
      ', voltage: bat_01.volts',
      [expect.stringMatching(/batteries\[0\]\.voltage: there is no bat_01\.volts\. Use bat_01\.bus_voltage, /)],
    ],
    ['', ', temperatures: [probe.t]', ['batteries[0].temperatures[0]: there is no probe.t. Add it, or name another.']],
    ['', ', voltage: bat_01.bus_voltage, charge_relays: [rs_02]', ['batteries[0].charge_relays[0]: there is no rs_02. Use rs_01.']],
    [
      ", safe: 'on', group: a",
      ', voltage: bat_01.bus_voltage, charge_relays: [rs_01]',
      [
        "relays[0].group: a relay of group a must be safe when off. Write safe: 'off', or take it out.",
        "batteries[0].charge_relays[0]: a relay of house_battery must be safe when off. Write safe: 'off', or take it out.",
      ],
    ],
    [
      '',
      ', voltage: bat_01.bus_voltage, start_v: 13, full_v: 12',
      ['batteries[0].full_v: start_v must be below full_v. Change one of the two.'],
    ],
    ['', ', voltage: bat_01.bus_voltage, cut_c: 90', ['batteries[0].cut_c: 90 is out of range. Use a value from 20 up to 80.']],
    [
      ', min_on_s: 60, max_on_s: 30',
      ', voltage: bat_01.bus_voltage',
      ['relays[0].max_on_s: min_on_s must be below max_on_s. Change one of the two.'],
    ],
  ])('control: relay%s, battery%s', (relay, battery, expected) => {
    expect(problems(control(relay, battery)).map((line) => line.replace(/^h\.yaml:\d+:\d+: /, ''))).toEqual(expected);
  });

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
