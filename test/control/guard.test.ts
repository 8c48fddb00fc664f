import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { heatLimits } from '../../src/control/chemistry.ts';
import type { Value } from '../../src/model.ts';
import { type Fed, type Guarded, guarded } from './guarded.ts';

const at = (c: Value) => (): Fed => ({ c: [c] });
/** Warms up slowly enough for no rate rule (1 K/min), then stays. */
function warm(g: Guarded, from: number, to: number): void {
  g.feed(Math.abs(to - from) * 60, (s) => ({ c: [from + (Math.sign(to - from) * s) / 60] }));
}

describe('the limits', () => {
  test('nothing loosens 80 and 100 °C; a lithium preset is exceeded only by who says to know', () => {
    expect(heatLimits(undefined, { cutC: 95, criticalC: 120 })).toMatchObject({ cutC: 80, criticalC: 100 });
    expect(heatLimits('lfp', { cutC: 70 })).toMatchObject({ cutC: 55, criticalC: 70, warningC: 45, coldC: 0 });
    expect(heatLimits('lfp', { cutC: 70, criticalC: 200 }, true)).toMatchObject({ cutC: 70, criticalC: 100 });
    expect(heatLimits('nmc', { cutC: 50 })).toMatchObject({ cutC: 50, warningC: 45 });
    expect(heatLimits('agm', { cutC: 50 })).toMatchObject({ cutC: 50, warningC: 50 });
    expect(heatLimits('agm')).toMatchObject({ cutC: 80, coldC: undefined });
  });
});

