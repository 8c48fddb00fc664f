/** The runner, the table, the document and the first two checks. */
import { describe, expect, test } from 'vitest';
import { configuration } from '../../src/doctor/configuration.ts';
import { diagnose } from '../../src/doctor/doctor.ts';
import { boardModel, generationOf, platform } from '../../src/doctor/platform.ts';
import { exitCode, runChecks } from '../../src/doctor/run.ts';
import { finding, same, say } from '../../src/doctor/say.ts';
import type { Check, Report, Status } from '../../src/doctor/types.ts';
import { linesOf, scene, sketched } from './scene.ts';

const says = (status: Status): Check => ({
  id: status,
  title: say(`Title ${status}`, `Titre ${status}`),
  limitMs: 1000,
  run: async () => [finding(status, say('thing', 'chose'), say('seen', 'vu'), say('do this', 'faites ceci'))],
});
const written = async (json: boolean, language: 'en' | 'fr', checks: readonly Check[]): Promise<{ text: string; code: number }> => {
  let text = '';
  const code = await diagnose(scene(), { json, language, version: '1.2.3', write: (part) => (text += part) }, checks);
  return { text, code };
};

describe('running', () => {
  test('a check that never ends is unknown after its time, is told to stop, and the next one runs', async () => {
    const on = scene();
    let stopped = false;
    const hangs: Check = {
      ...says('ok'),
      id: 'hangs',
      limitMs: 15_000,
      run: (_scene, signal) => new Promise(() => signal.addEventListener('abort', () => (stopped = true))),
    };
    const running = runChecks([hangs, says('ok')], on, () => undefined);
    await on.clock.advance(14_999);
    expect(stopped).toBe(false);
    await on.clock.advance(1);
    const reports = await running;
    expect(stopped).toBe(true);
    expect(reports.map(({ findings }) => findings.map(({ status, found }) => [status, found.en]))).toEqual([
      [['unknown', 'no answer within 15 s']],
      [['ok', 'seen']],
    ]);
  });

  test('a check that breaks is unknown, never ok, and says why', async () => {
    const breaks: Check = { ...says('ok'), run: () => Promise.reject(new Error('surprise')) };
    const [report] = await runChecks([breaks], scene(), () => undefined);
    expect(report?.findings[0]).toMatchObject({ status: 'unknown', found: { en: 'the check itself broke: surprise' } });
  });

  test.each<[Status[], 0 | 1]>([
    [['ok'], 0],
    [['ok', 'warning', 'unknown', 'not-applicable'], 0],
    [['ok', 'failed'], 1],
    [[], 0],
  ])('%j exits with %d', async (statuses, code) => {
    const reports: Report[] = [{ id: 'x', title: same('x'), findings: statuses.map((status) => finding(status, same('s'), same('f'))) }];
    expect(exitCode(reports)).toBe(code);
  });
});

describe('what people and programs read', () => {
  test('a line a finding, with the mend unless it is ok, and a sum', async () => {
    const { text, code } = await written(false, 'en', [says('ok'), says('failed')]);
    expect(text).toBe(
      [
        'Title ok',
        '  ok              thing  seen',
        '',
        'Title failed',
        '  failed          thing  seen → do this',
        '',
        '1 ok, 0 warning, 1 failed, 0 not applicable, 0 unknown',
        '',
      ].join('\n'),
    );
    expect(code).toBe(1);
  });
  test('the same in French', async () => {
    const { text } = await written(false, 'fr', [says('warning'), says('not-applicable'), says('unknown')]);
    expect(text).toContain('  attention       chose  vu → faites ceci\n');
    expect(text).toContain('  sans objet      chose  vu');
    expect(text).toContain('0 ok, 1 attention, 0 échec, 1 sans objet, 1 inconnu\n');
  });
  test('one JSON document with the same, nothing else', async () => {
    const { text, code } = await written(true, 'fr', [says('ok'), says('warning')]);
    expect(JSON.parse(text)).toEqual({
      program: 'boxenergie',
      version: '1.2.3',
      at: '2026-11-21T00:00:00.000Z',
      language: 'fr',
      summary: { ok: 1, warning: 1, failed: 0, 'not-applicable': 0, unknown: 0 },
      checks: [
        { id: 'ok', title: 'Titre ok', findings: [{ status: 'ok', subject: 'chose', found: 'vu' }] },
        { id: 'warning', title: 'Titre warning', findings: [{ status: 'warning', subject: 'chose', found: 'vu', mend: 'faites ceci' }] },
      ],
    });
    expect(code).toBe(0);
  });
});

