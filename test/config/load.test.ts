import { describe, expect, test } from 'vitest';
import { readBootstrap } from '../../src/config/bootstrap.ts';
import { demoYaml } from '../../src/config/demo.ts';
import { loadHouse } from '../../src/config/load.ts';
import { askSupervisor } from '../../src/config/supervisor.ts';
import { drivers } from '../../src/drivers/index.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { Files } from '../../src/ports/types.ts';

function memoryFiles(contents: Record<string, string | Error> = {}): Files & { readonly contents: Record<string, string | Error> } {
  return {
    contents,
    async read(path) {
      const text = contents[path];
      if (text instanceof Error) throw text;
      return text;
    },
    async writeAtomic(path, text) {
      contents[path] = text;
    },
  };
}
const load = (files: Files) => loadHouse({ path: '/config/house.yaml', copyPath: '/data/last-good.yaml', drivers, files });
const BROKEN = `${demoYaml('en')}\nlangage: x\n`;

describe('the house file at start', () => {
  test('absent: a commented example is written and runs', async () => {
    const files = memoryFiles();
    const seeded: string[] = [];
    const loaded = await loadHouse({
      path: '/config/house.yaml',
      copyPath: '/data/last-good.yaml',
      drivers,
      files,
      onSeed: (path) => seeded.push(path),
    });
    expect(loaded).toMatchObject({ source: 'file', house: { devices: [], relays: [] } });
    expect(seeded).toEqual(['/config/house.yaml']);
    expect(files.contents['/config/house.yaml']).toMatch(/yaml-language-server/);
  });
  test('good: it runs and is kept', async () => {
    const files = memoryFiles({ '/config/house.yaml': demoYaml('fr') });
    expect((await load(files)).house.relays).toHaveLength(4);
    expect(files.contents['/data/last-good.yaml']).toBe(demoYaml('fr'));
  });
  test('broken: the last good one runs, all problems are told, the copy is not touched', async () => {
    const files = memoryFiles({ '/config/house.yaml': BROKEN, '/data/last-good.yaml': demoYaml('fr') });
    const loaded = await load(files);
    expect(loaded).toMatchObject({ source: 'last-known-good', house: { language: 'fr' }, problems: [{ field: 'langage' }] });
    expect(files.contents['/data/last-good.yaml']).toBe(demoYaml('fr'));
  });
  test('broken without a good copy: no devices, but every relay that is right is held safe', async () => {
    const loaded = await load(memoryFiles({ '/config/house.yaml': BROKEN.replace('id: rs_02', 'id: rs_2') }));
    expect(loaded.source).toBe('safe-mode');
    expect(loaded.house.devices).toEqual([]);
    expect(loaded.house.relays.map(({ id }) => id)).toEqual(['rs_01', 'rs_03', 'rs_04']);
  });
  test('broken in some entries only, without a good copy: those are left out, and what they guarded is held safe', async () => {
    const text = `version: 1
devices:
  - {id: a, type: ds18b20, sensor: 28-0000000000b1}
  - {id: b, type: ds18b20, sensor: 28-0000000000c1, period_s: -1}
relays:
  - {id: rs_01, line: 5}
  - {id: rs_02, line: 6}
  - {id: rs_03, line: 7, lease_s: two}
  - {id: rs_04, line: 6}
batteries:
  - {id: one, chemistry: lfp, temperatures: [a.temperature], charge_relays: [rs_02]}
  - {id: two, chemistry: lfp, temperatures: [b.temperature], charge_relays: [rs_01]}
`;
    const loaded = await load(memoryFiles({ '/config/house.yaml': text }));
    expect(loaded).toMatchObject({ source: 'part', held: ['rs_01', 'rs_02', 'rs_03'] });
    expect(loaded.problems.map(({ field }) => field)).toEqual(['devices[1].period_s', 'relays[2].lease_s', 'relays[3].line']);
    expect(loaded.house.devices.map(({ id }) => id)).toEqual(['a']);
    expect(loaded.house.batteries.map(({ id }) => id)).toEqual(['one']);
    expect(loaded.house.relays.map(({ id }) => id)).toEqual(['rs_01', 'rs_02', 'rs_03']);
  });
  test.each(['charge_relays: [rs_2]', 'charge_relay: [rs_02]', 'charge_relays: rs_02'])(
    'a battery that does not say which relays it guards holds all of them: %s',
    async (relays) => {
      const text = `version: 1
devices: [{id: a, type: ds18b20, sensor: 28-0000000000b1}]
relays: [{id: rs_01, line: 5}, {id: rs_02, line: 6}]
batteries: [{id: one, chemistry: lfp, temperatures: [a.temperature], ${relays}}]
`;
      const loaded = await load(memoryFiles({ '/config/house.yaml': text }));
      expect(loaded).toMatchObject({ source: 'part', held: ['rs_01', 'rs_02'], house: { batteries: [] } });
    },
  );
  test('a damaged copy does not count, nor does an unreadable file throw', async () => {
    expect((await load(memoryFiles({ '/config/house.yaml': 'x: [', '/data/last-good.yaml': 'version: 7' }))).source).toBe('safe-mode');
    const unreadable = await load(memoryFiles({ '/config/house.yaml': new Error('EACCES') }));
    expect(unreadable).toMatchObject({ source: 'safe-mode', problems: [{ problem: 'EACCES' }] });
  });
  test('a disk that cannot be written does not keep a good file from running', async () => {
    const files: Files = {
      read: async (path) => (path.includes('house') ? demoYaml('en') : undefined),
      writeAtomic: () => Promise.reject(new Error('ENOSPC')),
    };
    expect((await load(files)).source).toBe('file');
  });
});

