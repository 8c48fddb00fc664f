import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Lived, page, picture } from '../../scripts/soc-page.ts';
import { live } from './life.ts';
import { type ManyLives, manyLives } from './many-lives.ts';
import { PLANS } from './plans.ts';

const many = JSON.parse(readFileSync('docs/state-of-charge-lives.json', 'utf8')) as ManyLives;

describe('thirty days of a battery in the simulated house', () => {
  let lives: readonly Lived[] = [];
  beforeAll(() => {
    lives = PLANS.map((plan) => ({ plan, life: live(plan) }));
  }, 300_000);

  test('the state of charge stays within 3 % where it is full every week, within 8 % otherwise', () => {
    for (const { plan, life } of lives) {
      if (plan.bound !== undefined) expect(plan.learns ? life.settled : life.worst, plan.name).toBeLessThanOrEqual(plan.bound);
    }
  });

  test('the published uncertainty holds the truth, where there is a bound and where there is none', () => {
    for (const { plan, life } of lives) expect(life.kept, plan.name).toBeGreaterThan(0.99);
  });
  test('it does so in 99 % of many lives, of which a few are lived here', { timeout: 300_000 }, () => {
    const few = manyLives(8);
    expect(few.keeping).toBe(8);
    // Not by promising nothing.
    expect(few.promised).toBeLessThan(0.2);
    expect(many.lives).toBeGreaterThanOrEqual(100);
    expect(many.keeping / many.lives).toBeGreaterThanOrEqual(0.99);
    expect(many.kept).toBeGreaterThanOrEqual(0.99);
  });

  test('the offset of a poor sensor is learned at rest', () => {
    for (const { plan, life } of lives) if (plan.nightRest) expect(life.offsetA, plan.name).toBeCloseTo(0.133, 2);
  });

  test('the lives are deep enough to prove something', () => {
    for (const { plan, life } of lives) {
      expect(Math.min(...life.points.map(({ truth }) => truth)), plan.name).toBeLessThan(0.4);
      expect(life.fulls, plan.name).toBeGreaterThanOrEqual(plan.fullEvery === undefined ? 1 : 5);
    }
  });

  test('the page shows these lives (node scripts/soc-report.ts)', () => {
    expect(readFileSync('docs/state-of-charge.md', 'utf8')).toBe(page(lives, many));
    expect(readFileSync('docs/state-of-charge.svg', 'utf8')).toBe(picture(lives));
  });
});