describe('over-heating', () => {
  test('exactly 80 °C stays, above for two samples cuts the charge and latches, said once', () => {
    const g = guarded();
    warm(g, 70, 80);
    g.feed(60, at(80));
    expect(g.causes()).toEqual([]);
    g.feed(1, at(80.1));
    expect(g.causes()).toEqual([]);
    g.feed(1, at(80.1));
    expect(g.causes()).toEqual(['over-temperature charge']);
    expect(g.latches()).toEqual(['over-temperature-manual']);
    g.feed(300, at(80.1));
    expect(g.alarms.map(({ cause, level }) => `${cause} ${level}`)).toEqual(['warm warning', 'over-temperature cut-off']);
  });

  test('a reading that wavers around the limit makes one cut', () => {
    const g = guarded();
    warm(g, 75, 79);
    g.feed(3600, (s) => ({ c: [s % 2 === 0 ? 80.1 : 79.9] }));
    expect(g.causes()).toEqual(['over-temperature charge']);
    expect(g.alarms.filter(({ level }) => level === 'cut-off')).toHaveLength(1);
  });

  test('a real ramp through 85.0 trips; a lonely jump to 85 does not', () => {
    const g = guarded();
    warm(g, 78, 85);
    expect(g.causes()).toEqual(['over-temperature charge']);
    const jump = guarded();
    jump.feed(60, at(25));
    jump.feed(1, at(85));
    jump.feed(60, at(25));
    expect([jump.causes(), jump.alarms]).toEqual([[], []]);
    jump.feed(3, at(85));
    expect(jump.causes()).toEqual(['over-temperature charge']);
  });

  test('one believed sample above 100 °C opens everything; a message each minute until somebody acknowledges', () => {
    const g = guarded();
    warm(g, 95, 100);
    g.feed(1, at(100.5));
    expect(g.causes()).toContain('critical-temperature all');
    g.feed(599, at(101));
    const messages = g.alarms.filter(({ level }) => level === 'critical').map(({ s }) => s);
    expect(messages).toHaveLength(10);
    for (const [i, s] of messages.entries()) if (i > 0) expect(s - (messages[i - 1] ?? 0)).toBe(60);
    g.acknowledge();
    g.feed(600, at(101));
    expect(g.alarms.filter(({ level }) => level === 'critical')).toHaveLength(10);
    expect(g.latches()).toContain('critical-temperature-manual');
  });

  test('messages end when it has cooled down; the latch waits for a person, who must wait for ten cool minutes', () => {
    const g = guarded();
    warm(g, 95, 101);
    warm(g, 101, 70);
    const told = g.alarms.length;
    g.feed(590, at(69));
    g.acknowledge();
    expect(g.latches()).toHaveLength(2);
    g.feed(3600, at(69));
    expect(g.latches()).toHaveLength(2);
    expect(g.alarms.length).toBe(told);
    g.acknowledge();
    expect(g.latches()).toEqual([]);
    g.feed(5, at(69));
    expect(g.causes()).toEqual([]);
  });

  test('lithium: cut at 55, back by itself after ten minutes at 45, three times a day, then by hand', () => {
    const g = guarded({ chemistry: 'lfp' });
    for (let round = 0; round < 3; round += 1) {
      warm(g, 44, 55);
      g.feed(3, at(55));
      expect(g.latches()).toEqual(['over-temperature']);
      warm(g, 55, 45);
      g.feed(590, at(45));
      expect(g.latches()).toEqual(['over-temperature']);
      g.feed(15, at(44));
      expect(g.causes()).toEqual([]);
    }
    warm(g, 44, 56);
    warm(g, 56, 40);
    g.feed(1200, at(40));
    expect(g.latches()).toEqual(['over-temperature-manual']);
    g.acknowledge();
    expect(g.latches()).toEqual([]);
    expect(g.memory().rearmAges).toHaveLength(3);
    g.feed(86_400, at(40));
    expect(g.memory().rearmAges).toHaveLength(0);
  });

  test('a fast rise cuts before any limit, a slow one warns while charging, a sensor that was moved does neither', () => {
    const g = guarded({ chemistry: 'lfp' });
    g.feed(120, at(20));
    g.feed(70, (s) => ({ c: [20 + (s * 6) / 60] }));
    expect(g.causes()).toEqual(['rate-of-rise charge']);
    const slow = guarded({ chemistry: 'lfp' });
    slow.feed(240, (s) => ({ c: [20 + (s * 2.5) / 60], a: 10 }));
    expect(slow.alarms.map(({ cause }) => cause)).toEqual(['rising']);
    const idle = guarded({ chemistry: 'lfp' });
    idle.feed(240, (s) => ({ c: [20 + (s * 2.5) / 60], a: 0 }));
    expect(idle.alarms).toEqual([]);
    const moved = guarded();
    moved.feed(120, at(15));
    moved.feed(200, at(24));
    expect(moved.alarms).toEqual([]);
  });
});

describe('a rise', () => {
  test('is not seen across a gap, and hardens to a latch for people once it passes 80 °C', () => {
    const gap = guarded();
    gap.feed(200, at(20));
    gap.feed(25, () => ({}));
    gap.feed(30, at(29));
    expect(gap.alarms).toEqual([]);
    gap.feed(100, () => ({}));
    gap.feed(5, at(45));
    expect(gap.latches()).toEqual([]);
    const g = guarded();
    g.feed(120, at(20));
    g.feed(180, (s) => ({ c: [20 + (s * 6) / 60] }));
    expect(g.latches()).toEqual(['rate-of-rise']);
    g.feed(450, (s) => ({ c: [38 + (s * 6) / 60] }));
    expect(g.latches()).toEqual(['rate-of-rise-manual', 'over-temperature-manual']);
  });
});

describe('cold', () => {
  test('lithium is not charged below 0 °C, and again from 5 °C on; lead does not mind', () => {
    const g = guarded({ chemistry: 'lfp' });
    warm(g, 3, 0);
    expect(g.causes()).toEqual([]);
    g.feed(2, at(-0.1));
    expect(g.causes()).toEqual(['too-cold charge']);
    warm(g, 0, 4);
    expect(g.causes()).toEqual(['too-cold charge']);
    g.feed(1, at(5));
    expect(g.causes()).toEqual([]);
    const lead = guarded({ chemistry: 'agm' });
    lead.feed(60, at(-15));
    expect(lead.causes()).toEqual([]);
  });

  test('of two sensors the colder forbids the charge, the hotter cuts it; they are told to disagree', () => {
    const g = guarded({ chemistry: 'lfp', thermometers: 2 });
    g.feed(10, () => ({ c: [-1, 20] }));
    expect(g.causes()).toEqual(['too-cold charge']);
    expect(g.alarms.map(({ cause }) => cause)).toEqual(['sensors-disagree']);
  });
});

