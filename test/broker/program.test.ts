/** The whole program as a user starts it, against mosquitto, seen with mosquitto_sub. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { demoYaml } from '../../src/config/demo.ts';
import { checkDiscovery } from '../homeassistant/platform-rules.ts';
import { startMosquitto } from './mosquitto.ts';

test('the simulated house reaches mosquitto: discovery of every device, values, relays that obey, a clean goodbye', async () => {
  await using broker = await startMosquitto();
  const data = mkdtempSync(join(tmpdir(), 'boxenergie-program-'));
  const program = spawn(process.execPath, ['src/main.ts', '--simulate', '--broker', broker.url, '--data', data, '--log-level', 'debug'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  program.stdout.on('data', (bytes: Buffer) => (output += bytes));
  program.stderr.on('data', (bytes: Buffer) => (output += bytes));
  const ended = new Promise<number | null>((resolve) => program.on('exit', (code) => resolve(code)));
  try {
    const sub = (filter: string, seconds: number, more: string[] = []): string[][] => {
      try {
        return lines(
          execFileSync('mosquitto_sub', ['-p', String(broker.port), '-v', '-t', filter, '-W', String(seconds), ...more], {
            encoding: 'utf8',
          }),
        );
      } catch (error) {
        // mosquitto_sub ends with 27 when its time is over: what it heard is on its output.
        return lines(String((error as { stdout?: string }).stdout ?? ''));
      }
    };
    const heard = sub('#', 8);
    const documents = new Map(
      heard.filter(([topic]) => topic?.endsWith('/config')).map(([topic, payload]) => [topic ?? '', payload ?? '']),
    );
    const devices = [...documents.keys()].map((topic) => topic.split('/')[2]?.replace(/^boxenergie_[0-9a-f]{6}_/, '')).sort();
    const demo = parse(demoYaml('en')) as Record<'devices' | 'relays', { readonly id: string }[]>;
    expect(devices).toEqual(['alarm', 'bridge', ...[...demo.devices, ...demo.relays].map(({ id }) => id)].sort());
    for (const [topic, payload] of documents) expect(checkDiscovery(topic, payload)).toEqual([]);
    const install = heard.find(([topic]) => topic?.endsWith('/linky/state'))?.[0]?.split('/')[1];
    const linky = JSON.parse(heard.findLast(([topic]) => topic?.endsWith('/linky/state'))?.[1] ?? '{}');
    expect(linky).toMatchObject({ tic_mode: 'standard', tic_error_rate: 0, index_mismatch: false, meter_address: '0612******90' });
    expect(linky.energy_drawn).toBeGreaterThan(23_000_000);

    await new Promise((resolve) => setTimeout(resolve, 4_000)); // the first ten seconds no relay may close
    execFileSync('mosquitto_pub', ['-p', String(broker.port), '-t', `boxenergie/${install}/rs_02/rs_02/set`, '-m', 'ON']);
    const relay =
      sub(`boxenergie/${install}/rs_02/state`, 2, ['-R']).at(-1)?.[1] ?? sub(`boxenergie/${install}/rs_02/state`, 1).at(-1)?.[1];
    expect(JSON.parse(relay ?? '{}')).toMatchObject({ rs_02: true, au_rs_02: true, rs_02_reason: 'request', rs_02_fault: false });
    // The house answers: the water heater draws 2.4 kW through the meter.
    const after = JSON.parse(sub(`boxenergie/${install}/linky/state`, 3).at(-1)?.[1] ?? '{}');
    expect(after.apparent_power).toBeGreaterThan(linky.apparent_power + 2000);

    program.kill('SIGTERM');
    const before = Date.now();
    expect(await ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(sub(`boxenergie/${install}/status`, 1)).toEqual([[`boxenergie/${install}/status`, 'offline']]);
    expect(JSON.parse(sub(`boxenergie/${install}/rs_02/state`, 1)[0]?.[1] ?? '{}')).toMatchObject({
      rs_02: false,
      rs_02_reason: 'stopping',
    });
    expect(output).not.toMatch(/ (warning|error) /);
  } finally {
    program.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
});

function lines(text: string): string[][] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}
