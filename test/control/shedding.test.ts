import { describe, expect, test } from 'vitest';
import { type Bench, bench, load } from './shedding-bench.ts';

const heater = load('heater', { priority: 4, power: 2000 });
const tank = load('tank', { priority: 7, power: 2400 });
const car = load('car', { priority: 9, power: 3000 });
const offIds = (b: Bench): string[] =>
  b.moments
    .at(-1)
    ?.decision.loads.filter(({ permit }) => !permit)
    .map(({ id }) => id) ?? [];
/** First second at which the load was not permitted. */
const cutAt = (b: Bench, id: string): number => {
  const first = b.moments.find(({ decision }) => decision.loads.some((one) => one.id === id && !one.permit));
  return (first?.nowMs ?? Number.NaN) / 1000;
};

describe('thresholds', () => {
  test('under the limit nothing moves', () => {
    const b = bench({ loads: [heater, tank], world: { base: { 0: 1500 } } });
    b.run(3600);
    expect(offIds(b)).toEqual([]);
    expect(b.of('heater')).toMatchObject({ state: 'on', reason: 'normal' });
    expect(b.moments.at(-1)?.decision).toMatchObject({ level: 'none', shedPower: 0, tripS: Number.POSITIVE_INFINITY, unsheddable: false });
  });

  test('a mere excess is shed after 10 s, a far one within 3 s', () => {
    const slow = bench({ loads: [heater, tank] });
    slow.run(60);
    slow.world.base = { 0: 2000 };
    slow.run(30);
    expect(cutAt(slow, 'tank')).toBe(71);
    expect(slow.of('tank')).toMatchObject({ reason: 'overload', state: 'shed', numbers: { total: 6400, limit: 6000, load: 2400 } });
    const fast = bench({ loads: [heater, tank] });
    fast.run(60);
    fast.world.base = { 0: 4000 };
    fast.run(30);
    expect(cutAt(fast, 'tank')).toBeLessThanOrEqual(63);
    expect(fast.of('tank').reason).toBe('trip');
  });

  test('the meter crying overload needs no delay', () => {
    const b = bench({ loads: [heater, tank] });
    b.run(60);
    b.world.base = { 0: 2600 };
    b.world.alarm = true;
    b.run(1);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'meter_alarm' });
    b.world.alarm = false;
    b.run(30);
    expect(offIds(b)).toEqual(['tank']);
  });

  test('an alarm that echoes after the cut sheds nothing more for a minute', () => {
    const b = bench({ loads: [heater, tank], world: { alarm: true, base: { 0: 2600 } } });
    b.run(59);
    expect(offIds(b)).toEqual(['tank']);
  });

  test('when asked, it acts before the limit: 90 % for 30 s', () => {
    const b = bench({ loads: [heater, tank], rules: { anticipatedRatio: 0.9 }, world: { base: { 0: 1300 } } });
    b.run(29);
    expect(offIds(b)).toEqual([]);
    b.run(5);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'anticipated' });
  });

  test('near a trip it is fast although far from 1.25', () => {
    const b = bench({
      loads: [heater, load('kept', { when: 'need', power: 2400 })],
      rules: { fastRatio: 9 },
      world: { base: { 0: 1000 } },
    });
    b.run(600);
    b.world.base = { 0: 6100 };
    b.run(300);
    expect(Math.min(...b.moments.map(({ decision }) => decision.tripS ?? 0))).toBeGreaterThan(20);
    expect(b.of('kept')).toMatchObject({ permit: false, reason: 'trip' });
  });

  test('below a lowered limit, W against W, without a breaker', () => {
    const b = bench({ loads: [tank], world: { limit: 2500, cutOff: null } });
    b.run(30);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'overload' });
    expect(b.moments.at(-1)?.decision.tripS).toBeNull();
  });
});

