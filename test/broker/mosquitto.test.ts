/** The shared scenarios against a real Mosquitto, and what only a real broker shows. Started by scripts/test-broker. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { scenarios } from '../homeassistant/scenarios.ts';
import { hastyClock, until } from '../homeassistant/waiting.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

let open: Mosquitto;
/** Knows one user. */
let guarded: Mosquitto;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'boxenergie-passwords-'));
  execFileSync('mosquitto_passwd', ['-b', '-c', join(directory, 'passwords'), 'house', 'right']);
  // As root, mosquitto becomes its own user before it reads the passwords.
  chmodSync(directory, 0o755);
  chmodSync(join(directory, 'passwords'), 0o644);
  open = await startMosquitto();
  guarded = await startMosquitto(`allow_anonymous false\npassword_file ${join(directory, 'passwords')}`);
});
afterAll(() => Promise.all([open[Symbol.asyncDispose](), guarded[Symbol.asyncDispose]()]));

scenarios('mosquitto', () => open.url);

describe('a guarded Mosquitto', () => {
  const visit = (password: string, subscriptions: readonly string[]) => {
    const seen: string[] = [];
    const clock = hastyClock();
    const connection = mqttBrokers(() => 0, clock).connect(
      {
        url: guarded.url,
        clientId: `guest_${password}`,
        username: 'house',
        password,
        will: { topic: 'boxenergie/w', payload: 'offline', retain: false },
      },
      subscriptions,
      { onConnect: () => seen.push('up'), onDisconnect: (reason) => seen.push(reason), onMessage: () => undefined },
    );
    return { seen, clock, connection };
  };
  test('takes the right password', async () => {
    const { seen, connection } = visit('right', ['boxenergie/#']);
    await until('up', () => seen.includes('up'));
    await connection[Symbol.asyncDispose]();
    expect(seen).toEqual(['up']);
  });
  test('refuses a wrong one: named once, tried again, never told', async () => {
    const { seen, clock, connection } = visit('wrong', ['boxenergie/#']);
    await until('three attempts', () => clock.pausesMs.filter((ms) => ms >= 500).length >= 3);
    await connection[Symbol.asyncDispose]();
    expect(seen).toEqual(['the broker refuses user name or password']);
  });
});
