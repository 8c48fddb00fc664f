import { describe, expect, test } from 'vitest';
import { bench, load } from './shedding-bench.ts';

const heater = load('heater', { priority: 4, power: 2000 });
const tank = load('tank', { priority: 7, power: 2400 });

describe('the meter falls silent', () => {
  test('what is on stays, nothing is added, however long', () => {
    const b = bench({ loads: [heater, tank], world: { wanted: { tank: false } } });
    b.run(400);
    b.world.silentS = 1;
    b.run(5);
    b.world.wanted = {};
    b.run(7200);
    expect(b.of('heater')).toMatchObject({ permit: true, state: 'on' });
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'meter_silent' });
    expect(b.moments.at(-1)?.decision).toMatchObject({ blind: true, tripS: null });
  });

  test('with a declared budget, down to it after 60 s, least important first; back by the test once heard', () => {
    const b = bench({ loads: [heater, tank], rules: { blindBudget: 2000 } });
    b.run(300);
    b.world.silentS = 1;
    b.run(59);
    expect(b.of('tank').permit).toBe(true);
    b.run(4);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'blind_budget' });
    expect(b.of('heater').permit).toBe(true);
    b.run(1000);
    expect(b.of('tank').permit).toBe(false);
    b.world.silentS = null;
    b.run(290);
    expect(b.of('tank').permit).toBe(false);
    b.run(30);
    expect(b.of('tank').permit).toBe(true);
  });

  test('a load at rest counts in the budget for what it may draw', () => {
    const world = { draw: { tank: 0 }, metered: { tank: true } };
    const b = bench({ loads: [heater, tank], rules: { blindBudget: 2000 }, world });
    b.run(30);
    b.world.silentS = 1;
    b.run(70);
    expect([b.of('tank').permit, b.of('heater').permit]).toEqual([false, true]);
  });

  test('a late sample closes nothing, may open, and sends nobody to the end of the queue', () => {
    const b = bench({ loads: [tank], on: false, world: { wanted: { tank: false } } });
    b.run(400);
    b.world.late = true;
    b.world.wanted = {};
    b.run(10);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'meter_silent', state: 'restore_wait' });
    b.world.late = false;
    b.run(1);
    expect(b.of('tank').permit).toBe(true);
    b.world.late = true;
    b.world.base = { 0: 7000 };
    b.run(5);
    expect(b.of('tank').permit).toBe(false);
  });

  test('a limit never read permits nothing new', () => {
    const b = bench({ loads: [heater, tank], on: false, world: { limit: null } });
    b.run(3600);
    expect(b.moments.every(({ decision }) => decision.loads.every(({ permit }) => !permit))).toBe(true);
  });
});

