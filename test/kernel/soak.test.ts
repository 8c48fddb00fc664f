/** Twenty minutes with everything on: memory, descriptors and processor time stay what they were. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labYaml } from './config.ts';
import { type House, makeDataDisk, openHouse, RELAYS } from './house.ts';
import { note } from './table.ts';
import { linkyFrame, playFrames } from './wires.ts';

const MINUTES = 20;
let house: House;
const stops: (() => void)[] = [];

beforeAll(async () => {
  house = await openHouse({ dataDisk: makeDataDisk('soak') });
  await house.machine.qmp.execute('device_add', { driver: 'usb-serial', id: 'adapter', chardev: 'usb', serial: 'TIC2' });
  const usb = await house.machine.usb();
  stops.push(() => usb.destroy());
  let energy = 0;
  stops.push(playFrames(usb, () => linkyFrame(700, 1_000_000 + Math.floor((energy += 0.2)))));
  stops.push(playFrames(house.machine.tic, () => linkyFrame(1234, 5_000_000 + Math.floor(energy * 2))));
  await house.start(labYaml({ usb: true }));
  const lines = [17, 27, 22, 23].map(house.pullFile).join(' ');
  await house.machine.sh(`setsid lab-tool pulses 10 100000000 ${lines} >/dev/null 2>&1 </dev/null & echo`);
});
afterAll(async () => {
  for (const stop of stops) stop();
  await house?.[Symbol.asyncDispose]();
});

interface Reading {
  readonly rssMb: number;
  readonly descriptors: number;
  readonly cpuS: number;
}
async function read(): Promise<Reading> {
  const text = await house.machine.sh('p=$(cat /tmp/pid); grep VmRSS /proc/$p/status; ls /proc/$p/fd | wc -l; cat /proc/$p/stat');
  const [rss = '', descriptors = '', stat = ''] = text.split('\n');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    rssMb: Number(/\d+/.exec(rss)?.[0]) / 1024,
    descriptors: Number(descriptors),
    cpuS: (Number(fields[11]) + Number(fields[12])) / 100,
  };
}

test(
  `${MINUTES} minutes`,
  async () => {
    const begun = performance.now();
    const readings: Reading[] = [];
    for (let minute = 0; minute <= MINUTES; minute += 1) {
      await new Promise((resolve) => setTimeout(resolve, begun + minute * 60_000 - performance.now()));
      readings.push(await read());
      for (const id of Object.keys(RELAYS)) await house.command(id, id, minute % 2 === 0 ? 'ON' : 'OFF');
    }
    const mean = (of: readonly Reading[]): number => of.reduce((sum, { rssMb }) => sum + rssMb, 0) / of.length;
    // The first minutes fill caches; what counts is that the rest is flat.
    const [early, late] = [mean(readings.slice(5, 10)), mean(readings.slice(-5))];
    expect(late - early).toBeLessThan(2);
    expect(new Set(readings.slice(2).map(({ descriptors }) => descriptors)).size).toBe(1);
    const [first, last] = [readings[1] as Reading, readings.at(-1) as Reading];
    const cpu = (100 * (last.cpuS - first.cpuS)) / ((MINUTES - 1) * 60);
    for (const device of ['linky', 'solar_meter', 'bat_01', 'bat_05', 'heater', 'water']) {
      expect(performance.now() - house.heardMs(device), device).toBeLessThan(10_000);
    }
    note(
      '50',
      `soak of ${MINUTES} min: memory early and late; descriptors; processor`,
      `${early.toFixed(1)}, ${late.toFixed(1)} MB; ${last.descriptors}; ${cpu.toFixed(1)} %`,
    );
  },
  (MINUTES + 5) * 60_000,
);
