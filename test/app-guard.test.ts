/** Both sides of the relay keeper in virtual time: the guard of the program, and a keeper in memory that obeys the real rules. */
import { describe, expect, test } from 'vitest';
import { guardRelays } from '../src/app-guard.ts';
import type { OpenedRelay } from '../src/app-relays.ts';
import type { RelayConfig } from '../src/config/types.ts';
import { type RelayBoard, relayBoard } from '../src/control/relays.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedGpio } from '../src/ports/sim/gpio.ts';
import { simulatedKeepers } from '../src/ports/sim/keeper.ts';
import type { Clock, OutputLine } from '../src/ports/types.ts';

/** rs_01 is safe when off, rs_02 when on. `stand` stops the loop: time passes and none of the program's timers fires. */
async function bench(options: { refused?: string; relays?: boolean; atRest?: boolean } = {}) {
  const clock = virtualClock();
  const gpio = simulatedGpio(clock);
  const keepers = simulatedKeepers(clock);
  keepers.refuse(options.refused);
  const controller = new AbortController();
  const logs: string[] = [];
  const problems: string[] = [];
  const late: (() => void)[] = [];
  let standing = false;
  const loop: Clock = { ...clock, after: (ms, task) => clock.after(ms, () => void (standing ? late.push(task) : task())) };
  const opened: OpenedRelay[] = (options.relays === false ? [] : (['off', 'on'] as const)).map((safe, line) => {
    const config = { id: `rs_0${line + 1}`, chip: 'auto', line, activeLow: true, safe, leaseS: 900 } as RelayConfig;
    return { config, line: gpio.openOutput({ chip: 'auto', line, activeLow: true, initial: safe === 'on' }) as OutputLine };
  });
  let board: RelayBoard | undefined;
  const guard = guardRelays({
    ...{ opened, keepers, clock: loop },
    log: (level, text) => void logs.push(`${level} ${text}`),
    onTrouble: () => board?.tick(clock.monotonicMs()),
    onProblem: (text) => void problems.push(text),
  });
  board = relayBoard({
    relays: guard.opened.map(({ config, line }) => ({
      setting: { id: config.id, safeOn: config.safe === 'on', leaseMs: 900_000 },
      line,
      memory: { mode: 'manual', manualOn: (config.safe === 'off') !== (options.atRest === true), switches: 0, onSeconds: 0 },
    })),
    latches: [],
    nowMs: 0,
    holdMs: 10_000,
    onChange: () => undefined,
    onDecision: () => undefined,
  });
  let tickedMs = 0;
  let failing = false;
  const tick = (): void => {
    loop.after(1_000, tick);
    if (failing) return;
    board?.tick(clock.monotonicMs());
    tickedMs = clock.monotonicMs();
  };
  tick();
  guard.live(() => tickedMs, controller.signal);
  await clock.advance(12_000);
  return {
    ...{ clock, keepers, board, guard, controller, logs, problems },
    /** Relays as wired: logical levels. */
    active: () => opened.map((_, line) => gpio.levels(line).at(-1) === false),
    levels: gpio.levels,
    states: () => board?.states() ?? [],
    failControl(now: boolean) {
      failing = now;
    },
    async stand(ms: number) {
      standing = true;
      await clock.advance(ms);
    },
    /** What fell due goes on at once, in the given order. */
    goOn(reverse = false) {
      standing = false;
      for (const task of reverse ? late.reverse() : late) task();
      late.length = 0;
    },
  };
}
const UNSAFE = [true, false];
const SAFE = [false, true];

