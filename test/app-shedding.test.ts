/** Load-shedding in the whole program, on the simulated house: its Linky is watched, its relays are shed and come back. */
import { describe, expect, test } from 'vitest';
import { run } from '../src/app.ts';
import { createShedding } from '../src/app-shedding.ts';
import { demoYaml } from '../src/config/demo.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import type { RelayState } from '../src/control/relay-types.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import { drivers } from '../src/drivers/index.ts';
import type { Value } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse } from '../src/ports/sim/demo.ts';
import { fakeBrokers, fakeStore } from './fakes.ts';

const SECTION = `shedding:
  meter: linky
  loads:
    - {id: tank, relay: rs_02, kind: water_heater, priority: 9, power: 2000}
    - {id: heating, relay: rs_03, kind: heating, priority: 5, power: 1500}
`;
const yaml = (section = SECTION): string => demoYaml('en').replace('relays:', `${section}relays:`);
const problems = (section: string): string[] =>
  validateHouse(yaml(section), 'h', drivers).problems.map(({ field, problem }) => `${field}: ${problem}`);

describe('the section', () => {
  test('a good one is taken', () => {
    expect(problems(SECTION)).toEqual([]);
    expect(toHouse(validateHouse(yaml(), 'h', drivers).raw).shedding).toMatchObject({
      meter: 'linky',
      loads: [{ id: 'tank' }, { id: 'heating' }],
    });
  });
  test.each([
    [SECTION.replace('rs_03', 'rs_09'), /there is no rs_09/],
    [SECTION.replace('rs_03', 'rs_02'), /rs_02 is already used by tank/],
    [SECTION.replace('meter: linky', 'meter: linki'), /there is no linki/],
    [SECTION.replace('meter: linky', 'meter: water'), /water is no Linky/],
    [SECTION.replace('id: heating', 'id: tank'), /tank is already used by tank/],
    [`${SECTION}  schedules: [{id: s, loads: [pool], tariffs: [peak]}]\n`, /there is no pool/],
  ])('what does not fit is named: %#', (section, message) => {
    expect(problems(section).join('\n')).toMatch(message);
  });
});

function bench() {
  const clock = virtualClock();
  const snapshot = createSnapshot(() => 1_000);
  const seen: Record<string, Value>[] = [];
  const relays = new Map<string, boolean>();
  const states = (): RelayState[] =>
    [...relays].map(([id, on]) => {
      const permitted = shedding.of(id) === undefined;
      const reason = permitted ? ({ code: 'request' } as const) : ({ code: 'shedding' } as const);
      return {
        id,
        on: on && permitted,
        verdict: { on: on && permitted, reason, sinceMs: 0, pending: { on, reason } },
        mode: 'auto',
        manualOn: false,
      } as unknown as RelayState;
    });
  const shedding = createShedding({
    house: toHouse(validateHouse(yaml(), 'h', drivers).raw),
    ...{ snapshot, clock, store: fakeStore(), log: () => undefined, random: () => 0.5 },
    onValues: (_, values) => void seen.push(values),
  });
  let powerVa: number | undefined = 1_000;
  const run = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i += 1) {
      const values = { apparent_power: powerVa ?? null, subscribed_power: 6, cut_off_power: 6, overload: false };
      const now = { atMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      if (powerVa !== undefined) snapshot.remember({ deviceId: 'linky', ...now, values });
      shedding.step(states);
      await clock.advance(1_000);
    }
  };
  return { shedding, relays, seen, run, power: (va: number | undefined) => void (powerVa = va) };
}

describe('in the flow', () => {
  test('nothing is permitted before the first judgement, nor to relays that are no load is anything said', () => {
    const { shedding } = bench();
    expect(shedding.of('rs_02')).toEqual({ detail: 'unknown', fast: false });
    expect(shedding.of('rs_01')).toBeUndefined();
  });
  test('an overload sheds the first load at once, the house below its limit gets it back after the test', async () => {
    const { shedding, relays, run, power, seen } = bench();
    relays.set('rs_02', true).set('rs_03', true);
    await run(1_200);
    expect([shedding.of('rs_02'), shedding.of('rs_03')]).toEqual([undefined, undefined]);
    power(8_500);
    await run(40);
    expect(shedding.of('rs_02')).toMatchObject({ detail: expect.stringMatching(/trip|overload/) });
    expect(seen.at(-1)).toMatchObject({ tank_permit: false, meter_silent: false });
    power(1_500);
    await run(1_800);
    expect(shedding.of('rs_02')).toBeUndefined();
  });
  test('a silent meter permits nothing new', async () => {
    const { shedding, relays, run, power, seen } = bench();
    relays.set('rs_02', false).set('rs_03', true);
    await run(1_200);
    power(undefined);
    await run(120);
    relays.set('rs_02', true);
    await run(5);
    expect(shedding.of('rs_02')).toBeDefined();
    expect(seen.at(-1)).toMatchObject({ meter_silent: true, level: null });
  });
});

test('the whole program: the water heater that overloads the house is shed, or is not let in, and says why', async () => {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const simulated = simulatedHouse(clock);
  const [brokers, store, controller] = [fakeBrokers(), fakeStore(), new AbortController()];
  simulated.live(controller.signal);
  const { raw, problems: faults } = validateHouse(yaml(SECTION.replace('meter: linky', 'meter: linky\n  limit: 2500')), 'h', drivers);
  expect(faults).toEqual([]);
  const running = run({
    loaded: { source: 'file', house: toHouse(raw), problems: [] },
    ports: { ...simulated.ports, brokers },
    ...{ drivers, clock, signal: controller.signal, log: () => undefined, version: '0.1.0', random: () => 0.5 },
    openStore: async () => store,
    findBroker: async () => ({ url: 'mqtt://x' }),
    onView: () => undefined,
  });
  const root = (): string => brokers.sent.find(({ topic }) => topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
  const state = (device: string) => JSON.parse(brokers.last(`/${device}/state`) ?? '{}') as Record<string, unknown>;
  const ask = (relay: string, payload: string) => brokers.say(`${root()}/${relay}/${relay}/set`, payload);
  await clock.advance(1_500_000);
  // 2.4 kW of hot water and 1.5 kW of heating on a limit of 2.5 kVA.
  ask('rs_02', 'ON');
  await clock.advance(60_000);
  expect(state('rs_02')).toMatchObject({ rs_02: true, rs_02_reason: 'request' });
  ask('rs_03', 'ON');
  const shedWithin = async (seconds: number): Promise<string | undefined> => {
    for (let i = 0; i < seconds; i += 1) {
      await clock.advance(1_000);
      for (const relay of ['rs_02', 'rs_03']) if (state(relay)[`${relay}_reason`] === 'shedding') return relay;
    }
    return undefined;
  };
  const first = await shedWithin(120);
  expect(first).toBeDefined();
  expect(state(String(first))[`${first}_pending`]).toBe('on (request)');
  expect(state('shedding')).toMatchObject({ meter_silent: false });
  controller.abort(new Error('stop'));
  for (let i = 0; i < 10; i += 1) await clock.advance(1_000);
  await running;
}, 60_000);