describe('choice', () => {
  test('least important first, and only as many as needed', () => {
    const b = bench({ loads: [heater, tank, car], world: { limit: 9000, cutOff: 9000, base: { 0: 2000 } } });
    b.run(20);
    expect(offIds(b)).toEqual(['car']);
  });

  test('a meter some seconds behind does not make it shed more than needed', () => {
    const b = bench({ loads: [heater, tank, car], world: { limit: 9000, cutOff: 9000, lagS: 3 } });
    b.run(30);
    b.world.base = { 0: 3900 };
    b.run(60);
    expect(cutAt(b, 'car')).toBeLessThanOrEqual(37);
    expect(offIds(b)).toEqual(['car']);
  });

  test('the protected ones fall only to a near trip', () => {
    const b = bench({ loads: [load('fridge', { when: 'need' }), load('lamp', { power: 50 })], world: { base: { 0: 5500 } } });
    b.run(120);
    expect(offIds(b)).toEqual([]);
    expect(b.moments.at(-1)?.decision.unsheddable).toBe(true);
    b.world.base = { 0: 8000 };
    b.run(5);
    expect(offIds(b)).toEqual(['fridge']);
  });

  test('a limit lowered by the user does not cost the protected ones, which fall when the meter itself is in danger', () => {
    const b = bench({ loads: [load('fridge', { when: 'need' })], world: { limit: 2000, cutOff: 6000, base: { 0: 4000 } } });
    b.run(120);
    expect(offIds(b)).toEqual([]);
    b.world.base = { 0: 7000 };
    b.run(5);
    expect(offIds(b)).toEqual(['fridge']);
  });

  test('minimum on protects against the slow threshold, not against the fast one', () => {
    const started = (): Bench => {
      const b = bench({ loads: [load('wash', { minOnMs: 600_000, power: 2000 })], on: false, world: { wanted: { wash: false } } });
      b.run(400);
      b.world.wanted = {};
      b.run(2);
      return b;
    };
    const slow = started();
    slow.world.base = { 0: 4500 };
    slow.run(590);
    expect(offIds(slow)).toEqual([]);
    slow.run(20);
    expect(offIds(slow)).toEqual(['wash']);
    const fast = started();
    fast.world.base = { 0: 6000 };
    fast.run(5);
    expect(offIds(fast)).toEqual(['wash']);
  });

  test('a load whose own meter says that it draws nothing is no candidate', () => {
    const b = bench({ loads: [tank, heater], world: { base: { 0: 4500 }, draw: { tank: 0 }, metered: { tank: true, heater: true } } });
    b.run(60);
    expect(offIds(b)).toEqual(['heater']);
  });

  test('equals take turns', () => {
    const rooms = ['a', 'b', 'c'].map((id) => load(id, { power: 1000 }));
    const b = bench({ loads: rooms, world: { base: { 0: 2000 } } });
    const shedMinutes: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let hour = 0; hour < 6; hour++) {
      b.world.base = { 0: 3500 };
      b.run(900, ({ on }) => {
        for (const [id, isOn] of Object.entries(on)) if (!isOn) shedMinutes[id] = (shedMinutes[id] ?? 0) + 1 / 60;
      });
      b.world.base = { 0: 1000 };
      b.run(2700);
    }
    const minutes = Object.values(shedMinutes);
    expect(Math.max(...minutes) / Math.min(...minutes)).toBeLessThan(1.5);
  });

  test('on three phases only what hangs on the overloaded one helps', () => {
    const loads = [
      load('one', { phase: 1, priority: 9 }),
      load('two', { phase: 2, priority: 2 }),
      load('all', { phase: 0, priority: 1, power: 3000 }),
    ];
    const b = bench({ loads, world: { base: { 1: 100, 2: 2500, 3: 100 }, limit: 12_000, cutOff: 12_000 } });
    b.run(30);
    expect(offIds(b)).toEqual(['two']);
  });
});

