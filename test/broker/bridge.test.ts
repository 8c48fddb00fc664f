import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { scenarios } from '../homeassistant/scenarios.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

describe('the bridge on mosquitto', () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker[Symbol.asyncDispose]());
  scenarios(() => ({
    url: broker.url,
    async restart() {
      await broker.stop();
      await broker.start();
    },
  }));
});

test('a wrong password is said in words, once', async () => {
  await using broker = await startMosquitto('allow_anonymous false');
  const reasons: string[] = [];
  const options = { url: broker.url, clientId: 'x', username: 'me', password: 'wrong', will: { topic: 't', payload: 'p', retain: false } };
  await new Promise<void>((resolve) => {
    const connection = mqttBrokers(() => 0).connect(options, [], {
      onConnect: () => undefined,
      onMessage: () => undefined,
      onDisconnect(reason) {
        reasons.push(reason);
        void connection[Symbol.asyncDispose]().then(resolve);
      },
    });
  });
  expect(reasons).toEqual(['the broker refuses user name or password']);
});
