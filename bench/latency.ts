/** From the last byte of a TIC frame to the MQTT message, over mosquitto, beside a bare publish of the same payload. */
import mqtt from 'mqtt';
import { run } from '../src/app.ts';
import { demoYaml } from '../src/config/demo.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import { drivers } from '../src/drivers/index.ts';
import { systemClock } from '../src/ports/clock.ts';
import { simulatedHouse, WIRING } from '../src/ports/sim/demo.ts';
import { meterFrame } from '../src/ports/sim/meter.ts';
import { fakeStore } from '../test/fakes.ts';
import { quantile, type Result } from './result.ts';

const ROUNDS = 500;

export async function benchLatency(url: string): Promise<Result[]> {
  const clock = systemClock();
  const simulated = simulatedHouse(clock);
  const controller = new AbortController();
  const { raw } = validateHouse(demoYaml('en').replace('devices:', 'mqtt: {min_interval_s: 0}\ndevices:'), 'bench', drivers);
  const running = run({
    loaded: { source: 'file', house: toHouse(raw), problems: [] },
    drivers,
    ports: simulated.ports,
    clock,
    signal: controller.signal,
    log: () => undefined,
    version: '0',
    random: () => 0,
    openStore: async () => fakeStore(),
    findBroker: async () => ({ url }),
    onView: () => undefined,
  });
  const wire = simulated.serial.wire(WIRING.tic);
  const subscriber = await mqtt.connectAsync(url);
  const publisher = await mqtt.connectAsync(url);
  await subscriber.subscribeAsync(['boxenergie/+/linky/state', 'bare']);
  const waiters = new Map<string, (payload: string) => void>();
  subscriber.on('message', (topic, payload) => waiters.get(topic === 'bare' ? 'bare' : 'linky')?.(payload.toString()));
  const once = (name: string): Promise<string> => new Promise((resolve) => waiters.set(name, resolve));

  // The first seconds: the mode is found, what is seen is announced.
  const meter = { volts: 230, amps: 4, va: 900, offPeakWh: 1000, peakWh: 2000, offPeakNow: false, maxTodayVa: 2000 };
  while (wire.opened === undefined) await clock.sleep(20);
  for (let i = 0; i < 5; i += 1) {
    wire.send(meterFrame({ ...meter, va: 900 + 100 * i }, Date.now()), 9600);
    await clock.sleep(100);
  }
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const frame = meterFrame({ ...meter, va: 1000 + (i % 2) * 500 }, Date.now());
    wire.send(frame.subarray(0, -1), 9600);
    await clock.sleep(2);
    const heard = once('linky');
    const begun = performance.now();
    wire.send(frame.subarray(-1), 9600);
    const payload = await heard;
    ours.push(performance.now() - begun);
    const echoed = once('bare');
    const bareBegun = performance.now();
    publisher.publish('bare', payload);
    await echoed;
    bare.push(performance.now() - bareBegun);
  }
  controller.abort(new Error('done'));
  await running;
  await Promise.all([subscriber.endAsync(), publisher.endAsync()]);
  return [0.5, 0.95].map((share) => {
    const [value, reference] = [quantile(ours, share), quantile(bare, share)];
    const target = 'p95 at most 5 ms over the bare publish';
    return {
      name: `last byte to MQTT message, p${share * 100}`,
      value,
      unit: 'ms',
      reference,
      ratio: value / reference,
      target,
      met: value - reference <= 5,
    };
  });
}
