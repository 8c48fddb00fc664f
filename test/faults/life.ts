/** A random life of guards, charge and relays with their memory: samples, gaps, wishes, restarts, clocks that jump; judged on every tick. */
import { expect } from 'vitest';
import { type Control, createControl } from '../../src/app-control.ts';
import { createBoard } from '../../src/app-relays.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import type { RelayBoard } from '../../src/control/relays.ts';
import { createSnapshot, type Snapshot } from '../../src/control/snapshot.ts';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import type { Value } from '../../src/model.ts';
import type { Clock } from '../../src/ports/types.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { type FakeStore, fakeStore } from '../fakes.ts';

export type Step =
  | { readonly do: 'live'; readonly minutes: number; readonly room: number; readonly sensed: 'right' | 'silent' | Value }
  | { readonly do: 'wish'; readonly relay: RelayId; readonly on: boolean }
  | { readonly do: 'mode'; readonly relay: RelayId; readonly mode: 'auto' | 'manual' }
  | { readonly do: 'acknowledge' }
  | { readonly do: 'restart'; readonly awayS: number }
  | { readonly do: 'clock'; readonly jumpS: number };
export type RelayId = 'rs_01' | 'rs_02';

const CAP = 6;
const HOLD_MS = 10_000;
const MIN_OFF_MS = 60_000;
const CUT_C = 55.5;
const driver: AnyDriver = {
  ...{ type: 'probe', title: { en: 'Probe', fr: 'Sonde' }, proof: 'synthetic' },
  options: { type: 'object', additionalProperties: false, properties: {} },
  describe: () => ({
    ...{ manufacturer: 'x', model: 'x', periodMs: 1_000 },
    entities: { c: { name: { en: 'c', fr: 'c' }, quantity: 'temperature' }, v: { name: { en: 'v', fr: 'v' }, quantity: 'voltage' } },
  }),
  async *read() {},
};
const { raw, problems } = validateHouse(
  `version: 1
devices: [{id: probe, type: probe}]
relays:
  - {id: rs_01, line: 5, min_on_s: 60, min_off_s: 60, max_changes_per_hour: ${CAP}}
  - {id: rs_02, line: 6, min_off_s: 60, max_on_s: 7200, max_changes_per_hour: ${CAP}}
batteries:
  - {id: b, chemistry: lfp, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01], discharge_relays: [rs_02]}
`,
  'life',
  [driver],
);
expect(problems).toEqual([]);
const house = toHouse(raw);

interface Wire {
  level: boolean;
  /** Monotonic ms of this boot. */
  readonly moves: { readonly atMs: number; readonly on: boolean; readonly boot: number }[];
}
interface Running {
  readonly store: FakeStore;
  readonly snapshot: Snapshot;
  readonly control: Control;
  readonly board: RelayBoard;
  readonly bootMs: number;
}

