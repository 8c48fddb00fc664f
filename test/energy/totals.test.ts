import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, newTotal, reopened, revivedTotal, type TotalEvent, type TotalState } from '../../src/energy/totals.ts';
import type { TotalRule } from '../../src/model.ts';

const METER: TotalRule = { from: 'index', maxPerHour: 54_000 };
const PULSES: TotalRule = { from: 'session', maxPerHour: 60_000 };

interface Step {
  readonly value: number;
  readonly atS: number;
  readonly identity?: string;
}
function play(
  rule: TotalRule,
  steps: readonly Step[],
  start = newTotal(rule),
): { totals: (number | null)[]; events: (TotalEvent | '')[]; state: TotalState | undefined } {
  let state = start;
  const totals: (number | null)[] = [];
  const events: (TotalEvent | '')[] = [];
  for (const step of steps) {
    const result = count(rule, state, { value: step.value, identity: step.identity ?? null, atMs: step.atS * 1000 });
    state = result.state;
    totals.push(state.index === null ? null : state.total);
    events.push(result.event ?? '');
  }
  return { totals, events, state };
}

describe('a meter index', () => {
  test('is believed from the second agreeing reading on', () => {
    expect(
      play(METER, [
        { value: 1000, atS: 0 },
        { value: 1000, atS: 1 },
        { value: 1001, atS: 2 },
      ]).totals,
    ).toEqual([null, 1000, 1001]);
  });

  test('a single wrong high digit never gets through', () => {
    const { totals, events } = play(METER, [
      { value: 1000, atS: 0 },
      { value: 1000, atS: 1 },
      { value: 9001000, atS: 2 },
      { value: 1001, atS: 3 },
      { value: 1001, atS: 4 },
    ]);
    expect(totals).toEqual([null, 1000, 1000, 1001, 1001]);
    expect(events[2]).toBe('refused');
  });

  test('two wrong readings that disagree do not confirm each other', () => {
    const steps = [
      { value: 1000, atS: 0 },
      { value: 1000, atS: 1 },
      { value: 900_000, atS: 2 },
      { value: 800_000, atS: 3 },
      { value: 1001, atS: 4 },
    ];
    expect(play(METER, steps).totals.at(-1)).toBe(1001);
  });

  test('a large step after a long pause is believed when it is confirmed', () => {
    const start = revivedTotal(METER, { total: 5000, index: 5000, offset: 0, identity: null });
    expect(
      play(
        METER,
        [
          { value: 95_000, atS: 0 },
          { value: 95_000, atS: 1 },
        ],
        start,
      ).totals,
    ).toEqual([5000, 95_000]);
  });

  test('a drop is refused, and believed only after ten minutes without a contrary reading: the total goes on from where it was', () => {
    const good = [
      { value: 70_000, atS: 0 },
      { value: 70_000, atS: 1 },
    ];
    const low = Array.from({ length: 700 }, (_, i) => ({ value: 50 + Math.floor(i / 100), atS: 2 + i }));
    const { totals, events } = play(METER, [...good, ...low]);
    expect(Math.min(...totals.slice(1).map(Number))).toBe(70_000);
    expect(events.filter((event) => event === 'restarted-lower')).toHaveLength(1);
    expect(events.indexOf('restarted-lower')).toBeGreaterThanOrEqual(600);
    expect(totals.at(-1)).toBe(70_000);
  });

  test('one good reading among low ones starts the ten minutes again', () => {
    const good = [
      { value: 70_000, atS: 0 },
      { value: 70_000, atS: 1 },
    ];
    const low = Array.from({ length: 1100 }, (_, i) => ({ value: i === 550 ? 70_000 : 50, atS: 2 + i }));
    expect(play(METER, [...good, ...low]).events).not.toContain('restarted-lower');
  });

  test('another meter starts a new cycle at once after confirmation', () => {
    const { totals, events } = play(METER, [
      { value: 70_000, atS: 0, identity: 'a' },
      { value: 70_000, atS: 1, identity: 'a' },
      { value: 12, atS: 60, identity: 'b' },
      { value: 12, atS: 61, identity: 'b' },
      { value: 20, atS: 62, identity: 'b' },
    ]);
    expect(totals).toEqual([null, 70_000, 70_000, 70_000, 70_008]);
    expect(events[3]).toBe('meter-replaced');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('%s is refused', (value) => {
    const { totals, events } = play(METER, [
      { value: 10, atS: 0 },
      { value: 10, atS: 1 },
      { value, atS: 2 },
    ]);
    expect(totals.at(-1)).toBe(10);
    expect(events.at(-1)).toBe('refused');
  });

  test('never decreases, whatever comes', () => {
    const step = fc.record({
      value: fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.double(), fc.integer({ min: 1000, max: 1100 })),
      pause: fc.integer({ min: 0, max: 5000 }),
      identity: fc.constantFrom(null, 'a', 'b'),
    });
    fc.assert(
      fc.property(fc.constantFrom(METER, PULSES), fc.array(step, { maxLength: 60 }), (rule, steps) => {
        let state = newTotal(rule);
        let atMs = 0;
        let last = Number.NEGATIVE_INFINITY;
        for (const { value, pause, identity } of steps) {
          atMs += pause * 1000;
          state = count(rule, state, { value, identity, atMs }).state;
          if (state.index === null) continue;
          expect(state.total).toBeGreaterThanOrEqual(last);
          last = state.total;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a pulse counter', () => {
  test('goes on from the kept total each time the source is opened', () => {
    const start = revivedTotal(PULSES, { total: 1234, index: 99, offset: 1135, identity: null });
    const first = play(
      PULSES,
      [
        { value: 0, atS: 0 },
        { value: 5, atS: 1 },
      ],
      start,
    );
    expect(first.totals).toEqual([1234, 1239]);
    if (first.state === undefined) throw new Error('no state');
    expect(play(PULSES, [{ value: 2, atS: 9 }], reopened(PULSES, first.state)).totals).toEqual([1241]);
  });

  test('counts every pulse of every session, in any order of restarts', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 8 }), { maxLength: 8 }), (sessions) => {
        let state: TotalState | undefined = newTotal(PULSES);
        let expected = 0;
        for (const increments of sessions) {
          if (state !== undefined) state = reopened(PULSES, state);
          let seen = 0;
          for (const increment of increments) {
            seen += increment;
            expected += increment;
            state = count(PULSES, state, { value: seen, identity: null, atMs: 0 }).state;
          }
        }
        expect(state?.total ?? 0).toBe(expected);
      }),
    );
  });
});
