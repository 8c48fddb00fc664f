import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charge, newCharge } from '../../src/control/charge.ts';
import { fullVolts } from '../../src/control/charge-conditions.ts';
import type { ChargePhase, ChargeSetting, ChargeState } from '../../src/control/charge-types.ts';
import { CELLS, isLithium } from '../../src/control/chemistry.ts';
import { qualityOf } from '../../src/control/snapshot.ts';
import { sightOf } from '../../src/control/soc-sight.ts';
import { CHARGE_MODES, type ChargeMode, STAGES } from '../../src/control/stages.ts';
import { CHEMISTRIES, type Chemistry, type Quality, type Reading, type Value } from '../../src/model.ts';

const MINUTE = 60_000;
const STEP_S = 10;
const HALF_HOUR = 30 * MINUTE;

/** A piece of a life: so long, these values; undefined: that sensor is silent. */
interface Piece {
  readonly steps: number;
  /** Share of the way from the deep discharge (0) to the protection (1). */
  readonly v: number | null | undefined;
  readonly a: number | null | undefined;
  readonly c: number | undefined;
  readonly soc: number | null | undefined;
  readonly counted: { readonly percent: number; readonly doubt: number; readonly anchored: boolean } | undefined;
  readonly full: boolean;
  /** The relay obeys; else something above holds it open. */
  readonly obeys: boolean;
}
const gappy = (arb: fc.Arbitrary<number>): fc.Arbitrary<number | null | undefined> =>
  fc.oneof({ weight: 6, arbitrary: arb }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
const share = fc.oneof(fc.integer({ min: -10, max: 105 }), fc.constantFrom(0, 40, 85, 92, 97)).map((percent) => percent / 100);
const piece: fc.Arbitrary<Piece> = fc.record({
  steps: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 900 })),
  v: gappy(share),
  a: gappy(fc.integer({ min: -30, max: 40 })),
  c: fc.option(fc.integer({ min: -20, max: 60 }), { nil: undefined }),
  soc: fc.option(gappy(fc.integer({ min: -5, max: 105 })), { nil: undefined }),
  counted: fc.option(
    fc.record({ percent: fc.integer({ min: 0, max: 100 }), doubt: fc.integer({ min: 0, max: 50 }), anchored: fc.boolean() }),
    {
      nil: undefined,
    },
  ),
  full: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  obeys: fc.boolean(),
});
const setting = (chemistry: Chemistry, mode: ChargeMode, more: Partial<ChargeSetting> = {}): ChargeSetting => ({
  ...{ cell: CELLS[chemistry], lithium: isLithium(chemistry), capacityAh: 100, startSoc: 20, stopSoc: 90, restartSoc: 80 },
  absorptionMs: 2 * 3_600_000,
  stages: { facts: STAGES[chemistry], mode, fullEveryMs: 24 * 3_600_000, forceFull: false, equaliseEveryMs: undefined },
  ...more,
});

interface Seen {
  readonly atMs: number;
  readonly before: ChargeState;
  readonly state: ChargeState;
  readonly wish: boolean | undefined;
  readonly closed: boolean;
  /** V of the mean cell as control saw it; undefined: too old or unknown. */
  readonly v: number | undefined;
  readonly vAgeMs: number;
  readonly sight: ReturnType<typeof sightOf>;
}

function live(pieces: readonly Piece[], set: ChargeSetting, each: (seen: Seen) => void): void {
  const { cell } = set;
  const kept = new Map<string, { value: Value; atMs: number }>();
  let [nowMs, validMs] = [0, -Infinity];
  let state = newCharge(0);
  let wish: boolean | undefined;
  const usable = (quality: Quality | undefined): boolean => quality === 'fresh' || quality === 'late';
  const read = (key: string): Reading | undefined => {
    const one = kept.get(key);
    return one && { value: one.value, atMs: one.atMs, monotonicMs: one.atMs, quality: qualityOf(nowMs - one.atMs, STEP_S * 1000) };
  };
  for (const { steps, v, a, c, soc, counted, full, obeys } of pieces) {
    for (let i = 0; i < steps; i += 1) {
      nowMs += STEP_S * 1000;
      const volts = typeof v === 'number' ? cell.deep + (cell.over - cell.deep) * v : v;
      for (const [key, value] of Object.entries({ v: volts, a, soc, full })) if (value !== undefined) kept.set(key, { value, atMs: nowMs });
      const mean = read('v');
      const known = usable(mean?.quality) && typeof mean?.value === 'number' ? mean.value : undefined;
      if (known !== undefined) validMs = mean?.monotonicMs ?? nowMs;
      const before = state;
      const closed = obeys && wish === true;
      const guard = { over: (known ?? 0) >= cell.over, under: known !== undefined && known <= cell.deep };
      const given = { nowMs, mean, highest: undefined, lowest: undefined, current: read('a'), soc: read('soc'), full: read('full') };
      const count = counted && { ...counted, atMs: nowMs };
      const step = charge(before, set, { ...given, ...guard, counted: count, temperatureC: c, closed });
      state = step.state;
      wish = step.wish?.on;
      each({ atMs: nowMs, before, state, wish, closed, v: known, vAgeMs: nowMs - validMs, sight: sightOf(given.soc, count, nowMs) });
    }
  }
}
const lives = fc.array(piece, { minLength: 1, maxLength: 25 });
/** At the full voltage with plenty of current, silent in between: what a timer must bear. */
const absorbing: fc.Arbitrary<readonly Piece[]> = fc.array(
  fc.tuple(piece, fc.constantFrom(0.92, 0.97), fc.boolean(), fc.integer({ min: 1, max: 90 })).map(([one, v, silent, steps]): Piece => {
    const known = { a: 20, soc: undefined, counted: undefined, full: false, obeys: true };
    return { ...one, ...known, steps, v: silent ? undefined : v };
  }),
  { minLength: 15, maxLength: 40 },
);
const begun: Piece = { steps: 30, v: 0, a: -5, c: 25, soc: undefined, counted: undefined, full: false, obeys: true };
const full = absorbing.map((pieces) => [begun, ...pieces]);
const chemistry = fc.constantFrom(...CHEMISTRIES);
const mode = fc.constantFrom(...CHARGE_MODES);

