import { describe, expect, test } from 'vitest';
import { dinner, type Evening, evening } from './shedding-evening.ts';

const reasons = (run: Evening, id: string, fromHour: number, toHour: number): Set<string> => {
  const inside = run.decisions.filter(({ hour }) => hour >= fromHour && hour < toHour);
  return new Set(inside.map(({ decision }) => decision.loads.find((one) => one.id === id)?.reason ?? 'missing'));
};

describe('a winter evening on 6 kVA: heating, tank and charger on, dinner from 18:45 to 19:30', () => {
  test.each([1, 2, 3])('without shedding the meter opens within four minutes of the dinner (people %i)', (seed) => {
    const { trippedAt, longestOverS } = evening({ shedding: false, seed });
    expect(trippedAt).toBeGreaterThan(18.75 + 2 / 60);
    expect(trippedAt).toBeLessThan(18.75 + 4.5 / 60);
    expect(longestOverS).toBeGreaterThan(1200);
  });

  test.each([1, 2, 3])('with shedding it never does, and comfort hardly suffers (people %i)', (seed) => {
    const run = evening({ shedding: true, seed });
    expect(run.trippedAt).toBeNull();
    expect(run.lowestTripS).toBeGreaterThan(60);
    expect(run.longestOverS).toBeLessThanOrEqual(3);
    // Discomfort: the heating waits for the end of the dinner and the five-minute test, no longer; the fan never stops.
    expect(run.withheldMin.ventilation).toBe(0);
    expect(run.withheldMin.heating).toBeLessThanOrEqual(45 + 6);
    // The tank waits for real room, within its four hours, and is hot again before midnight.
    expect(run.withheldMin.tank).toBeLessThanOrEqual(180);
    expect(run.tankCelsius).toBeGreaterThan(55);
    for (const count of Object.values(run.switchings)) expect(count).toBeLessThanOrEqual(6);
    expect(run.decisions.some(({ decision }) => decision.unsheddable)).toBe(false);
  });

  test('the meter falls silent during the dinner: nothing is added until it is heard again, the breaker holds', () => {
    const run = evening({ shedding: true, heard: (hour) => hour < 19 || hour >= 19.75 });
    expect(run.trippedAt).toBeNull();
    const silent = run.decisions.filter(({ hour }) => hour > 19 + 12 / 3600 && hour < 19.75);
    const permitted = silent.map(({ decision }) => decision.loads.filter(({ permit }) => permit).length);
    for (const [i, count] of permitted.entries()) if (i > 0) expect(count).toBeLessThanOrEqual(permitted[i - 1] ?? 0);
    expect(silent.filter(({ hour }) => hour > 19.01).every(({ decision }) => decision.blind)).toBe(true);
    expect(run.withheldMin.heating).toBeLessThanOrEqual(60 + 6);
    expect(run.tankCelsius).toBeGreaterThan(55);
  });

  test('a red day sheds tank and charger until 22:00, then they come back one by one', () => {
    const rules = [{ id: 'red', loads: ['tank', 'charger'], tariffs: ['peak_red'] }];
    const run = evening({ shedding: true, rules, tariff: (hour) => (hour < 22 ? 'peak_red' : 'off_peak_red') });
    expect(run.trippedAt).toBeNull();
    expect(reasons(run, 'tank', 17.2, 22)).toEqual(new Set(['schedule']));
    expect(run.withheldMin.tank).toBeGreaterThan(290);
    expect(run.withheldMin.tank).toBeLessThan(325);
    expect(reasons(run, 'charger', 23, 23.5)).toEqual(new Set(['normal']));
    expect(run.withheldMin.ventilation).toBe(0);
  });

  test('more than the contract without any load left to shed: said aloud, nothing sheddable stays on', () => {
    const run = evening({ shedding: true, appliances: (hour) => 1.9 * dinner(hour) });
    const during = run.decisions.filter(({ hour }) => hour > 18.8 && hour < 19.45);
    expect(during.some(({ decision }) => decision.unsheddable)).toBe(true);
    const cooking = during.filter(({ decision }) => decision.unsheddable);
    for (const { decision } of cooking) expect(decision.loads.filter(({ id, permit }) => permit && id !== 'ventilation')).toEqual([]);
  });
});
