import { afterEach, expect, test } from 'vitest';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import type { Heard } from '../../src/ports/subscription-types.ts';
import { sharedConnection } from '../../src/ports/subscriptions.ts';
import type { Message } from '../../src/ports/types.ts';
import { hastyClock, until } from '../homeassistant/waiting.ts';

const cleanups: (() => PromiseLike<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function house() {
  const broker = await startEmbeddedBroker();
  cleanups.push(() => broker[Symbol.asyncDispose]());
  const shared = sharedConnection(
    mqttBrokers(() => 0, hastyClock()),
    systemClock(),
  );
  const heard: Message[] = [];
  const seen: string[] = [];
  const join = (brokers: typeof shared.brokers, root: string) => {
    const will = { topic: `boxenergie/${root}/status`, payload: 'offline', retain: true };
    const connection = brokers.connect({ url: broker.url, clientId: root, will }, [`boxenergie/${root}/+/+/set`], {
      onConnect: () => seen.push(root),
      onDisconnect: () => undefined,
      onMessage: (message) => heard.push(message),
    });
    cleanups.push(() => connection[Symbol.asyncDispose]());
    return connection;
  };
  const other = join(
    mqttBrokers(() => 0, hastyClock()),
    'other',
  );
  return { shared, heard, seen, other, join };
}

test('one connection serves the program and its drivers, each with what it asked for', async () => {
  const { shared, heard, seen, other, join } = await house();
  expect(() => shared.subscriptions.open(['plug'])).toThrow(/not connected/);
  const own = join(shared.brokers, 'house');
  await until('both', () => seen.length === 2);
  await other.publish('plug', '1', { qos: 1, retain: true });

  const got: Heard[] = [];
  const first = shared.subscriptions.open(['plug', 'meter']);
  await until('what was retained', () => got.push(...first.take()) > 0);
  expect(got.map(({ topic, payload, retained }) => [topic, String(payload), retained])).toEqual([['plug', '1', true]]);
  const second = shared.subscriptions.open(['plug']);
  const later = await until('the same again', () => second.take()[0]);
  expect(later).toMatchObject({ retained: true, sinceMs: got[0]?.sinceMs });

  await other.publish('meter', '2', { qos: 1, retain: false });
  await other.publish('boxenergie/house/rs_01/rs_01/set', 'ON', { qos: 1, retain: false });
  await until('the meter', () => first.take().some(({ topic }) => topic === 'meter'));
  await until('the command', () => heard.length > 0);
  expect(heard.map(({ topic }) => topic)).toEqual(['boxenergie/house/rs_01/rs_01/set']);

  await other.publish('meter', 'x'.repeat(50_000), { qos: 1, retain: false });
  const long = await until('the long one', () => first.take().find(({ payload }) => payload.length > 10));
  expect(long.payload.length).toBe(16_385);

  second[Symbol.dispose]();
  await other.publish('plug', '3', { qos: 1, retain: false });
  await until('still heard by the first', () => first.take().some(({ payload }) => String(payload) === '3'));
  first[Symbol.dispose]();
  await own[Symbol.asyncDispose]();
});

test('own topics are refused, a lost connection is told', async () => {
  const { shared, seen, join } = await house();
  const own = join(shared.brokers, 'house');
  await until('both', () => seen.length === 2);
  expect(() => shared.subscriptions.open(['boxenergie/house/bat_01/state'])).toThrow(/belongs to this installation/);
  const listening = shared.subscriptions.open(['boxenergie/elsewhere/bat_01/state']);
  expect(listening.take()).toEqual([]);
  await own[Symbol.asyncDispose]();
  expect(() => listening.take()).toThrow(/not connected/);
});
