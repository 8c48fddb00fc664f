import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration } from '../../src/replay/figures.ts';
import { createSeries } from '../../src/replay/series.ts';

test('a series keeps the whole of what was added, in a bounded number of spans, however long it lasts', () => {
  const pieces = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 5_000_000 }), value: fc.option(fc.integer({ min: -50, max: 50 })) }));
  fc.assert(
    fc.property(pieces, (list) => {
      const series = createSeries(8);
      let [at, area] = [0, 0];
      for (const { ms, value } of list) {
        if (value !== null) series.add(at, at + ms, value);
        area += ms * (value ?? 0);
        at += ms;
      }
      const means = series.means();
      expect(means.length).toBeLessThanOrEqual(8);
      for (const mean of means) expect(mean ?? 0).toBeGreaterThanOrEqual(-50.001);
      if (list.every(({ value }) => value !== null) && at > 0) {
        const spans = means.map((mean, i) => (mean ?? 0) * (Math.min(at, (i + 1) * series.widthMs) - i * series.widthMs));
        expect(spans.reduce((a, b) => a + b, 0)).toBeCloseTo(area, 1);
      }
    }),
  );
});

test.each([
  [0, '0 s'],
  [59_600, '1 min'],
  [90_061_000, '1 d 1 h 1 min 1 s'],
  [7_200_000, '2 h'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
