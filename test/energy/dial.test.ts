import { describe, expect, test } from 'vitest';
import { pulse } from '../../src/drivers/pulse.ts';
import { type KeptTotal, type LedgerEvent, openLedger } from '../../src/energy/ledger.ts';
import type { Description } from '../../src/model.ts';
import { applyBatch, EMPTY_STATE } from '../../src/store/batch.ts';
import { createPending } from '../../src/store/pending.ts';

const METER = {
  chip: 'auto',
  line: 17,
  medium: 'water',
  contact: 'reed',
  counting: 'pulse',
  bias: 'up',
  active_low: true,
  timeout_s: 300,
  period_s: 1,
} as const;

/** A house whose store keeps the larger of totals and the last of facts, as the real one does. */
function house() {
  let stored = EMPTY_STATE;
  let pending = createPending('test');
  const events: LedgerEvent[] = [];
  /** A start of the program with this reading in the file; `pulses` since the start. */
  const start = (initial?: number) => {
    const description = pulse.describe({ ...METER, initial: initial ?? null }) as Description;
    const { facts, totals } = stored;
    pending = createPending('test');
    const ledger = openLedger({
      descriptions: new Map([['water', description]]),
      kept: totals,
      digest: (serial) => serial,
      onChange: (total: KeptTotal) => void pending.total(total),
      memory: { load: (name) => facts[name], save: pending.fact },
      onEvent: (event) => events.push(event),
    });
    ledger.reopened('water');
    return (pulses: number) =>
      ledger.apply({ deviceId: 'water', atMs: 0, monotonicMs: 0, values: { volume: pulses, pulses } }).values.volume;
  };
  return {
    start,
    events,
    flush: () => {
      stored = applyBatch(stored, pending.take(false));
    },
    stored: () => stored,
  };
}

describe('the reading of the dial', () => {
  test('is taken over once: a restart with the same file goes on counting', () => {
    const { start, flush, events } = house();
    const first = start(123.456);
    expect(first(0)).toBe(123_456);
    expect(first(10)).toBe(123_466);
    flush();
    const second = start(123.456);
    expect(second(0)).toBe(123_466);
    expect(second(5)).toBe(123_471);
    expect(events).toMatchObject([{ key: 'volume', event: 'set', value: 123_456 }]);
  });

  test.each([500, 1, 0])('another one sets the total anew, once, also lower: %d m³', (reading) => {
    const { start, flush, events } = house();
    const first = start(100);
    first(0);
    first(50);
    flush();
    const second = start(reading);
    expect(second(0)).toBe(reading * 1000);
    second(7);
    flush();
    for (let again = 0; again < 3; again += 1) {
      const later = start(reading);
      expect(later(0)).toBe(reading * 1000 + 7);
      flush();
    }
    expect(events).toHaveLength(2);
  });

  test('a total that already counts is set too; without the reading it goes on from there', () => {
    const { start, flush } = house();
    start()(40);
    flush();
    expect(start()(0)).toBe(40);
    start(2)(3);
    flush();
    expect(start()(1)).toBe(2004);
    flush();
    expect(start(2)(0)).toBe(2004);
  });

  test('a power cut before it was written sets it again, and costs what a cut always costs', () => {
    const { start, flush } = house();
    start(10)(0);
    start(10)(3);
    flush();
    expect(start(10)(0)).toBe(10_003);
  });

  test('what is kept on disk only grows', () => {
    const { start, flush, stored } = house();
    const totals: (number | undefined)[] = [];
    for (const [reading, pulses] of [
      [100, 5],
      [1, 5],
      [50, 5],
    ] as const) {
      start(reading)(pulses);
      flush();
      totals.push(stored().totals[0]?.total);
    }
    expect(totals).toEqual([5, 10, 15]);
  });
});