describe('the guard of the relays', () => {
  test('watched, relays do as they are asked', async () => {
    const b = await bench();
    expect(b.active()).toEqual(UNSAFE);
    await b.clock.advance(600_000);
    expect(b.active()).toEqual(UNSAFE);
    expect(b.keepers.started).toBe(1);
    expect(b.problems).toEqual(['']);
    expect(b.states().map(({ fault }) => fault)).toEqual([undefined, undefined]);
  });

  test('a standstill of two seconds is nothing', async () => {
    const b = await bench();
    await b.stand(2_000);
    b.goOn();
    await b.clock.advance(10_000);
    expect(b.active()).toEqual(UNSAFE);
    expect(b.levels(0)).toEqual([true, false]);
  });

  test.each([false, true])(
    'a loop that stands still: safe within three seconds, and not used again at once when it goes on (order %s)',
    async (reverse) => {
      const b = await bench();
      await b.stand(2_700);
      expect(b.active()).toEqual(UNSAFE);
      await b.stand(300);
      expect(b.active()).toEqual(SAFE);
      await b.stand(20_000);
      const before = b.levels(0).length;
      b.goOn(reverse);
      await b.clock.advance(59_000);
      expect(b.levels(0)).toHaveLength(before);
      expect(b.states()).toMatchObject([
        { on: false, fault: expect.stringMatching(/stood still|heard nothing/) },
        { on: true, fault: expect.stringMatching(/stood still|heard nothing/) },
      ]);
      await b.clock.advance(10_000);
      expect(b.active()).toEqual(UNSAFE);
    },
  );

  test('while every relay rests, as during a slow start, a standstill is no danger and no fault', async () => {
    const b = await bench({ atRest: true });
    await b.stand(20_000);
    b.goOn();
    await b.clock.advance(2_000);
    expect(b.states().map(({ fault }) => fault)).toEqual([undefined, undefined]);
    b.board.setMode('rs_01', 'auto', b.clock.monotonicMs());
    b.board.wish({ relayId: 'rs_01', on: true, by: 'home-assistant' }, b.clock.monotonicMs());
    expect(b.active()).toEqual([true, true]);
    // From the moment a relay is closed, three seconds.
    await b.stand(3_000);
    expect(b.active()).toEqual(SAFE);
  });

  test('after a standstill a wish that comes before everything else closes nothing', async () => {
    const b = await bench();
    await b.stand(2_900);
    b.board.wish({ relayId: 'rs_01', on: true, by: 'home-assistant' }, b.clock.monotonicMs());
    expect(b.active()).toEqual(SAFE);
    expect(b.states()[0]).toMatchObject({ on: false, fault: 'the program stood still for 2.9 s' });
  });

  test('control that no longer completes its tick is not alive, although the process is', async () => {
    const b = await bench();
    b.failControl(true);
    await b.clock.advance(7_000);
    expect(b.active()).toEqual(SAFE);
    b.failControl(false);
    await b.clock.advance(70_000);
    expect(b.active()).toEqual(UNSAFE);
  });

  test('a killed keeper is noticed at once: lines safe, fault and problem shown, a new one started', async () => {
    const b = await bench();
    b.keepers.kill();
    await b.clock.advance(0);
    expect(b.active()).toEqual(SAFE);
    expect(b.states()).toMatchObject([
      { on: false, fault: 'the keeper of the relays is gone: it was ended by SIGKILL' },
      { on: true, fault: 'the keeper of the relays is gone: it was ended by SIGKILL' },
    ]);
    expect(b.problems.at(-1)).toMatch(/^no keeper/);
    await b.clock.advance(1_000);
    expect(b.keepers.started).toBe(2);
    expect(b.problems.at(-1)).toBe('');
    await b.clock.advance(50_000);
    expect(b.active()).toEqual(SAFE);
    await b.clock.advance(15_000);
    expect(b.active()).toEqual(UNSAFE);
  });

  test('a keeper that no longer answers is ended and replaced', async () => {
    const b = await bench();
    b.keepers.freeze();
    await b.clock.advance(3_500);
    expect(b.active()).toEqual(SAFE);
    expect(b.logs.join('\n')).toMatch(/does not answer/);
    await b.clock.advance(70_000);
    expect(b.keepers.started).toBe(2);
    expect(b.active()).toEqual(UNSAFE);
  });

  test('a keeper that no longer answers and cannot be replaced leaves no promise to be late for', async () => {
    const b = await bench();
    b.keepers.freeze();
    b.keepers.refuse('ENOMEM');
    await b.clock.advance(80_000);
    expect(b.active()).toEqual(UNSAFE);
    expect(b.logs.join('\n')).not.toMatch(/stood still/);
  });

  test('where no keeper can be started the program says so and works, and tries again', async () => {
    const b = await bench({ refused: 'EPERM' });
    expect(b.active()).toEqual(UNSAFE);
    expect(b.problems.at(-1)).toMatch(/^no keeper: EPERM/);
    expect(b.logs.filter((line) => /no keeper can be started/.test(line))).toHaveLength(1);
    await b.clock.advance(600_000);
    expect(b.active()).toEqual(UNSAFE);
    b.keepers.refuse(undefined);
    await b.clock.advance(60_000);
    expect(b.keepers.running).toBe(true);
    expect(b.problems.at(-1)).toBe('');
    expect(b.active()).toEqual(UNSAFE);
  });

  test('one that was there and cannot be had again: relays rest, then work without it', async () => {
    const b = await bench();
    b.keepers.refuse('ENOMEM');
    b.keepers.kill();
    await b.clock.advance(5_000);
    expect(b.active()).toEqual(SAFE);
    await b.clock.advance(70_000);
    expect(b.active()).toEqual(UNSAFE);
    expect(b.problems.at(-1)).toMatch(/^no keeper: ENOMEM/);
  });

  test('a clean end says goodbye: the keeper leaves and moves nothing', async () => {
    const b = await bench();
    b.controller.abort();
    b.board.stop(b.clock.monotonicMs());
    const before = b.levels(0).length;
    await b.clock.advance(4_000);
    const leaving = b.guard.leave();
    await b.clock.advance(1_000);
    await leaving;
    expect(b.keepers.running).toBe(false);
    expect(b.keepers.started).toBe(1);
    await b.clock.advance(10_000);
    expect(b.levels(0)).toHaveLength(before);
    expect(b.problems).toEqual(['']);
    expect(b.logs).toEqual(['info relays: their keeper watches']);
  });

  test('without relays there is no keeper', async () => {
    const b = await bench({ relays: false });
    expect(b.keepers.started).toBe(0);
    expect(b.problems).toEqual([]);
    await b.guard.leave();
  });
});
