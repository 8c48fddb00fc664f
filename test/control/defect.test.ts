import { describe, expect, test } from 'vitest';
import { CELLS } from '../../src/control/chemistry.ts';
import { acknowledgeDefect, type DefectInput, defectMemory, newDefect, stepDefect } from '../../src/control/defect.ts';

const HOUR = 3_600_000;
const cell = CELLS['lead-acid'];
const calm: DefectInput = {
  ...{ nowMs: 0, meanV: 2.1, lowV: 2.1, under: false, locked: false, full: false, charged: false },
  sight: { percent: undefined, sure: false },
};
const deep = { meanV: 1.79, lowV: 1.79, under: true };

function watched(from = newDefect(0)) {
  const self = {
    state: from,
    nowMs: 0,
    feed(hours: number, input: Partial<DefectInput>) {
      for (let ms = 0; ms < hours * HOUR; ms += 60_000) {
        self.nowMs += 60_000;
        self.state = stepDefect(self.state, cell, { ...calm, ...input, nowMs: self.nowMs });
      }
      return self.state.defect;
    },
  };
  return self;
}

describe('a deep discharge', () => {
  test('alone is no proof of a defect', () => {
    const b = watched();
    expect(b.feed(1, calm)).toBe('none');
    expect(b.feed(100, deep)).toBe('none');
    expect(b.feed(1, calm)).toBe('none');
  });

  test('with the other cells well is one cell; below the lock it is a dead battery', () => {
    expect(watched().feed(0.1, { ...deep, meanV: 2.06 })).toBe('cell');
    expect(watched().feed(0.1, { locked: true })).toBe('dead');
  });

  test('charged for two hours in vain; a charger that is not there, or volts that rise, count for nothing', () => {
    const b = watched();
    b.feed(5, deep);
    b.feed(5, { ...deep, charged: true, lowV: 1.85, meanV: 1.85 });
    expect(b.feed(1.9, { ...deep, charged: true })).toBe('none');
    expect(b.feed(0.2, { ...deep, charged: true })).toBe('no-rise');
    const unknown = watched();
    expect(unknown.feed(9, { ...deep, charged: true, lowV: undefined, meanV: undefined })).toBe('none');
  });

  test('with half of the charge left by a sure count; an unsure one proves nothing', () => {
    expect(watched().feed(0.1, { ...deep, sight: { percent: 50, sure: true } })).toBe('capacity');
    expect(watched().feed(0.1, { ...deep, sight: { percent: 49, sure: true } })).toBe('none');
    expect(watched().feed(0.1, { ...deep, sight: { percent: 90, sure: false } })).toBe('none');
    // At the knee the count was set to empty; what it said minutes before counts, not what it said yesterday.
    const sunk = { ...deep, sight: { percent: 0, sure: true } };
    for (const [hours, defect] of [
      [0.2, 'capacity'],
      [1, 'none'],
    ] as const) {
      const b = watched();
      b.feed(0.1, { ...calm, sight: { percent: 60, sure: true } });
      b.feed(hours, { ...calm, lowV: 1.85, meanV: 1.85 });
      expect(b.feed(0.1, sunk)).toBe(defect);
    }
  });

  test('within a day of a full charge, also through a restart; a day later not', () => {
    const b = watched();
    b.feed(0.1, { full: true });
    b.feed(12, calm);
    const again = watched(newDefect(0, { ...defectMemory(b.state, b.nowMs) }));
    expect(again.feed(0.1, deep)).toBe('soon');
    b.feed(13, calm);
    expect(b.feed(0.1, deep)).toBe('none');
  });

  test('stays until acknowledged, the first finding', () => {
    const b = watched();
    b.feed(0.1, { ...deep, meanV: 2.06 });
    expect(b.feed(50, { locked: true })).toBe('cell');
    b.state = acknowledgeDefect(b.state);
    expect(b.feed(1, calm)).toBe('none');
  });
});
