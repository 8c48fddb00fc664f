/** Scripted days as data: run in a real Core with our blueprints, and, where both exist, with the program's own control. */
import type { Scenario, Step, Switched } from './script.ts';

export const LOST = ['unavailable', 'unknown', 'nan', 'text'] as const;

/** A 12 V lead battery: charge at 12.2 V, full at 14.4 V. Roles: level, charger. */
export const CHARGE: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'half full', values: { level: 13 } },
      { say: 'low', values: { level: 12.1 }, after: { charger: 'on' } },
      { say: 'rising', values: { level: 13.4 } },
      { say: 'full', values: { level: 14.5 }, after: { charger: 'off' } },
      { say: 'falling', values: { level: 12.7 } },
      { say: 'low again', values: { level: 12 }, after: { charger: 'on' } },
      { say: 'full again', values: { level: 14.5 }, after: { charger: 'off' } },
    ],
  },
  {
    name: 'chatters',
    steps: [
      { say: 'just above', values: { level: 12.21 } },
      { say: 'just below', values: { level: 12.19 }, after: { charger: 'on' } },
      { say: 'just above again', values: { level: 12.21 } },
      { say: 'just below again', values: { level: 12.19 } },
      { say: 'full', values: { level: 14.4 }, after: { charger: 'off' } },
      { say: 'just below full', values: { level: 14.39 } },
      { say: 'just above full', values: { level: 14.41 } },
    ],
  },
  {
    name: 'no value',
    steps: LOST.flatMap((said): Step[] => [
      { say: 'low', values: { level: 12 }, after: { charger: 'on' } },
      { say: said, values: { level: said }, after: { charger: 'off' }, told: ['Charge stopped'] },
      { say: `half full after ${said}`, values: { level: 13 }, program: { after: { charger: 'on' }, why: 'resumes' } },
    ]),
  },
  {
    name: 'lease',
    steps: [
      { say: 'low', values: { level: 12 }, after: { charger: 'on' } },
      { say: 'between the thresholds', values: { level: 13 }, renew: true, calls: ['turn_on charger'] },
      { say: 'full', values: { level: 14.4 }, after: { charger: 'off' } },
      { say: 'full, renewed', renew: true, calls: ['turn_off charger'] },
      { say: 'nothing is wished', values: { level: 13 }, renew: true },
    ],
  },
];

const COOL = { heat: 60 };
/** Cut above 80 °C, critical above 100 °C, cool at 70 °C. Roles: heat, heater. */
export const HEAT: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'warm', people: { heater: 'on' }, values: { heat: 79 } },
      { say: 'hot', values: { heat: 81 }, after: { heater: 'off' }, told: ['Overheating: switched off'] },
      { say: 'not cool yet', values: { heat: 75 } },
      { say: 'somebody insists', people: { heater: 'on' }, after: { heater: 'off' } },
      { say: 'cool', values: { heat: 69 }, told: ['Cool again'] },
      { say: 'on again', people: { heater: 'on' }, program: { after: { heater: 'off' }, why: 'locks' } },
    ],
  },
  {
    name: 'chatters',
    steps: [
      { say: 'just below', people: { heater: 'on' }, values: { heat: 79.9 } },
      { say: 'just above', values: { heat: 80.1 }, after: { heater: 'off' }, told: ['Overheating: switched off'] },
      { say: 'just below again', values: { heat: 79.9 } },
      { say: 'just above again', values: { heat: 80.1 } },
      { say: 'exactly', values: { heat: 80 } },
      { say: 'cool', values: COOL, told: ['Cool again'] },
    ],
  },
  {
    name: 'critical',
    steps: [
      { say: 'critical', people: { heater: 'on' }, values: { heat: 101 }, after: { heater: 'off' }, told: ['CRITICAL overheating'] },
      { say: 'a minute later', told: ['CRITICAL overheating'] },
      { say: 'less, not cool', values: { heat: 95 }, told: ['CRITICAL overheating'] },
      { say: 'acknowledged', answer: 'ACKNOWLEDGE', told: ['Overheating acknowledged'] },
      { say: 'silent', values: { heat: 102 } },
      { say: 'still off', people: { heater: 'on' }, after: { heater: 'off' } },
      { say: 'cool', values: COOL, told: ['Cool again'] },
      { say: 'critical anew', values: { heat: 101 }, told: ['CRITICAL overheating'] },
      { say: 'cool again', values: COOL, told: ['Cool again'] },
    ],
  },
  {
    name: 'no value',
    steps: LOST.flatMap((said): Step[] => [
      { say: `on before ${said}`, people: { heater: 'on' }, values: COOL },
      { say: said, values: { heat: said }, after: { heater: 'off' }, told: ['Temperature unknown: switched off'] },
      { say: `back after ${said}`, values: COOL, told: ['Cool again'] },
    ]),
  },
  {
    name: 'lease',
    steps: [
      { say: 'nothing to repeat', people: { heater: 'on' }, values: COOL, renew: true },
      { say: 'hot', values: { heat: 85 }, after: { heater: 'off' }, told: ['Overheating: switched off'] },
      { say: 'repeated', renew: true, calls: ['turn_off heater'] },
      { say: 'cool', values: COOL, told: ['Cool again'] },
    ],
  },
];

