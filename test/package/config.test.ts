/** config.yaml as the Supervisor judges it, and the judge itself against inputs that it must refuse. */
import { describe, expect, test } from 'vitest';
import { config, read } from './package-files.ts';
import { configProblems, securityRating } from './supervisor-config.ts';

const good = {
  name: 'Any',
  version: '1.2.3',
  slug: 'any',
  description: 'Any',
  arch: ['amd64'],
  init: false,
  options: { level: 'info', items: [] },
  schema: { level: 'list(info|debug)', items: [{ name: 'str' }] },
};

describe('config.yaml', () => {
  test('holds nothing that the Supervisor refuses or drops', () => {
    expect(configProblems(config)).toEqual([]);
  });

  test('earns the best security rating, with its own AppArmor profile', () => {
    expect(securityRating(config, read('apparmor.txt') !== '')).toBe(8);
  });

  test('states the version of the program, and the changelog tells of it', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(config.version).toBe(version);
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}\\b`, 'm'));
  });

  test('asks for what the program needs, and for nothing more', () => {
    expect(config).toMatchObject({
      gpio: true,
      uart: true,
      tmpfs: true,
      ingress: true,
      ingress_port: 8099,
      homeassistant_api: true,
      timeout: 30,
    });
    expect(config.devices).toContain('/dev/i2c-1');
    expect(config.services).toEqual(['mqtt:want']);
    for (const key of ['full_access', 'privileged', 'host_network', 'hassio_api', 'docker_api']) {
      expect(config).not.toHaveProperty(key);
    }
  });

  test('names the first Core that knows default_entity_id', () => {
    expect(config.homeassistant).toBe('2025.10.0');
  });
});

describe('the judge of config.yaml', () => {
  test('accepts a good one', () => {
    expect(configProblems(good)).toEqual([]);
  });

  const bad: readonly (readonly [what: string, change: object, problem: RegExp])[] = [
    ['a missing name', { name: undefined }, /^name/],
    ['a key that no Supervisor knows', { watch_dog: 'x' }, /^watch_dog: unknown/],
    ['a retired key', { codenotary: 'x' }, /^codenotary: unknown or retired/],
    ['a slug with a space', { slug: 'any thing' }, /^slug/],
    ['a retired architecture', { arch: ['armv7'] }, /^arch/],
    ['s6-overlay that is not process 1', { init: undefined }, /^init/],
    ['an image name with a capital', { image: 'ghcr.io/Owner/any' }, /^image/],
    ['an image name per architecture', { image: 'ghcr.io/owner/{arch}-any' }, /^image/],
    ['an unknown startup', { startup: 'later' }, /^startup/],
    ['a service without rights', { services: ['mqtt'] }, /^services/],
    ['a device in the old spelling', { devices: ['/dev/i2c-1:/dev/i2c-1:rwm'] }, /^devices/],
    ['an unknown folder', { map: ['settings:rw'] }, /^map/],
    ['a folder that old Supervisors drop', { map: ['app_config:rw'] }, /^map: app_config/],
    ['two folders on /config', { map: ['addon_config:rw', 'app_config:rw'] }, /mounted twice/],
    ['a watchdog without the host mark', { watchdog: 'http://localhost:8099/healthz' }, /^watchdog/],
    ['a grace time below ten seconds', { timeout: 5 }, /^timeout/],
    ['a port out of range', { ports: { '8098/tcp': 70_000 } }, /^ports/],
    ['a described port that is none', { ports_description: { '8098/tcp': 'API' } }, /no such port/],
    ['a command around a cold backup', { backup: 'cold', backup_pre: 'true' }, /^backup/],
    ['a web address beside ingress', { ingress: true, webui: 'http://[HOST]:[PORT:8099]/' }, /^webui/],
    ['a list of objects without a default', { options: { level: 'info' } }, /^options\.items: has no default/],
    ['an object without a default', { schema: { broker: { url: 'str?' } }, options: {} }, /^options\.broker: has no default/],
    ['a default that the schema refuses', { options: { level: 'loud', items: [] } }, /^options\.level: not one of/],
    ['a default that the schema lacks', { options: { level: 'info', items: [], more: 1 } }, /^options\.more: not in/],
    ['an unknown type', { schema: { level: 'text' } }, /unknown type "text"/],
  ];
  test.each(bad)('refuses %s', (_what, change, problem) => {
    expect(configProblems(JSON.parse(JSON.stringify({ ...good, ...change })))).toContainEqual(expect.stringMatching(problem));
  });

  const ratings: readonly (readonly [what: string, change: object, hasProfile: boolean, rating: number])[] = [
    ['ingress and a profile', { ingress: true }, true, 8],
    ['ingress alone', { ingress: true }, false, 7],
    ['a published port', { ports: { '80/tcp': 80 } }, false, 5],
    ['a profile switched off', { ingress: true, apparmor: false }, false, 6],
    ['kernel modules', { ingress: true, kernel_modules: true }, true, 7],
    ['a raw capability', { ingress: true, privileged: ['SYS_RAWIO'] }, true, 7],
    ['the host network', { ingress: true, host_network: true }, true, 7],
    ['the administrator role', { ingress: true, hassio_role: 'admin' }, true, 6],
    ['full access', { ingress: true, full_access: true }, true, 1],
  ];
  test.each(ratings)('rates %s', (_what, change, hasProfile, rating) => {
    expect(securityRating({ ...good, ...change }, hasProfile)).toBe(rating);
  });
});
