import { describe, expect, test } from 'vitest';
import { alarmReader } from '../src/app-alarms.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import { chargeHouse } from './charge-house.ts';

const LFP = ['chemistry: lfp', 'nominal_v: 12.8', 'capacity_ah: 100', 'voltage: p.v', 'current: p.a'];
const HOUR = 3_600;
const DAY = 24 * HOUR;

describe('the counted state of charge takes part in the control', () => {
  test('it starts the charge at start_soc and ends it at stop_soc, though the volts say neither', async () => {
    const h = await chargeHouse({ lines: [...LFP, 'stop_soc: 90'] });
    await h.feed(600, () => ({ v: 14, a: 2 }));
    expect(h.shown.state_of_charge).toBe(100);
    // 13.0 V is above the 12.8 V at which the volts would start it.
    await h.feed(7.5 * HOUR, () => ({ v: 13, a: -10 }));
    expect([h.charging(), Number(h.shown.state_of_charge) > 20]).toEqual([false, true]);
    await h.feed(0.5 * HOUR, () => ({ v: 13, a: -10 }));
    expect([h.charging(), h.shown.charge_state]).toEqual([true, 'charging']);
    await h.feed(7.5 * HOUR, () => ({ v: 13.4, a: h.charging() ? 10 : 0 }));
    expect([h.charging(), h.shown.charge_state]).toEqual([false, 'full_hold']);
    expect(Number(h.shown.state_of_charge)).toBeGreaterThan(88);
    expect(h.changes.map(({ on }) => on)).toEqual([true, false]);
  });

  test('control_soc: none leaves it out; a first look at the voltage starts nothing', async () => {
    const none = await chargeHouse({ lines: [...LFP, 'control_soc: none'] });
    await none.feed(600, () => ({ v: 14, a: 2 }));
    await none.feed(9 * HOUR, () => ({ v: 13, a: -10 }));
    expect([none.charging(), Number(none.shown.state_of_charge) < 15]).toEqual([false, true]);
    const guessed = await chargeHouse({ lines: [...LFP, 'start_soc: 60'] });
    await guessed.feed(HOUR, () => ({ v: 12.9, a: -1 }));
    expect([guessed.charging(), guessed.shown.soc_anchor]).toEqual([false, 'voltage']);
  });

  test('a silence without current makes it uncertain: it no longer starts a charge, but still ends one', async () => {
    const lines = [...LFP, 'start_soc: 30', 'stop_soc: 80', 'restart_soc: 70'];
    const kept = { state: EMPTY_STATE };
    const h = await chargeHouse({ lines, kept });
    await h.feed(600, () => ({ v: 14, a: 2 }));
    await h.feed(6 * HOUR, () => ({ v: 13, a: -10 }));
    // Volts without a current: what flows meanwhile is doubt.
    await h.feed(2.5 * HOUR, () => ({ v: 13, a: null }));
    await h.feed(1.5 * HOUR, () => ({ v: 13, a: -10 }));
    expect([h.charging(), Number(h.shown.state_of_charge) < 28]).toEqual([false, true]);
    expect(Number(h.shown.soc_confidence)).toBeLessThan(80);
    await h.feed(180, () => ({ v: 12.7, a: -10 }));
    expect(h.charging()).toBe(true);
    await h.feed(6.5 * HOUR, () => ({ v: 13.4, a: h.charging() ? 10 : 0 }));
    expect([h.charging(), h.shown.charge_state]).toEqual([false, 'full_hold']);
    expect(Number(h.shown.state_of_charge)).toBeLessThan(84);
  });

  test('an unknown current silences it at once: no start after the sensor is lost', async () => {
    const h = await chargeHouse({ lines: LFP });
    await h.feed(600, () => ({ v: 14, a: 2 }));
    await h.feed(7.6 * HOUR, () => ({ v: 13, a: -10 }));
    await h.feed(HOUR, () => ({ v: 13 }));
    expect([h.charging(), h.shown.charge_state]).toEqual([false, 'idle']);
  });

  test("the battery's own figure goes first; once it is lost, the count goes on from it", async () => {
    const h = await chargeHouse({ lines: [...LFP, 'soc: p.soc'] });
    await h.feed(600, () => ({ v: 13, a: -10, soc: 25 }));
    expect(h.charging()).toBe(false);
    await h.feed(HOUR, () => ({ v: 13, a: -10 }));
    expect([h.charging(), Number(h.shown.state_of_charge) < 20]).toEqual([true, true]);
  });

  test('low volts against a count that says full: one charge to the full volts, no hunting', async () => {
    const h = await chargeHouse({ lines: [...LFP, 'stop_soc: 90'] });
    await h.feed(600, () => ({ v: 14, a: 2 }));
    await h.feed(2 * HOUR, () => ({ v: 12.7, a: -1 }));
    await h.feed(6 * HOUR, () => ({ v: h.charging() ? 13.3 : 12.75, a: h.charging() ? 1 : -1 }));
    expect(h.changes.map(({ on }) => on)).toEqual([true]);
  });
});

