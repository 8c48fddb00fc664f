import { expect, test } from 'vitest';
import { startMosquitto } from '../broker/mosquitto.ts';
import { startCore } from './core.ts';

test('boot', async () => {
  const t0 = Date.now();
  await using broker = await startMosquitto();
  await using core = await startCore();
  console.log('up', Date.now() - t0);
  await core.useBroker(broker.port);
  const t1 = Date.now();
  await core.stop();
  console.log('stopped', Date.now() - t1);
  await core.start();
  console.log('restarted', Date.now() - t1);
  const list = await core.ask<unknown[]>('config/entity_registry/list');
  console.log(list.length, core.log());
  expect(1).toBe(1);
});
