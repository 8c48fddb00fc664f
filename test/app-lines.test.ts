/** Relay lines that come late, go away while running, and come back: only their relay is concerned, and the keeper owns them too. */
import { describe, expect, test } from 'vitest';
import { guardRelays } from '../src/app-guard.ts';
import { keepLines } from '../src/app-lines.ts';
import { openSafely } from '../src/app-relays.ts';
import type { RelayConfig } from '../src/config/types.ts';
import type { RelayState } from '../src/control/relay-types.ts';
import { type RelayBoard, relayBoard } from '../src/control/relays.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedGpio } from '../src/ports/sim/gpio.ts';
import { simulatedKeepers } from '../src/ports/sim/keeper.ts';
import type { Clock } from '../src/ports/types.ts';

/** Two relays, safe when off, both asked on by hand; rs_02 is on line 1. `stand` stops the program's loop. */
async function bench(setUp: (gpio: ReturnType<typeof simulatedGpio>) => void = () => undefined) {
  const clock = virtualClock();
  const gpio = simulatedGpio(clock);
  setUp(gpio);
  const opens: number[] = [];
  const counted = {
    ...gpio,
    openOutput: (options: Parameters<typeof gpio.openOutput>[0]) => {
      if (options.line === 1) opens.push(clock.monotonicMs());
      return gpio.openOutput(options);
    },
  };
  const keepers = simulatedKeepers(clock);
  const controller = new AbortController();
  const logs: string[] = [];
  const log = (level: string, text: string): void => void logs.push(`${level} ${text}`);
  let standing = false;
  const loop: Clock = { ...clock, after: (ms, task) => clock.after(ms, () => void (standing || task())) };
  const configs = ['rs_01', 'rs_02'].map(
    (id, line) => ({ id, chip: 'auto', line, activeLow: true, contact: 'no', safe: 'off', leaseS: 900 }) as RelayConfig,
  );
  const problems: string[] = [];
  let board: RelayBoard | undefined;
  const guard = guardRelays({
    ...{ opened: await openSafely(configs, { gpio: counted, keepers }, log), keepers, clock: loop, log },
    onTrouble: () => board?.tick(clock.monotonicMs()),
    onProblem: (text) => void problems.push(text),
  });
  const lines = keepLines({ guard, gpio: counted, clock: loop, signal: controller.signal, log });
  const shown: RelayState[] = [];
  board = relayBoard({
    relays: lines.opened.map(({ config: { id }, line }) => ({ setting: { id, safeOn: false, leaseMs: 900_000 }, line })),
    ...{ latches: [], nowMs: 0, holdMs: 10_000 },
    onChange: (state) => void shown.push(state),
    onDecision: () => undefined,
  });
  lines.keep(board);
  const wish = (relayId: string, on = true): void => board?.wish({ relayId, on, by: 'home-assistant' }, clock.monotonicMs());
  const tick = (): void => {
    loop.after(1_000, tick);
    board?.tick(clock.monotonicMs());
  };
  tick();
  guard.live(() => clock.monotonicMs(), controller.signal);
  wish('rs_01');
  return {
    ...{ clock, gpio, keepers, board, guard, lines, controller, logs, problems, opens, shown, wish },
    closed: (line: number) => gpio.levels(line).at(-1) === false,
    state: (id: string) => board?.states().find((one) => one.id === id),
    stand: async (ms: number) => {
      standing = true;
      await clock.advance(ms);
    },
  };
}