/** Lives it; throws with a timeline when a rule is broken. */
export function live(steps: readonly Step[]): { readonly ticks: number; readonly moves: number } {
  const kept = { state: EMPTY_STATE };
  const now = { ms: 0, wallOffsetMs: Date.UTC(2026, 0, 1) };
  const clock = { monotonicMs: () => now.ms, wallMs: () => now.ms + now.wallOffsetMs, after: () => () => undefined } as unknown as Clock;
  const wires = new Map<RelayId, Wire>([
    ['rs_01', { level: false, moves: [] }],
    ['rs_02', { level: false, moves: [] }],
  ]);
  const timeline: string[] = [];
  const truth = { c: 20, v: 13, hotSinceMs: undefined as number | undefined };
  let [boot, ticks, sensed] = [0, 0, 'right' as Extract<Step, { do: 'live' }>['sensed']];
  const said = (text: string): void => void timeline.push(`${(now.ms / 1000).toFixed(0).padStart(7)} s  ${text}`);

  const set = (id: RelayId, level: boolean): void => {
    const wire = wires.get(id);
    if (wire === undefined || wire.level === level) return;
    wire.level = level;
    wire.moves.push({ atMs: now.ms, on: level, boot });
  };
  const start = (): Running => {
    boot += 1;
    const store = fakeStore(kept);
    const snapshot = createSnapshot(() => 1_000);
    const log = (_level: string, message: string): void => said(message);
    const quiet = { onAlarm: () => undefined, onValues: () => undefined, shedOf: () => undefined };
    const control = createControl({ house, snapshot, store, clock, log, ...quiet });
    const line = (id: RelayId) => ({ set: (on: boolean) => set(id, on), get: () => wires.get(id)?.level === true, close: () => undefined });
    const opened = house.relays.map((config) => ({ config, line: line(config.id as RelayId) }));
    const rest = { outlook: control.outlook, latches: control.orphans, onChange: () => undefined };
    return { store, snapshot, control, board: createBoard({ opened, store, clock, log, ...rest }), bootMs: now.ms };
  };
  let running = start();

  const second = (room: number): void => {
    now.ms += 1_000;
    ticks += 1;
    const [charging, drawing] = [wires.get('rs_01')?.level, wires.get('rs_02')?.level];
    truth.c += (room - truth.c) / 3600 + (charging ? 0.004 : 0);
    truth.v = Math.min(15, Math.max(7, truth.v + (charging ? 0.0003 : 0) - (drawing ? 0.0004 : 0.00001)));
    truth.hotSinceMs = truth.c >= CUT_C && sensed === 'right' ? (truth.hotSinceMs ?? now.ms) : undefined;
    const values = sensed === 'right' ? { c: truth.c, v: truth.v } : { c: sensed, v: truth.v };
    if (sensed !== 'silent') running.snapshot.remember({ deviceId: 'probe', atMs: clock.wallMs(), monotonicMs: now.ms, values });
    running.control.step(running.board.states);
    running.board.tick(now.ms);
    judge();
  };
  const judge = (): void => {
    for (const { id, on, verdict } of running.board.states()) {
      const wire = wires.get(id as RelayId);
      const { interlocks, unready } = running.control.outlook(id);
      const { code, detail } = verdict.reason;
      const last = wire?.moves.at(-1);
      const closes = last?.on === true && last.atMs === now.ms;
      // Nothing is read back before the first tick; then the line rests.
      expect(on ?? false, `${id}: what is told is what is read back`).toBe(wire?.level);
      if (interlocks.length > 0) expect(on, `${id}: closed under ${interlocks.join(', ')}`).toBe(false);
      if (on) expect(['request', 'manual', 'automatic'].includes(code) || detail === 'min-on', `${id}: closed by ${code}`).toBe(true);
      if (closes && unready !== undefined) expect.fail(`${id}: closes although ${unready} is not ready`);
      if (closes && now.ms - running.bootMs < HOLD_MS) expect.fail(`${id}: closes within the hold after the start`);
      const opened = wire?.moves.findLast((move) => !move.on && move.boot === boot);
      if (closes && opened !== undefined) expect(now.ms - opened.atMs, `${id}: minimum time off`).toBeGreaterThanOrEqual(MIN_OFF_MS);
      const closings = wire?.moves.filter((move) => move.on && move.atMs > now.ms - 3_600_000) ?? [];
      expect(closings.length, `${id}: closings within an hour`).toBeLessThanOrEqual(CAP);
    }
    if (truth.hotSinceMs !== undefined && now.ms - Math.max(truth.hotSinceMs, running.bootMs) >= 5_000)
      expect(wires.get('rs_01')?.level, 'rs_01: charges while too hot').toBe(false);
  };
  const restart = (awayS: number): void => {
    const latched = (): string[] => kept.state.latches.map(({ relayId, cause }) => `${relayId} ${cause}`).sort();
    void running.store.flush();
    const before = latched();
    // The keeper opens what a dead program left closed.
    for (const id of wires.keys()) set(id, false);
    now.ms += awayS * 1_000;
    truth.hotSinceMs = undefined;
    running = start();
    expect(latched(), 'a latch is lost by a restart').toEqual(before);
  };
  const act = (step: Step): void => {
    said(
      Object.entries(step)
        .map(([key, value]) => (key === 'do' ? value : `${key} ${String(value)}`))
        .join(', '),
    );
    if (step.do === 'wish') running.board.wish({ relayId: step.relay, on: step.on, by: 'home-assistant' }, now.ms);
    if (step.do === 'mode') running.board.setMode(step.relay, step.mode, now.ms);
    if (step.do === 'acknowledge') running.control.acknowledge('b');
    if (step.do === 'clock') now.wallOffsetMs += step.jumpS * 1_000;
    if (step.do === 'restart') restart(step.awayS);
    else judge();
    if (step.do !== 'live') return;
    if (step.sensed !== sensed) truth.hotSinceMs = undefined;
    sensed = step.sensed;
    for (let s = 0; s < step.minutes * 60; s += 1) second(step.room);
  };
  try {
    second(20);
    for (const step of steps) act(step);
    const decisions = running.store.journaled.length;
    void running.store.flush();
    expect(running.store.journaled.length).toBeGreaterThanOrEqual(decisions);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${timeline.slice(-40).join('\n')}`, { cause: error });
  }
  return { ticks, moves: [...wires.values()].reduce((sum, { moves }) => sum + moves.length, 0) };
}
