import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAlarmRecord } from '../../src/control/alarm-record.ts';
import { type AlarmRule, checkRules, judgeReading } from '../../src/control/alarm-rules.ts';
import { type AlarmChange, type Alarms, createAlarms, type Instant } from '../../src/control/alarms.ts';
import { createSnapshot } from '../../src/control/snapshot.ts';
import { ConfigError, type Quality, type Value } from '../../src/model.ts';

const START_MS = Date.UTC(2026, 0, 1);
const PERIOD_MS = 5_000;
const at = (seconds: number): Instant => ({ monotonicMs: seconds * 1000, wallMs: START_MS + seconds * 1000 });

const HOT: AlarmRule = {
  id: 'hot',
  deviceId: 'bat_01',
  key: 'temperature',
  condition: { when: 'above', raise: 80, clear: 70 },
  severity: 'critical',
  forMs: 0,
  clearForMs: 600_000,
  name: { en: 'Overheating', fr: 'Surchauffe' },
  advice: { en: 'Go and see.', fr: 'Allez voir.' },
  deviceName: 'Battery',
  unit: '°C',
};
const LOW: AlarmRule = {
  ...HOT,
  id: 'low',
  key: 'voltage',
  condition: { when: 'below', raise: 10.8, clear: 12 },
  severity: 'warning',
  forMs: 60_000,
  clearForMs: 0,
};
const LOST: AlarmRule = { ...HOT, id: 'lost', condition: { when: 'stale' }, severity: 'warning', forMs: 600_000, clearForMs: 0 };
const FLAG: AlarmRule = {
  ...HOT,
  id: 'flag',
  deviceId: 'bridge',
  key: 'storage',
  condition: { when: 'problem' },
  severity: 'info',
  forMs: 0,
  clearForMs: 0,
};

/** Feeds values each second; `undefined` gives no sample. */
function bench(rules: readonly AlarmRule[], record?: Parameters<typeof createAlarms>[1], startS = 0) {
  const alarms: Alarms = createAlarms(rules, record);
  const snapshot = createSnapshot(() => PERIOD_MS);
  const changes: AlarmChange[] = [];
  let nowS = startS;
  return {
    alarms,
    changes,
    feed(values: Readonly<Record<string, Value>> | undefined, seconds = 1, deviceId = 'bat_01'): void {
      for (let i = 0; i < seconds; i += 1) {
        nowS += 1;
        const now = at(nowS);
        if (values !== undefined) snapshot.remember({ deviceId, atMs: now.wallMs, monotonicMs: now.monotonicMs, values });
        changes.push(...alarms.evaluate(snapshot.read, now));
      }
    },
    acknowledge: (id?: string) => changes.push(...alarms.acknowledge(at(nowS), id)),
    story: () => changes.map(({ rule, after }) => `${rule.id} ${after}`),
  };
}

