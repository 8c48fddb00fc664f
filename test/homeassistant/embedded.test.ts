import { afterAll, beforeAll } from 'vitest';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import { scenarios } from './scenarios.ts';

let broker: EmbeddedBroker | undefined;
beforeAll(async () => {
  broker = await startEmbeddedBroker();
});
afterAll(() => broker?.[Symbol.asyncDispose]());
scenarios('the embedded broker', () => broker?.url ?? '');
