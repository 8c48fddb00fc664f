import { expect, test } from 'vitest';
import { type Device, runDevices } from '../src/app-devices.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import { mqtt } from '../src/drivers/mqtt.ts';
import type { Description } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedSubscriptions } from '../src/ports/sim/subscriptions.ts';
import type { Ports } from '../src/ports/types.ts';

test('what the broker kept is late in the snapshot, what comes is fresh, and a silent sender ages', async () => {
  const options = {
    topic: 'plug',
    values: [{ key: 'power', name: 'Power', quantity: 'power', scale: 1, total: false }],
    stale_s: 100,
    accept_retained: true,
  } as const;
  const description = mqtt.describe(options) as Description;
  const device: Device = { config: { id: 'plug', type: 'mqtt', options }, driver: mqtt, description, name: 'Plug' };
  const clock = virtualClock();
  const subscriptions = simulatedSubscriptions(clock);
  subscriptions.say('plug', '5', true);
  const snapshot = createSnapshot(() => description.periodMs);
  const problems: string[] = [];
  const controller = new AbortController();
  const running = runDevices({
    devices: [device],
    ports: { subscriptions } as unknown as Ports,
    clock,
    signal: controller.signal,
    log: () => undefined,
    events: {
      onSample: snapshot.remember,
      onOpen: () => undefined,
      onProblem: (_, text) => problems.push(text),
    },
  });
  const now = () => snapshot.read('plug', 'power', clock.monotonicMs());
  await clock.advance(1000);
  expect(now()).toMatchObject({ value: 5, quality: 'late' });
  subscriptions.say('plug', '6');
  await clock.advance(1000);
  expect(now()).toMatchObject({ value: 6, quality: 'fresh' });
  await clock.advance(110_000);
  expect(now()?.quality).not.toBe('fresh');
  expect(problems).toEqual([expect.stringMatching(/nothing new on plug for 100 s/)]);
  subscriptions.say('plug', '7');
  await clock.advance(1000);
  expect(now()).toMatchObject({ value: 7, quality: 'fresh' });
  expect(problems.at(-1)).toBe('');
  controller.abort(new Error('stop'));
  await running;
});