describe('platform', () => {
  test.each([
    ['Raspberry Pi 3 Model B Plus Rev 1.3', 3],
    ['Raspberry Pi Compute Module 4 Rev 1.1', 4],
    ['Raspberry Pi 400 Rev 1.0', 4],
    ['Raspberry Pi 5 Model B Rev 1.0', 5],
    ['Raspberry Pi 500 Rev 1.0', 5],
    ['Raspberry Pi Zero 2 W Rev 1.0', undefined],
    ['Home Assistant Green', undefined],
    [undefined, undefined],
  ])('%s is generation %s', (model, generation) => {
    expect(generationOf(model)).toBe(generation);
  });
  test('the model comes from the device tree, or from cpuinfo where Docker hides it', async () => {
    expect(await boardModel(sketched({ files: { '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0' } }))).toBe(
      'Raspberry Pi 4 Model B Rev 1.4',
    );
    const cpuinfo = 'processor\t: 0\n\nRevision\t: c04170\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n';
    expect(await boardModel(sketched({ files: { '/proc/cpuinfo': cpuinfo } }))).toBe('Raspberry Pi 5 Model B Rev 1.0');
    expect(await boardModel(sketched({ files: { '/proc/cpuinfo': 'model name\t: Intel(R) Xeon(R)\n' } }))).toBeUndefined();
  });
  test('a Raspberry Pi 5 under the Supervisor', async () => {
    const files = { '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0', '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n' };
    expect(await linesOf(platform, scene({ machine: { files, facts: { supervised: true } } }))).toEqual([
      'ok Board: Raspberry Pi 5 Model B Rev 1.0 (Raspberry Pi 5)',
      'ok Kernel: Linux 6.12.47',
      'ok Architecture: arm64',
      'ok Node: 24.21.0',
      'ok Surroundings: app of the Home Assistant Supervisor',
      'ok User: root (0): 0',
    ]);
  });
  test('what is not known is not ok, and an old Node or 32 bits are said', async () => {
    const machine = {
      files: { '/.dockerenv': '', '/etc/group': 'dialout:x:20:pi\n', '/etc/passwd': 'pi:x:1000:1000::/home/pi:/bin/sh' },
      facts: { arch: 'arm', node: '20.19.0', uid: 1000, groups: [20, 1000] },
    };
    const lines = await linesOf(platform, scene({ machine }));
    expect(lines[0]).toMatch(/^unknown Board: the device tree cannot be read here →/);
    expect(lines.slice(2)).toEqual([
      'warning Architecture: arm → Install the 64-bit system: only aarch64 and amd64 are served',
      'warning Node: 20.19.0 → Install Node 24',
      'ok Surroundings: container, without a Supervisor',
      'ok User: pi (1000): 1000, dialout',
    ]);
  });
});

describe('configuration', () => {
  test('none named', async () => {
    expect(await linesOf(configuration, scene())).toEqual([
      'not-applicable House file: none named: only the machine is examined → Name it: --config FILE',
    ]);
  });
  test('accepted, with its devices', async () => {
    const yaml = 'version: 1\ndevices: [{id: tic, type: linky, port: /dev/ttyUSB0}]\nrelays: [{id: rs_01, line: 5}]\n';
    expect(await linesOf(configuration, scene({ yaml }))).toEqual([
      'ok House file: house.yaml is accepted',
      'ok Devices: tic (linky), rs_01 (relay)',
    ]);
  });
  test('every fault with its place', async () => {
    const lines = await linesOf(
      configuration,
      scene({ yaml: 'version: 1\nrelays:\n  - {id: rs_01, line: 5}\n  - {id: rs_02, line: 5}\n' }),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^failed House file: house\.yaml:4:\d+: relays\[1\]\.line: GPIO auto:5 is already used by rs_01 → Each/);
  });
});
