import { describe, expect, test } from 'vitest';
import { type FeedbackFault, NO_FEEDBACK, verify } from '../../src/control/feedback.ts';
import { bench } from './board.ts';

describe('a contact behind the relay', () => {
  const watch = (
    on: boolean,
    kind: 'contact' | 'power',
    seenOn: (s: number) => boolean | null,
    seconds: number,
  ): [number, FeedbackFault] | undefined => {
    let state = NO_FEEDBACK;
    for (let s = 0; s <= seconds; s += 1) {
      const result = verify(state, { on, sinceMs: 0 }, { kind, on: seenOn(s), atMs: s * 1000 });
      state = result.state;
      if (result.fault !== undefined) return [s, result.fault];
    }
    return undefined;
  };

  test('that does not follow is a fault within ten seconds, either way', () => {
    expect(watch(true, 'contact', () => false, 10)).toEqual([5, 'stuck-open']);
    expect(watch(false, 'contact', () => true, 10)).toEqual([5, 'welded']);
  });
  test('that bounces or is slow within its time is none', () => {
    expect(watch(true, 'contact', (s) => s >= 4, 60)).toBeUndefined();
    expect(watch(true, 'contact', (s) => s % 3 !== 0, 60)).toBeUndefined();
  });
  test('that says nothing proves nothing', () => {
    expect(watch(true, 'contact', () => null, 60)).toBeUndefined();
    expect(verify(NO_FEEDBACK, { on: true, sinceMs: 0 }, undefined).fault).toBeUndefined();
  });
  test('power that still flows is a welded contact within a minute; power that is missing once is not', () => {
    expect(watch(false, 'power', () => true, 60)).toEqual([40, 'welded']);
    expect(watch(true, 'power', () => false, 600)).toBeUndefined();
  });
  test('power missing after two closings is a contact stuck open', () => {
    let state = NO_FEEDBACK;
    let fault: FeedbackFault | undefined;
    for (const sinceMs of [0, 1_000_000])
      for (let s = 0; s <= 60; s += 1)
        ({ state, fault } = verify(state, { on: true, sinceMs }, { kind: 'power', on: false, atMs: sinceMs + s * 1000 }));
    expect(fault).toBe('stuck-open');
  });
});

describe('on the board', () => {
  test('a welded contact is latched, shown, blocks its group and is not driven again until acknowledged', () => {
    const b = bench([{ group: 'g' }, { group: 'g' }]);
    for (let s = 0; s < 10; s += 1) {
      b.say('rs_01', { seen: { kind: 'contact', on: true, atMs: b.nowMs } });
      b.run(1);
    }
    expect(b.latched).toEqual(['rs_01 welded']);
    b.say('rs_01', { seen: { kind: 'contact', on: false, atMs: b.nowMs } });
    b.wish('rs_01', true);
    b.wish('rs_02', true);
    b.run(5);
    expect([b.on('rs_01'), b.on('rs_02')]).toEqual([false, false]);
    expect(b.state('rs_01')).toMatchObject({ latches: ['welded'], verdict: { reason: { code: 'interlock', detail: 'welded' } } });
    b.board.unlatch('rs_01', 'welded', b.nowMs);
    b.run(1);
    expect(b.on('rs_02')).toBe(true);
  });

  test('a contact stuck open gives a fault, the relay goes to safe and is tried again after five minutes', () => {
    const b = bench([{}]);
    b.wish('rs_01', true);
    for (let s = 0; s < 10; s += 1) {
      b.say('rs_01', { seen: { kind: 'contact', on: false, atMs: b.nowMs } });
      b.run(1);
    }
    expect(b.state('rs_01')).toMatchObject({
      on: false,
      fault: 'stuck-open',
      verdict: { reason: { code: 'line-fault', detail: 'stuck-open' } },
    });
    b.say('rs_01', { seen: undefined });
    b.run(299);
    expect(b.on('rs_01')).toBe(true);
  });
});
