import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commanded, heard, newSwitch, type RemoteSwitch, seenSwitch } from '../../src/control/remote-switch.ts';

/** One switch, second by second; `says` is what it answers in that second. */
function bench(held = false) {
  let state: RemoteSwitch = newSwitch(held);
  let nowMs = 0;
  const sent: string[] = [];
  const self = {
    permit: true,
    reachable: true,
    sent,
    state: () => state,
    seen: () => seenSwitch(state, self.reachable),
    says(on: boolean) {
      state = heard(state, on, nowMs);
      return self;
    },
    run(seconds: number) {
      for (let s = 0; s < seconds; s += 1) {
        nowMs += 1_000;
        const { next, send } = commanded(state, self.permit, self.reachable, nowMs);
        state = next;
        if (send !== undefined) sent.push(`${nowMs / 1000} ${send ? 'on' : 'off'}`);
      }
      return self;
    },
  };
  return self;
}

describe('a switch on the network', () => {
  test('that follows is told once each way', () => {
    const b = bench();
    b.says(true).run(5);
    b.permit = false;
    b.run(2).says(false).run(600);
    expect(b.seen()).toMatchObject({ on: false, wanted: true, obeys: true });
    b.permit = true;
    b.run(2).says(true).run(600);
    expect(b.sent).toEqual(['6 off', '608 on']);
    expect(b.state().held).toBe(false);
  });

  test('that was off stays off, whatever is permitted', () => {
    const b = bench();
    b.says(false).run(5);
    for (const permit of [false, true, false, true]) {
      b.permit = permit;
      b.run(700);
    }
    expect(b.sent).toEqual([]);
    expect(b.seen()).toMatchObject({ wanted: false });
  });

  test('that is deaf is told twice, ten seconds apart, then does not obey; tried again after ten minutes', () => {
    const b = bench();
    b.says(true);
    b.permit = false;
    b.run(20);
    expect(b.seen().obeys).toBe(true);
    b.run(1);
    expect(b.seen().obeys).toBe(false);
    expect(b.sent).toEqual(['1 off', '11 off']);
    b.run(600);
    expect(b.sent.slice(2)).toEqual(['621 off']);
    b.says(false).run(1);
    expect(b.seen()).toMatchObject({ obeys: true, on: false, wanted: true });
  });

  test('that would not come back is given up after an hour: it must not start by itself long afterwards', () => {
    const b = bench(true);
    b.says(false).run(5_000);
    expect(b.state().held).toBe(false);
    expect(b.seen().wanted).toBe(false);
    const before = b.sent.length;
    b.run(10_000);
    expect(b.sent).toHaveLength(before);
  });

  test('turned on by hand while it is shed is somebody’s wish; late in following it is not', () => {
    const b = bench();
    b.says(true).run(1);
    b.permit = false;
    b.run(3).says(true).run(1);
    expect(b.seen().overrideMs).toBeNull();
    b.says(false).run(100).says(true);
    expect(b.seen().overrideMs).toBe(105_000);
    // Refused: told off again. Accepted: it is simply on.
    b.run(1);
    expect(b.sent.at(-1)).toBe('106 off');
    b.permit = true;
    b.run(2).says(false).run(100);
    expect(b.sent).toEqual(['2 off', '106 off']);
    expect(b.state().held).toBe(false);
  });

  test('shed again before it came on is told off again, and its late answer is nobody’s wish', () => {
    const b = bench(true);
    b.says(false).run(1);
    b.permit = false;
    b.run(1);
    expect(b.sent).toEqual(['1 on', '2 off']);
    b.says(true).run(1);
    expect(b.seen().overrideMs).toBeNull();
    expect(b.sent.at(-1)).toBe('3 off');
  });

  test('that cannot be reached is neither told nor late; told anew when it can be', () => {
    const b = bench();
    b.says(true);
    b.permit = false;
    b.reachable = false;
    b.run(100);
    expect(b.seen()).toMatchObject({ obeys: true, unreachable: true });
    expect(b.state().held).toBe(false);
    b.reachable = true;
    b.run(1);
    expect(b.sent).toEqual(['101 off']);
  });

  test('never: told on without having been on when it was shed, nor more than one order in ten seconds the same way', () => {
    const event = fc.record({
      permit: fc.boolean(),
      reachable: fc.boolean(),
      says: fc.constantFrom(true, false, undefined),
      // What nobody looked at for a moment was not seen.
      seconds: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const b = bench();
        let shedWhileOn = false;
        for (const { permit, reachable, says, seconds } of events) {
          if (says !== undefined) b.says(says);
          Object.assign(b, { permit, reachable });
          if (!permit && b.state().on === true) shedWhileOn = true;
          const from = b.sent.length;
          b.run(seconds);
          const later = b.sent.slice(from);
          if (later.some((order) => order.endsWith('on'))) expect(shedWhileOn).toBe(true);
          if (b.state().on === true && permit) shedWhileOn = false;
          expect(later.length).toBeLessThanOrEqual(Math.ceil(seconds / 10) + 1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
