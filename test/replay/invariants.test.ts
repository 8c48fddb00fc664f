import { describe, expect, test } from 'vitest';
import { toHouse } from '../../src/config/house.ts';
import type { RelayConfig } from '../../src/config/types.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { QUIET, type RelayOutlook, type RelayState } from '../../src/control/relay-types.ts';
import { drivers } from '../../src/drivers/index.ts';
import { createChecker, type Journaled } from '../../src/replay/invariants.ts';
import { LITHIUM_BOUNDS } from '../../src/replay/solar.ts';
import type { BatteryTruth, Truth } from '../../src/replay/world.ts';

const { relays } = toHouse(
  validateHouse(
    `version: 1
devices: [{id: linky, type: linky, port: /dev/x}]
relays: [{id: rs_01, line: 5, min_on_s: 60, min_off_s: 300, max_changes_per_hour: 4}]
`,
    'h',
    drivers,
  ).raw,
);
const FINE: BatteryTruth = { id: 'b', volts: 53, highestCellV: 3.4, lowestCellV: 3.3, amps: 10, celsius: 25, charge: 0.5 };

interface Seen {
  readonly on?: boolean | null;
  readonly code?: string;
  readonly detail?: string;
  readonly outlook?: Partial<RelayOutlook>;
  readonly latches?: readonly string[];
  /** What the journal says; undefined: what happened. */
  readonly entries?: readonly Journaled[];
  readonly truth?: Partial<Truth>;
  readonly totals?: readonly { readonly deviceId: string; readonly key: string; readonly growth: number }[];
}
/** Looks at one relay, seconds apart. */
function lived(config: readonly RelayConfig[] = relays) {
  const checker = createChecker({ relays: config, shedMinOffMs: { rs_01: 600_000 }, bounds: { b: LITHIUM_BOUNDS } });
  let [nowMs, tick, before] = [0, 0, false as boolean | null];
  return {
    checker,
    wish: (on: boolean) => checker.command({ deviceId: 'rs_01', key: 'rs_01', on }, nowMs),
    after(seconds: number, { on = false, code = 'default', detail, outlook, latches = [], entries, truth, totals = [] }: Seen): string[] {
      nowMs += 1_000 * seconds;
      tick += 1;
      const reason = { code, ...(detail !== undefined && { detail }) } as RelayState['verdict']['reason'];
      const verdict = { on: on === true, reason, sinceMs: nowMs };
      const memory = { mode: 'auto', manualOn: false, switches: 0, onSeconds: 0, changes: [] } as const;
      const state: RelayState = { id: 'rs_01', on, wanted: on === true, verdict, fault: undefined, latches, ...memory };
      const own = on === before || on === null ? [] : [{ relayId: 'rs_01', before, after: on, reason: code, detail: null }];
      for (const entry of entries ?? own) checker.journaled(entry);
      before = on;
      const known = checker.violations.length;
      const all = { batteries: [], energies: {}, ...truth };
      checker.look({ tick, nowMs, wallMs: nowMs, states: [state], outlook: () => ({ ...QUIET, ...outlook }), truth: all, totals });
      return checker.violations.slice(known).map((line) => line.replace(/^tick \d+, \S+, /, ''));
    },
  };
}
const ASKED = { on: true, code: 'request' } as const;

