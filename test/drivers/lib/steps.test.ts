import { describe, expect, test } from 'vitest';
import { stepGuard } from '../../../src/drivers/lib/steps.ts';

/** What is believed of readings ten seconds apart. */
function believed(readings: readonly number[], pauseMs = 10_000): number[] {
  const guard = stepGuard();
  return readings.filter((celsius, index) => guard.believes(celsius, index * pauseMs));
}

describe('steps of a temperature', () => {
  test.each([
    ['small ones pass', [20, 25, 35, 45, 35], [20, 25, 35, 45, 35]],
    ['a lone one is dropped', [25, 84, 25.5, 26], [25, 25.5, 26]],
    ['one that lasts is held for one reading', [25, 60, 62, 63], [25, 62, 63]],
    ['fast heating is held for one reading only', [25, 40, 55, 70, 85, 100], [25, 55, 85]],
    ['jumps to and fro are noise', [25, 84, -40, 84, 25], [25, 25]],
    ['each glitch is judged anew', [25, 84, 25, 84, 25], [25, 25, 25]],
  ])('%s', (_, readings, expected) => expect(believed(readings)).toEqual(expected));

  test('after a long silence the first reading counts', () => {
    expect(believed([20, 70], 60_001)).toEqual([20, 70]);
    expect(believed([20, 70], 60_000)).toEqual([20]);
  });
});
