/** Thousands of random lives; one that breaks a rule shrinks to a few steps and prints as a timeline. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { live, type Step } from './life.ts';

const LIVES = 2_000;
const relay = fc.constantFrom('rs_01' as const, 'rs_02' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('live' as const),
      minutes: fc.constantFrom(1, 1, 1, 2, 4, 12),
      room: fc.constantFrom(-20, -5, 20, 35, 52, 75, 150),
      sensed: fc.oneof({ weight: 6, arbitrary: fc.constant('right' as const) }, fc.constantFrom('silent' as const, null, 85, 20, -127)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wish' as const), relay, on: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('mode' as const), relay, mode: fc.constantFrom('auto' as const, 'manual' as const) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'acknowledge' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), awayS: fc.constantFrom(1, 20, 700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), jumpS: fc.constantFrom(3_600, -3_600, 90_000, -1_800_000_000) }) },
);

test(`${LIVES} lives of samples, gaps, wishes, restarts and clocks that jump break no rule`, () => {
  let [ticks, moves] = [0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 16 }), (steps) => {
      const lived = live(steps);
      ticks += lived.ticks;
      moves += lived.moves;
    }),
    { numRuns: LIVES },
  );
  console.log(`${LIVES} random lives: ${ticks} ticks, ${moves} relay changes, no rule broken`);
  expect(moves).toBeGreaterThan(LIVES);
}, 600_000);

test('a life that breaks a rule is told as a timeline', () => {
  const hot: Step = { do: 'live', minutes: 1, room: 20, sensed: 'right' };
  const broken = {
    ...hot,
    get room(): number {
      throw new Error('seeded fault');
    },
  };
  const told = /seeded fault\n +1 s {2}rs_01: off, boot-hold\n(.*\n)* +61 s {2}wish, relay rs_02, on true/;
  expect(() => live([hot, { do: 'wish', relay: 'rs_02', on: true }, broken])).toThrow(told);
});