describe('a relay', () => {
  test('may be closed while a request lives, and open at any time', () => {
    const l = lived();
    expect(l.after(1, {})).toEqual([]);
    l.wish(true);
    expect([...l.after(400, ASKED), ...l.after(499, ASKED), ...l.after(1, { code: 'shedding', detail: 'overload' })]).toEqual([]);
  });

  test.each<[string, (l: ReturnType<typeof lived>) => string[], RegExp]>([
    ['a request that is over', (l) => l.after(901, ASKED), /without a live permit: request/],
    ['an interlock', (l) => l.after(400, { ...ASKED, outlook: { interlocks: ['too-cold (b)'] } }), /closed although too-cold \(b\)/],
    ['a latch', (l) => l.after(400, { ...ASKED, latches: ['welded'] }), /closed although welded/],
    [
      'load-shedding',
      (l) => l.after(400, { ...ASKED, outlook: { shed: { detail: 'overload', fast: false } } }),
      /load-shedding wants it open/,
    ],
    ['no automatic wish', (l) => l.after(400, { on: true, code: 'automatic' }), /without a live permit: automatic/],
    ['the default', (l) => l.after(400, { on: true }), /without a live permit: default/],
    ['a state that nobody knows', (l) => l.after(400, { on: null, code: 'line-fault' }), /nobody knows/],
    [
      'too short a rest',
      (l) => [...l.after(1, ASKED), ...l.after(100, {}), ...l.after(200, ASKED)],
      /became closed \(request\) after 200 s, at least 300 s/,
    ],
    [
      'too short a rest after shedding',
      (l) => [...l.after(1, ASKED), ...l.after(100, { code: 'shedding', detail: 'trip' }), ...l.after(400, ASKED)],
      /at least 600 s/,
    ],
    ['too short a run', (l) => [...l.after(1, ASKED), ...l.after(10, {})], /became open \(default\) after 10 s, at least 60 s/],
    ['a change that the journal does not know', (l) => l.after(400, { ...ASKED, entries: [] }), /the journal has no reason/],
    [
      'a change the wrong way in the journal',
      (l) => l.after(400, { ...ASKED, entries: [{ relayId: 'rs_01', before: true, after: false, reason: 'request', detail: null }] }),
      /no reason/,
    ],
  ])('closed by %s is found', (_, happen, why) => {
    const l = lived();
    l.after(0, {});
    l.wish(true);
    expect(happen(l).join('\n')).toMatch(why);
  });

  test('may change four times an hour, and be opened by an interlock beyond that and at once', () => {
    const l = lived();
    const found = l.after(0, {});
    for (let i = 0; i < 2; i += 1) {
      l.wish(true);
      found.push(...l.after(301, ASKED), ...l.after(61, {}));
    }
    l.wish(true);
    expect(found).toEqual([]);
    expect(l.after(301, ASKED).join()).toMatch('5 changes within an hour, at most 4');
    expect(l.after(1, { code: 'interlock', detail: 'over-voltage' })).toEqual([]);
  });
});

test('what its people opened rests as its own rules say, though load-shedding holds it the same second', () => {
  const l = lived();
  l.after(0, {});
  l.wish(true);
  l.after(301, ASKED);
  const own = { relayId: 'rs_01', before: true, after: false, reason: 'request', detail: null };
  const held = { ...own, before: false, reason: 'shedding' };
  expect(l.after(100, { code: 'shedding', detail: 'no_headroom', entries: [own, held] })).toEqual([]);
  l.wish(true);
  expect(l.after(400, ASKED)).toEqual([]);
});

describe('the truth', () => {
  test.each<[Partial<BatteryTruth>, RegExp]>([
    [{ highestCellV: 3.66 }, /highest cell at 3.660 V, bears 3.65/],
    [{ lowestCellV: 2.4 }, /lowest cell at 2.400 V/],
    [{ charge: 0.04 }, /charge of 4.0 %/],
    [{ celsius: 61, amps: -1 }, /61.0 °C, bears 60/],
    [{ celsius: -1 }, /charged with 10.0 A at -1.0 °C/],
    [{ celsius: 56 }, /charged with 10.0 A at 56.0 °C/],
    [{ id: 'c' }, /no bounds/],
  ])('of a battery: %j is found', (wrong, why) => {
    expect(
      lived()
        .after(1, { truth: { batteries: [{ ...FINE, ...wrong }] } })
        .join(),
    ).toMatch(why);
    expect(lived().after(1, { truth: { batteries: [FINE] } })).toEqual([]);
  });

  test('of the meter: an opened breaker is found, with tick and time', () => {
    const l = lived();
    expect(l.after(7, { truth: { breaker: { share: 0.99, opened: 0 } } })).toEqual([]);
    expect(l.after(1, { truth: { breaker: { share: 0, opened: 1 } } })).toEqual(['meter: the breaker opened']);
    expect(l.checker.violations).toEqual(['tick 2, 1970-01-01T00:00:08.000Z, meter: the breaker opened']);
    expect(l.after(1, { truth: { breaker: { share: 0.1, opened: 1 } } })).toEqual([]);
  });

  test('of energies: none falls, neither in the house nor in the ledger', () => {
    const l = lived();
    const ledger = (growth: number) => [{ deviceId: 'linky', key: 'energy_drawn', growth }];
    expect(l.after(1, { truth: { energies: { a: 5 } }, totals: ledger(5) })).toEqual([]);
    expect(l.after(1, { truth: { energies: { a: 4 } }, totals: ledger(4) })).toEqual([
      'a: energy fell from 5 to 4',
      'linky.energy_drawn: energy fell from 5 to 4',
    ]);
  });
});