/** Expectations are dear: one for a whole life. `wrong` says what happened that must not. */
function lived(
  judge: (wrong: (what: string) => void, one: Chemistry, how: ChargeMode) => { set: ChargeSetting; each(seen: Seen): void },
  among: fc.Arbitrary<readonly Piece[]> = lives,
): void {
  fc.assert(
    fc.property(among, chemistry, mode, (pieces, one, how) => {
      const faults = new Set<string>();
      const { set, each } = judge((what) => void faults.add(what), one, how);
      live(pieces, set, each);
      expect([...faults]).toEqual([]);
    }),
    { numRuns: 100 },
  );
}

describe('random lives with gaps', () => {
  test('never a charge without a known voltage, nor at the protection; a start has its evidence', () => {
    let starts = 0;
    lived((wrong, one, how) => {
      const set = setting(one, how);
      return {
        set,
        each({ before, state, wish, v, vAgeMs, sight }) {
          if (wish === true && vAgeMs > MINUTE) wrong('blind');
          if (wish === true && (v ?? 0) >= set.cell.over) wrong('at the protection');
          if (state.phase !== 'charging' || before.phase !== 'idle') return;
          starts += 1;
          if (state.why !== 'volts-low' && !(state.why === 'soc-low' && sight.sure)) wrong(`start: ${state.why}`);
        },
      };
    });
    expect(starts).toBeGreaterThan(5);
  });

  test('usual changes are a minute apart at least, and a full battery rests five', () => {
    const usual: readonly ChargePhase[] = ['idle', 'charging', 'full_hold'];
    let changes = 0;
    lived((wrong, one, how) => {
      let lastMs = Number.NEGATIVE_INFINITY;
      return {
        set: setting(one, how),
        each({ atMs, before, state }) {
          if (before.phase === state.phase) return;
          const passedMs = atMs - lastMs;
          lastMs = atMs;
          if (!usual.includes(before.phase) || !usual.includes(state.phase) || state.why === 'over-voltage') return;
          changes += 1;
          if (passedMs < MINUTE) wrong(`${before.phase} -> ${state.phase} after ${passedMs} ms`);
          if (before.phase === 'full_hold' && state.phase === 'idle' && passedMs < 5 * MINUTE) wrong(`let go after ${passedMs} ms`);
        },
      };
    });
    expect(changes).toBeGreaterThan(20);
  });

  test('the time at the full voltage is bounded, through every silence, whatever the charger does', () => {
    let longest = 0;
    lived(
      (wrong, one, how) => {
        const set = setting(one, how, { absorptionMs: 40 * MINUTE });
        let [atFullMs, lowMs] = [0, 0];
        return {
          set,
          each({ before, state, closed, v }) {
            const full = v !== undefined && v >= fullVolts(set.cell, 60) && v >= fullVolts(set.cell, -20);
            // Half an hour below bulk in one piece begins a new absorption, and only that.
            lowMs = v !== undefined && v < STAGES[one].rebulk + 0.15 ? lowMs + STEP_S * 1000 : 0;
            if (before.phase !== 'charging' && before.phase !== 'waiting_inputs' && state.phase === 'charging') atFullMs = 0;
            if (lowMs >= HALF_HOUR) atFullMs = 0;
            if (before.phase === 'charging' && closed && full) atFullMs += STEP_S * 1000;
            longest = Math.max(longest, atFullMs);
            if (atFullMs > set.absorptionMs + 2 * MINUTE) wrong('too long at the full voltage');
            if (state.absorbedMs > set.absorptionMs + 2 * MINUTE) wrong('counted too long');
          },
        };
      },
      fc.oneof(lives, full, full),
    );
    expect(longest).toBeGreaterThan(35 * MINUTE);
  });

  test('a float is lead in standby, after a real full charge, and the charger is opened when it does not come down', () => {
    let floats = 0;
    lived((wrong, one, how) => {
      let highMs = 0;
      return {
        set: setting(one, how),
        each({ before, state, v }) {
          if (state.floating) {
            floats += 1;
            if (isLithium(one) || how !== 'standby') wrong(`${one} floats in ${how}`);
            if (!['tail', 'time', 'battery'].includes(state.why)) wrong(`floats after ${state.why}`);
          }
          highMs = before.floating && v !== undefined && v > 2.45 ? highMs + STEP_S * 1000 : 0;
          if (highMs > HALF_HOUR + 2 * MINUTE) wrong('held above its float');
        },
      };
    });
    expect(floats).toBeGreaterThan(0);
  });
});
