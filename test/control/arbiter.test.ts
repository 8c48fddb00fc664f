import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, NOTHING_SAID, type RelayView } from '../../src/control/arbiter.ts';
import { FREE_CYCLE } from '../../src/control/cycle.ts';
import { bench } from './board.ts';

const REST: RelayView = {
  ...NOTHING_SAID,
  nowMs: 1_000_000,
  safeOn: false,
  on: false,
  mode: 'auto',
  manualOn: false,
  manualUntilMs: undefined,
  request: undefined,
  latches: [],
  lineFault: undefined,
  holdUntilMs: 10_000,
  stopping: false,
  occupied: undefined,
  rules: FREE_CYCLE,
  past: { changes: [], sinceMs: 0, restUntilMs: 0 },
};
const ASK = { on: true, by: 'api', untilMs: 2_000_000 } as const;
const FULL = { on: false, detail: 'full' };
const CHARGE = { on: true, detail: 'charging' };
const HAND = { mode: 'manual', manualOn: true } as const;
const SLOW = { detail: 'overload', fast: false };
const LONG = { ...FREE_CYCLE, minOnMs: 60_000, minOffMs: 300_000 };
const JUST = { changes: [990_000], sinceMs: 990_000, restUntilMs: 0 };

describe('the order of the law', () => {
  test.each<[string, Partial<RelayView>, boolean, string, string?]>([
    ['automatic', { automatic: CHARGE }, true, 'automatic'],
    ['a request before automatic silence', { request: ASK }, true, 'request'],
    ['a request to open before the automatic wish', { request: { ...ASK, on: false }, automatic: CHARGE }, false, 'request'],
    ['any level may open: a full battery ends a request', { request: ASK, automatic: FULL }, false, 'automatic'],
    ['by hand before automatic', { ...HAND, automatic: FULL }, true, 'manual'],
    ['an override that is over', { ...HAND, manualUntilMs: 1_000_000 }, false, 'default'],
    ['shedding before manual', { ...HAND, on: true, shed: SLOW }, false, 'shedding', 'manual'],
    [
      'the least time on before slow shedding',
      { ...HAND, on: true, shed: SLOW, rules: LONG, past: JUST },
      true,
      'anti-short-cycle',
      'shedding',
    ],
    [
      'fast shedding does not wait',
      { ...HAND, on: true, shed: { ...SLOW, fast: true }, rules: LONG, past: JUST },
      false,
      'shedding',
      'manual',
    ],
    ['shedding never moves a relay that is safe closed', { safeOn: true, on: true, shed: SLOW }, true, 'default'],
    ['the least time off', { request: ASK, rules: LONG, past: JUST }, false, 'anti-short-cycle', 'request'],
    [
      'an interlock before the least time on',
      { ...HAND, on: true, interlocks: ['cold'], rules: LONG, past: JUST },
      false,
      'interlock',
      'manual',
    ],
    ['an input that is not fresh bars the closing', { request: ASK, unready: 'temperature' }, false, 'waiting-inputs', 'request'],
    ['an input that is not fresh lets it stay', { request: ASK, on: true, unready: 'temperature' }, true, 'request'],
    ['an input that is not fresh lets it open', { on: true, unready: 'temperature' }, false, 'default'],
    ['a busy group', { request: ASK, occupied: { by: 'rs_02', untilMs: undefined } }, false, 'group', 'request'],
    [
      'closed while another of the group is',
      { request: ASK, on: true, occupied: { by: 'rs_02', untilMs: undefined } },
      false,
      'group',
      'request',
    ],
    [
      'closed while another of the group has just opened',
      { request: ASK, on: true, occupied: { by: 'rs_02', untilMs: 1_000_500 } },
      true,
      'request',
    ],
    ['too long on', { request: ASK, on: true, rules: { ...FREE_CYCLE, maxOnMs: 900_000 } }, false, 'anti-short-cycle', 'request'],
    ['nobody knows how it stands', { request: ASK, on: null, unready: 'x' }, false, 'waiting-inputs', 'request'],
  ])('%s', (_, view, on, code, pending) => {
    const verdict = judge({ ...REST, ...view });
    expect([verdict.on, verdict.reason.code, verdict.pending?.reason.code]).toEqual([on, code, pending]);
  });

  test('the next allowed change is told', () => {
    const next = (view: Partial<RelayView>): number | undefined => judge({ ...REST, ...view }).nextMs;
    expect(next({ nowMs: 4_000, request: ASK })).toBe(10_000);
    expect(next({ request: ASK, rules: LONG, past: JUST })).toBe(1_290_000);
    expect(next({ on: true, request: ASK, rules: LONG, past: JUST })).toBe(1_050_000);
    expect(next({ request: ASK, occupied: { by: 'rs_02', untilMs: 1_000_500 } })).toBe(1_000_500);
    const busy = { ...JUST, changes: [100_000, 200_000, 300_000, 400_000, 500_000] };
    expect(next({ request: ASK, rules: { ...FREE_CYCLE, maxPerHour: 6 }, past: busy })).toBe(3_700_000);
    expect(next({ request: ASK })).toBeUndefined();
  });
});