describe('the Supervisor’s options', () => {
  test.each([
    ['{}', { logLevel: 'info', configFile: 'boxenergie.yaml', externalApi: false }],
    [
      '{"broker":{"url":"","username":"","password":"","ca":""},"mail":{"username":"","password":""}}',
      { logLevel: 'info', configFile: 'boxenergie.yaml', externalApi: false },
    ],
    [
      '{"log_level":"debug","broker":{"url":"mqtts://h:8883","username":"u","password":"p"}}',
      { logLevel: 'debug', broker: { url: 'mqtts://h:8883', username: 'u', password: 'p' } },
    ],
  ])('%s', (json, expected) => expect(readBootstrap(json, 'options')).toMatchObject({ options: expected, problems: [] }));
  test.each([
    ['{"config_file":"../secrets.yaml"}', 'config_file'],
    ['{"config_file":"/etc/passwd"}', 'config_file'],
    ['{"config_file":".hidden.yaml"}', 'config_file'],
    ['{"broker":{"url":"http://h"}}', 'broker.url'],
    ['{"broker":{"url":"mqtt://user:secret@h"}}', 'broker.url'],
    ['{"log_level":"loud"}', 'log_level'],
    ['{', '(file)'],
  ])('%s is refused, and the defaults run', (json, field) => {
    const { options, problems } = readBootstrap(json, 'options');
    expect(options.configFile).toBe('boxenergie.yaml');
    expect(problems.map((problem) => problem.field)).toEqual([field]);
  });
});

describe('asking the Supervisor for the broker', () => {
  const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });
  const ok = { result: 'ok', data: { host: 'core-mosquitto', port: 1883, ssl: false, username: 'addons', password: 'secret' } };
  function ask(answers: readonly (() => Response)[]) {
    const clock = virtualClock();
    const controller = new AbortController();
    const waits: string[] = [];
    let asked = 0;
    const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
      expect(new Headers(init?.headers).get('authorization')).toBe('Bearer token');
      return (answers[Math.min(asked++, answers.length - 1)] as () => Response)();
    };
    const result = askSupervisor({
      token: 'token',
      fetch: fetch as typeof globalThis.fetch,
      clock,
      signal: controller.signal,
      onWait: (reason) => waits.push(reason),
    });
    return { clock, controller, waits, result, asked: () => asked };
  }
  test('it answers', async () => {
    expect(await ask([() => answer(200, ok)]).result).toEqual({
      url: 'mqtt://core-mosquitto:1883',
      username: 'addons',
      password: 'secret',
    });
  });
  test('the broker may come later: asked again with growing pauses, told once', async () => {
    const none = (): Response => answer(400, { result: 'error', message: 'Service not enabled' });
    const { clock, result, waits, asked } = ask([none, none, none, () => answer(200, { ...ok, data: { ...ok.data, ssl: true } })]);
    await clock.advance(60_000);
    expect((await result)?.url).toBe('mqtts://core-mosquitto:1883');
    expect(asked()).toBe(4);
    expect(waits).toEqual([expect.stringMatching(/Service not enabled.*install and start/)]);
  });
  test('refusal, silence and an end are each handled', async () => {
    const refused = ask([() => answer(403, {})]);
    await refused.clock.advance(1_000);
    expect(refused.waits[0]).toMatch(/enter it in the options/);
    refused.controller.abort(new Error('stop'));
    await refused.clock.advance(0);
    expect(await refused.result).toBeUndefined();
    const dead = ask([
      () => {
        throw new Error('ECONNREFUSED');
      },
      () => answer(200, ok),
    ]);
    await dead.clock.advance(2_000);
    expect((await dead.result)?.url).toBe('mqtt://core-mosquitto:1883');
  });
});
