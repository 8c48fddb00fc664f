import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlarmRule, Severity } from '../../src/control/alarm-rules.ts';
import type { ActiveAlarm } from '../../src/control/alarms.ts';
import { type BuzzerSettings, createBuzzer } from '../../src/control/buzzer.ts';

const NOON = 12 * 60;
function alarm(id: string, more: { severity?: Severity; urgent?: true; state?: ActiveAlarm['state'] } = {}): ActiveAlarm {
  const rule: AlarmRule = {
    id,
    deviceId: 'bat_01',
    key: 'temperature',
    condition: { when: 'above', raise: 100, clear: 90 },
    severity: more.severity ?? 'critical',
    ...(more.urgent && { urgent: true }),
    forMs: 0,
    clearForMs: 0,
    name: { en: id, fr: id },
    advice: { en: '', fr: '' },
    deviceName: 'Battery',
    unit: '°C',
  };
  return { rule, state: more.state ?? 'active', sinceMs: 0, raisedBy: 101, value: 101, valueMs: 0 };
}

function bench(settings: Partial<BuzzerSettings> = {}) {
  const buzzer = createBuzzer({ capMs: 180_000, ...settings });
  let second = 0;
  return {
    buzzer,
    /** One character a second: # sounds, . does not. */
    hear(active: readonly ActiveAlarm[], seconds: number, minuteOfDay = NOON): string {
      let heard = '';
      for (let i = 0; i < seconds; i += 1) {
        heard += buzzer.level(active, { monotonicMs: second * 1000, minuteOfDay }) ? '#' : '.';
        second += 1;
      }
      return heard;
    },
  };
}
const BEEPS = '##.##.##';
const MINUTE = BEEPS.padEnd(60, '.');

describe('the pattern', () => {
  test('2 s three times, 1 s apart, again each minute, from the first moment', () => {
    const { hear, buzzer } = bench();
    expect(hear([], 10)).toBe('..........');
    expect(buzzer.calling).toBe(false);
    expect(hear([alarm('a')], 121)).toBe(`${MINUTE}${MINUTE}#`);
    hear([alarm('a')], 30);
    expect(buzzer.calling).toBe(true);
    expect(hear([], 5)).toBe('.....');
    expect(buzzer.calling).toBe(false);
  });

  test('only what is critical and not acknowledged', () => {
    const { hear } = bench();
    expect(hear([alarm('a', { severity: 'warning' }), alarm('b', { state: 'acknowledged' })], 60)).not.toContain('#');
  });

  test('a second alarm is heard at once', () => {
    const { hear } = bench();
    hear([alarm('a')], 30);
    expect(hear([alarm('a'), alarm('b')], 8)).toBe(BEEPS);
  });
});

describe('silence', () => {
  test('mutes what stands until it is over; something new sounds', () => {
    const { hear, buzzer } = bench();
    hear([alarm('a')], 1);
    buzzer.silence([alarm('a')]);
    expect(hear([alarm('a')], 120)).not.toContain('#');
    expect(buzzer.silenced).toBe(true);
    expect(hear([alarm('a'), alarm('b')], 8)).toBe(BEEPS);
    hear([], 1);
    expect(buzzer.silenced).toBe(false);
    expect(hear([alarm('a')], 8)).toBe(BEEPS);
  });
});

describe('the cap', () => {
  test('counts sounding time, not pauses: 3 min of sound are half an hour', () => {
    const { hear } = bench();
    const heard = hear([alarm('a')], 7_200);
    expect(heard.split('#')).toHaveLength(180 + 1);
    expect(heard.lastIndexOf('#')).toBe(29 * 60 + 7);
  });

  test('an alarm that flutters does not refill it; ten quiet minutes or a new alarm do', () => {
    const { hear } = bench({ capMs: 6_000 });
    const beeps = (text: string): number => text.split('#').length - 1;
    let total = 0;
    for (let i = 0; i < 100; i += 1) total += beeps(hear(i % 2 === 0 ? [alarm('a')] : [], 30));
    expect(total).toBe(6);
    expect(beeps(hear([alarm('a'), alarm('b')], 60))).toBe(6);
    hear([], 601);
    expect(beeps(hear([alarm('a')], 60))).toBe(6);
  });
});

describe('quiet hours', () => {
  const quiet = { fromMinute: 22 * 60, toMinute: 7 * 60 };
  test('nothing sounds at night but what is urgent', () => {
    const { hear } = bench({ quiet });
    expect(hear([alarm('a')], 60, 23 * 60)).not.toContain('#');
    expect(hear([alarm('a')], 60, 6 * 60 + 59)).not.toContain('#');
    expect(hear([alarm('a'), alarm('hot', { urgent: true })], 8, 3 * 60)).toBe(BEEPS);
  });

  test('what still stands in the morning sounds', () => {
    const { hear } = bench({ quiet });
    hear([alarm('a')], 60, 6 * 60);
    expect(hear([alarm('a')], 8, 7 * 60)).toBe(BEEPS);
  });

  test('within one day', () => {
    const { hear } = bench({ quiet: { fromMinute: 600, toMinute: 660 } });
    expect(hear([alarm('a')], 60, 630)).not.toContain('#');
    expect(hear([alarm('a')], 8, 660)).toBe(BEEPS);
  });
});

test('whatever happens: never without cause, never more than the cap for each set of alarms', () => {
  const moment = fc.tuple(fc.subarray(['a', 'b', 'c']), fc.integer({ min: 1, max: 25 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 20 }), fc.integer({ min: 0, max: 60 }), (moments, capS) => {
      const { hear, buzzer } = bench({ capMs: capS * 1000 });
      let all = '';
      for (const [ids, seconds, silence] of moments) {
        const active = ids.map((id) => alarm(id));
        if (silence) buzzer.silence(active);
        const heard = hear(active, seconds);
        if (ids.length === 0 || silence) expect(heard).not.toContain('#');
        all += heard;
      }
      expect(all.length - all.replaceAll('#', '').length).toBeLessThanOrEqual(3 * (capS + 2));
    }),
  );
});
