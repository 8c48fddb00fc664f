import { describe, expect, test } from 'vitest';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { SCENARIO_NAMES } from '../../src/main-options-tools.ts';
import { runScenario, runUncontrolled, SCENARIO } from '../../src/main-replay-scenario.ts';

const FRANCE_MS = 3_600_000;
const WEEK = { days: 7, seed: 1, language: 'en' } as const;

describe('a week of each house, everything checked at every tick', () => {
  test('winter on 6 kVA: the meter would open many times, and never does under the control', async () => {
    const alone = runUncontrolled({ ...WEEK, name: 'winter' });
    expect(alone.counts.trips).toBeGreaterThan(5);
    const { counts, violations, outcome } = await runScenario({ ...WEEK, name: 'winter' });
    expect(violations).toEqual([]);
    expect(counts.trips).toBe(0);
    expect(counts.heldBackWh).toBeGreaterThan(1_000);
    // Nobody pays for it: rooms and water are as warm as without, and the car is ready.
    expect(counts.coldRoomS).toBeLessThan((alone.counts.coldRoomS ?? 0) + 6 * 3_600);
    expect(counts.carNotReady).toBeLessThanOrEqual(1);
    expect(outcome.relays.every(({ switches }) => switches > 4)).toBe(true);
  }, 60_000);

  test('summer under the tiles: charged from the sun, never outside of what lithium bears', async () => {
    const { violations, outcome, counts } = await runScenario({ ...WEEK, name: 'solar', startMs: Date.UTC(2026, 6, 1) - FRANCE_MS });
    expect(violations).toEqual([]);
    expect(counts.fulls).toBeGreaterThan(2);
    expect(outcome.batteries[0]?.words.map(({ word }) => word)).toEqual(expect.arrayContaining(['idle', 'charging', 'full_hold']));
  }, 60_000);

  test('December away from the grid: the loads are cut before the battery is hurt', async () => {
    const { violations, outcome } = await runScenario({ ...WEEK, name: 'off-grid', startMs: Date.UTC(2026, 11, 1) - FRANCE_MS });
    expect(violations).toEqual([]);
    expect(outcome.relays[0]?.onMs).toBeGreaterThan(24 * 3_600_000);
  }, 60_000);

  test('lives the same life for the same seed, and another for another', async () => {
    const life = async (seed: number): Promise<string> => JSON.stringify(await runScenario({ ...WEEK, days: 1, seed, name: 'winter' }));
    const first = await life(1);
    expect((await life(1)) === first).toBe(true);
    expect((await life(2)) === first).toBe(false);
  }, 60_000);

  test('without its shedding section the winter house is found to trip', async () => {
    const text = SCENARIO.winter.yaml('en').replace(/shedding:[\s\S]*/, '');
    const house = toHouse(validateHouse(text, 'h', drivers).raw);
    const { violations } = await runScenario({ ...WEEK, days: 2, name: 'winter', house });
    expect(violations.join('\n')).toMatch(/^tick \d+, 2026-01-0\dT[\d:.]+Z, meter: the breaker opened$/m);
  }, 60_000);
});

test.each(SCENARIO_NAMES)('the configuration of %s is without fault in both languages', (name) => {
  for (const language of ['en', 'fr'] as const) expect(validateHouse(SCENARIO[name].yaml(language), name, drivers).problems).toEqual([]);
});
