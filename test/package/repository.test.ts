/** The repository around config.yaml: its layout, its translations, its pictures and its AppArmor profile. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bytes, config, paths, read, schema } from './package-files.ts';
import { layoutProblems, renamedProfile, repositoryProblems, translationProblems } from './supervisor-rules.ts';

const ports = Object.keys(config.ports);
const root = ['config.yaml', 'repository.yaml', 'Dockerfile'];

describe('layout', () => {
  test('the Supervisor finds one app, one repository and no build file', () => {
    expect(layoutProblems(paths())).toEqual([]);
  });

  test.each([
    ['addon/config.yaml', /second app/],
    ['test/fixtures/config.json', /second app/],
    ['.github/workflows/build.yaml', /build file/],
    ['addon/rootfs/build.yml', /build file/],
    ['.github/repository.json', /second repository/],
    ['translations/glossary.yaml', /language code/],
  ])('a file named %s is refused', (path, problem) => {
    expect(layoutProblems([...root, path])).toEqual([expect.stringMatching(problem)]);
  });

  test.each(['tsconfig.json', 'src/config/types.ts', 'addon/rootfs/etc/config.json', '.vscode/config.json', 'build.ts'])(
    'a file named %s is harmless',
    (path) => {
      expect(layoutProblems([...root, path])).toEqual([]);
    },
  );

  test('a missing repository file is seen', () => {
    expect(layoutProblems(['config.yaml', 'Dockerfile'])).toEqual(['repository.yaml: missing in the root']);
  });

  test('repository.yaml names us', () => {
    expect(repositoryProblems(parse(read('repository.yaml')))).toEqual([]);
    expect(repositoryProblems({ url: 'here', mail: 'x' })).toEqual(['name: required', 'mail: unknown', 'url: not an address']);
  });
});

describe('translations', () => {
  test.each(['en', 'fr'])('%s covers every option and port, and nothing else', (language) => {
    expect(translationProblems(parse(read(`translations/${language}.yaml`)), schema, ports)).toEqual([]);
  });

  test('the two languages say different things', () => {
    const [en, fr] = ['en', 'fr'].map((language) => JSON.stringify(parse(read(`translations/${language}.yaml`))));
    expect(en).not.toBe(fr);
  });

  const types = { level: 'str', broker: { url: 'str?' } };
  const words = { name: 'N', description: 'D' };
  const good = {
    configuration: { level: words, broker: { ...words, fields: { url: words } } },
    network: { '80/tcp': 'P' },
  };
  test('the judge accepts a full one', () => {
    expect(translationProblems(good, types, ['80/tcp'])).toEqual([]);
  });
  test.each([
    ['a root key that makes the file be skipped', { ...good, options: {} }, 'options: unknown, the whole file is skipped'],
    ['an option without words', { ...good, configuration: { level: words } }, 'configuration.broker: not translated'],
    [
      'a field without words',
      { ...good, configuration: { level: words, broker: { ...words, fields: {} } } },
      'configuration.broker.fields.url: not translated',
    ],
    [
      'words for an option that is gone',
      { ...good, configuration: { ...good.configuration, old: words } },
      'configuration.old: no such option',
    ],
    ['a port without words', { configuration: good.configuration }, 'network.80/tcp: not translated'],
    ['words for no port', { ...good, network: { ...good.network, '81/tcp': 'P' } }, 'network.81/tcp: no such port'],
    [
      'a name that is no text',
      { ...good, configuration: { ...good.configuration, level: { name: 5, description: 'D' } } },
      'configuration.level.name: not text',
    ],
  ])('the judge refuses %s', (_what, translation, problem) => {
    expect(translationProblems(translation, types, ['80/tcp'])).toEqual([problem]);
  });
});

describe('pictures', () => {
  test.each([
    ['icon.png', 128, 128],
    ['logo.png', 250, 100],
  ])('%s is a PNG of %i by %i', (path, width, height) => {
    const png = bytes(path);
    // PNG: signature of 8 bytes, then the IHDR chunk (length, name, width, height, big-endian).
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(png.toString('latin1', 12, 16)).toBe('IHDR');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
  });
});

describe('apparmor.txt', () => {
  const profile = read('apparmor.txt');
  const program = profile.slice(profile.indexOf('\n  profile program'));

  test('the Supervisor finds one profile and loads it under the name of the app', () => {
    const renamed = renamedProfile(profile, 'local_boxenergie');
    expect(renamed).toMatch(/^profile local_boxenergie flags=/m);
    expect(renamed).toMatch(/^ {2}profile program flags=/m);
    expect(renamed).not.toMatch(/^profile boxenergie /m);
  });

  test('the judge refuses a file with two profiles, or none', () => {
    expect(() => renamedProfile('profile a {\n}\nprofile b {\n}\n', 'x')).toThrow('2 profiles');
    expect(() => renamedProfile('  profile a {\n}\n', 'x')).toThrow('0 profiles');
  });

  test('the program reaches its data and its hardware', () => {
    for (const rule of ['/data/** rwk', '/config/** rwk', '/dev/gpiochip[0-9]* rw', '/dev/i2c-[0-9]* rw', '/opt/boxenergie/** mr']) {
      expect(program).toContain(`    ${rule},\n`);
    }
  });

  test('the program gets no wide rule', () => {
    const rules = program.split('\n').map((line) => line.trim());
    for (const wide of ['file,', 'network,', 'capability,', 'ptrace,', 'mount,']) expect(rules).not.toContain(wide);
    expect(rules.filter((rule) => /^\/(\*\*|\{,\*\*\}|etc\/\*\*|usr\/\*\*|dev\/\*\*) .*w/.test(rule))).toEqual([]);
    expect(rules.filter((rule) => /capability (sys_|net_|mac_)/.test(rule))).toEqual([]);
  });
});