describe('coming back', () => {
  const overloaded = (): Bench => {
    const b = bench({ loads: [heater, tank, car], world: { limit: 9000, cutOff: 9000, base: { 0: 500 } } });
    b.run(200);
    b.world.base = { 0: 6500 };
    b.run(60);
    return b;
  };

  test('shed, locked, waiting, watched, on: one by one, the most important first', () => {
    const b = overloaded();
    expect(offIds(b)).toEqual(['tank', 'car']);
    expect(b.of('car').state).toBe('shed');
    b.world.base = { 0: 50 };
    b.run(70);
    expect(b.of('tank').state).toBe('locked');
    const path: string[] = [];
    const closed: Record<string, number> = {};
    b.run(1200, ({ decision, nowMs }) => {
      for (const { id, state, permit } of decision.loads) {
        if (permit) closed[id] ??= nowMs;
        if (id === 'tank' && path.at(-1) !== state) path.push(state);
      }
    });
    expect(path).toEqual(['locked', 'restore_wait', 'restoring', 'on']);
    expect((closed.car ?? 0) - (closed.tank ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect(closed.tank).toBeGreaterThanOrEqual(561_000);
  });

  test('a restore that overloads again is undone at once and waits twice as long: 10, 20, 40, 60 min', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 500 } } });
    b.run(200);
    b.world.base = { 0: 5000 };
    b.run(60);
    const closed: number[] = [];
    let was = false;
    for (let s = 0; s < 5 * 3600; s++) {
      // Somebody cooks whenever the tank comes back.
      const { nowMs, on } = b.run(1);
      b.world.base = { 0: on.tank === true ? 4500 : 1000 };
      if (on.tank === true && !was) closed.push(nowMs / 60_000);
      was = on.tank === true;
    }
    const gaps = closed.slice(1).map((at, i) => Math.round(at - (closed[i] ?? 0)));
    expect(gaps.slice(0, 4)).toEqual([10, 20, 40, 60]);
    expect(b.of('tank').reason).toBe('verify_failed');
  });

  test('after two quiet hours the wait is short again', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 5000 } } });
    b.run(200);
    b.world.base = { 0: 500 };
    b.run(900);
    expect(b.of('tank').state).toBe('on');
    const kept = { ...b.state.loads.tank, waitMs: 2_400_000 };
    (b.state.loads as Record<string, unknown>).tank = kept;
    b.run(7300);
    expect(b.state.loads.tank?.waitMs).toBe(300_000);
  });

  test('off beyond its maximum, it takes the place of an equal', () => {
    const twenty = { maxOffMs: 1_200_000, maxOffWindowMs: 3_600_000 };
    const rooms = [load('a', { power: 1500, ...twenty }), load('b', { power: 1500, ...twenty })];
    const b = bench({ loads: rooms, world: { base: { 0: 3700 } } });
    const longest: Record<string, number> = {};
    const run: Record<string, number> = {};
    b.run(4 * 3600, ({ on }) => {
      for (const { id } of rooms) {
        run[id] = on[id] === true ? 0 : (run[id] ?? 0) + 1;
        longest[id] = Math.max(longest[id] ?? 0, run[id] ?? 0);
      }
    });
    expect(longest.a).toBeLessThan(1300);
    expect(longest.b).toBeGreaterThan(600);
    expect(b.moments.some(({ decision }) => decision.loads.some(({ reason }) => reason === 'rotation'))).toBe(true);
  });

  test('having been off for long spares nobody in an overload', () => {
    const b = bench({ loads: [load('a', { power: 1500, maxOffMs: 600_000, maxOffWindowMs: 3_600_000 })], world: { base: { 0: 5000 } } });
    b.run(900);
    b.world.base = { 0: 1000 };
    b.run(500);
    expect(b.of('a')).toMatchObject({ state: 'on' });
    b.world.base = { 0: 5000 };
    b.run(20);
    expect(b.of('a')).toMatchObject({ permit: false, reason: 'overload' });
  });

  test('without an equal it starves aloud, and is never forced into the overload', () => {
    const b = bench({ loads: [load('a', { power: 1500, maxOffMs: 1_200_000 })], world: { base: { 0: 5500 } } });
    b.run(2400);
    expect(b.moments.at(-1)?.decision.starved).toEqual(['a']);
    expect(offIds(b)).toEqual(['a']);
  });
});

describe('wishes', () => {
  test('what a person switched off is never closed by shedding', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 5000 } } });
    b.run(60);
    b.world.wanted.tank = false;
    b.world.base = { 0: 500 };
    b.run(1200, ({ on, nowMs }) => {
      if (nowMs > 62_000) expect(on.tank).toBe(false);
    });
    expect(b.of('tank')).toMatchObject({ state: 'off_user' });
  });

  test('a start that would not fit waits; one that fits starts at once', () => {
    const b = bench({ loads: [tank, car], on: false, world: { wanted: { tank: false, car: false }, base: { 0: 3300 } } });
    b.run(400);
    b.world.wanted = {};
    b.run(2);
    expect(b.of('tank')).toMatchObject({ permit: true, state: 'on' });
    expect(b.of('car')).toMatchObject({ permit: false, state: 'shed', reason: 'no_headroom' });
    b.world.base = { 0: 300 };
    b.world.wanted.tank = false;
    b.run(400);
    expect(b.of('car').permit).toBe(true);
  });

  test('an override is accepted for an hour while bearable', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 4000 } } });
    b.run(600);
    expect(b.of('tank').permit).toBe(false);
    b.world.override.tank = 600_500;
    b.run(60);
    expect(b.of('tank')).toMatchObject({ permit: true, state: 'override' });
    b.run(3700);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'overload' });
  });

  test('an override into a near trip, or before the minimum off, is refused', () => {
    const b = bench({ loads: [tank], world: { base: { 0: 5500 } } });
    b.run(600);
    b.world.override.tank = 600_500;
    b.run(5);
    expect(b.of('tank')).toMatchObject({ permit: false, reason: 'trip' });
    const early = bench({ loads: [tank], world: { base: { 0: 4000 } } });
    early.run(200);
    early.world.override.tank = 200_500;
    early.run(5);
    expect(early.of('tank').permit).toBe(false);
  });

  test('a schedule sheds, spares the protected, and lets go when it ends', () => {
    const b = bench({ loads: [tank, load('fridge', { when: 'need' })], world: { schedule: { tank: 'red days', fridge: 'red days' } } });
    b.run(20);
    expect(offIds(b)).toEqual(['tank']);
    expect(b.of('tank')).toMatchObject({ reason: 'schedule', detail: 'red days', state: 'shed' });
    b.run(3600);
    expect(b.of('tank').permit).toBe(false);
    b.world.schedule = {};
    b.run(400);
    expect(b.of('tank').permit).toBe(true);
  });
});
