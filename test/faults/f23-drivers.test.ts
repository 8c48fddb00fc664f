/** F23: drivers that throw, hang, leak, and stop the whole event loop. */
import { expect } from 'vitest';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { closed, leave, probe, program } from './bench.ts';
import { fault } from './fault.ts';

const HOUSE = `version: 1
devices:
  - {id: well, type: probe}
  - {id: throws, type: throws}
  - {id: hangs, type: hangs}
  - {id: leaks, type: leaks}
relays:
  - {id: rs_01, line: 5}
`;
interface Bad {
  /** Monotonic s of each opening. */
  readonly opened: Readonly<Record<'throws' | 'hangs' | 'leaks', number[]>>;
  /** Ports that the leaking one has open now. */
  open: number;
  most: number;
  drivers: readonly AnyDriver[];
}

/** One throws after its first reading, one never answers nor hears its signal, one never closes what it opened. */
function badDrivers(clock: VirtualClock): Bad {
  const bad: Bad = { opened: { throws: [], hangs: [], leaks: [] }, open: 0, most: 0, drivers: [] };
  const made = (type: 'throws' | 'hangs' | 'leaks', read: AnyDriver['read']): AnyDriver => ({
    ...probe({ values: undefined }, type),
    read(context) {
      bad.opened[type].push(Math.round(clock.monotonicMs() / 1000));
      return read(context);
    },
  });
  bad.drivers = [
    made('throws', async function* ({ clock: time, signal }) {
      await time.sleep(0, signal);
      if (bad.opened.throws.length > 6) for (;;) yield await time.sleep(1_000, signal).then(() => ({ c: 1 }));
      throw new Error('register 7 makes no sense');
    }),
    made('hangs', () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) })),
    made('leaks', async function* ({ ports }) {
      // Each life reads the one wire that there is, and forgets to close it.
      const line = await ports.gpio.openInput({ chip: 'auto', line: 17, bias: 'up', activeLow: true, debounceUs: 0, edge: 'both' });
      bad.open += 1;
      bad.most = Math.max(bad.most, bad.open);
      yield { c: line.lossless ? 1 : 0 };
      throw new Error('leaks');
    }),
  ];
  return bad;
}

/** The loop of the program, which a driver can hold up: time passes and nothing fires, then all that fell due does. */
function loopOf(clock: VirtualClock) {
  const late: (() => void)[] = [];
  let standing = false;
  return {
    clock: { ...clock, after: (ms: number, task: () => void) => clock.after(ms, () => void (standing ? late.push(task) : task())) },
    async stand(ms: number) {
      standing = true;
      await clock.advance(ms);
      standing = false;
      for (const task of late.splice(0)) task();
    },
  };
}
const pauses = (seconds: readonly number[]): number[] => seconds.slice(1).map((at, i) => at - (seconds[i] ?? 0));

fault(
  'F23',
  'driver throws, hangs, leaks',
  'isolated, restarted 1-5-15-60 s; others unaffected; event loop stall > 500 ms recorded',
  async () => {
    const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
    const bad = badDrivers(clock);
    const loop = loopOf(clock);
    const warming = {
      get values() {
        return { c: clock.monotonicMs() / 60_000 };
      },
    };
    const p = await program({ text: HOUSE, clock, loop: loop.clock, drivers: [probe(warming), ...bad.drivers] });
    await clock.advance(15_000);
    p.command('rs_01', 'rs_01', 'ON');
    const heapMb = process.memoryUsage().heapUsed / 1e6;
    const before = p.brokers.sent.filter(({ topic }) => topic.endsWith('/well/state')).length;
    await clock.advance(600_000);
    expect(pauses(bad.opened.throws)).toEqual([1, 5, 15, 60, 60, 60]);
    expect(pauses(bad.opened.hangs).slice(0, 4)).toEqual([61, 65, 75, 120]);
    expect(pauses(bad.opened.leaks).slice(0, 4)).toEqual([1, 5, 15, 60]);
    expect(bad.most).toBe(1);
    const grownMb = process.memoryUsage().heapUsed / 1e6 - heapMb;
    expect(grownMb).toBeLessThan(100);
    const wellS = (p.brokers.sent.filter(({ topic }) => topic.endsWith('/well/state')).length - before) / 600;
    expect(wellS).toBeGreaterThan(0.4);
    const bridge = p.state('bridge');
    expect(bridge).toMatchObject({ well_problem: false, throws_problem: false, hangs_problem: true, leaks_problem: true, stalls: 0 });
    expect(bridge.hangs_problem_detail).toBe('nothing heard for 60 s');
    expect(p.brokers.last('/hangs/available')).toBe('offline');
    expect(p.brokers.last('/well/available')).toBe('online');
    expect(closed(p.simulated, 5)).toBe(true);

    await loop.stand(400);
    await clock.advance(60_000);
    expect(p.state('bridge').stalls).toBe(0);
    await loop.stand(900);
    await clock.advance(60_000);
    const { stalls, longest_stall } = p.state('bridge');
    expect(stalls).toBe(1);
    expect(longest_stall).toBeGreaterThan(0.5);
    expect(longest_stall).toBeLessThanOrEqual(0.9);
    expect(p.logs.filter((line) => /^warning the event loop stood still for 0\.\d s$/.test(line)).length).toBe(1);
    const held = await leave(p);
    return `reopened after ${pauses(bad.opened.throws).join('-')} s, then it worked; the one that hangs was left after 60 s of silence and reopened after 1-5-15-60 s more; the leaking one had ${bad.most} port open at most; the healthy one published every ${(1 / wellS).toFixed(1)} s throughout, its relay stayed; a stall of 400 ms: nothing, of 900 ms: told as ${longest_stall} s and in the log; ${held}`;
  },
);