describe('the reserve', () => {
  const LOAD = [...LFP, 'soc: p.soc', 'battery_life: true', 'reserve_soc: 30', 'start_soc: 0'];
  const feedByHand = (h: Awaited<ReturnType<typeof chargeHouse>>) => {
    h.obey({ deviceId: 'rs_02', key: 'au_rs_02', on: false });
    h.obey({ deviceId: 'rs_02', key: 'rs_02', on: true });
  };
  const at = (soc: number) => () => ({ v: 13, a: -1, soc });

  test('opens the load even by hand, through a restart, until the battery is back 3 % above the floor', async () => {
    const kept = { state: EMPTY_STATE };
    const h = await chargeHouse({ lines: LOAD, kept });
    await h.feed(60, at(50));
    feedByHand(h);
    await h.feed(120, at(31));
    expect([h.feeding(), h.shown.reserve_reached, h.shown.discharge_floor]).toEqual([true, false, 30]);
    await h.feed(120, at(30));
    expect([h.feeding(), h.shown.reserve_reached, h.shown.discharge_floor]).toEqual([false, true, 35]);
    expect(h.board.states()[1]?.verdict.reason).toEqual({ code: 'interlock', detail: 'reserve (bat)' });
    await h.stop();
    const again = await chargeHouse({ lines: LOAD, kept, startMs: h.clock.wallMs() + 60_000 });
    feedByHand(again);
    await again.feed(HOUR, at(37));
    expect([again.feeding(), again.shown.discharge_floor]).toEqual([false, 35]);
    await again.feed(400, at(38));
    feedByHand(again);
    await again.feed(60, at(38));
    expect([again.feeding(), again.shown.reserve_reached]).toEqual([true, false]);
  });

  test('5 % below it, or after a day at it, the charger comes for a while; the alarm stays silent', async () => {
    const h = await chargeHouse({ lines: LOAD, stepS: 30 });
    await h.feed(120, at(30));
    await h.feed(600, at(24));
    expect([h.charging(), h.reason()]).toEqual([true, { code: 'automatic', detail: 'reserve (bat)' }]);
    expect([h.shown.charge_state, h.shown.alarm, h.told]).toEqual(['charging', 'none', []]);
    await h.feed(600, at(30));
    expect(h.charging()).toBe(false);
    await h.feed(DAY, at(33));
    expect([h.charging(), h.shown.discharge_floor]).toEqual([true, 40]);
    // Nobody knows any more how full it is: nothing closes on it.
    await h.feed(600, () => ({ v: 13, a: null, soc: null }));
    expect(h.charging()).toBe(false);
  });
});

test('a battery that is empty a few hours after a full charge is probably defective: shown, kept, until acknowledged', async () => {
  const kept = { state: EMPTY_STATE };
  const h = await chargeHouse({ lines: LFP, kept, stepS: 30 });
  await h.feed(900, () => ({ v: 14, a: 2 }));
  expect(h.shown.battery_defect).toBe(false);
  await h.feed(2 * HOUR, () => ({ v: 13, a: -5 }));
  await h.feed(150, () => ({ v: 11.1, a: -5 }));
  expect(h.shown).toMatchObject({
    charge_state: 'deep_discharge',
    alarm: 'cut-off',
    battery_defect: true,
    battery_defect_reason: 'capacity',
  });
  const problems = { devices: new Map(), keeper: '', storage: '' } as never;
  const read = alarmReader({ ...h, shedding: { fault: () => undefined }, problems });
  expect([read('bat', 'defect', 0)?.value, read('bat', 'cut-off', 0)?.value, read('bat', 'critical', 0)?.value]).toEqual([
    true,
    true,
    false,
  ]);
  expect(h.told).toContain('cut-off under-voltage');
  // Charging is the cure all the same.
  expect(h.charging()).toBe(true);
  await h.stop();
  const again = await chargeHouse({ lines: LFP, kept });
  await again.feed(60, () => ({ v: 13, a: 5 }));
  expect(again.shown.battery_defect_reason).toBe('capacity');
  again.press('acknowledge');
  await again.feed(60, () => ({ v: 13, a: 5 }));
  expect([again.shown.battery_defect, again.control.defective('bat')]).toEqual([false, false]);
});
