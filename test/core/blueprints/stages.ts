/** Which automations of our blueprints exist in the test's Core, and who plays which role. */

import type { Kit } from './kit.ts';
import { LOADS } from './loads.ts';
import type { Stage } from './run.ts';
import { CHARGE, HEAT, SHEDDING } from './scenarios.ts';
import { DEEP, STALE, SURPLUS, TARIFF } from './scenarios-more.ts';
import type { Scenario } from './script.ts';

export interface Play {
  readonly alias: string;
  readonly blueprint: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly stage: Stage;
  readonly scenarios: readonly Scenario[];
  /** What its sensors show before anything happens. */
  readonly quiet: Readonly<Record<string, string | number>>;
}

const boolean = (name: string): string => `input_boolean.${name}`;
export const loadList = (names: Readonly<Record<string, number>>): { entity: string; power: number }[] =>
  Object.entries(names).map(([name, power]) => ({ entity: boolean(name), power }));

/** Times are as short as the blueprints take them, so that nothing waits. */
export function plays(kit: Kit): Play[] {
  const house = async (values: ReadonlyMap<string, string | number>): Promise<Record<string, string | number>> => {
    let total = Number(values.get('base'));
    for (const [name, power] of Object.entries(LOADS)) if ((await kit.state(boolean(name))) === 'on') total += power;
    return { 'sensor.power': values.get('power') || total };
  };
  return [
    {
      alias: 'charge',
      blueprint: 'charge_control',
      input: { sensor: 'sensor.level', charger: boolean('charger'), grace: 0 },
      stage: { cast: { level: 'sensor.level', charger: boolean('charger') } },
      scenarios: CHARGE,
      quiet: { 'sensor.level': 13 },
    },
    {
      alias: 'heat',
      blueprint: 'overheat_cutoff',
      input: { sensors: ['sensor.heat'], relays: [boolean('heater')], memory: 'input_text.heat', grace: 0, reaction: 0 },
      stage: { cast: { heat: 'sensor.heat', heater: boolean('heater') } },
      scenarios: HEAT,
      quiet: { 'sensor.heat': 60 },
    },
    {
      alias: 'shed',
      blueprint: 'load_shedding',
      input: { power: 'sensor.power', limit: 6000, loads: loadList(LOADS), memory: 'input_text.shed', restore_after: 0, settle: 0.6 },
      stage: { cast: Object.fromEntries(Object.keys(LOADS).map((name) => [name, boolean(name)])), world: house, rounds: 6 },
      scenarios: SHEDDING,
      quiet: { 'sensor.power': 1000 },
    },
    {
      alias: 'deep',
      blueprint: 'deep_discharge_alert',
      input: {
        sensors: ['sensor.deep'],
        memory: 'input_text.deep',
        hold: 0,
        chargers: [boolean('charger_2')],
        relays: [boolean('load_d')],
      },
      stage: { cast: { deep: 'sensor.deep', load: boolean('load_d'), charger: boolean('charger_2') } },
      scenarios: DEEP,
      quiet: { 'sensor.deep': 12.5 },
    },
    {
      alias: 'tariff',
      blueprint: 'tariff_period_control',
      input: {
        ...{ period: 'sensor.period', relays: [boolean('load_e')], vetoes: ['sensor.colour'], pauses: [boolean('pause')] },
        ...{ grace: 0, when_unknown: 'go_off' },
      },
      stage: { cast: { period: 'sensor.period', colour: 'sensor.colour', load: boolean('load_e'), pause: boolean('pause') } },
      scenarios: TARIFF,
      quiet: { 'sensor.period': 'peak', 'sensor.colour': 'blue' },
    },
    {
      alias: 'surplus',
      blueprint: 'solar_surplus',
      input: { power: 'sensor.grid', relay: boolean('heater_2'), min_on: 0, min_off: 0, grace: 0 },
      stage: { cast: { grid: 'sensor.grid', load: boolean('heater_2') } },
      scenarios: SURPLUS,
      quiet: { 'sensor.grid': 0 },
    },
    {
      alias: 'stale',
      blueprint: 'stale_data_alert',
      input: { sensors: ['sensor.stale'], max_age: 0.04 },
      stage: { cast: { stale: 'sensor.stale' } },
      scenarios: STALE,
      quiet: { 'sensor.stale': 1 },
    },
  ];
}
