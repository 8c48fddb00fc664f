/** The options: defaults, what older installations saved, and the grammar that the Supervisor reads. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults, schema } from './package-files.ts';
import { isObject, mergeOptions, type Options, schemaProblems, validateOptions } from './supervisor-options.ts';

function started(saved: Options): ReturnType<typeof validateOptions> {
  return validateOptions(schema, mergeOptions(defaults, saved));
}

describe('our options', () => {
  test('the defaults alone start the app, and reach it unchanged', () => {
    expect(started({})).toEqual({ options: defaults, problems: [], dropped: [] });
  });

  test('whatever part of the options an older version saved still starts the app', () => {
    const some = (full: Options): fc.Arbitrary<Options> =>
      fc
        .subarray(Object.keys(full))
        .chain((keys) =>
          fc.record(Object.fromEntries(keys.map((key) => [key, isObject(full[key]) ? some(full[key]) : fc.constant(full[key])] as const))),
        );
    fc.assert(
      fc.property(some(defaults), (saved) => {
        expect(started(saved).problems).toEqual([]);
      }),
    );
  });

  test('options of an older version that are gone are dropped, not fatal', () => {
    const { options, problems, dropped } = started({ relays: [{ pin: 17 }], broker: { host: 'core-mosquitto' } });
    expect(problems).toEqual([]);
    expect(dropped).toEqual(['broker.host', 'relays']);
    expect(options).toEqual(defaults);
  });

  test('every object has every default: the form hides fields without one and loses what is typed there', () => {
    for (const [key, type] of Object.entries(schema)) {
      if (isObject(type)) expect(Object.keys(defaults[key] as Options)).toEqual(Object.keys(type));
    }
  });

  test('a broker and a mail account of the user are accepted', () => {
    const saved = {
      broker: { url: 'mqtts://192.168.1.10:8883', username: 'me', password: 'secret', ca: 'broker.pem' },
      mail: { username: 'me@example.org', password: 'secret' },
    };
    expect(started(saved).problems).toEqual([]);
  });

  test.each([
    ['an unknown log level', { log_level: 'loud' }, 'log_level: not one of debug|info|warning|error'],
    ['a password that YAML read as a number', { broker: { password: 1234 } }, 'broker.password: not text: quote it'],
    ['a broker written as text', { broker: 'mqtt://x' }, 'broker: not an object'],
    ['an emptied required option', { config_file: null }, 'config_file: missing'],
  ])('the Supervisor refuses %s', (_what, saved, problem) => {
    expect(started(saved).problems).toEqual([problem]);
  });
});

describe('the grammar', () => {
  test.each(['bool', 'email', 'url?', 'port', 'str', 'password?', 'int(0,10)', 'int(-5,)', 'float(,1.5)?', 'match(^a+$)', 'list(a|b)?'])(
    'knows %s',
    (type) => {
      expect(schemaProblems({ any: type })).toEqual([]);
    },
  );

  test.each([
    ['an unknown word', 'string', /unknown type/],
    ['nothing', '', /unknown type/],
    ['a broken range', 'int(1)', /unknown type/],
    ['an empty choice', 'list()', /unknown type/],
    ['bounds on text, which refuse every value', 'str(1,64)', /refuse every value/],
    ['bounds on an optional password', 'password(8,)?', /refuse every value/],
    ['I2C as a subsystem', 'device(subsystem=i2c)', /unknown type/],
    ['a subsystem that the Supervisor does not know', 'device(subsystem=spi)', /unknown subsystem/],
    ['a device, which must be plugged in at start', 'device(subsystem=tty)', /unplugged/],
    ['a list in a list', [['str']], /may not directly hold a list/],
    ['a list of two types', ['str', 'int'], /exactly one/],
    ['a number for a type', 5, /not a type/],
  ])('refuses %s', (_what, type, problem) => {
    expect(schemaProblems({ any: type })).toEqual([expect.stringMatching(problem)]);
    expect(schemaProblems({ outer: { any: type } })).toEqual([expect.stringMatching(/^schema\.outer\.any/)]);
  });

  test('only text with a question mark, or a list of it, may be missing', () => {
    const types = { a: 'str?', b: ['str?'], c: { d: 'str?' }, e: [{ f: 'str?' }], g: 'str' };
    expect(validateOptions(types, {}).problems).toEqual(['c: missing', 'e: missing', 'g: missing']);
  });

  test('a field added inside the items of a list breaks what users saved unless it is optional', () => {
    const saved = { items: [{ name: 'x' }] };
    expect(validateOptions({ items: [{ name: 'str', place: 'str' }] }, saved).problems).toEqual(['items[0].place: missing']);
    expect(validateOptions({ items: [{ name: 'str', place: 'str?' }] }, saved).problems).toEqual([]);
  });

  test('lists are replaced, objects merged', () => {
    expect(mergeOptions({ a: [1, 2], b: { c: 1, d: 2 } }, { a: [3], b: { c: 9 } })).toEqual({
      a: [3],
      b: { c: 9, d: 2 },
    });
  });

  test.each([
    ['int(1,5)', 6, 'above 5'],
    ['int', 1.5, 'not a number'],
    ['float(0,)', -0.1, 'below 0'],
    ['port', 0, 'not a port'],
    ['bool', 'yes', 'neither true nor false'],
    ['url', '', 'not an address'],
    ['email', 'me', 'not a mail address'],
    ['match(^a)', 'b', 'does not match ^a'],
  ])('%s refuses %s', (type, value, problem) => {
    expect(validateOptions({ any: type }, { any: value }).problems).toEqual([`any: ${problem}`]);
  });
});