describe('a sensor that is lost', () => {
  test('bars the closing at once, stops the charge within 30 s, and is over when it comes back', () => {
    const g = guarded();
    expect(g.step.unready).toBe('temperature');
    g.feed(60, at(25));
    expect(g.step.unready).toBeUndefined();
    g.feed(3, () => ({}));
    expect([g.step.unready, g.causes()]).toEqual(['temperature', []]);
    g.feed(28, () => ({}));
    expect(g.causes()).toEqual(['temperature-lost charge']);
    g.feed(1, at(25));
    expect(g.causes()).toEqual([]);
    expect(g.latches()).toEqual([]);
  });

  test('that says nothing usable is lost just the same', () => {
    for (const junk of [null, '', 'NaN', true, Number.NaN, Number.POSITIVE_INFINITY, -127, 300]) {
      const g = guarded();
      g.feed(60, at(25));
      g.feed(31, at(junk));
      expect(g.causes()).toEqual(['temperature-lost charge']);
      expect(g.step.hottest).toBe(25);
    }
  });

  test('while warm counts as a cut, and is not released by silence', () => {
    const g = guarded({ chemistry: 'lfp' });
    g.feed(60, at(46));
    g.feed(31, () => ({}));
    expect(g.latches()).toEqual(['over-temperature']);
    g.feed(7200, () => ({}));
    expect(g.latches()).toEqual(['over-temperature']);
  });

  test('never heard of since the start', () => {
    const g = guarded();
    g.feed(31, () => ({}));
    expect(g.causes()).toEqual(['temperature-lost charge']);
  });

  test('that never moves while the battery is charged is suspect', () => {
    const g = guarded();
    g.feed(6 * 3600, () => ({ c: [25], a: 10 }));
    expect(g.alarms).toEqual([]);
    g.feed(2, () => ({ c: [25], a: 10 }));
    expect(g.alarms.map(({ cause, level }) => `${cause} ${level}`)).toEqual(['sensor-suspect warning']);
    const idle = guarded();
    idle.feed(8 * 3600, (s) => ({ c: [25], a: s < 1800 ? 10 : -5 }));
    expect(idle.alarms).toEqual([]);
  });

  test('a first value beyond everything is believed only when the second agrees', () => {
    const g = guarded();
    g.feed(1, at(127.94));
    g.feed(5, at(25));
    expect(g.latches()).toEqual([]);
    const hot = guarded();
    hot.feed(2, at(110));
    expect(hot.latches()).toEqual(['critical-temperature-manual']);
  });

  test('of a slow one only after five of its periods', () => {
    const g = guarded({ periodMs: 20_000 });
    g.feed(200, (s) => ({ c: [s % 20 === 1 ? 25 : undefined] }));
    expect(g.causes()).toEqual([]);
    g.feed(101, () => ({}));
    expect(g.causes()).toEqual(['temperature-lost charge']);
  });
});

