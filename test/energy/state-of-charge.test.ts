import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_FACTS } from '../../src/energy/cell-facts.ts';
import { confidence, uncertainty } from '../../src/energy/doubt.ts';
import { restVolts, socAtRest } from '../../src/energy/open-circuit.ts';
import { keptSoc, revivedSoc } from '../../src/energy/soc-kept.ts';
import { type SocSetting, socSetting } from '../../src/energy/soc-setting.ts';
import { newSoc, type SocReadings, type SocState, stepSoc } from '../../src/energy/state-of-charge.ts';
import { CHEMISTRIES } from '../../src/model.ts';

const AGM = socSetting('agm', { capacityAh: 100, cells: 6 });
const LFP = socSetting('lfp', { capacityAh: 100, cells: 4 });
const HOUR = 3_600_000;
type Said = Partial<Omit<SocReadings, 'current' | 'nowMs'>> & { readonly amps?: number | undefined };

/** Plays what the sensors say, every `everyS`, and remembers the events. */
function player(setting: SocSetting, start = newSoc(setting, 0)) {
  let state: SocState = start;
  let nowMs = start.flow.atMs;
  const events: string[] = [];
  return {
    events,
    state: () => state,
    soc: () => Math.round(1000 * (state.soc ?? Number.NaN)) / 10,
    feed(said: Said, hours: number, everyS = 10) {
      const { amps, ...rest } = said;
      for (const endMs = nowMs + hours * HOUR; nowMs < endMs; ) {
        nowMs += everyS * 1000;
        const current = amps === undefined ? undefined : { value: amps, atMs: nowMs };
        const others = { voltage: undefined, lowestCell: undefined, celsius: 25, bms: undefined, full: false, idle: undefined };
        const step = stepSoc(state, setting, { nowMs, current, ...others, ...rest });
        state = step.state;
        if (step.event !== undefined) events.push(step.event);
      }
      return this;
    },
  };
}
const full = (setting: SocSetting): number => setting.facts.chargedV * setting.cells + 0.05;

