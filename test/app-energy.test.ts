import { describe, expect, test } from 'vitest';
import { createEnergy } from '../src/app-energy.ts';
import { idleBy } from '../src/app-gauge.ts';
import { toHouse } from '../src/config/house.ts';
import type { BatteryConfig } from '../src/config/types.ts';
import { validateHouse } from '../src/config/validate.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { AnyDriver } from '../src/drivers/driver.ts';
import { classesOf } from '../src/homeassistant/classes.ts';
import type { Value } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeStore } from './fakes.ts';

const name = { en: 'x', fr: 'x' };
const PROBE: AnyDriver = {
  type: 'probe',
  title: name,
  proof: 'synthetic',
  options: { type: 'object', additionalProperties: false, properties: {} },
  describe: () => ({
    ...{ manufacturer: 'x', model: 'x', periodMs: 1_000 },
    entities: { v: { name, quantity: 'voltage' }, a: { name, quantity: 'current' }, soc: { name, quantity: 'stateOfCharge' } },
  }),
  async *read() {},
};
const YAML = `version: 1
devices:
  - {id: p1, type: probe}
  - {id: p2, type: probe}
batteries:
  - {id: one, chemistry: lfp, capacity_ah: 100, nominal_v: 12.8, voltage: p1.v, current: p1.a, bank: cellar}
  - {id: two, chemistry: lfp, capacity_ah: 200, nominal_v: 12.8, voltage: p2.v, current: p2.a, soc: p2.soc, bank: cellar, efficiency: 98}
  - {id: seen, chemistry: unknown, voltage: p1.v, current: p1.a}
`;
type Sensed = Record<string, Value>;

function program(kept: { state: StoredState } = { state: EMPTY_STATE }) {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const { raw, problems } = validateHouse(YAML, 'h', [PROBE]);
  expect(problems).toEqual([]);
  const house = toHouse(raw);
  const store = fakeStore(kept);
  const saved: string[] = [];
  const snapshot = createSnapshot(() => 1_000);
  const shown = new Map<string, Sensed>();
  const ending = new AbortController();
  const energy = createEnergy({
    ...{ house, snapshot, clock, periodOf: () => 1_000, log: () => undefined, signal: ending.signal },
    store: {
      ...store,
      saveFact(key, value) {
        saved.push(key);
        store.saveFact(key, value);
      },
    },
    guarded: house.batteries.map(({ id }) => ({ id, name: id, description: { ...PROBE.describe({}), entities: {} } })),
    onValues: (id, values) => void shown.set(id, { ...shown.get(id), ...values }),
  });
  return {
    ...{ energy, saved, store },
    value: (id: string, key: string): Value | undefined => shown.get(id)?.[key],
    async feed(said: Readonly<Record<string, Sensed>>, seconds: number) {
      for (let i = 0; i < seconds; i += 1) {
        await clock.advance(1_000);
        for (const [deviceId, values] of Object.entries(said)) {
          snapshot.remember({ deviceId, atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values });
          energy.sampled(deviceId, () => []);
        }
        energy.tick(() => []);
      }
    },
    async stop() {
      ending.abort();
      await store.flush();
    },
  };
}
const FULL = { p1: { v: 14, a: 2 }, p2: { v: 13.2, a: -10, soc: 80 } };

describe('batteries counted in the flow', () => {
  test('charge, energy and banks are shown; what is not measured is unknown', async () => {
    const p = program();
    await p.feed(FULL, 330);
    expect(p.value('one', 'state_of_charge')).toBe(100);
    expect(p.value('two', 'state_of_charge')).toBe(80);
    expect(p.value('one', 'soc_anchor')).toBe('full');
    expect(p.value('cellar', 'state_of_charge')).toBeCloseTo((100 + 2 * 80) / 3, 1);
    expect(p.value('cellar', 'power')).toBe(28 - 132);
    expect(p.value('two', 'energy_discharged')).toBeCloseTo((132 * 325) / 3600, 0);
    expect(p.value('cellar', 'energy_discharged')).toBeCloseTo((132 * 325) / 3600, 0);
    expect(p.value('seen', 'state_of_charge')).toBeUndefined();
    expect(p.value('seen', 'power')).toBe(28);
    await p.feed({ p2: FULL.p2 }, 120);
    expect([p.value('one', 'power'), p.value('cellar', 'power')]).toEqual([null, null]);
    expect(p.value('one', 'state_of_charge')).toBeCloseTo(100, 0);
  });

  test('is kept at most once a minute, and goes on after a restart: totals grow, nothing is forgotten', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program(kept);
    await p.feed(FULL, 660);
    expect(p.saved.filter((key) => key === 'gauge:one').length).toBeLessThanOrEqual(11);
    await p.stop();
    const before = Number(p.value('two', 'energy_discharged'));
    const again = program(kept);
    await again.feed({ p1: { v: 13.2, a: 0.5 } }, 10);
    expect(again.value('one', 'state_of_charge')).toBeGreaterThan(99);
    expect(again.value('one', 'soc_anchor')).toBe('full');
    expect(Number(again.value('two', 'energy_discharged'))).toBeGreaterThanOrEqual(before - 0.5);
    expect(again.value('one', 'state_of_health')).toBeNull();
  });

  test('a damaged record begins anew', async () => {
    const p = program({ state: { ...EMPTY_STATE, facts: { 'gauge:one': '{"soc":', 'gauge:two': '[1]' } } });
    await p.feed({ p1: { v: 13.1, a: -1 } }, 10);
    expect(Number(p.value('one', 'soc_confidence'))).toBeLessThan(30);
  });

  test('entities have names in both languages, energies are totals, and the bank is a device of its own', () => {
    const { devices } = program().energy;
    expect(devices.map(({ id }) => id)).toEqual(['one', 'two', 'seen', 'cellar']);
    expect(Object.keys(devices[2]?.description.entities ?? {})).toEqual(['power', 'energy_charged', 'energy_discharged']);
    for (const { description } of devices)
      for (const entity of Object.values(description.entities)) {
        expect([entity.name.en, entity.name.fr].includes('')).toBe(false);
        if (entity.quantity === 'energy') expect(classesOf(entity)).toMatchObject({ state_class: 'total', device_class: 'energy' });
      }
  });

  test('a bank may not bear the name of something else', () => {
    const clash = (text: string) => validateHouse(text, 'h', [PROBE]).problems.map(({ field }) => field);
    expect(clash(YAML.replaceAll('cellar', 'p1'))).toEqual(['batteries[0].bank', 'batteries[1].bank']);
    expect(clash(YAML.replaceAll('cellar', 'bridge'))).not.toEqual([]);
  });
});

test('a battery rests for sure only when relays close every way in and out', () => {
  const config = { chargeRelays: ['rs_01'], dischargeRelays: ['rs_02'] } as unknown as BatteryConfig;
  const on = (first: boolean | null, second: boolean | null) => (id: string) => (id === 'rs_01' ? first : second);
  expect(idleBy(config, on(false, false))).toBe(true);
  expect(idleBy(config, on(false, true))).toBe(false);
  expect(idleBy(config, on(false, null))).toBeUndefined();
  expect(idleBy({ ...config, dischargeRelays: [] }, on(false, false))).toBeUndefined();
});