describe('a value rule', () => {
  test('raises above, waits out the dead band, ends only after the whole well time', () => {
    const { feed, story, alarms } = bench([HOT]);
    feed({ temperature: 80 });
    expect(story()).toEqual([]);
    feed({ temperature: 80.1 });
    expect(story()).toEqual(['hot active']);
    expect(alarms.active()).toMatchObject([{ state: 'active', sinceMs: START_MS + 2_000, raisedBy: 80.1, value: 80.1 }]);
    feed({ temperature: 75 }, 3_600);
    feed({ temperature: 70 }, 599);
    feed({ temperature: 71 });
    feed({ temperature: 69 }, 600);
    expect(story()).toEqual(['hot active']);
    feed({ temperature: 69 });
    expect(story()).toEqual(['hot active', 'hot inactive']);
  });

  test('chatter about the threshold gives one alarm', () => {
    const { feed, story } = bench([HOT]);
    for (let i = 0; i < 600; i += 1) feed({ temperature: i % 2 === 0 ? 79.9 : 80.1 });
    expect(story()).toEqual(['hot active']);
  });

  test('must be seen bad for its time; one well reading starts anew', () => {
    const { feed, story } = bench([LOW]);
    feed({ voltage: 10.7 }, 60);
    feed({ voltage: 12 });
    feed({ voltage: 10.7 }, 60);
    expect(story()).toEqual(['low pending', 'low inactive', 'low pending']);
    feed({ voltage: 10.7 });
    expect(story().at(-1)).toBe('low active');
  });

  test('time in the dead band or without a value neither counts nor resets', () => {
    const { feed, story, alarms } = bench([LOW]);
    feed({ voltage: 10.7 }, 31);
    feed({ voltage: 11 }, 300);
    feed({ voltage: null }, 300);
    feed(undefined, 300);
    expect(alarms.state('low')).toBe('pending');
    feed({ voltage: 10.7 }, 30);
    expect(alarms.state('low')).toBe('pending');
    feed({ voltage: 10.7 });
    expect(story()).toEqual(['low pending', 'low active']);
  });

  test('an unknown value neither raises nor clears, and breaks the well time', () => {
    const { feed, story, alarms } = bench([HOT]);
    feed({ temperature: null }, 3_600);
    feed({ temperature: Number.NaN }, 100);
    expect(story()).toEqual([]);
    feed({ temperature: 101 });
    feed({ temperature: null }, 3_600);
    expect(alarms.active()).toMatchObject([{ state: 'active', value: 101, valueMs: START_MS + 3_701_000 }]);
    feed({ temperature: 60 }, 599);
    feed({ temperature: null });
    feed({ temperature: 60 }, 600);
    expect(alarms.state('hot')).toBe('active');
    feed({ temperature: 60 });
    expect(alarms.state('hot')).toBe('inactive');
  });

  test.each<[Quality, number, string]>([
    ['late', 81, 'bad'],
    ['late', 20, 'unsure'],
    ['stale', 81, 'unsure'],
    ['dead', 20, 'unsure'],
    ['fresh', 20, 'well'],
  ])('a %s %d is %s', (quality, value, finding) => {
    expect(judgeReading(HOT.condition, { value, quality, atMs: 0, monotonicMs: 0 })).toBe(finding);
  });
});

describe('a stale rule', () => {
  test('raises after its time without valid data, even when none ever came, and ends with the first fresh value', () => {
    const { feed, story, alarms } = bench([LOST]);
    feed(undefined, 600);
    expect(story()).toEqual(['lost pending']);
    feed(undefined);
    expect(alarms.active()).toMatchObject([{ raisedBy: null }]);
    feed({ temperature: 20 });
    expect(story()).toEqual(['lost pending', 'lost active', 'lost inactive']);
  });

  test('a source that only says unknown gives nothing valid either', () => {
    const { feed, story } = bench([LOST]);
    feed({ temperature: null }, 602);
    expect(story()).toEqual(['lost pending', 'lost active']);
  });

  test('ages of the control law: 30 s without a word is not yet stale', () => {
    const { feed, story } = bench([{ ...LOST, forMs: 0 }]);
    feed({ temperature: 20 });
    feed(undefined, 30);
    expect(story()).toEqual([]);
    feed(undefined);
    expect(story()).toEqual(['lost active']);
  });
});

test('a flag rule follows the flag; unknown changes nothing', () => {
  const { feed, story } = bench([FLAG]);
  const flags: Value[] = [null, false, true, null, 'yes', true, false];
  for (const storage of flags) feed({ storage }, 1, 'bridge');
  expect(story()).toEqual(['flag active', 'flag inactive']);
});

describe('acknowledging', () => {
  test('one or all; pending can not be; a new raise is not acknowledged', () => {
    const quick = { ...HOT, clearForMs: 0 };
    const { feed, story, acknowledge, alarms } = bench([quick, LOW, { ...FLAG, deviceId: 'bat_01' }]);
    feed({ temperature: 90, voltage: 10, storage: true }, 2);
    acknowledge('low');
    acknowledge('flag');
    expect(alarms.active().map(({ rule, state }) => `${rule.id} ${state}`)).toEqual(['hot active', 'flag acknowledged']);
    acknowledge();
    acknowledge();
    feed({ temperature: 90 });
    feed({ temperature: 20 });
    feed({ temperature: 90 });
    expect(story().filter((line) => line.startsWith('hot'))).toEqual(['hot active', 'hot acknowledged', 'hot inactive', 'hot active']);
  });

  test('worst first, then oldest', () => {
    const { feed, alarms } = bench([{ ...FLAG, deviceId: 'bat_01' }, { ...LOW, forMs: 0 }, { ...HOT, id: 'hotter' }, HOT]);
    feed({ voltage: 10, storage: true });
    feed({ temperature: 90 });
    expect(alarms.active().map(({ rule }) => rule.id)).toEqual(['hotter', 'hot', 'low', 'flag']);
  });
});

