import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { figuresOf, headerOf } from '../../scripts/years-figures.ts';
import { pictureOf } from '../../scripts/years-plot.ts';
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
  }, 120_000);

  test('summer under the tiles: charged from the sun, never outside of what lithium bears', async () => {
    const { violations, outcome, counts } = await runScenario({ ...WEEK, name: 'solar', startMs: Date.UTC(2026, 6, 1) - FRANCE_MS });
    expect(violations).toEqual([]);
    expect(counts.fulls).toBeGreaterThan(2);
    expect(outcome.batteries[0]?.words.map(({ word }) => word)).toEqual(expect.arrayContaining(['idle', 'charging', 'full_hold']));
  }, 120_000);

  test('December away from the grid: the loads are cut before the battery is hurt', async () => {
    const { violations, outcome } = await runScenario({ ...WEEK, name: 'off-grid', startMs: Date.UTC(2026, 11, 1) - FRANCE_MS });
    expect(violations).toEqual([]);
    expect(outcome.relays[0]?.onMs).toBeGreaterThan(24 * 3_600_000);
  }, 120_000);

  test('lives the same life for the same seed, and another for another', async () => {
    const life = async (seed: number): Promise<string> => JSON.stringify(await runScenario({ ...WEEK, days: 1, seed, name: 'winter' }));
    const first = await life(1);
    expect((await life(1)) === first).toBe(true);
    expect((await life(2)) === first).toBe(false);
  }, 120_000);

  test('without its shedding section the winter house is found to trip', async () => {
    const text = SCENARIO.winter.yaml('en').replace(/shedding:[\s\S]*/, '');
    const house = toHouse(validateHouse(text, 'h', drivers).raw);
    const { violations } = await runScenario({ ...WEEK, days: 2, name: 'winter', house });
    expect(violations.join('\n')).toMatch(/^tick \d+, 2026-01-0\dT[\d:.]+Z, meter: the breaker opened$/m);
  }, 120_000);
});

/** `npm run years` writes them. */
describe('the page and the pictures of the years', () => {
  const page = readFileSync('docs/years.md', 'utf8');

  test.each(SCENARIO_NAMES)('%s: the picture is that of the page, whole, light, and without a violation', (name) => {
    const picture = readFileSync(`docs/years/${name}.svg`, 'utf8');
    const header = /<desc>(.*)<\/desc>/.exec(picture)?.[1] ?? '';
    expect(header).toMatch(new RegExp(`^${name}, seed 1, 365 days, \\d+ ticks, 0 violations\\. `));
    expect(page).toContain(`\`${header}\``);
    expect(page).toContain(`(years/${name}.svg)`);
    expect(picture.length).toBeLessThan(150_000);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    expect(readFileSync(`docs/years/${name}.yaml`, 'utf8')).toBe(SCENARIO[name].yaml('en'));
  });

  test('the figures are made of a life as it was, and tell both sides', async () => {
    const run = { ...WEEK, days: 1, name: 'winter' } as const;
    const lived = { ...run, result: await runScenario(run), alone: runUncontrolled(run) };
    const figures = figuresOf(lived);
    expect(figures[0]).toEqual({ label: 'The meter opened', alone: `${lived.alone.counts.trips} times`, under: '0 times' });
    expect(figures.at(-1)).toEqual({ label: 'Violations', alone: '', under: '0' });
    const drawn = pictureOf(lived);
    expect(drawn).toContain(`<desc>${headerOf(lived)}</desc>`);
    expect(drawn.match(/<path /g)?.length).toBeGreaterThan(40);
    expect(drawn).toContain('Heater, living room');
  }, 120_000);
});

test.each(SCENARIO_NAMES)('the configuration of %s is without fault in both languages', (name) => {
  for (const language of ['en', 'fr'] as const) expect(validateHouse(SCENARIO[name].yaml(language), name, drivers).problems).toEqual([]);
});