describe('volts', () => {
  const volts = (v: Value) => (): Fed => ({ v: [v] });
  const lfp = (): Guarded => guarded({ chemistry: 'lfp', thermometers: 0, gauges: 1 });

  test('over-voltage cuts after two samples and ends after a quiet minute', () => {
    const g = lfp();
    g.feed(1, volts(3.6));
    expect(g.causes()).toEqual([]);
    g.feed(1, volts(3.6));
    expect(g.causes()).toEqual(['over-voltage charge']);
    g.feed(3600, volts(3.5));
    expect(g.causes()).toEqual(['over-voltage charge']);
    g.feed(61, volts(3.4));
    expect(g.causes()).toEqual([]);
  });

  test('deep discharge opens what draws, charging stays allowed; below 2 V a person must look', () => {
    const g = lfp();
    g.feed(60, volts(2.8));
    expect(g.causes()).toEqual([]);
    g.feed(1, volts(2.8));
    expect(g.causes()).toEqual(['under-voltage discharge']);
    g.feed(2, volts(1.9));
    expect(g.causes()).toEqual(['deep-discharge charge', 'under-voltage discharge']);
    g.feed(3600, volts(2.2));
    expect(g.latches()).toEqual(['deep-discharge-manual']);
    g.feed(2, volts(1.9));
    g.acknowledge();
    g.feed(60, volts(1.95));
    expect(g.causes()).toEqual(['under-voltage discharge']);
    g.feed(62, volts(3.25));
    expect(g.causes()).toEqual([]);
    g.feed(2, volts(1.9));
    expect(g.latches()).toEqual(['deep-discharge-manual']);
  });

  test('lost for a minute stops the charge', () => {
    const g = lfp();
    g.feed(10, volts(3.3));
    g.feed(60, () => ({}));
    expect([g.causes(), g.step.unready]).toEqual([[], 'voltage']);
    g.feed(1, () => ({}));
    expect(g.causes()).toEqual(['voltage-lost charge']);
  });

  test('12 V lead-acid: 15.0 V cuts, 14.9 V does not', () => {
    const g = guarded({ chemistry: 'lead-acid', thermometers: 0, gauges: 1 });
    g.feed(10, volts(14.9 / 6));
    expect(g.causes()).toEqual([]);
    g.feed(2, volts(15 / 6));
    expect(g.causes()).toEqual(['over-voltage charge']);
  });
});

describe('whatever the sensors say', () => {
  const value = fc.oneof(fc.double({ min: -20, max: 120 }), fc.constantFrom<Value>(null, Number.NaN, '', 'x', true, Infinity, 85, -127));
  const script = fc.array(
    fc.record({
      c: fc.option(value, { nil: undefined }),
      v: fc.option(value, { nil: undefined }),
      s: fc.integer({ min: 1, max: 40 }),
      ack: fc.boolean(),
    }),
    { maxLength: 60 },
  );

  test('a latch survives a restart at any moment, and nothing but a rule ends it', () => {
    fc.assert(
      fc.property(script, fc.constantFrom('lfp' as const, 'agm' as const), (acts, chemistry) => {
        let g = guarded({ chemistry, gauges: 1 });
        for (const [i, act] of acts.entries()) {
          const before = g.latches();
          const cut = chemistry === 'lfp' ? 55 : 80;
          g.feed(act.s, () => ({ c: [act.c], v: [act.v] }));
          // Ten cool minutes never fit into one act of at most 40 s that begins hot.
          if (typeof act.c === 'number' && act.c > cut - 10) expect(g.latches().length).toBeGreaterThanOrEqual(before.length);
          if (act.ack) g.acknowledge();
          if (i % 7 === 6) {
            const kept = g.latches();
            g = guarded({ chemistry, gauges: 1, memory: g.memory() });
            expect(g.latches().sort()).toEqual(kept.sort());
            expect(g.step.unready).toBe('temperature');
          }
          for (const word of g.latches()) expect(g.causes().length, word).toBeGreaterThan(0);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('three hot samples in a row always cut', () => {
    fc.assert(
      fc.property(script, fc.double({ min: 80.01, max: 120, noNaN: true }), (acts, hot) => {
        const g = guarded({ chemistry: 'agm', gauges: 1 });
        for (const act of acts) g.feed(act.s, () => ({ c: [act.c], v: [act.v] }));
        g.feed(3, at(hot));
        expect(g.causes()).toContain('over-temperature charge');
      }),
      { numRuns: 150 },
    );
  });
});
