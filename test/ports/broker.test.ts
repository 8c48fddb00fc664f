import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes, type AedesOptions } from 'aedes';
import { afterEach, describe, expect, test } from 'vitest';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { addressProblem, explainBrokerError } from '../../src/ports/broker-reasons.ts';
import type { BrokerConnection, BrokerOptions, Message } from '../../src/ports/types.ts';
import { hastyClock, until } from '../homeassistant/waiting.ts';

const WILL = { topic: 'house/status', payload: 'offline', retain: true };
const cleanups: (() => PromiseLike<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Listens on a free (or the given) loopback port and cuts everything at the end. */
async function listen(server: Server, port = 0): Promise<{ port: number; sockets: Set<Socket>; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  cleanups.push(stop);
  return { port: (server.address() as { port: number }).port, sockets, stop };
}

async function aedes(options: AedesOptions = {}, port = 0) {
  const broker = await Aedes.createBroker(options);
  const listening = await listen(
    createServer((socket) => broker.handle(socket)),
    port,
  );
  cleanups.push(() => new Promise<void>((resolve) => broker.close(() => resolve())));
  return { broker, url: `mqtt://127.0.0.1:${listening.port}`, ...listening };
}

function visit(url: string, more: Partial<BrokerOptions> = {}, subscriptions: readonly string[] = ['house/+/set'], random = () => 0) {
  const clock = hastyClock();
  const seen: string[] = [];
  const messages: Message[] = [];
  const connection: BrokerConnection = mqttBrokers(random, clock).connect({ url, clientId: 'house', will: WILL, ...more }, subscriptions, {
    onConnect: () => seen.push('up'),
    onDisconnect: (reason) => seen.push(reason),
    onMessage: (message) => messages.push(message),
  });
  cleanups.push(() => connection[Symbol.asyncDispose]());
  return { connection, seen, messages, clock };
}

/** Newest retained payloads, as a newcomer finds them. */
async function retainedOn(url: string, topic: string): Promise<string> {
  const { messages } = visit(url, { clientId: `reader${Math.random()}`, will: { ...WILL, topic: 'reader/status' } }, [topic]);
  const message = await until(`retained ${topic}`, () => messages.find((each) => each.retained));
  return Buffer.from(message.payload).toString();
}

describe('a session', () => {
  test('stands with its subscriptions before it is told, publishes, and hears what is retained as such', async () => {
    const { url, broker } = await aedes();
    const early = visit(url, { clientId: 'early' });
    await until('early', () => early.seen.includes('up'));
    await early.connection.publish('house/a/set', 'ON', { qos: 1, retain: true });
    const { connection, seen, messages } = visit(url);
    expect(connection.connected).toBe(false);
    await until('connection', () => connection.connected && seen.includes('up'));
    await connection.publish('house/b/set', 'é', { qos: 0, retain: false });
    await until('both', () => messages.length === 2);
    expect(messages.map(({ topic, payload, retained }) => [topic, Buffer.from(payload).toString(), retained])).toEqual([
      ['house/a/set', 'ON', true],
      ['house/b/set', 'é', false],
    ]);
    expect(broker.connectedClients).toBe(2);
  });

  test('says goodbye when it is closed: no will', async () => {
    const { url } = await aedes();
    const { connection, seen } = visit(url);
    await until('up', () => seen.includes('up'));
    await connection.publish(WILL.topic, 'online', { qos: 1, retain: true });
    await connection[Symbol.asyncDispose]();
    expect(await retainedOn(url, WILL.topic)).toBe('online');
  });

  test('leaves its will when it is cut, and comes back by itself', async () => {
    const { url, sockets } = await aedes();
    const watcher = visit(url, { clientId: 'watcher', will: { ...WILL, topic: 'x' } }, [WILL.topic]);
    await until('watcher', () => watcher.seen.includes('up'));
    const own = new Set(sockets);
    const { seen } = visit(url);
    await until('up', () => seen.includes('up'));
    for (const socket of sockets) if (!own.has(socket)) socket.destroy();
    await until('back', () => seen.filter((each) => each === 'up').length === 2);
    expect(seen[1]).toMatch(/lost|closed/);
    await until('the will', () => watcher.messages.some(({ payload }) => Buffer.from(payload).toString() === 'offline'));
  });
});

describe('topics asked for later', () => {
  test('are heard until they are given back; one that the broker refuses fails alone', async () => {
    const { url } = await aedes({
      authorizeSubscribe: (_, subscription, done) => done(null, subscription.topic === 'secret' ? null : subscription),
    });
    const { connection, seen, messages } = visit(url);
    await expect(connection.subscribe('plug')).rejects.toThrow('not connected');
    await until('up', () => seen.includes('up'));
    await expect(connection.subscribe('secret')).rejects.toThrow();
    await connection.subscribe('plug');
    await connection.publish('secret', '0', { qos: 1, retain: false });
    await connection.publish('plug', '1', { qos: 1, retain: false });
    await until('the plug', () => messages.length > 0);
    connection.unsubscribe('plug');
    await connection.publish('plug', '2', { qos: 1, retain: false });
    await connection.publish('house/a/set', 'ON', { qos: 1, retain: false });
    await until('the command', () => messages.some(({ topic }) => topic === 'house/a/set'));
    expect(messages.map(({ topic, payload }) => `${topic} ${Buffer.from(payload)}`)).toEqual(['plug 1', 'house/a/set ON']);
    expect([connection.connected, seen]).toEqual([true, ['up']]);
  });
});

describe('while there is no broker', () => {
  test('publishing is refused at once, and what was under way when the line broke is refused too', async () => {
    // Speaks just enough MQTT to let a client in, never acknowledges, and hangs up on demand.
    const { port, sockets } = await listen(
      createServer((socket) =>
        socket.on('data', (bytes) => {
          if (bytes[0] === 0x10) socket.write(Buffer.from([0x20, 2, 0, 0]));
          else if (bytes[0] === 0x82) socket.write(Buffer.from([0x90, 3, bytes[2] ?? 0, bytes[3] ?? 0, 1]));
        }),
      ),
    );
    const { connection, seen } = visit(`mqtt://127.0.0.1:${port}`);
    await expect(connection.publish('a', 'b', { qos: 1, retain: false })).rejects.toThrow('not connected');
    await until('up', () => seen.includes('up'));
    const underWay = connection.publish('a', 'b', { qos: 1, retain: false });
    expect(connection.backlogBytes).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    await expect(underWay).rejects.toThrow('lost');
  });

  test('attempts have growing, spread pauses up to a minute, and the cause is said once', async () => {
    const { port, stop } = await aedes();
    await stop();
    const { seen, clock } = visit(`mqtt://127.0.0.1:${port}`, {}, ['x'], () => 0.5);
    await until('six pauses', () => clock.pausesMs.length >= 6);
    expect(clock.pausesMs.slice(0, 6)).toEqual([750, 1500, 3000, 6000, 12_000, 24_000]);
    expect(seen).toEqual(['no broker listens there']);
  });

  test('no pause is longer than a minute, whatever chance says', async () => {
    const { port, stop } = await aedes();
    await stop();
    const { clock } = visit(`mqtt://127.0.0.1:${port}`, {}, ['x'], () => 0.999_999);
    await until('eight pauses', () => clock.pausesMs.length >= 8);
    expect(Math.max(...clock.pausesMs)).toBeLessThanOrEqual(60_000);
    expect(clock.pausesMs.at(-1)).toBeGreaterThan(59_000);
  });

  test.each(['nonsense', 'http://127.0.0.1', 'mqtt://', ''])(
    'the address %j is refused in words, without a throw or an attempt',
    async (url) => {
      const { seen, clock } = visit(url);
      const [reason] = await until('reason', () => seen.length > 0 && seen);
      expect(reason).toContain('mqtt://host:1883');
      expect(clock.pausesMs).toEqual([]);
    },
  );
});

describe('a broker that refuses', () => {
  test('a wrong password is named, tried again later, and works once it is right', async () => {
    const state = { open: false, attempts: 0 };
    const { url } = await aedes({
      authenticate: (_client, name, password, done) => {
        state.attempts += 1;
        if (state.open && name === 'house' && password?.toString() === 'secret') done(null, true);
        else done(Object.assign(new Error('no'), { returnCode: 4 }), false);
      },
    });
    const { seen } = visit(url, { username: 'house', password: 'secret' });
    await until('three attempts', () => state.attempts >= 3);
    expect(seen).toEqual(['the broker refuses user name or password']);
    state.open = true;
    await until('up', () => seen.includes('up'));
    expect(seen.join()).not.toContain('secret');
  });

  test('a refused subscription is named, and the broker is not stormed', async () => {
    const { url, broker } = await aedes({ authorizeSubscribe: (_client, _subscription, done) => done(null, null) });
    let connects = 0;
    broker.on('clientReady', () => {
      connects += 1;
    });
    const { seen, clock } = visit(url);
    await until('four attempts', () => connects >= 4);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain('access list');
    expect(clock.pausesMs.filter((ms) => ms >= 500).length).toBeGreaterThanOrEqual(connects - 1);
  });

  test('noise instead of MQTT ends the attempt', async () => {
    const { port } = await listen(createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const { seen, clock } = visit(`mqtt://127.0.0.1:${port}`);
    await until('an attempt after the first', () => clock.pausesMs.length >= 2);
    expect(seen).not.toContain('up');
  });
});

describe.skipIf(!hasOpenssl())('TLS', () => {
  function certificate(): { key: Buffer; cert: Buffer } {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
    ];
    execFileSync('openssl', [...request, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  }
  test('a certificate is believed only with its authority', async () => {
    const pair = certificate();
    const broker = await Aedes.createBroker();
    const { port } = await listen(createTlsServer(pair, (socket) => broker.handle(socket)));
    const url = `mqtts://127.0.0.1:${port}`;
    const trusting = visit(url, { ca: pair.cert.toString() });
    await until('up', () => trusting.seen.includes('up'));
    const careful = visit(url, { clientId: 'careful' });
    await until('refusal', () => careful.seen.length > 0);
    expect(careful.seen[0]).toContain('unknown authority');
    await until('a second attempt', () => careful.clock.pausesMs.length >= 2);
    expect(careful.seen).not.toContain('up');
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('words', () => {
  test.each([
    [Object.assign(new Error('x'), { code: 5 }), 'the broker refuses user name or password'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'no broker listens there'],
    [new Error('connack timeout'), 'the broker does not answer'],
    [new Error('something else'), 'something else'],
    ['a text', 'a text'],
  ])('%s', (error, words) => expect(explainBrokerError(error)).toBe(words));
  test('addresses', () => expect(['mqtt://h:1883', 'mqtts://h'].map(addressProblem)).toEqual([undefined, undefined]));
});