const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
const time = fc.integer({ min: 0, max: 2_000_000 });
const anyView: fc.Arbitrary<RelayView> = fc.record({
  nowMs: time,
  safeOn: fc.boolean(),
  on: fc.option(fc.boolean()),
  mode: fc.constantFrom('auto', 'manual'),
  manualOn: fc.boolean(),
  manualUntilMs: maybe(time),
  request: maybe(fc.record({ on: fc.boolean(), by: fc.constantFrom('home-assistant', 'api', 'schedule'), untilMs: time })),
  latches: fc.array(fc.constantFrom('over-temperature', 'welded'), { maxLength: 2 }),
  interlocks: fc.array(fc.constantFrom('cold', 'over-voltage'), { maxLength: 2 }),
  lineFault: maybe(fc.constant('EIO')),
  holdUntilMs: time,
  stopping: fc.boolean(),
  unready: maybe(fc.constant('temperature')),
  shed: maybe(fc.record({ detail: fc.constant('overload'), fast: fc.boolean() })),
  automatic: maybe(fc.record({ on: fc.boolean(), detail: fc.constant('x') })),
  occupied: maybe(fc.record({ by: fc.constant('rs_09'), untilMs: maybe(time) })),
  rules: fc.record({
    minOnMs: time,
    minOffMs: time,
    maxOnMs: maybe(time),
    maxPerHour: fc.integer({ min: 0, max: 8 }),
    maxPerDay: fc.integer({ min: 0, max: 40 }),
  }),
  past: fc.record({ changes: fc.array(time, { maxLength: 9 }).map((all) => all.sort((a, b) => a - b)), sinceMs: time, restUntilMs: time }),
});