describe('through a restart', () => {
  test('nothing is raised twice, acknowledgements and half-run times are kept', () => {
    const first = bench([HOT, LOW, FLAG]);
    first.feed({ temperature: 90, voltage: 10 }, 31);
    first.acknowledge('hot');
    const kept = readAlarmRecord(JSON.stringify(first.alarms.record()));
    expect(Object.keys(kept)).toEqual(['hot', 'low']);
    const second = bench([HOT, LOW, FLAG], kept);
    expect(second.alarms.active()).toMatchObject([{ rule: { id: 'hot' }, state: 'acknowledged', sinceMs: START_MS + 1_000 }]);
    second.feed({ temperature: 90, voltage: 10 }, 30);
    expect(second.story()).toEqual([]);
    second.feed({ temperature: 90, voltage: 10 });
    expect(second.story()).toEqual(['low active']);
  });

  test('rules that are no more, and damage, are forgotten', () => {
    const kept = { ...createAlarms([]).record(), gone: { state: 'active', sinceMs: 1, heldMs: 0, raisedBy: 1, value: 1, valueMs: 1 } };
    expect(createAlarms([HOT], readAlarmRecord(JSON.stringify(kept))).active()).toEqual([]);
    for (const text of [undefined, '', '[]', 'null', '{"hot":5}', '{"hot":{"state":"active"}}', '{"hot":{"state":"active","sinceMs":-1}}'])
      expect(readAlarmRecord(text)).toEqual({});
    expect(createAlarms([{ ...HOT, id: 'constructor' }]).state('constructor')).toBe('inactive');
  });

  test('any text is read without a fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        createAlarms([HOT], readAlarmRecord(text)).evaluate(() => undefined, at(1));
      }),
    );
  });
});

test.each<[string, Partial<AlarmRule>, string]>([
  ['inverted above', { condition: { when: 'above', raise: 80, clear: 80 } }, 'alarms.hot.clear'],
  ['inverted below', { condition: { when: 'below', raise: 10, clear: 9 } }, 'alarms.hot.clear'],
  ['not a number', { condition: { when: 'above', raise: Number.NaN, clear: 9 } }, 'alarms.hot.clear'],
  ['negative time', { forMs: -1 }, 'alarms.hot.for_s'],
])('%s is refused', (_, wrong, field) => {
  expect(() => checkRules([{ ...HOT, ...wrong }])).toThrow(expect.objectContaining({ name: 'ConfigError', field }));
  expect(() => checkRules([HOT, HOT])).toThrow(ConfigError);
});

test('whatever comes: restarting between any two readings changes nothing but the time in between', () => {
  const reading = fc.record({
    value: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 160, noNaN: false })),
    quality: fc.constantFrom<Quality>('fresh', 'late', 'stale', 'dead'),
  });
  const rules = [{ ...HOT, forMs: 0, clearForMs: 0 }];
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 60 }), (readings) => {
      const steady = createAlarms(rules);
      let restarted = createAlarms(rules);
      for (const [index, { value, quality }] of readings.entries()) {
        const now = at(index);
        const read = () => ({ value, quality, atMs: now.wallMs, monotonicMs: now.monotonicMs });
        const before = steady.state('hot');
        const changes = steady.evaluate(read, now);
        restarted = createAlarms(rules, readAlarmRecord(JSON.stringify(restarted.record())));
        expect(restarted.evaluate(read, now)).toEqual(changes);
        expect(restarted.active()).toEqual(steady.active());
        // An alarm begins on a bad number and ends on a fresh well one, never otherwise.
        if (before === 'inactive' && changes.length > 0) expect(value).toBeGreaterThan(80);
        if (before === 'active' && changes.length > 0) expect([quality, (value ?? 999) <= 70]).toEqual(['fresh', true]);
      }
    }),
    { numRuns: 300 },
  );
});
