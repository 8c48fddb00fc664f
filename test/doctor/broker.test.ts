/** The broker's check, through the real MQTT client and an embedded broker. */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import { afterEach, describe, expect, test } from 'vitest';
import { broker } from '../../src/doctor/broker.ts';
import { inFrench } from '../../src/doctor/broker-words.ts';
import type { BrokerSeen } from '../../src/doctor/types.ts';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { explainBrokerError } from '../../src/ports/broker-reasons.ts';
import { hastyClock } from '../homeassistant/waiting.ts';
import { lineOf, scene } from './scene.ts';

const cleanups: (() => PromiseLike<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as { port: number }).port;
}
async function aedes(options: AedesOptions = {}) {
  const inner = await Aedes.createBroker(options);
  cleanups.push(() => new Promise<void>((resolve) => inner.close(() => resolve())));
  const heard: { topic: string; payload: string; retain: boolean }[] = [];
  inner.on('publish', ({ topic, payload, retain }) => {
    if (!topic.startsWith('$SYS')) heard.push({ topic, payload: payload.toString(), retain });
  });
  return { heard, port: await listen(createServer((socket) => inner.handle(socket))) };
}
async function check(
  seen: Partial<NonNullable<BrokerSeen['access']>> | undefined,
  language: 'en' | 'fr' = 'en',
  yaml?: string,
): Promise<string[]> {
  const clock = hastyClock(5);
  const brokers = mqttBrokers(() => 0, clock);
  const access = seen === undefined ? undefined : { url: 'mqtt://127.0.0.1', ...seen };
  const on = scene({
    brokers,
    broker: { access, reason: '' },
    machine: { hosts: { '127.0.0.1': '127.0.0.1' } },
    ...(yaml !== undefined && { yaml }),
  });
  const findings = await broker.run({ ...on, clock }, new AbortController().signal);
  return findings.map((each) => lineOf(each, language));
}

describe('the broker', () => {
  test('known, entered, and a message comes back; nothing else is sent, nothing is kept', async () => {
    const { port, heard } = await aedes();
    const lines = await check({ url: `mqtt://user:secret@127.0.0.1:${port}`, username: 'user', password: 'secret' });
    expect(lines.slice(0, 2)).toEqual([
      'ok Name: 127.0.0.1',
      `ok Connection and login: mqtt://127.0.0.1:${port}, user name and password accepted`,
    ]);
    expect(lines[2]).toMatch(/^(ok|warning) Echo: a message comes back in \d+ ms/);
    expect(lines.join()).not.toContain('secret');
    expect(heard).toEqual([{ topic: 'boxenergie/doctor/80000000', payload: '80000000', retain: false }]);
  });
  test('below the root of the house file', async () => {
    const { port, heard } = await aedes();
    await check({ url: `mqtt://127.0.0.1:${port}` }, 'en', 'version: 1\nmqtt: {topic_root: home/energy}\n');
    expect(heard.map(({ topic }) => topic)).toEqual(['home/energy/doctor/80000000']);
  });
  test('a refused password, in both languages', async () => {
    const { port } = await aedes({
      authenticate: (_client, _name, _password, done) => done(Object.assign(new Error('no'), { returnCode: 4 }), false),
    });
    const url = `mqtt://127.0.0.1:${port}`;
    expect((await check({ url }))[1]).toBe(
      `failed Connection and login: ${url}: the broker refuses user name or password → Check user and password on the broker`,
    );
    expect((await check({ url }, 'fr'))[1]).toBe(
      `failed Connexion et identification: ${url} : le serveur refuse le nom d'utilisateur ou le mot de passe → Vérifiez utilisateur et mot de passe sur le serveur`,
    );
  });
  test('messages that are taken and never delivered', async () => {
    const { port } = await aedes({ authorizeForward: () => null });
    expect((await check({ url: `mqtt://127.0.0.1:${port}` }))[2]).toBe(
      'failed Echo: a message does not come back → Let this user publish and read boxenergie/#',
    );
  });
  test('a publication that is refused', async () => {
    const { port } = await aedes({ authorizePublish: (_client, _packet, done) => done(new Error('not allowed')) });
    expect((await check({ url: `mqtt://127.0.0.1:${port}` }))[2]).toMatch(/^failed Echo: a message is refused: .* → Let this user/);
  });
  test('nobody listens, somebody who never answers, an unknown name, no address', async () => {
    const silent = await listen(createServer());
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    expect((await check({ url: `mqtt://127.0.0.1:${port}` }))[1]).toMatch(/no broker listens there → Start the broker/);
    expect((await check({ url: `mqtt://127.0.0.1:${silent}` }))[1]).toMatch(/the broker does not answer → Start the broker/);
    expect(await check({ url: 'mqtt://nowhere.lan' })).toEqual([expect.stringMatching(/^failed Name: nowhere\.lan is not known/)]);
    expect(await check({ url: 'http://127.0.0.1' })).toEqual([expect.stringMatching(/^failed Name: its address has not the right form/)]);
  });
  test('none named is no fault, none found is one', async () => {
    expect(await check(undefined)).toEqual(['not-applicable Name: none named → Name it: --broker mqtt://host:1883']);
    const lost = scene({ broker: { access: undefined, reason: 'the Supervisor does not answer' } });
    expect((await broker.run(lost, new AbortController().signal))[0]).toMatchObject({
      status: 'failed',
      found: { en: 'the Supervisor does not answer' },
    });
  });
  test('every known reason has its French', () => {
    const network = [
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ETIMEDOUT',
      'ECONNRESET',
      'ERR_MODULE_NOT_FOUND',
    ];
    const tls = ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO'];
    for (const code of [1, 2, 3, 4, 5, ...network, ...tls]) {
      const reason = explainBrokerError({ code });
      expect(inFrench(reason), reason).not.toBe(reason);
    }
    expect(inFrench('something new')).toBe('something new');
  });
});