describe('whatever is asked', () => {
  test('an interlock, a fault, the start and the stop lead to safe', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const forced =
          view.interlocks.length + view.latches.length > 0 ||
          view.stopping ||
          view.lineFault !== undefined ||
          view.nowMs < view.holdUntilMs;
        fc.pre(forced);
        expect(judge(view).on).toBe(view.safeOn);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an unknown input, a busy group, shedding never close', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const { on } = judge(view);
        if (view.unready !== undefined && view.on !== !view.safeOn) expect(on).toBe(view.safeOn);
        if (view.on === false && !view.safeOn && (view.occupied ?? view.shed) !== undefined) expect(on).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the verdict is a function of its view alone, and always has a reason', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const frozen = deepFreeze(structuredClone(view));
        expect(judge(frozen)).toEqual(judge(view));
        const verdict = judge(view);
        expect(verdict.reason.code).not.toBe('');
        if (verdict.nextMs !== undefined) expect(verdict.nextMs).toBeGreaterThan(view.nowMs);
        if (verdict.pending !== undefined) expect(verdict.pending.on).toBe(!verdict.on);
      }),
      { numRuns: 1_000 },
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

describe('caps, minimum times and groups on a board, whatever people and sensors do', () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('wish' as const), relay: fc.integer({ min: 1, max: 3 }), on: fc.boolean() }),
    fc.record({ kind: fc.constant('mode' as const), relay: fc.integer({ min: 1, max: 3 }), manual: fc.boolean() }),
    fc.record({ kind: fc.constant('wait' as const), s: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ kind: fc.constant('interlock' as const), relay: fc.integer({ min: 1, max: 3 }), stands: fc.boolean() }),
    fc.record({ kind: fc.constant('auto' as const), relay: fc.integer({ min: 1, max: 3 }), on: maybe(fc.boolean()) }),
    fc.record({ kind: fc.constant('shed' as const), relay: fc.integer({ min: 1, max: 3 }), fast: maybe(fc.boolean()) }),
  );
  const rules = fc.record({
    minOnMs: fc.constantFrom(0, 30_000, 120_000),
    minOffMs: fc.constantFrom(0, 60_000, 300_000),
    maxOnMs: fc.constantFrom(undefined, 600_000),
    maxPerHour: fc.integer({ min: 2, max: 6 }),
    maxPerDay: fc.integer({ min: 2, max: 10 }),
  });

  test('no more changes than the cap, least times kept, groups never both on, nothing closed under an interlock', () => {
    fc.assert(
      fc.property(rules, fc.array(action, { maxLength: 60 }), (cycle, actions) => {
        const group = { rules: cycle, group: 'a', deadMs: 5_000 };
        const b = bench([group, group, { rules: cycle }]);
        const interlocked = new Set<string>();
        const check = (): void => {
          expect(b.on('rs_01') && b.on('rs_02')).toBe(false);
          for (const id of interlocked) expect(b.on(id)).toBe(false);
          for (const id of b.wires.keys())
            if (b.on(id)) expect(['manual', 'request', 'automatic', 'anti-short-cycle']).toContain(b.state(id).verdict.reason.code);
        };
        for (const act of actions) {
          const id = 'relay' in act ? `rs_0${act.relay}` : '';
          if (act.kind === 'wish') b.wish(id, act.on);
          if (act.kind === 'mode') b.board.setMode(id, act.manual ? 'manual' : 'auto', b.nowMs);
          if (act.kind === 'auto') b.say(id, { automatic: act.on === undefined ? undefined : { on: act.on, detail: 'x' } });
          if (act.kind === 'shed') b.say(id, { shed: act.fast === undefined ? undefined : { detail: 'x', fast: act.fast } });
          if (act.kind === 'interlock') {
            b.say(id, { interlocks: act.stands ? ['over-temperature'] : [] });
            if (act.stands) interlocked.add(id);
            else interlocked.delete(id);
          }
          if (act.kind === 'wait') {
            // Ten ticks stand for the seconds between.
            b.nowMs += act.s * 100 * 9;
            for (let i = 0; i < 10; i += 1) {
              b.nowMs += act.s * 10;
              b.board.tick(b.nowMs);
              check();
            }
          } else b.board.tick(b.nowMs);
          check();
        }
        for (const [, wire] of b.wires) checkMoves(wire.moves, cycle);
        const both = [
          ...(b.wires.get('rs_01')?.moves ?? []).map((m) => ({ ...m, id: 1 })),
          ...(b.wires.get('rs_02')?.moves ?? []).map((m) => ({ ...m, id: 2 })),
        ];
        both.sort((x, y) => x.atMs - y.atMs);
        for (const [i, move] of both.entries()) {
          const last = both[i - 1];
          if (move.on && last !== undefined && last.id !== move.id) expect(move.atMs - last.atMs).toBeGreaterThanOrEqual(5_000);
        }
      }),
      { numRuns: 400 },
    );
  });
});

function checkMoves(moves: readonly { readonly atMs: number; readonly on: boolean }[], rules: RelayView['rules']): void {
  for (const { atMs } of moves) {
    expect(moves.filter((move) => move.atMs > atMs - 3_600_000 && move.atMs <= atMs).length).toBeLessThanOrEqual(rules.maxPerHour);
    expect(moves.filter((move) => move.atMs > atMs - 86_400_000 && move.atMs <= atMs).length).toBeLessThanOrEqual(rules.maxPerDay);
  }
  for (const [i, move] of moves.entries()) {
    const last = moves[i - 1];
    if (move.on && last !== undefined) expect(move.atMs - last.atMs).toBeGreaterThanOrEqual(rules.minOffMs);
  }
}

