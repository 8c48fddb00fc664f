/** The image as far as it can be read without building it: stages, context, service files, compose file, workflow. */
import { existsSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { copied, isIgnored, packages, stages, withBases } from './dockerfile.ts';
import { at, config, paths, read } from './package-files.ts';

const all = stages(read('Dockerfile'));
const last = all.at(-1);
if (last === undefined) throw new Error('the Dockerfile has no stage');
const final = withBases(all, last);
const builder = all.find(({ name }) => name === 'builder');
if (builder === undefined) throw new Error('the Dockerfile has no stage named builder');
const COMPILERS = /^(g\+\+|gcc|make|build-base|python3|linux-headers|npm|nodejs-dev|git)$/;
const manifest = JSON.parse(read('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

describe('Dockerfile', () => {
  test('stands on one pinned base of Home Assistant, named in the file itself', () => {
    const bases = all.map(({ from }) => from).filter((from) => !all.some(({ name }) => name === from));
    expect(bases).toEqual([expect.stringMatching(/^ghcr\.io\/home-assistant\/base:3\.24\S*@sha256:[0-9a-f]{64}$/)]);
  });

  test('compiles where compilers are, and ships none', () => {
    expect(packages(builder).filter((name) => COMPILERS.test(name))).toContain('g++');
    expect(final.flatMap(packages)).toEqual(['nodejs']);
    expect(final.flatMap(({ instructions }) => instructions).filter(({ rest }) => /\bnpm\b/.test(rest))).toEqual([]);
  });

  test('builds on the C library and the Node that will run the result', () => {
    expect(withBases(all, builder)[0]).toBe(final[0]);
  });

  test('runs no install script before the development Node is gone, and checks every native module', () => {
    const commands = builder.instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest);
    expect(commands.filter((rest) => /npm ci/.test(rest))).toEqual([expect.stringMatching(/npm ci --ignore-scripts/)]);
    expect(commands.join('\n')).toMatch(/rm -rf node_modules\/node-linux-\*.*npm rebuild .*--nodedir=\/usr/);
    expect(commands.at(-1)).toMatch(/npm prune --omit=dev --ignore-scripts.*prune-modules\.ts.*check-modules\.ts$/);
    const native = Object.keys(manifest.optionalDependencies).filter((name) => !name.startsWith('node-linux-'));
    for (const name of [...native, 'koffi', 'serialport']) expect(read('scripts/check-modules.ts')).toContain(`'${name}'`);
  });

  test('copies only files that exist and that the context holds', () => {
    const sources = all.flatMap(copied);
    expect(sources).toContain('addon/rootfs');
    for (const source of sources) {
      expect(existsSync(at(source)), source).toBe(true);
      const inside = statSync(at(source)).isDirectory() ? `${source}/any/file` : source;
      expect(isIgnored(read('.dockerignore'), inside), source).toBe(false);
    }
  });

  test('carries the labels of an app', () => {
    const labels = last.instructions.find(({ word }) => word === 'LABEL')?.rest ?? '';
    expect(labels).toContain('io.hass.type="app"');
    expect(labels).toContain(`io.hass.name="${String(config.name)}"`);
  });
});

describe('.dockerignore', () => {
  const sent = (dockerignore: string): string[] => paths().filter((path) => !isIgnored(dockerignore, path));

  test('lets nothing into the context that the Dockerfile does not copy', () => {
    const sources = all.flatMap(copied);
    expect(sent(read('.dockerignore')).filter((path) => !sources.some((source) => `${path}/`.startsWith(`${source}/`)))).toEqual([]);
  });

  test.each(['.git/HEAD', '.npmrc', 'node_modules/koffi/index.js', 'test/app.test.ts', 'data/store.sqlite', '.env'])(
    'keeps %s out',
    (path) => {
      expect(isIgnored(read('.dockerignore'), path)).toBe(true);
    },
  );

  test('the reader of patterns tells them apart', () => {
    expect(isIgnored('node_modules\n', 'node_modules/a/b')).toBe(true);
    expect(isIgnored('node_modules\n', 'src/a.ts')).toBe(false);
    expect(isIgnored('**\n!src/**\n', 'src/deep/a.ts')).toBe(false);
    expect(isIgnored('**\n!src/**\nsrc/secret.ts\n', 'src/secret.ts')).toBe(true);
    expect(isIgnored('*.md\n', 'docs/a.md')).toBe(false);
  });
});

describe('the service', () => {
  const service = 'addon/rootfs/etc/s6-overlay/s6-rc.d/boxenergie';

  test('is one that s6-rc knows, starts after the base and belongs to the bundle of the user', () => {
    expect(read(`${service}/type`)).toBe('longrun\n');
    expect(existsSync(at(`${service}/dependencies.d/base`))).toBe(true);
    expect(existsSync(at('addon/rootfs/etc/s6-overlay/s6-rc.d/user/contents.d/boxenergie'))).toBe(true);
  });

  test.each([`${service}/run`, `${service}/finish`, 'addon/rootfs/usr/local/bin/boxenergie', 'addon/artwork/render', 'scripts/test-image'])(
    '%s may be run by everybody and written by its owner only',
    (path) => {
      expect(statSync(at(path)).mode & 0o777).toBe(0o755);
    },
  );

  test('is killed within the time that the Supervisor grants, and after the five seconds that a clean stop may take', () => {
    const killMs = Number(read(`${service}/timeout-kill`));
    expect(killMs).toBeGreaterThan(5_000);
    expect(killMs).toBeLessThanOrEqual((Number(config.timeout) - 5) * 1_000);
  });
});

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command: readonly string[];
        readonly restart: string;
        readonly healthcheck?: { readonly test: readonly string[] };
      }
    >
  >;
}

