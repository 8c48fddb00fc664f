/** Long invented lives of guard, charge and relays together: what must hold on every tick, whatever happens. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createControl } from '../src/app-control.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import type { Decision } from '../src/control/relay-types.ts';
import { type RelayBoard, relayBoard } from '../src/control/relays.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { AnyDriver } from '../src/drivers/driver.ts';
import type { Value } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import { fakeStore } from './fakes.ts';

const driver: AnyDriver = {
  type: 'probe',
  title: { en: 'Probe', fr: 'Sonde' },
  proof: 'synthetic',
  options: { type: 'object', additionalProperties: false, properties: {} },
  describe: () => ({
    manufacturer: 'x',
    model: 'x',
    periodMs: 1_000,
    entities: { c: { name: { en: 'c', fr: 'c' }, quantity: 'temperature' }, v: { name: { en: 'v', fr: 'v' }, quantity: 'voltage' } },
  }),
  async *read() {},
};
const { raw, problems } = validateHouse(
  `version: 1
devices: [{id: probe, type: probe}]
relays:
  - {id: rs_01, line: 5, min_on_s: 60, min_off_s: 60}
  - {id: rs_02, line: 6, max_on_s: 7200}
batteries:
  - {id: b, chemistry: lfp, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01], discharge_relays: [rs_02]}
`,
  'h',
  [driver],
);
const HARD = ['interlock', 'stopping', 'line-fault', 'boot-hold'];
const CAP = 6;

/** Half a battery's physics: charging warms and lifts it, drawing lowers it, the rest drifts to the room. */
function life(steps: readonly Step[], kept = { state: EMPTY_STATE }) {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const now = { ms: 0 };
  const time = { ...clock, monotonicMs: () => now.ms, wallMs: () => Date.UTC(2026, 0, 1) + now.ms };
  const truth = { c: 20, v: 13 };
  let sensed: 'right' | 'silent' | Value = 'right';
  const lines = new Map(['rs_01', 'rs_02'].map((id) => [id, { level: false, moves: [] as number[] }]));
  const on = (id: string): boolean => lines.get(id)?.level === true;
  const decisions: Decision[] = [];
  const snapshot = createSnapshot(() => 1_000);
  const store = fakeStore(kept);
  const house = toHouse(raw);
  const control = createControl({
    house,
    snapshot,
    store,
    clock: time,
    log: () => undefined,
    onAlarm: () => undefined,
    onValues: () => undefined,
    shedOf: () => undefined,
  });
  const board: RelayBoard = relayBoard({
    relays: house.relays.map(({ id, minOnS, minOffS, maxOnS }) => {
      const wire = lines.get(id);
      const set = (level: boolean): void => {
        if (wire === undefined || wire.level === level) return;
        wire.level = level;
        wire.moves.push(now.ms);
      };
      const maxOnMs = maxOnS === undefined ? undefined : maxOnS * 1000;
      const rules = { minOnMs: minOnS * 1000, minOffMs: minOffS * 1000, maxOnMs, maxPerHour: CAP, maxPerDay: 40 };
      return { setting: { id, safeOn: false, leaseMs: 900_000, rules }, line: { set, get: () => on(id) } };
    }),
    latches: control.orphans,
    nowMs: 0,
    holdMs: 10_000,
    outlook: control.outlook,
    onChange: () => undefined,
    onDecision: (decision) => void decisions.push(decision),
  });

  // Runs a hundred thousand times: compared here, and told by `expect` only when wrong.
  const must = (id: string, what: string, is: unknown, wanted: unknown): void => {
    if (is !== wanted) expect(is, `${id} at ${now.ms} ms: ${what}`).toBe(wanted);
  };
  const check = (): void => {
    for (const { id, on: shown, verdict } of board.states()) {
      const { interlocks, unready } = control.outlook(id);
      const closed = on(id);
      must(id, 'what is shown', shown, closed);
      if (interlocks.length > 0) must(id, 'forbidden', closed, false);
      if (closed && !['request', 'manual', 'automatic'].includes(verdict.reason.code)) must(id, 'why', verdict.reason.detail, 'min-on');
      if (unready !== undefined && lines.get(id)?.moves.at(-1) === now.ms) must(id, 'not ready', closed, false);
    }
    // The truth, when the sensor tells it, is obeyed within five seconds.
    if (hotSince !== undefined && now.ms - hotSince >= 5_000) must('rs_01', 'hot', on('rs_01'), false);
  };
  let hotSince: number | undefined;
  const second = (stepMs: number, room: number): void => {
    now.ms += stepMs;
    const s = stepMs / 1000;
    truth.c += ((room - truth.c) / 3600) * s + (on('rs_01') ? 0.004 * s : 0);
    truth.v = Math.min(15, Math.max(7, truth.v + (on('rs_01') ? 0.0003 : 0) * s - (on('rs_02') ? 0.0004 : 0.00001) * s));
    hotSince = truth.c >= 55.5 && sensed === 'right' ? (hotSince ?? now.ms) : undefined;
    if (sensed !== 'silent') {
      const values = sensed === 'right' ? { ...truth } : { c: sensed, v: truth.v };
      snapshot.remember({ deviceId: 'probe', atMs: time.wallMs(), monotonicMs: now.ms, values });
    }
    control.step(board.states);
    board.tick(now.ms);
    check();
  };
  second(1_000, 20);
  for (const step of steps) {
    if (step.sensed !== sensed) hotSince = undefined;
    sensed = step.sensed;
    if (step.mode !== undefined) board.setMode(step.relay, step.mode, now.ms);
    if (step.wish !== undefined) board.wish({ relayId: step.relay, on: step.wish, by: 'home-assistant' }, now.ms);
    if (step.ack) control.acknowledge('b');
    check();
    for (let s = 0; s < step.minutes * 60; s += 1) second(1_000, step.room);
  }
  return { lines, decisions, store, truth };
}

