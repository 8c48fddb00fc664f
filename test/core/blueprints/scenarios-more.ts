/** Scripted days of the blueprints that the program itself has no like of. */
import { LOST } from './scenarios.ts';
import type { Scenario, Step } from './script.ts';

/** Too low at 10.8 V, recovered at 12.2 V. Roles: deep, load, charger. */
export const DEEP: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'fine', people: { load: 'on' }, values: { deep: 12 } },
      { say: 'low', values: { deep: 10.7 }, after: { load: 'off' }, told: ['Battery too low'] },
      { say: 'not told again', values: { deep: 10.6 } },
      { say: 'in between', values: { deep: 11.5 } },
      { say: 'recovered', values: { deep: 12.3 }, told: ['Battery recovered'] },
    ],
  },
  {
    name: 'chatters',
    steps: [
      { say: 'just above', values: { deep: 10.81 } },
      { say: 'just below', values: { deep: 10.79 }, told: ['Battery too low'] },
      { say: 'just above again', values: { deep: 10.81 } },
      { say: 'just below again', values: { deep: 10.79 } },
      { say: 'recovered', values: { deep: 13 }, told: ['Battery recovered'] },
    ],
  },
  {
    name: 'answers',
    steps: [
      { say: 'low', values: { deep: 10.7 }, told: ['Battery too low'] },
      { say: 'kept off', people: { load: 'on' }, after: { load: 'off' } },
      { say: 'charge', answer: 'CHARGE', after: { charger: 'on' } },
      { say: 'acknowledged', answer: 'ACKNOWLEDGE', told: ['Low battery acknowledged'] },
      { say: 'given back', people: { load: 'on' } },
      { say: 'recovered', values: { deep: 12.3 }, told: ['Battery recovered'] },
    ],
  },
  {
    name: 'no value',
    steps: LOST.flatMap((said): Step[] => [
      { say: `${said} begins nothing`, values: { deep: said } },
      { say: 'low', values: { deep: 10.7 }, told: ['Battery too low'] },
      { say: `${said} ends nothing`, values: { deep: said } },
      { say: 'recovered', values: { deep: 12.3 }, told: ['Battery recovered'] },
    ]),
  },
  {
    name: 'lease',
    steps: [
      { say: 'nothing to repeat', values: { deep: 12.5 }, renew: true },
      { say: 'low', values: { deep: 10.7 }, told: ['Battery too low'] },
      { say: 'repeated', renew: true, calls: ['turn_off load'] },
      { say: 'recovered', values: { deep: 12.5 }, told: ['Battery recovered'] },
    ],
  },
];

/** On in off-peak, blue and white off-peak and normal hours; off on red days; off without a period. Roles: period, colour, load, pause. */
export const TARIFF: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'peak', values: { colour: 'none', period: 'peak' } },
      { say: 'off-peak', values: { period: 'off_peak' }, after: { load: 'on' } },
      { say: 'peak again', values: { period: 'peak' }, after: { load: 'off' } },
      { say: 'capitals', values: { period: 'OFF_PEAK' }, after: { load: 'on' } },
      { say: 'EJP mobile peak', values: { period: 'mobile_peak' }, after: { load: 'off' } },
      { say: 'EJP normal', values: { period: 'normal' }, after: { load: 'on' } },
      { say: 'Tempo blue', values: { colour: 'blue', period: 'off_peak_blue' } },
      { say: 'veto of the red day', values: { colour: 'red' }, after: { load: 'off' } },
      { say: 'Tempo red', values: { period: 'off_peak_red' } },
      { say: 'Tempo white', values: { period: 'off_peak_white', colour: 'white' }, after: { load: 'on' } },
    ],
  },
  {
    name: 'people',
    steps: [
      { say: 'off-peak', values: { period: 'off_peak' }, after: { load: 'on' } },
      { say: 'pause', people: { pause: 'on', load: 'off' } },
      { say: 'still pause', values: { period: 'peak' } },
      { say: 'back to work', values: { period: 'off_peak' }, people: { pause: 'off' }, after: { load: 'on' } },
    ],
  },
  {
    name: 'no value',
    steps: ['unavailable', 'unknown', 'nan'].flatMap((said): Step[] => [
      { say: `on before ${said}`, values: { colour: 'blue', period: 'off_peak' }, after: { load: 'on' } },
      { say: said, values: { period: said }, after: { load: 'off' }, told: ['Tariff period missing'] },
      { say: `on after ${said}`, values: { period: 'off_peak' }, after: { load: 'on' } },
      { say: `no veto known: ${said}`, values: { colour: said }, after: { load: 'off' }, told: ['Tariff period missing'] },
    ]),
  },
  {
    name: 'lease',
    steps: [
      { say: 'off-peak', values: { colour: 'blue', period: 'off_peak' }, after: { load: 'on' } },
      { say: 'on, repeated', renew: true, calls: ['turn_on load'] },
      { say: 'peak', values: { period: 'peak' }, after: { load: 'off' } },
      { say: 'off, repeated', renew: true, calls: ['turn_off load'] },
    ],
  },
];

/** A load of 2000 W, margin 100 W, 200 W tolerated; positive is drawn. Roles: grid, load. */
export const SURPLUS: readonly Scenario[] = [
  {
    name: 'value crosses',
    steps: [
      { say: 'some sun', values: { grid: -1900 } },
      { say: 'enough', values: { grid: -2150 }, after: { load: 'on' } },
      { say: 'its own draw', values: { grid: -150 } },
      { say: 'a cloud', values: { grid: 150 } },
      { say: 'a big cloud', values: { grid: 250 }, after: { load: 'off' } },
      { say: 'its own draw is gone', values: { grid: -1750 } },
    ],
  },
  {
    name: 'chatters',
    steps: [
      { say: 'just not enough', values: { grid: -2099 } },
      { say: 'just enough', values: { grid: -2101 }, after: { load: 'on' } },
      { say: 'tolerated', values: { grid: 199 } },
      { say: 'none', values: { grid: 0 } },
      { say: 'tolerated again', values: { grid: 199 } },
      { say: 'not tolerated', values: { grid: 201 }, after: { load: 'off' } },
    ],
  },
  {
    name: 'no value',
    steps: LOST.flatMap((said): Step[] => [
      { say: `enough before ${said}`, values: { grid: -3000 }, after: { load: 'on' } },
      { say: said, values: { grid: said }, after: { load: 'off' }, told: ['Solar surplus: power missing'] },
    ]),
  },
  {
    name: 'lease',
    steps: [
      { say: 'enough', values: { grid: -3000 }, after: { load: 'on' } },
      { say: 'on, repeated', values: { grid: -500 }, renew: true, calls: ['turn_on load'] },
      { say: 'a cloud', values: { grid: 900 }, after: { load: 'off' } },
      { say: 'nothing is wished', values: { grid: 500 }, renew: true },
    ],
  },
];

/** Silent after 2.4 s. Role: stale. */
export const STALE: readonly Scenario[] = [
  {
    name: 'value stops',
    steps: [
      { say: 'speaks', values: { stale: 1 } },
      { say: 'silent', wait: 2.6, told: ['Data missing'] },
      { say: 'not told again', wait: 0.2 },
      { say: 'speaks again', values: { stale: 1 } },
    ],
  },
  {
    name: 'no value',
    steps: ['unavailable', 'unknown', 'nan'].flatMap((said): Step[] => [
      { say: `speaks before ${said}`, values: { stale: 1 } },
      { say: `${said}, for a moment`, values: { stale: said } },
      { say: said, wait: 2.6, told: ['Data missing'] },
      { say: `${said}, not told again`, wait: 0.2 },
    ]),
  },
];