const ALL_ON: Switched = { load_a: 'on', load_b: 'on', load_c: 'on' };
/**
 * At most 6000 W; loads of 2000, 1000 and 1500 W, the first to go first. Roles: base (W that cannot be shed), power
 * (where it is not base and loads), load_a, load_b, load_c.
 */
export const SHEDDING: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'below', people: ALL_ON, values: { base: 1000 } },
      { say: 'over', values: { base: 2000 }, after: { load_a: 'off' }, told: ['Load-shedding'] },
      { say: 'over again', values: { base: 4000 }, after: { load_b: 'off' }, told: ['Load-shedding'] },
      { say: 'no room yet', values: { base: 3200 } },
      { say: 'room for one', values: { base: 2600 }, after: { load_b: 'on' }, told: ['Brought back'] },
      { say: 'room for all', values: { base: 400 }, after: { load_a: 'on' }, told: ['Brought back'] },
    ],
  },
  {
    name: 'chatters',
    steps: [
      { say: 'just below', people: ALL_ON, values: { base: 1490 } },
      { say: 'just above', values: { base: 1510 }, after: { load_a: 'off' }, told: ['Load-shedding'] },
      { say: 'as before', values: { base: 1490 } },
      { say: 'as before again', values: { base: 1510 } },
      { say: 'room', values: { base: 400 }, after: { load_a: 'on' }, told: ['Brought back'] },
    ],
  },
  {
    name: 'people',
    steps: [
      { say: 'one is off', people: { load_b: 'on', load_c: 'on' }, values: { base: 1000 } },
      { say: 'over', values: { base: 4000 }, after: { load_b: 'off' }, told: ['Load-shedding'] },
      { say: 'only what was shed returns', values: { base: 500 }, after: { load_b: 'on' }, told: ['Brought back'] },
      { say: 'all on, over', people: ALL_ON, values: { base: 2000 }, after: { load_a: 'off' }, told: ['Load-shedding'] },
      { say: 'taken back', wait: 1.2, values: { base: 1400 }, people: { load_a: 'on' } },
      { say: 'room for all', values: { base: 400 } },
    ],
  },
  {
    name: 'no value',
    steps: [
      { say: 'over', people: ALL_ON, values: { base: 2000 }, after: { load_a: 'off' }, told: ['Load-shedding'] },
      ...LOST.map((power): Step => ({ say: power, values: { base: 100, power } })),
      { say: 'back', values: { base: 400, power: '' }, after: { load_a: 'on' }, told: ['Brought back'] },
    ],
  },
  {
    name: 'nothing left',
    steps: [
      {
        say: 'far over',
        people: ALL_ON,
        values: { base: 7000 },
        after: { load_a: 'off', load_b: 'off', load_c: 'off' },
        told: ['Load-shedding', 'Too much power, nothing left to shed'],
      },
      { say: 'room for all', values: { base: 400 }, after: ALL_ON, told: ['Brought back'] },
    ],
  },
];