describe('counting', () => {
  test('nothing is known before a voltage and a current were seen; the first look is a guess and says so', () => {
    const p = player(AGM).feed({ amps: -2 }, 1);
    expect([p.state().soc, confidence(p.state())]).toEqual([null, 0]);
    p.feed({ amps: -2, voltage: 12.3 }, 0.01);
    expect(p.soc()).toBeGreaterThan(40);
    expect(p.soc()).toBeLessThan(70);
    expect(confidence(p.state())).toBeLessThan(55);
    expect(p.state().anchor).toBe('voltage');
  });

  test('full at full voltage and tail current for five minutes, told once; then what goes out is counted', () => {
    const p = player(LFP).feed({ amps: 4, voltage: full(LFP) }, 0.05);
    expect(p.events).toEqual([]);
    p.feed({ amps: 4, voltage: full(LFP) }, 0.1);
    expect([p.soc(), p.state().anchor, p.events]).toEqual([100, 'full', ['full']]);
    const sure = confidence(p.state());
    p.feed({ amps: -5, voltage: 13.1 }, 10);
    expect(p.soc()).toBeCloseTo(50, 0);
    expect(confidence(p.state())).toBeLessThan(sure);
  });

  test.each([
    ['a large current', { amps: 8, voltage: full(LFP) }],
    ['a lower voltage', { amps: 3, voltage: 13.3 }],
    ['a discharge', { amps: -1, voltage: full(LFP) }],
  ])('%s at the full voltage is not full', (_, said) => {
    expect(player(LFP).feed(said, 1).events).toEqual([]);
  });

  test('lead asks for less voltage when it is warm and for more when it is cold', () => {
    const at = (celsius: number): string[] => player(AGM).feed({ amps: 1, voltage: 14.25, celsius }, 0.2).events;
    expect([at(5), at(25), at(40)]).toEqual([[], ['full'], ['full']]);
  });

  test('charging loses the share that the chemistry loses, and a strong current drains lead faster', () => {
    const half = { ...newSoc(AGM, 0), soc: 0.5 };
    const charged = player(AGM, half).feed({ amps: 10 }, 2);
    expect(charged.soc()).toBeCloseTo(50 + 20 * AGM.facts.efficiency, 0);
    const strong = player(AGM, half).feed({ amps: -20 }, 1);
    expect(strong.soc()).toBeCloseTo(50 - 20 * 4 ** 0.15, 0);
    expect(player(AGM, half).feed({ amps: -5 }, 4).soc()).toBeCloseTo(30, 0);
  });

  test('a discharge down to the empty voltage is empty, unless a strong current explains the voltage', () => {
    expect(
      player(LFP, { ...newSoc(LFP, 0), soc: 0.2 })
        .feed({ amps: -5, voltage: 11.5 }, 0.1)
        .soc(),
    ).toBeCloseTo(0, 0);
    expect(player(LFP, { ...newSoc(LFP, 0), soc: 0.2 }).feed({ amps: -60, voltage: 11.5 }, 0.05).events).toEqual([]);
    expect(player(LFP).feed({ amps: -5, voltage: 12.8, lowestCell: 2.8 }, 0.1).events).toEqual(['empty']);
  });

  test("the battery's own figure holds; when it falls silent, counting goes on from it", () => {
    const p = player(LFP).feed({ amps: -10, bms: 0.8 }, 1);
    expect([p.soc(), p.state().anchor, confidence(p.state())]).toEqual([80, 'bms', 90]);
    p.feed({ amps: -10 }, 1);
    expect(p.soc()).toBeCloseTo(70, 0);
    expect(confidence(p.state())).toBeLessThan(90);
  });

  test('self-discharge goes on unseen', () => {
    const p = player(LFP, { ...newSoc(LFP, 0), soc: 0.6 }).feed({ amps: 0, voltage: 13.1 }, 24 * 30, 60);
    expect(p.soc()).toBeGreaterThan(56);
    expect(p.soc()).toBeLessThan(59);
  });
});

describe('gaps', () => {
  test('unknown current is no current of zero: the figure stays, its confidence falls with the time', () => {
    const p = player(LFP)
      .feed({ amps: 3, voltage: full(LFP) }, 0.2)
      .feed({ amps: -10, voltage: 13 }, 3);
    const [soc, before] = [p.soc(), confidence(p.state())];
    p.feed({}, 2);
    const two = confidence(p.state());
    p.feed({}, 3);
    expect(Math.abs(p.soc() - soc)).toBeLessThan(0.2);
    expect(two).toBeLessThan(before - 5);
    expect(confidence(p.state())).toBeLessThan(two - 5);
  });

  test('a short silence is bridged, a long one is not', () => {
    const start = { ...newSoc(LFP, 0), soc: 0.5 };
    expect(player(LFP, start).feed({ amps: -20 }, 1).feed({}, 0.01).feed({ amps: -20 }, 1).soc()).toBeCloseTo(50 - 40.2 * 4 ** 0.05, 0);
    expect(player(LFP, start).feed({ amps: -20 }, 1).feed({}, 0.5).feed({ amps: -20 }, 0.5).soc()).toBeCloseTo(50 - 30 * 4 ** 0.05, 0);
  });

  test('survives a restart through its record; the pause is doubted, a damaged record begins anew', () => {
    const p = player(AGM)
      .feed({ amps: 1, voltage: full(AGM) }, 0.2)
      .feed({ amps: -5 }, 4);
    const record = JSON.parse(JSON.stringify(keptSoc(p.state(), 1e12)));
    const revived = (hours: number): SocState => revivedSoc(record, AGM, 77, 1e12 + hours * HOUR);
    expect(revived(0).soc).toBeCloseTo(0.8, 2);
    expect([confidence(revived(0)) <= confidence(p.state()), confidence(revived(6)) < confidence(revived(0)) - 10]).toEqual([true, true]);
    expect(revived(-5).soc).toBeCloseTo(0.8, 2);
    expect(keptSoc(newSoc(AGM, 0), 0)).toBeUndefined();
    for (const damaged of [undefined, null, 'x', {}, { ...record, soc: 'x' }, { ...record, anchor: 'y' }, { ...record, error: null }])
      expect(revivedSoc(damaged, AGM, 0, 1e12).soc).toBeNull();
  });
});