describe('on the board', () => {
  test('ten thousand wishes do not pass the cap, and the last wins once there is room', () => {
    const b = bench([{ rules: { ...FREE_CYCLE, maxPerHour: 6, maxPerDay: 40 }, leaseMs: 86_400_000 }]);
    b.run(1);
    for (let i = 0; i < 10_000; i += 1) b.wish('rs_01', i % 2 === 0);
    b.wish('rs_01', true);
    expect(b.wires.get('rs_01')?.moves.length).toBeLessThanOrEqual(6);
    expect(b.state('rs_01').verdict).toMatchObject({
      on: false,
      reason: { code: 'anti-short-cycle', detail: 'changes-per-hour' },
      pending: { on: true },
    });
    b.run(3_600);
    expect(b.on('rs_01')).toBe(true);
  });

  test('an interlock opens at once, with the cap used up and before the least time on', () => {
    const b = bench([{ rules: { ...FREE_CYCLE, minOnMs: 600_000, maxPerHour: 2 } }]);
    b.run(1);
    b.wish('rs_01', true);
    expect(b.on('rs_01')).toBe(true);
    b.say('rs_01', { interlocks: ['over-temperature'] });
    b.run(1);
    expect(b.on('rs_01')).toBe(false);
    expect(b.state('rs_01').verdict).toMatchObject({ reason: { code: 'interlock', detail: 'over-temperature' }, pending: { on: true } });
  });

  test('as long as it may and no longer; then the wish is served', () => {
    const b = bench([{ rules: { ...FREE_CYCLE, maxOnMs: 60_000 } }]);
    b.run(1);
    b.wish('rs_01', true);
    b.run(60);
    expect(b.on('rs_01')).toBe(false);
    b.run(600);
    expect(b.state('rs_01')).toMatchObject({ on: false, verdict: { reason: { code: 'default' } } });
    expect(b.decisions.some(({ detail, after }) => detail === 'max-on' && !after)).toBe(true);
    b.wish('rs_01', true);
    expect(b.on('rs_01')).toBe(true);
  });

  test('a forgotten override ends by itself, each wish by hand renews it', () => {
    const b = bench([{ overrideMs: 3_600_000 }]);
    b.run(1);
    b.board.setMode('rs_01', 'manual', b.nowMs);
    b.run(3_000);
    b.wish('rs_01', true);
    b.run(3_599);
    expect(b.state('rs_01')).toMatchObject({ on: true, mode: 'manual' });
    b.run(1);
    expect(b.state('rs_01')).toMatchObject({ on: false, mode: 'auto', verdict: { reason: { code: 'default' } } });
  });

  test('in manual mode a schedule is not heard', () => {
    const b = bench([{}]);
    b.run(1);
    b.board.setMode('rs_01', 'manual', b.nowMs);
    b.board.wish({ relayId: 'rs_01', on: true, by: 'schedule' }, b.nowMs);
    expect(b.on('rs_01')).toBe(false);
    b.board.wish({ relayId: 'rs_01', on: true, by: 'page' }, b.nowMs);
    expect(b.on('rs_01')).toBe(true);
  });

  test('in a group the last wish wins after the dead time, but a request not against a person', () => {
    const b = bench([
      { group: 'g', deadMs: 2_000 },
      { group: 'g', deadMs: 2_000 },
    ]);
    b.run(3);
    b.wish('rs_01', true);
    b.wish('rs_02', true);
    expect([b.on('rs_01'), b.on('rs_02')]).toEqual([false, false]);
    expect(b.state('rs_02').verdict).toMatchObject({
      reason: { code: 'group', detail: 'rs_01' },
      pending: { on: true },
      nextMs: b.nowMs + 2_000,
    });
    b.run(2);
    expect([b.on('rs_01'), b.on('rs_02')]).toEqual([false, true]);
    b.board.setMode('rs_02', 'manual', b.nowMs);
    b.wish('rs_01', true);
    b.run(10);
    expect([b.on('rs_01'), b.on('rs_02')]).toEqual([false, true]);
  });

  test('asking again for one of a group leaves the request to keep the other open alone: nothing to journal', () => {
    const b = bench([{ group: 'g' }, { group: 'g' }]);
    b.run(3);
    b.wish('rs_02', false);
    b.wish('rs_01', true);
    const decided = b.decisions.length;
    for (let i = 0; i < 5; i += 1) {
      b.wish('rs_01', true);
      b.wish('rs_02', false);
      b.run(60);
    }
    expect(b.decisions.slice(decided)).toEqual([]);
    expect(b.state('rs_02').verdict.reason).toEqual({ code: 'request', detail: 'home-assistant' });
  });

  test('of two lines of a group of which one closed by itself, that one opens', () => {
    const b = bench([{ group: 'g' }, { group: 'g' }]);
    b.run(3);
    b.wish('rs_01', true);
    const wire = b.wires.get('rs_02');
    if (wire !== undefined) wire.level = true;
    b.wish('rs_02', false);
    b.run(1);
    expect([b.on('rs_01'), b.on('rs_02')]).toEqual([true, false]);
  });

  test('a line that moved by itself has to earn its way back', () => {
    const b = bench([{ rules: { ...FREE_CYCLE, minOffMs: 60_000 } }]);
    b.run(60);
    b.wish('rs_01', true);
    const wire = b.wires.get('rs_01');
    if (wire !== undefined) wire.level = false;
    b.run(1);
    expect(b.on('rs_01')).toBe(false);
    expect(b.state('rs_01').switches).toBe(2);
    b.run(60);
    expect(b.on('rs_01')).toBe(true);
  });
});
