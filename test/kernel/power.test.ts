/** Power cuts at random moments while pulses come: nothing is lost but the last flush, and relays remember their mode. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP_DEVICE_ID, LEAVE_SAFE_MODE } from '../../src/homeassistant/app-device.ts';
import { w1Slave } from '../../src/ports/sim/ds18b20.ts';
import { KEPT_PROBES, labYaml, PROBE } from './config.ts';
import { HARDWARE, type House, makeDataDisk, openHouse, SERVICE } from './house.ts';
import { long } from './machine.ts';
import { note } from './table.ts';

/** An emulated processor takes four times as long to start. */
const CUTS = long ? 200 : process.env.LAB_ACCEL === 'kvm' ? 10 : 3;
/** An emulated processor on a busy machine. */
const START_MS = 300_000;
const FLUSH_S = 2;
/** Of the flush itself: asked for, written, on the disk. */
const SLACK_MS = 2_000;
let house: House;

/** What the guest does by itself when the power is back; pulses come once the total was read. */
const AUTOSTART = `#!/bin/sh
${HARDWARE}
${SERVICE}
setsid /tmp/service >/dev/null 2>&1 </dev/null &
until [ -f /tmp/go ]; do usleep 20000; done
cd /sys/devices/platform/gpio-sim.0/gpiochip*
exec lab-tool pulses 20 100000000 $PWD/sim_gpio27/pull
`;

beforeAll(async () => {
  house = await openHouse({ dataDisk: makeDataDisk('power', 32) });
  const probe = (celsius: number): Promise<string> =>
    house.machine.sh(`mkdir -p ${KEPT_PROBES}/${PROBE}; cat > ${KEPT_PROBES}/${PROBE}/w1_slave <<'END'\n${w1Slave(celsius)}END`);
  await probe(85);
  await house.start(labYaml({ flushS: FLUSH_S, latch: true }));
  await house.until('the charge is cut', () => house.values('rs_02').rs_02_reason === 'interlock', 60_000);
  await probe(25);
  await house.stop();
  await house.machine.sh(`cat > /data/autostart <<'OUTER'\n${AUTOSTART}\nOUTER\nchmod +x /data/autostart; sync`);
});
afterAll(() => house?.[Symbol.asyncDispose]());

test(
  `${CUTS} cuts, by reset and by plug`,
  async () => {
    let [volume, automatic, lost, largest] = [0, true, 0, 0];
    for (let cut = 1; cut <= CUTS; cut += 1) {
      house.forget();
      await house.powerCut(cut % 4 === 0 ? 'plug' : 'reset');
      await house.until('the program is back', () => house.available('') && house.values('rs_01').au_rs_01 !== undefined, START_MS);
      await house.until('the meter is back', () => Number.isFinite(Number(house.values('water').volume)), START_MS);
      await house.until('the relay has spoken', () => house.values('rs_02').rs_02_reason !== undefined, START_MS);
      const found = Number(house.values('water').volume);
      expect(house.values('bridge'), `cut ${cut}`).toMatchObject({ storage: false, configuration: false });
      expect(found, `cut ${cut}: the total`).toBeGreaterThanOrEqual(volume);
      expect(house.values('rs_01').au_rs_01, `cut ${cut}: the mode`).toBe(automatic);
      expect(house.values('rs_02'), `cut ${cut}: the latch`).toMatchObject({ rs_02: false, rs_02_reason: 'interlock' });
      if (cut > 1) lost = Math.max(lost, largest - found);
      await house.machine.sh('touch /tmp/go');

      automatic = cut % 2 === 0;
      await house.command('rs_01', 'au_rs_01', automatic ? 'ON' : 'OFF');
      await house.until('the mode is taken', () => house.values('rs_01').au_rs_01 === automatic);
      // A cut counts as a crash: after ten of them the safe mode would hold the relays, and hide a lost latch.
      await house.command(APP_DEVICE_ID, LEAVE_SAFE_MODE, 'PRESS');
      // At any moment of a flush interval, and while the mode is hardly written.
      const history: { readonly atMs: number; readonly volume: number }[] = [];
      const until = performance.now() + 500 + Math.random() * 8_000;
      while (performance.now() < until) {
        history.push({ atMs: performance.now(), volume: Number(house.values('water').volume) });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const safe = history.findLast(({ atMs }) => atMs < performance.now() - 1_000 * FLUSH_S - SLACK_MS);
      volume = Math.max(found, safe?.volume ?? found);
      largest = history.at(-1)?.volume ?? found;
      if (long) console.log(`cut ${cut} of ${CUTS}: found ${found}, at most ${lost} lost so far`);
    }
    note(
      '40',
      `power cuts at random moments (reset and plug) with ${FLUSH_S} s between flushes: totals, modes, latch kept`,
      `${CUTS} of ${CUTS}; at most ${lost} pulses of 20 Hz lost`,
    );
  },
  CUTS * 300_000,
);
