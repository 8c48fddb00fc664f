import { afterAll, beforeAll, describe } from 'vitest';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import { scenarios } from './scenarios.ts';

describe('the bridge on the embedded broker', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(() => broker[Symbol.asyncDispose]());
  scenarios(() => ({
    url: broker.url,
    async restart() {
      const { port } = broker;
      await broker[Symbol.asyncDispose]();
      broker = await startEmbeddedBroker(port);
    },
  }));
});
