import { describe, expect, test } from 'vitest';
import { type AlarmSubject, defaultRules } from '../../src/control/alarm-defaults.ts';
import { checkRules } from '../../src/control/alarm-rules.ts';
import { createAlarms } from '../../src/control/alarms.ts';
import type { Entity, Quantity } from '../../src/model.ts';

const APP = { id: 'bridge', name: 'Boxénergie' };
const LIMITS = { warmC: 70, hotC: 80, criticalC: 100, batteryLowV: 10.8, batteryRecoveredV: 12, lostS: 600 };
const entity = (quantity: Quantity, more: Partial<Entity> = {}): Entity => ({ name: { en: 'x', fr: 'x' }, quantity, ...more });
const subject = (id: string, entities: Record<string, Entity>): AlarmSubject => ({
  ...{ id, name: id, description: { manufacturer: 'x', model: 'y', periodMs: 1_000, entities } },
});
const ids = (...subjects: AlarmSubject[]): string[] => defaultRules(APP, subjects, LIMITS).map(({ id }) => id);

describe('our rules', () => {
  test('a battery is told by its name or its state of charge; a mains meter is none', () => {
    const volts = { bus_voltage: entity('voltage') };
    expect(ids(subject('bat_01', volts))).toContain('bat_01_discharged');
    expect(ids(subject('victron', { voltage: entity('voltage'), soc: entity('stateOfCharge') }))).toContain('victron_discharged');
    expect(ids(subject('linky', { voltage: entity('voltage') }))).toEqual(['linky_lost', 'storage_problem']);
    expect(ids(subject('bat_02', { bus_voltage: entity('text') }))).not.toContain('bat_02_discharged');
  });

  test('every measured temperature is watched, no rating', () => {
    const bms = subject('bms', { t1: entity('temperature'), t2: entity('temperature'), limit: entity('temperature', { setting: true }) });
    expect(ids(bms).filter((id) => id.endsWith('_critical'))).toEqual(['bms_t1_critical', 'bms_t2_critical']);
  });

  test('can work, for any limits the schema allows', () => {
    const bat = subject('bat_01', { bus_voltage: entity('voltage'), temperature: entity('temperature') });
    for (const warmC of [20, 79.9]) checkRules(defaultRules(APP, [bat], { ...LIMITS, warmC }));
    checkRules(defaultRules(APP, [bat], { ...LIMITS, warmC: 20, hotC: 30, criticalC: 40 }));
  });

  test('10.7 V for a minute is a deep discharge, the dip of a starting load is none', () => {
    const bat = subject('bat_01', { bus_voltage: entity('voltage') });
    for (const [lowS, state] of [
      [59, 'inactive'],
      [61, 'active'],
    ] as const) {
      const alarms = createAlarms(defaultRules(APP, [bat], LIMITS));
      for (let second = 0; second < 90; second += 1) {
        const now = { monotonicMs: second * 1000, wallMs: second * 1000 };
        const value = second < lowS ? 10.7 : state === 'active' ? 11 : 12.1;
        alarms.evaluate((_, key) => (key === 'bus_voltage' ? { value, quality: 'fresh', atMs: now.wallMs, ...now } : undefined), now);
      }
      expect(alarms.state('bat_01_discharged')).toBe(state);
    }
  });
});