describe('starts and power cuts', () => {
  test('nothing closes for 10 s, then one at a time', () => {
    const loads = ['a', 'b', 'c', 'd'].map((id) => load(id, { power: 500, minOffMs: 0 }));
    const b = bench({ loads, on: false });
    const closed: Record<string, number> = {};
    b.run(1800, ({ decision, nowMs }) => {
      for (const { id, permit } of decision.loads) if (permit) closed[id] ??= nowMs / 1000;
    });
    const at = Object.values(closed).sort((x, y) => x - y);
    expect(at).toHaveLength(4);
    expect(at[0]).toBeGreaterThanOrEqual(300);
    for (const [i, second] of at.entries()) if (i > 0) expect(second - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(60);
  });

  test('what runs when the program starts is not cut by it', () => {
    const b = bench({ loads: [tank] });
    b.run(30, ({ decision }) => expect(decision.loads[0]?.permit).toBe(true));
  });

  test('what was shed before a restart keeps its waiting time', () => {
    const before = bench({ loads: [tank], world: { base: { 0: 5000 } } });
    before.run(20);
    const kept = before.kept();
    expect(kept.loads.tank?.lockedForMs).toBeGreaterThan(280_000);
    const after = bench({
      loads: [tank],
      on: false,
      kept: { loads: { tank: { ...kept.loads.tank, lockedForMs: 1_200_000, waitMs: 1_200_000, creditMs: 0, turnMs: 5, learned: 2400 } } },
    });
    after.run(1190);
    expect(after.of('tank').permit).toBe(false);
    after.run(20);
    expect(after.of('tank').permit).toBe(true);
  });

  test('after a power cut each house waits its own random time, the same when repeated', () => {
    const closedAt = (seed: number): number => {
      const b = bench({ loads: [load('a', { minOffMs: 0 })], on: false, seed, blackout: true, rules: { restoreTestMs: 0 } });
      b.run(200);
      return b.moments.find(({ decision }) => decision.loads[0]?.permit)?.nowMs ?? Number.NaN;
    };
    const times = [1, 2, 3, 4, 5, 6].map(closedAt);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(60_000);
    for (const ms of times) expect(ms).toBeLessThanOrEqual(131_000);
    expect(closedAt(77)).toBe(closedAt(77));
  });

  test('mains lost: all withheld at once, back one by one', () => {
    const b = bench({ loads: [heater, tank] });
    b.run(60);
    b.world.mains = false;
    b.run(1);
    expect(b.moments.at(-1)?.decision.loads.map(({ permit, reason }) => [permit, reason])).toEqual([
      [false, 'blackout'],
      [false, 'blackout'],
    ]);
    b.world.mains = true;
    let most = 0;
    b.run(1200, ({ decision }) => {
      most = Math.max(most, decision.loads.filter(({ state }) => state === 'restoring').length);
    });
    expect(most).toBe(1);
    expect(b.of('tank').permit && b.of('heater').permit).toBe(true);
  });
});

describe('loads that do not follow', () => {
  test('still on although withheld: fault within 10 s, the next one is shed', () => {
    const b = bench({ loads: [heater, tank], world: { base: { 0: 2600 }, stuckOn: { tank: true } } });
    b.run(30);
    expect(b.of('tank')).toMatchObject({ state: 'fault', permit: false, reason: 'not_following' });
    const cut = b.moments.find(({ decision }) => decision.loads.some(({ id, permit }) => id === 'tank' && !permit))?.nowMs ?? 0;
    const fault = b.moments.find(({ decision }) => decision.loads.some(({ state }) => state === 'fault'))?.nowMs ?? 0;
    expect(fault - cut).toBeLessThanOrEqual(10_000);
    expect(b.of('heater').permit).toBe(false);
  });

  test('it obeys again: the fault ends', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 5000 }, stuckOn: { tank: true } } });
    b.run(30);
    expect(b.of('tank').state).toBe('fault');
    b.world.stuckOn = {};
    b.run(10);
    expect(b.of('tank').state).toBe('shed');
  });

  test('says that it is off, but the meter saw no step: said at once, a fault the second time', () => {
    const b = bench({ loads: [load('liar', { priority: 9, power: 2000 }), heater], world: { draw: { liar: 0 }, base: { 0: 4500 } } });
    b.run(30);
    expect(b.of('liar')).toMatchObject({ permit: false, detail: 'no_step' });
    expect(b.of('heater').permit).toBe(false);
    b.world.base = { 0: 500 };
    b.run(900);
    expect(b.of('liar').permit).toBe(true);
    b.world.base = { 0: 4500 };
    b.run(400);
    expect(b.of('liar')).toMatchObject({ state: 'fault' });
  });

  test('unreadable: no permit is given, and after a minute none is left', () => {
    const b = bench({ loads: [tank, heater] });
    b.run(60);
    b.world.unreadable.tank = true;
    b.run(59);
    expect(b.of('tank').permit).toBe(true);
    b.run(5);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'unknown' });
    const never = bench({ loads: [tank], on: false, world: { unreadable: { tank: true } } });
    never.run(1200, ({ decision }) => expect(decision.loads[0]?.permit).toBe(false));
  });
});
