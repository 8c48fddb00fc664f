import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakerAt, breakerOpen, breakerSample } from '../../src/control/breaker.ts';
import { shed } from '../../src/control/shedding.ts';
import { sheddingAt } from '../../src/control/shedding-state.ts';
import type { Phase, SheddingRules, ShedLoad, ShedReason } from '../../src/control/shedding-types.ts';
import { type Bench, bench, load } from './shedding-bench.ts';

const LIMIT = 6000;
const RUNS = { numRuns: 25 };

/** Loads worth shedding, of three priorities. `times` adds minimum and maximum times and the protected kind. */
const someLoads = (times: boolean): fc.Arbitrary<ShedLoad[]> => {
  const one = fc.record({
    priority: fc.integer({ min: 1, max: 3 }),
    power: fc.integer({ min: 150, max: 3500 }),
    minOnMs: times ? fc.constantFrom(0, 60_000, 300_000) : fc.constant(0),
    minOffMs: fc.constantFrom(60_000, 180_000, 300_000),
    maxOffMs: fc.constantFrom(null, 600_000, 1_200_000),
    when: times ? fc.constantFrom('comfort' as const, 'need' as const) : fc.constant('comfort' as const),
  });
  return fc.array(one, { minLength: 1, maxLength: 6 }).map((all) => all.map((more, i) => load(`load_${i}`, more)));
};
interface Segment {
  readonly seconds: number;
  readonly base: number;
  readonly ear: 'fresh' | 'late' | 'silent';
  readonly toggled: number;
  readonly alarm: boolean;
}
const segments = (ears: readonly Segment['ear'][], maxBase = 0.95 * LIMIT): fc.Arbitrary<Segment[]> =>
  fc.array(
    fc.record({
      seconds: fc.integer({ min: 30, max: 900 }),
      base: fc.double({ min: 0, max: maxBase, noNaN: true }),
      ear: fc.constantFrom(...ears),
      toggled: fc.integer({ min: 0, max: 9 }),
      alarm: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );

function play(loads: readonly ShedLoad[], script: readonly Segment[], seed = 3, rules: Partial<SheddingRules> = {}): Bench {
  const b = bench({ loads, seed, rules, world: { base: { 0: 0 } } });
  for (const { seconds, base, ear, toggled, alarm } of script) {
    b.world.base = { 0: base };
    b.world.silentS = ear === 'silent' ? (b.world.silentS ?? 1) : null;
    b.world.late = ear === 'late';
    b.world.alarm = alarm && base > LIMIT / 2;
    const id = `load_${toggled}`;
    b.world.wanted[id] = b.world.wanted[id] === false;
    b.run(seconds);
  }
  return b;
}
/** For what holds every second of a long life: `expect` is called only to tell what does not. */
function atMost(what: number, limit: number): void {
  if (!(what <= limit)) expect(what).toBeLessThanOrEqual(limit);
}
const permits = (moment: Bench['moments'][number]): Record<string, boolean> =>
  Object.fromEntries(moment.decision.loads.map(({ id, permit }) => [id, permit]));

describe('while the loads obey and the meter speaks', () => {
  test('the total is never above the limit longer than the reaction bound, nor far above it for more than 5 s', () => {
    fc.assert(
      fc.property(someLoads(false), segments(['fresh']), (loads, script) => {
        let over = 0;
        let far = 0;
        for (const { total } of play(loads, script).moments) {
          over = (total[0] ?? 0) > LIMIT ? over + 1 : 0;
          far = (total[0] ?? 0) > 1.25 * LIMIT ? far + 1 : 0;
          // 10 s until it counts, 5 s of settling after a cut before, 2 s until the cut shows.
          atMost(over, 17);
          atMost(far, 5);
        }
      }),
      RUNS,
    );
  });

  test('on three phases the same holds for each of them', () => {
    const phases = fc.array(fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<Phase>, { minLength: 6, maxLength: 6 });
    const base = fc.tuple(...[1, 2, 3].map(() => fc.double({ min: 0, max: 0.95 * (LIMIT / 3), noNaN: true })));
    fc.assert(
      fc.property(someLoads(false), phases, fc.array(base, { minLength: 1, maxLength: 8 }), (loads, on, bases) => {
        const spread = loads.map((one, i) => ({ ...one, power: Math.max(150, one.power / 2), phase: on[i] ?? 0 }));
        const b = bench({ loads: spread, world: { base: { 1: 0, 2: 0, 3: 0 } } });
        const over: Record<number, number> = {};
        for (const [one = 0, two = 0, three = 0] of bases) {
          b.world.base = { 1: one, 2: two, 3: three };
          b.run(300, ({ total }) => {
            for (const phase of [1, 2, 3] as const) {
              over[phase] = (total[phase] ?? 0) > LIMIT / 3 ? (over[phase] ?? 0) + 1 : 0;
              // A cut on another phase may put the settling off once more.
              atMost(over[phase] ?? Number.NaN, 22);
            }
          });
        }
      }),
      RUNS,
    );
  });

  test('as long as the rest of the house stays below its subscription, the breaker never opens', () => {
    fc.assert(
      fc.property(someLoads(true), segments(['fresh', 'late']), (loads, script) => {
        const b = play(loads, script);
        let breaker = breakerAt(b.moments[0]?.total[0] ?? 0, LIMIT, 0);
        for (const { total, nowMs } of b.moments.slice(1)) {
          breaker = breakerSample(breaker, total[0] ?? 0, nowMs);
          if (nowMs > 5000 && breakerOpen(breaker, LIMIT)) expect.fail(`open at ${nowMs} ms`);
        }
      }),
      RUNS,
    );
  });
});

/** Reasons for which minimum on is not waited for: danger, or a test that failed. */
const URGENT: ReadonlySet<ShedReason> = new Set(['trip', 'verify_failed', 'blind_budget', 'blackout', 'unknown', 'not_following']);

test('no load is switched more often than its minimum times allow', () => {
  fc.assert(
    fc.property(someLoads(true), segments(['fresh', 'late', 'silent'], 1.1 * LIMIT), (loads, script) => {
      // Short tests and waits, so that nothing but the minimum times stands in the way.
      const { moments } = play(loads, script, 3, { restoreTestMs: 5000, waitMs: 1000, maxWaitMs: 2000, restoreGapMs: 5000 });
      for (const { id, minOffMs, minOnMs } of loads) {
        let onMs = Number.NEGATIVE_INFINITY;
        let cutMs = Number.NEGATIVE_INFINITY;
        for (const [i, moment] of moments.entries()) {
          const before = moments[i - 1];
          const own = before?.decision.loads.find((one) => one.id === id);
          if (before === undefined || own === undefined) continue;
          if (moment.on[id] === true && before.on[id] !== true) {
            expect(moment.nowMs - cutMs).toBeGreaterThanOrEqual(minOffMs);
            onMs = moment.nowMs;
          }
          if (moment.on[id] !== true && before.on[id] === true && !own.permit) {
            cutMs = moment.nowMs;
            if (!URGENT.has(own.reason)) expect(moment.nowMs - onMs).toBeGreaterThanOrEqual(minOnMs);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a silent or late meter never gives a permit', () => {
  fc.assert(
    fc.property(someLoads(true), segments(['fresh', 'late', 'silent']), (loads, script) => {
      const { moments } = play(
        loads,
        script.map((one, i) => ({ ...one, ear: i % 2 === 1 ? one.ear : 'fresh' })),
      );
      let seconds = 0;
      for (const [n, segment] of script.entries()) {
        const from = seconds;
        seconds += segment.seconds;
        if (n % 2 === 0 || segment.ear === 'fresh') continue;
        // The first seconds of a silence are still fresh: two periods.
        for (let i = from + 3; i < seconds; i++) {
          const [before, now] = [moments[i - 1], moments[i]];
          if (before === undefined || now === undefined) continue;
          for (const [id, permit] of Object.entries(permits(now)))
            if (permit && permits(before)[id] !== true) expect.fail(`${id} at ${now.nowMs} ms`);
        }
      }
    }),
    RUNS,
  );
});

test('what is unknown permits nothing: limit or load state never read', () => {
  fc.assert(
    fc.property(someLoads(true), segments(['fresh']), fc.boolean(), (loads, script, limitKnown) => {
      const b = bench({ loads, on: false, world: { limit: limitKnown ? LIMIT : null } });
      if (limitKnown) b.world.unreadable = Object.fromEntries(loads.map(({ id }) => [id, true]));
      for (const { seconds, base } of script) {
        b.world.base = { 0: base };
        b.run(seconds, ({ decision, nowMs }) => {
          if (decision.loads.some(({ permit }) => permit)) expect.fail(`permitted at ${nowMs} ms`);
        });
      }
    }),
    { numRuns: 20 },
  );
});

test('priorities: nothing is cut for an excess while something less important that could be cut runs on', () => {
  fc.assert(
    fc.property(someLoads(false), segments(['fresh'], 1.5 * LIMIT), (loads, script) => {
      const { moments } = play(loads, script);
      const rank = new Map(loads.map(({ id, priority }) => [id, priority]));
      for (const [i, now] of moments.entries()) {
        const before = moments[i - 1];
        if (before === undefined) continue;
        const cut = now.decision.loads.filter(({ id, permit, reason }) => {
          return !permit && permits(before)[id] === true && now.on[id] === true && ['overload', 'trip', 'meter_alarm'].includes(reason);
        });
        const least = Math.min(...cut.map(({ id }) => rank.get(id) ?? 0));
        for (const { id, permit } of now.decision.loads) {
          if (permit && now.on[id] === true && cut.length > 0) atMost(rank.get(id) ?? Number.NaN, least);
        }
      }
    }),
    RUNS,
  );
});

test('one load at a time comes back, at least a minute apart', () => {
  fc.assert(
    fc.property(someLoads(true), segments(['fresh']), (loads, script) => {
      const { moments } = play(loads, script);
      const starts: number[] = [];
      for (const [i, now] of moments.entries()) {
        const watched = now.decision.loads.filter(({ state }) => state === 'restoring');
        atMost(watched.length, 1);
        const before = moments[i - 1]?.decision.loads.find(({ id }) => id === watched[0]?.id);
        if (watched[0] !== undefined && before?.state !== 'restoring') starts.push(now.nowMs);
      }
      for (const [i, ms] of starts.entries()) if (i > 0) expect(ms - (starts[i - 1] ?? 0)).toBeGreaterThanOrEqual(60_000);
    }),
    RUNS,
  );
});

test('every decision is figures and words: the same again, nothing touched, no NaN', () => {
  fc.assert(
    fc.property(someLoads(true), segments(['fresh', 'late', 'silent'], 2 * LIMIT), fc.integer(), (loads, script, seed) => {
      const [a, b] = [play(loads, script, seed), play(loads, script, seed)];
      expect(a.moments).toEqual(b.moments);
      expect(a.state).toEqual(b.state);
      for (const { decision } of a.moments) {
        atMost(-decision.shedPower, 0);
        if (Number.isNaN(decision.tripS)) expect.fail('tripS is NaN');
      }
    }),
    { numRuns: 15 },
  );
});

test('a step leaves the state that it was given as it was', () => {
  const loads = [load('a'), load('b')];
  const frozen = deepFreeze(sheddingAt(loads, { nowMs: 0, seed: 1 }));
  const meter = {
    zones: [{ phase: 0 as const, power: 9000, limit: 6000, cutOff: 6000, alarm: true }],
    quality: 'fresh' as const,
    sampleMs: 1000,
  };
  const seen = { on: true, wanted: true, power: null, overrideMs: null, schedule: null };
  let state = frozen;
  for (let nowMs = 1000; nowMs < 60_000; nowMs += 1000) {
    state = deepFreeze(shed(loads, state, { nowMs, meter: { ...meter, sampleMs: nowMs }, loads: { a: seen, b: seen }, mains: null }).state);
  }
  expect(state.loads.a?.cause).not.toBeNull();
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

test('no input, however absurd, throws, gives a NaN or a permit to what is unknown', () => {
  const wild = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, null));
  const zone = fc.record({
    phase: fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<0 | 1 | 2 | 3>,
    power: wild,
    limit: wild,
    cutOff: wild,
    alarm: fc.boolean(),
  });
  const seen = fc.record({
    on: fc.constantFrom(true, false, null),
    wanted: fc.boolean(),
    power: fc.oneof(fc.double({ noNaN: true }), fc.constant(null)),
    overrideMs: fc.oneof(fc.integer(), fc.constant(null)),
    schedule: fc.constantFrom('rule', null),
  });
  const view = fc.record({
    pauseMs: fc.integer({ min: -5000, max: 900_000 }),
    zones: fc.array(zone, { maxLength: 3 }),
    quality: fc.constantFrom('fresh' as const, 'late' as const, 'stale' as const, 'dead' as const),
    sampleMs: fc.integer(),
    a: seen,
    b: seen,
    mains: fc.constantFrom(true, false, null),
  });
  const loads = [load('a', { maxOffMs: 600_000 }), load('b', { phase: 2, priority: 1 }), load('missing')];
  fc.assert(
    fc.property(fc.array(view, { maxLength: 40 }), (views) => {
      let state = sheddingAt(loads, { nowMs: 0, seed: 1 });
      let nowMs = 0;
      let met = false;
      for (const { pauseMs, zones, quality, sampleMs, a, b, mains } of views) {
        nowMs += pauseMs;
        met ||= a.on === true;
        const step = shed(loads, state, { nowMs, meter: { zones, quality, sampleMs }, loads: { a, b }, mains });
        state = step.state;
        const [first] = step.decision.loads;
        if (!met && zones.length === 0) expect(first?.permit).toBe(false);
        expect(step.decision.tripS).not.toBeNaN();
        expect(step.decision.shedPower).not.toBeNaN();
        expect(state.loads.a?.creditMs).not.toBeNaN();
      }
    }),
    { numRuns: 200 },
  );
});