describe('compose.yaml', () => {
  const { services } = parse(read('addon/compose.yaml')) as Compose;
  const own = services.boxenergie;

  test('starts the program with options that it knows', async () => {
    const { readInvocation } = await import('../../src/main-options.ts');
    const argv = (own?.command ?? []).map((word) => word.replace(/\$\{\w+:-([^}]*)\}/g, '$1'));
    expect(readInvocation(argv, {})).toMatchObject({
      command: 'run',
      options: {
        simulate: false,
        broker: 'mqtt://mosquitto:1883',
        data: '/data',
        config: '/config/boxenergie.yaml',
        healthPort: 8099,
      },
    });
  });

  test('restarts it and asks for its health where it answers', () => {
    expect(own?.restart).toBe('unless-stopped');
    expect(own?.healthcheck?.test.at(-1)).toBe('http://127.0.0.1:8099/healthz');
    expect(String(config.watchdog)).toBe('http://[HOST]:8099/healthz');
    expect(config.ingress_port).toBe(8099);
  });
});

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>>;
}

describe('the workflow', () => {
  const files = paths().filter((path) => path.startsWith('.github/workflows/'));
  const steps = files.flatMap((path) => Object.values((parse(read(path)) as Workflow).jobs).flatMap((job) => job.steps));

  test('never has a name that the Supervisor takes for a build file', () => {
    expect(files).toContain('.github/workflows/ci.yaml');
    expect(files.filter((path) => /\/build\.[^/]*$/.test(path))).toEqual([]);
  });

  test('uses other people’s actions at a fixed version', () => {
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((name) => !/@([0-9a-f]{40}|v?\d+\.\d+\.\d+)$/.test(name))).toEqual([]);
  });

  test('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = steps.flatMap((step) => [...(step.run ?? '').matchAll(/npm (?:run )?(test(?::\w+)?|lint|typecheck)\b/g)]);
    expect(named.map(([, name]) => name)).toEqual(expect.arrayContaining(['lint', 'typecheck', 'test', 'test:broker', 'test:image']));
    for (const [, name = ''] of named) expect(scripts).toHaveProperty([name]);
  });
});
