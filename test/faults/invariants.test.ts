/** The watch itself must be able to fail: each rule broken once, by hand, on a wire and a journal of its own. */
import { describe, expect, test } from 'vitest';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { lm75 } from '../../src/drivers/lm75.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedGpio } from '../../src/ports/sim/gpio.ts';
import type { JournalEntry } from '../../src/store/types.ts';
import { fakeStore } from '../fakes.ts';
import { watch } from './invariants.ts';

const YAML = `version: 1
devices: [{id: probe, type: lm75, address: 0x48}]
relays: [{id: rs_01, line: 5, active_low: true, min_off_s: 60, lease_s: 60}]
batteries: [{id: b, chemistry: lfp, temperatures: [probe.temperature], charge_relays: [rs_01]}]
`;

async function bench() {
  const clock = virtualClock();
  const gpio = simulatedGpio(clock);
  const { raw, problems } = validateHouse(YAML, 'h', [lm75]);
  expect(problems).toEqual([]);
  let told: string | undefined;
  const watched = watch({ house: toHouse(raw), clock, gpio, store: fakeStore(), told: () => told });
  const line = await gpio.openOutput({ chip: 'auto', line: 5, activeLow: true, initial: false });
  const { store, witness } = watched;
  const temperature = (c: number | null): void =>
    witness.sample({ deviceId: 'probe', atMs: 0, monotonicMs: clock.monotonicMs(), values: { temperature: c } });
  const on = (reason: JournalEntry['reason'] = 'automatic'): void => entry(true, reason);
  const entry = (after: boolean, reason: JournalEntry['reason']): void => {
    store.journal({ atMs: 0, relayId: 'rs_01', before: !after, after, reason, detail: null, by: 'home-assistant', inputs: {} });
    line.set(after);
  };
  temperature(20);
  return {
    ...watched,
    clock,
    line,
    temperature,
    on,
    off: () => entry(false, 'default'),
    entry,
    tell: (text: string) => void (told = text),
  };
}
type Bench = Awaited<ReturnType<typeof bench>>;

type Step = (b: Bench) => unknown;
const on: Step = (b) => b.on();
const off: Step = (b) => b.off();
const wait =
  (seconds: number): Step =>
  ({ clock }) =>
    clock.advance(seconds * 1000);
const warm =
  (c: number | null): Step =>
  ({ temperature }) =>
    temperature(c);

const WRONG: Record<string, [Step[], RegExp]> = {
  'no journal': [[({ line }) => line.set(true)], /without any decision/],
  'a silent opening': [[on, wait(2), ({ line }) => line.set(false)], /journal has no reason/],
  'no permit': [[(b) => b.on('shedding')], /without a permit/],
  'an interlock': [[(b) => b.on('interlock')], /under interlock/],
  'a latch': [[on, ({ store }) => store.setLatch({ relayId: 'rs_01', cause: 'welded', sinceMs: 0 })], /welded is latched/],
  'a lease that is over': [
    [({ witness }) => witness.command({ deviceId: 'rs_01', key: 'rs_01', on: true }), (b) => b.on('request'), wait(63)],
    /lease that is over/,
  ],
  'too soon': [[on, wait(2), off, wait(59), on], /59 s after it opened/],
  'too often': [[1, 2, 3, 4].flatMap(() => [on, wait(2), off, wait(61)]), /change 7 of the hour/],
  heat: [[on, warm(55), warm(55), warm(55)], /above the cut-off/],
  'critical heat': [[on, warm(70), warm(70)], /critical heat/],
  'a silent probe': [[on, warm(null), wait(40)], /without its temperature/],
  'a lie': [[on, (b) => b.tell('{"rs_01": false}')], /told false and is true/],
  'a falling total': [
    [5, 4].map(
      (total) =>
        ({ store }) =>
          store.saveTotal({ ...ENERGY, total }),
    ),
    /m.e decreases from 5 to 4/,
  ],
};
const ENERGY = { deviceId: 'm', key: 'e', index: 1, offset: 0, identity: null, atMs: 0 };

describe('the watch tells', () => {
  test.each(Object.entries(WRONG))('%s', async (_, [steps, message]) => {
    const b = await bench();
    for (const step of steps) await step(b);
    await b.clock.advance(3_000);
    expect(() => b.verdict()).toThrow(message);
  });

  test('nothing when all is well', async () => {
    const b = await bench();
    b.on();
    b.tell('{"rs_01": true, "e": 1}');
    await b.clock.advance(20_000);
    b.off();
    b.tell('{"rs_01": false}');
    await b.clock.advance(10_000);
    expect(b.verdict()).toBe('invariants held on 30 ticks, 2 relay changes');
  });
});