describe('at rest', () => {
  test('a battery long at rest comes to what its voltage tells, slowly', () => {
    const wrong = { ...newSoc(AGM, 0), soc: 0.9, error: 0.4 };
    const p = player(AGM, wrong).feed({ amps: 0.01, voltage: 12.3 }, 3.5, 30);
    expect(p.soc()).toBeCloseTo(90, 0);
    p.feed({ amps: 0.01, voltage: 12.3 }, 0.6, 30);
    expect(p.soc()).toBeGreaterThan(70);
    p.feed({ amps: 0.01, voltage: 12.3 }, 20, 30);
    expect(Math.abs(p.soc() - 50)).toBeLessThan(5);
    expect(confidence(p.state())).toBeGreaterThan(75);
  });

  test('a sure count is not spoilt by the voltage, nor is lithium iron on its flat curve', () => {
    const sure = player(AGM)
      .feed({ amps: 1, voltage: full(AGM) }, 0.2)
      .feed({ amps: 0, voltage: 12.5 }, 12, 30);
    expect(sure.soc()).toBeGreaterThan(98);
    const flat = player(LFP, { ...newSoc(LFP, 0), soc: 0.9, error: 0.35 }).feed({ amps: 0, voltage: 4 * 3.265 }, 24, 30);
    expect(flat.soc()).toBeGreaterThan(89);
    const low = player(LFP, { ...newSoc(LFP, 0), soc: 0.5, error: 0.35 }).feed({ amps: 0, voltage: 4 * 3.17 }, 24, 30);
    expect(low.soc()).toBeLessThan(20);
  });

  test('what the sensor shows at rest is taken off; a load too large for a sensor error is not', () => {
    const start = { ...newSoc(LFP, 0), soc: 0.5 };
    const p = player(LFP, start).feed({ amps: 0.133 }, 8, 30);
    expect(p.state().offset.amps).toBeCloseTo(0.133, 2);
    expect(p.state().offset.error).toBeLessThan(0.05);
    expect(player(LFP, start).feed({ amps: -0.3 }, 8, 30).state().offset.amps).toBe(0);
    expect(player(LFP, start).feed({ amps: 0.133, idle: false }, 8, 30).state().offset.amps).toBe(0);
  });

  test('sun and load that happen to be equal teach nothing, nor does a charger that holds the battery', () => {
    const p = player(LFP, { ...newSoc(LFP, 0), soc: 0.5 });
    for (let i = 0; i < 200; i += 1) p.feed({ amps: i % 2 === 0 ? 0.25 : -0.1, voltage: 13.2 }, 0.05, 30);
    expect(p.state().offset.amps).toBe(0);
    expect(
      player(AGM, { ...newSoc(AGM, 0), soc: 1 })
        .feed({ amps: 0.15, voltage: 13.6 }, 8, 30)
        .state().offset.amps,
    ).toBe(0);
  });

  test('with a good sensor, what is left over from full to full is the efficiency of this battery, kept over a restart', () => {
    const setting = socSetting('agm', { capacityAh: 100, cells: 6, offsetBoundA: 0.01 });
    const p = player(setting).feed({ amps: 1, voltage: full(setting) }, 0.2);
    for (let day = 0; day < 4; day += 1) {
      p.feed({ amps: -4, voltage: 12.5 }, 10, 60).feed({ amps: 10, voltage: 13.3 }, 4 / 0.91, 60);
      p.feed({ amps: 0.4, voltage: full(setting) }, 9.6, 60);
    }
    expect(p.state().efficiency).toBeGreaterThan(0.9);
    expect(p.state().efficiency).toBeLessThan(0.92);
    const again = revivedSoc(JSON.parse(JSON.stringify(keptSoc(p.state(), 0))), setting, 0, 0);
    expect(again.efficiency).toBeCloseTo(p.state().efficiency ?? 0, 4);
  });

  test('from full to full nothing may be left over: a standing load taken for an offset is found out', () => {
    const p = player(LFP).feed({ amps: 2, voltage: full(LFP) }, 0.2);
    for (let day = 0; day < 8; day += 1) {
      p.feed({ amps: -0.18, voltage: 13.2 }, 20, 60);
      p.feed({ amps: 3.6 / 0.99 / 3.7, voltage: 13.4 }, 3.7, 60).feed({ amps: 0.5, voltage: full(LFP) }, 0.2, 60);
    }
    expect(p.state().offset.standing).toBe(true);
    expect(Math.abs(p.state().offset.amps)).toBeLessThan(0.12);
  });
});

