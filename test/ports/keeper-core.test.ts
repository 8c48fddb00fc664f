import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEEPER_LIMIT_MS, keeperCore } from '../../src/ports/keeper-core.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';

function bench(failed = 0) {
  const clock = virtualClock();
  const said: string[] = [];
  const safeMs: number[] = [];
  const core = keeperCore({
    limitMs: KEEPER_LIMIT_MS,
    clock,
    makeSafe() {
      safeMs.push(clock.monotonicMs());
      return failed;
    },
    say: (word) => said.push(word),
    leave: () => said.push('left'),
  });
  return { clock, said, safeMs, core };
}

describe('the rules of the keeper', () => {
  test('until the first beat there is nothing to miss', async () => {
    const { clock, safeMs } = bench();
    await clock.advance(600_000);
    expect(safeMs).toEqual([]);
  });

  test('beats in time keep it quiet, each answered', async () => {
    const { clock, said, safeMs, core } = bench();
    for (let i = 0; i < 20; i += 1) {
      core.hear('beat\n');
      await clock.advance(KEEPER_LIMIT_MS - 1);
    }
    expect(safeMs).toEqual([]);
    expect(said).toEqual(Array(20).fill('ok'));
  });

  test('silence makes the lines safe exactly at the promised time, again and again, and is told once', async () => {
    const { clock, said, safeMs, core } = bench(2);
    core.hear('beat\n');
    await clock.advance(1_000);
    core.hear('beat\n');
    await clock.advance(KEEPER_LIMIT_MS + 1_200);
    expect(safeMs).toEqual([4_000, 4_500, 5_000]);
    expect(said).toEqual(['ok', 'ok', 'safe silence 2']);
    core.hear('beat\n');
    await clock.advance(KEEPER_LIMIT_MS - 1);
    expect(safeMs).toHaveLength(3);
    await clock.advance(1);
    expect(safeMs).toHaveLength(4);
    expect(said.at(-1)).toBe('safe silence 2');
  });

  test('words may come in pieces', async () => {
    const { said, core } = bench();
    for (const piece of ['b', 'ea', 't', '\nbeat\nbe', 'at\n']) core.hear(piece);
    expect(said).toEqual(['ok', 'ok', 'ok']);
  });

  test('a goodbye ends it without a move of any line', async () => {
    const { clock, said, safeMs, core } = bench();
    core.hear('beat\nbye\nbeat\n');
    await clock.advance(60_000);
    expect(said).toEqual(['ok', 'left']);
    expect(safeMs).toEqual([]);
  });

  test('garbage is neither a sign of life nor a goodbye', async () => {
    const garbage = fc.string({ unit: 'binary', maxLength: 300 }).filter((text) => !/(^|\n)(beat|bye)(\n|$)/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { maxLength: 5 }), async (pieces) => {
        const { clock, said, safeMs, core } = bench();
        core.hear('beat\n');
        for (const piece of pieces) {
          core.hear(`${piece}\n`);
          await clock.advance(100);
        }
        await clock.advance(KEEPER_LIMIT_MS);
        expect(said).toEqual(['ok', 'safe silence 0']);
        expect(safeMs[0]).toBe(KEEPER_LIMIT_MS);
      }),
      { numRuns: 50 },
    );
  });
});