describe('a relay line that cannot be opened at start', () => {
  test('is tried again after 1, 5, 15, 60, 60 s; its relay shows why, with the mend, and never on', async () => {
    const b = await bench((gpio) => gpio.occupy(1, 'gpiomon'));
    b.wish('rs_02');
    await b.clock.advance(150_000);
    expect(b.opens).toEqual([0, 1_000, 6_000, 21_000, 81_000, 141_000]);
    expect(b.state('rs_02')).toMatchObject({
      on: null,
      verdict: {
        on: false,
        reason: { code: 'line-fault', detail: 'line 1 of simulated is held by gpiomon. Free it there, or use another line' },
      },
    });
    expect(b.shown.filter(({ id, on }) => id === 'rs_02' && on !== null)).toEqual([]);
    expect(b.logs.filter((line) => line.includes('gpiomon'))).toHaveLength(1);
    expect(b.closed(0)).toBe(true);
    expect(b.keepers.started).toBe(1);
  });

  test('works from the moment it is there: boot hold first, then what was asked; the other relay does not move', async () => {
    const b = await bench((gpio) => gpio.occupy(1, 'gpiomon'));
    await b.clock.advance(15_000);
    const before = b.gpio.levels(0).length;
    b.gpio.vacate(1);
    b.wish('rs_02');
    await b.clock.advance(6_000); // 21 s: opened
    expect(b.state('rs_02')).toMatchObject({ on: false, fault: undefined, verdict: { reason: { code: 'boot-hold' } } });
    await b.clock.advance(9_000);
    expect(b.closed(1)).toBe(false);
    await b.clock.advance(2_000);
    expect(b.closed(1)).toBe(true);
    expect(b.gpio.levels(1)).toEqual([true, false]);
    expect(b.gpio.levels(0)).toHaveLength(before);
    expect(b.logs).toContain('info rs_02: its line is there');
  });

  test('its keeper owns it too: a program that stands still lets it go within three seconds', async () => {
    const b = await bench((gpio) => gpio.occupy(1, 'gpiomon'));
    await b.clock.advance(15_000);
    expect(b.keepers.kept.size).toBe(1);
    b.gpio.vacate(1);
    b.wish('rs_02');
    await b.clock.advance(20_000);
    expect(b.keepers.kept.size).toBe(2);
    expect([b.closed(0), b.closed(1)]).toEqual([true, true]);
    await b.stand(3_250);
    expect([b.closed(0), b.closed(1)]).toEqual([false, false]);
  });

  test('the only line, late: the keeper is started for it', async () => {
    const b = await bench((gpio) => [0, 1].map((line) => gpio.occupy(line, 'gpiomon')));
    await b.clock.advance(500);
    expect(b.keepers.started).toBe(0);
    b.gpio.vacate(0);
    await b.clock.advance(600);
    expect(b.keepers.started).toBe(1);
    expect(b.keepers.kept.size).toBe(1);
  });

  test('where no new keeper can be started for it the old one still watches the others, and that is said', async () => {
    const b = await bench((gpio) => gpio.occupy(1, 'gpiomon'));
    await b.clock.advance(15_000);
    b.keepers.refuse('ENOMEM');
    b.gpio.vacate(1);
    await b.clock.advance(30_000);
    expect(b.keepers.kept.size).toBe(1);
    expect(b.closed(0)).toBe(true);
    expect(b.problems.at(-1)).toMatch(/^no keeper for every relay: ENOMEM/);
    b.keepers.refuse(undefined);
    await b.clock.advance(60_000);
    expect(b.keepers.kept.size).toBe(2);
    expect(b.problems.at(-1)).toBe('');
  });
});

describe('a relay line that is lost while running', () => {
  test('is a fault of its relay alone, is opened again in its safe state, and nothing switched by hand before comes back by itself', async () => {
    const b = await bench();
    b.board.setMode('rs_02', 'manual', b.clock.monotonicMs());
    b.wish('rs_02');
    await b.clock.advance(70_000);
    expect([b.closed(0), b.closed(1)]).toEqual([true, true]);
    const before = b.gpio.levels(0).length;
    b.gpio.unplug(1);
    await b.clock.advance(1_000);
    expect(b.state('rs_02')).toMatchObject({
      on: null,
      fault: 'line 1 of simulated is lost. Check that the GPIO chip is still there',
      verdict: { on: false, reason: { code: 'line-fault' } },
    });
    expect(b.keepers.kept.size).toBe(1);
    await b.clock.advance(5_000);
    b.gpio.plug(1);
    await b.clock.advance(600_000);
    expect(b.state('rs_02')).toMatchObject({ on: false, mode: 'manual', fault: undefined });
    expect(b.gpio.levels(1)).toEqual([true, false, true]);
    expect(b.keepers.kept.size).toBe(2);
    b.wish('rs_02');
    expect(b.closed(1)).toBe(true);
    expect(b.gpio.levels(0)).toHaveLength(before);
    expect(b.state('rs_01')?.fault).toBeUndefined();
  });

  test('all of them lost and back: they work again after their boot hold, under a new keeper', async () => {
    const b = await bench();
    await b.clock.advance(70_000);
    for (const line of [0, 1]) b.gpio.unplug(line);
    await b.clock.advance(1_500);
    expect(b.keepers.running).toBe(false);
    await b.clock.advance(10_000);
    for (const line of [0, 1]) b.gpio.plug(line);
    await b.clock.advance(11_000);
    expect([b.state('rs_01')?.fault, b.state('rs_02')?.fault]).toEqual([undefined, undefined]);
    expect(b.keepers.kept.size).toBe(2);
    await b.clock.advance(10_000);
    expect([b.closed(0), b.closed(1)]).toEqual([true, false]);
  });

  test('a line that comes and goes waits ever longer', async () => {
    const b = await bench();
    b.gpio.unplug(1);
    for (let s = 0; s < 120; s += 1) {
      await b.clock.advance(1_000);
      // Opens, and is lost as soon as it is read.
      b.gpio.plug(1);
      await b.clock.advance(0);
      b.gpio.unplug(1);
    }
    expect(b.opens.length).toBeLessThan(8);
    expect(b.gpio.levels(1)).toEqual([true]);
  });

  test('leaving, nothing is opened any more and every line is closed', async () => {
    const b = await bench((gpio) => gpio.occupy(1, 'gpiomon'));
    await b.clock.advance(2_000);
    b.controller.abort();
    b.gpio.vacate(1);
    await b.clock.advance(60_000);
    expect(b.opens).toEqual([0, 1_000]);
    b.lines.close();
    expect(() => b.gpio.openOutput({ chip: 'auto', line: 0, activeLow: true, initial: false })).not.toThrow();
  });
});