describe('open-circuit curves', () => {
  test.each(CHEMISTRIES)('%s rises without a step back, and both directions agree', (chemistry) => {
    const facts = CELL_FACTS[chemistry];
    for (const [i, [soc, volts]] of facts.rest.entries()) {
      const next = facts.rest[i + 1] ?? [2, 100];
      expect([next[0] > soc, next[1] > volts]).toEqual([true, true]);
    }
    for (let soc = 0; soc <= 1; soc += 0.05) expect(socAtRest(facts, restVolts(facts, soc), 25).soc).toBeCloseTo(soc, 6);
    expect([socAtRest(facts, 0, 25).soc, socAtRest(facts, 9, 25).soc]).toEqual([0, 1]);
  });
});

const SAID = fc.record({
  value: fc.oneof(fc.double({ min: -500, max: 500, noNaN: true }), fc.constant(undefined)),
  stepMs: fc.integer({ min: 0, max: 400_000 }),
  voltage: fc.option(fc.double({ min: 0, max: 70, noNaN: true }), { nil: undefined }),
  celsius: fc.option(fc.double({ min: -40, max: 90, noNaN: true }), { nil: undefined }),
  bms: fc.option(fc.double({ min: -1, max: 2, noNaN: true }), { nil: undefined }),
  full: fc.boolean(),
});

test('whatever the sensors say, the figure stays between empty and full and the record can be read again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHEMISTRIES), fc.array(SAID, { maxLength: 60 }), (chemistry, steps) => {
      const setting = socSetting(chemistry, { capacityAh: 50, cells: 4 });
      let state = newSoc(setting, 0);
      let nowMs = 0;
      for (const { value, stepMs, ...said } of steps) {
        nowMs += stepMs;
        const current = value === undefined ? undefined : { value, atMs: nowMs };
        state = stepSoc(state, setting, { nowMs, current, lowestCell: undefined, idle: undefined, ...said }).state;
        if (state.soc !== null) expect(state.soc >= 0 && state.soc <= 1).toBe(true);
        expect(state.error >= 0 && state.error <= 0.5).toBe(true);
        expect(Math.abs(state.offset.amps)).toBeLessThanOrEqual(setting.rest.offsetBoundA);
      }
      const kept = keptSoc(state, 1e12);
      if (kept !== undefined) expect(revivedSoc(JSON.parse(JSON.stringify(kept)), setting, 0, 1e12).soc).not.toBeNull();
    }),
  );
});

test('the further from where it was last told, the more a capacity that nobody measured is doubted', () => {
  const state = { soc: 0.4, error: 0.03, anchor: 'full', anchorSoc: 1 } as SocState;
  expect(uncertainty(state, 0.25)).toBeCloseTo(0.18, 6);
  expect(uncertainty({ ...state, soc: 1 }, 0.25)).toBeCloseTo(0.03, 6);
  expect(uncertainty({ ...state, anchor: 'bms' }, 0.25)).toBe(0.03);
  expect(uncertainty({ ...state, soc: null }, 0.25)).toBeNull();
});