interface Step {
  readonly minutes: number;
  readonly room: number;
  readonly sensed: 'right' | 'silent' | Value;
  readonly relay: 'rs_01' | 'rs_02';
  readonly wish: boolean | undefined;
  readonly mode: 'auto' | 'manual' | undefined;
  readonly ack: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.integer({ min: 1, max: 90 }),
  room: fc.constantFrom(-20, -5, 20, 35, 52, 75, 110),
  sensed: fc.oneof({ weight: 6, arbitrary: fc.constant('right' as const) }, fc.constantFrom<Step['sensed']>('silent', null, 85, 20)),
  relay: fc.constantFrom('rs_01', 'rs_02'),
  wish: fc.option(fc.boolean(), { nil: undefined }),
  mode: fc.option(fc.constantFrom('auto' as const, 'manual' as const), { nil: undefined }),
  ack: fc.boolean(),
});

test('days of heat, frost, silence, wishes and acknowledgements break no rule', () => {
  expect(problems).toEqual([]);
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
      const { lines, decisions } = life(steps);
      for (const [id, { moves }] of lines) {
        for (const atMs of moves) expect(moves.filter((one) => one > atMs - 3_600_000 && one <= atMs).length).toBeLessThanOrEqual(CAP);
        // Every change is journaled with its reason.
        expect(decisions.filter(({ relayId, before, after }) => relayId === id && before === !after).length).toBe(moves.length);
      }
      for (const { reason, after } of decisions) if (HARD.includes(reason)) expect(after).toBe(false);
    }),
    { numRuns: 8 },
  );
}, 120_000);

test('such a life meets the whole law', () => {
  const day: Step = { minutes: 60, room: 20, sensed: 'right', relay: 'rs_01', wish: undefined, mode: undefined, ack: false };
  const { decisions } = life([
    { ...day, wish: true },
    { ...day, relay: 'rs_02', wish: true, minutes: 90 },
    { ...day, relay: 'rs_02', mode: 'manual', wish: true, minutes: 90 },
    { ...day, sensed: 'silent', minutes: 1 },
    { ...day, sensed: 'silent', wish: true },
    { ...day, relay: 'rs_02', wish: true, minutes: 1_000 },
    { ...day, wish: true, room: 110, minutes: 90 },
    { ...day, minutes: 240 },
    { ...day, ack: true, minutes: 5 },
    { ...day, room: -20, minutes: 240 },
  ]);
  const details = new Set(decisions.flatMap(({ detail }) => detail ?? []));
  const reasons = new Set(decisions.map(({ reason }) => reason));
  expect([...reasons]).toEqual(
    expect.arrayContaining(['boot-hold', 'interlock', 'request', 'manual', 'automatic', 'anti-short-cycle', 'default']),
  );
  expect([...details]).toEqual(expect.arrayContaining(['max-on', 'temperature-lost (b)', 'charging (b)', 'too-cold (b)']));
}, 60_000);

test('the same life twice is the same life', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      expect(life(steps).decisions).toEqual(life(steps).decisions);
    }),
    { numRuns: 5 },
  );
}, 60_000);
