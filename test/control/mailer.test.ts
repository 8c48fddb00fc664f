import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlarmRule } from '../../src/control/alarm-rules.ts';
import { type Alarms, createAlarms, type Instant } from '../../src/control/alarms.ts';
import {
  createMailer,
  type Letter,
  type LetterResult,
  type Mailer,
  type MailerRecord,
  type MailerSettings,
} from '../../src/control/mailer.ts';
import type { Language, Value } from '../../src/model.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const SETTINGS: MailerSettings = { perHour: 6, perDay: 20, repeatMs: 3_600_000, gatherMs: 30_000, from: 'warning', tellEnd: false };
const rule = (id: string, more: Partial<AlarmRule> = {}): AlarmRule => ({
  id,
  deviceId: 'house',
  key: id,
  condition: { when: 'problem' },
  severity: 'warning',
  forMs: 0,
  clearForMs: 0,
  name: { en: `Trouble ${id}`, fr: `Souci ${id}` },
  advice: { en: 'Have a look.', fr: 'Regardez.' },
  deviceName: 'House',
  unit: null,
  ...more,
});
const HOT = rule('hot', {
  condition: { when: 'above', raise: 100, clear: 70 },
  severity: 'critical',
  urgent: true,
  name: { en: 'Overheating', fr: 'Surchauffe' },
  advice: { en: 'Cut the supply, call 18 in case of smoke.', fr: "Coupez l'alimentation, appelez le 18 en cas de fumée." },
  deviceName: 'Batterie de la cave',
  unit: '°C',
});
const OK: LetterResult = { sent: true };
const LATER: LetterResult = { sent: false, permanent: false, reason: 'no mail server listens' };
const NEVER: LetterResult = { sent: false, permanent: true, reason: 'refused' };

interface Bench {
  readonly mailer: Mailer;
  readonly alarms: Alarms;
  readonly letters: (Letter & { readonly second: number; readonly result: LetterResult | undefined })[];
  /** Values from now on. */
  set(values: Readonly<Record<string, Value>>): void;
  run(seconds: number): void;
  acknowledge(id?: string): void;
  now(): Instant;
  /** What the server answers; undefined: nothing, ever. */
  answer(result: LetterResult | undefined): void;
}
function bench(rules: readonly AlarmRule[], settings: Partial<MailerSettings> = {}, language: Language = 'en', kept?: MailerRecord): Bench {
  const alarms = createAlarms(rules);
  let second = 0;
  const now = (): Instant => ({ monotonicMs: second * 1000, wallMs: START_MS + second * 1000 });
  const mailer = createMailer({ ...SETTINGS, ...settings }, { language, timeZone: 'Europe/Paris' }, now(), kept);
  const letters: Bench['letters'] = [];
  const values = new Map<string, Value>();
  let result: LetterResult | undefined = OK;
  return {
    mailer,
    alarms,
    letters,
    now,
    set: (next) => {
      for (const [key, value] of Object.entries(next)) values.set(key, value);
    },
    answer: (next) => {
      result = next;
    },
    acknowledge: (id) => mailer.note(alarms.acknowledge(now(), id), now()),
    run(seconds) {
      for (let i = 0; i < seconds; i += 1) {
        const time = now();
        const read = (_: string, key: string) => {
          const value = values.get(key);
          return value === undefined ? undefined : { value, quality: 'fresh' as const, atMs: time.wallMs, monotonicMs: time.monotonicMs };
        };
        mailer.note(alarms.evaluate(read, time), time);
        for (const letter of mailer.next(alarms.active(), time)) {
          letters.push({ ...letter, second, result });
          if (result !== undefined) mailer.done(letter.id, result, time);
        }
        second += 1;
      }
    },
  };
}

describe('news', () => {
  test('waits a little for company and goes in one mail, worst first', () => {
    const { set, run, letters } = bench([rule('a'), rule('b'), rule('c', { severity: 'info' })]);
    set({ a: true, c: true });
    run(20);
    set({ b: true });
    run(100);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ lane: 'regular', second: 30, subject: 'Boxénergie: 2 alarms' });
    expect(letters[0]?.text).not.toContain('Trouble c');
  });

  test('critical news does not wait and takes the rest along', () => {
    const { set, run, letters } = bench([rule('a'), rule('z', { severity: 'critical' })]);
    set({ a: true });
    run(5);
    set({ z: true });
    run(1);
    expect(letters[0]).toMatchObject({ second: 5, subject: 'Boxénergie: 2 alarms (1 critical)' });
    expect(letters[0]?.text.indexOf('Trouble z')).toBeLessThan(letters[0]?.text.indexOf('Trouble a') ?? 0);
  });

  test('is dropped when acknowledged before it left; its end is told when asked for', () => {
    const told = bench([rule('a')], { tellEnd: true });
    told.set({ a: true });
    told.run(10);
    told.acknowledge();
    told.run(100);
    expect(told.letters).toEqual([]);
    told.set({ a: false });
    told.run(100);
    expect(told.letters.map(({ subject }) => subject)).toEqual(['Boxénergie: over, Trouble a, House']);
    expect(told.letters[0]?.text).toContain('Over since: 2026-01-01 13:01:50');
  });

  test('an alarm that ended before the mail left is told as over', () => {
    const { set, run, letters } = bench([rule('a')]);
    set({ a: true });
    run(10);
    set({ a: false });
    run(30);
    expect(letters[0]).toMatchObject({ subject: 'Boxénergie: over, Trouble a, House' });
  });

  test('a fluttering alarm is mailed once an hour, with its count', () => {
    const { set, run, letters } = bench([rule('a')]);
    for (let i = 0; i < 100; i += 1) {
      set({ a: i % 2 === 0 });
      run(60);
    }
    expect(letters.map(({ second }) => second)).toEqual([30, 3_630]);
    expect(letters[1]?.text).toContain('Raised: 30 times');
  });
});

describe('limits', () => {
  const many = Array.from({ length: 60 }, (_, i) => rule(`r${i}`));
  test('six an hour, twenty a day; the rest waits and goes together', () => {
    const { set, run, letters, mailer, now } = bench(many);
    for (const { id } of many) {
      set({ [id]: true });
      run(60);
    }
    expect(letters).toHaveLength(6);
    expect(mailer.state(now())).toMatchObject({ status: 'limited', waiting: 50 });
    run(3_600);
    expect(letters).toHaveLength(7);
    expect(letters[6]?.subject).toBe('Boxénergie: 50 alarms');
    expect(letters[6]?.text).toContain('too many at once: 4');
  });

  test('the count of the day goes on through a restart, even when the clock was not set', () => {
    const first = bench(many, { perHour: 100, repeatMs: 0 });
    for (const { id } of many.slice(0, 30)) {
      first.set({ [id]: true });
      first.run(60);
    }
    expect(first.letters).toHaveLength(20);
    const kept = JSON.parse(JSON.stringify(first.mailer.record(first.now()))) as MailerRecord;
    expect(kept.unsent).toHaveLength(10);
    for (const shiftMs of [0, -1e12]) {
      const start = { monotonicMs: 0, wallMs: START_MS + 2_000_000 + shiftMs };
      const mailer = createMailer({ ...SETTINGS, repeatMs: 0 }, { language: 'en' }, start, kept, first.alarms.active());
      const active = first.alarms.active();
      expect(mailer.next(active, { ...start, monotonicMs: 80_000_000 })).toEqual([]);
      const [letter] = mailer.next(active, { ...start, monotonicMs: 86_400_001 });
      expect(letter?.subject).toBe('Boxénergie: 10 alarms');
    }
  });
});

describe('failures', () => {
  test('what may pass is tried again after 1, 5, 15, 60, 60 minutes, nothing lost', () => {
    const { set, run, letters, answer, mailer, now } = bench([rule('a'), rule('b')]);
    answer(LATER);
    set({ a: true });
    run(31);
    expect(mailer.state(now())).toMatchObject({ status: 'retrying', detail: 'no mail server listens', waiting: 1 });
    set({ b: true });
    run(9_000);
    const minutes = letters.map(({ second }, i) => (second - (letters[i - 1]?.second ?? 0)) / 60);
    expect(minutes.slice(1)).toEqual([1, 5, 15, 60, 60]);
    answer(OK);
    run(3_600);
    expect(letters.at(-1)?.subject).toBe('Boxénergie: 2 alarms');
    expect(mailer.state(now())).toMatchObject({ status: 'sent', detail: '', waiting: 0 });
  });

  test('what is refused for good is not repeated, but remembered for the next start', () => {
    const { set, run, letters, answer, mailer, now, alarms } = bench([rule('a'), rule('b')]);
    answer(NEVER);
    set({ a: true });
    run(40_000);
    expect(letters).toHaveLength(1);
    expect(mailer.state(now())).toMatchObject({ status: 'failed', detail: 'refused', waiting: 0 });
    const kept = mailer.record(now());
    expect(kept.unsent).toEqual(['a']);
    const next = createMailer(SETTINGS, { language: 'fr' }, now(), kept, alarms.active());
    const later = { ...now(), monotonicMs: now().monotonicMs + 3_600_000 };
    expect(next.next(alarms.active(), later)[0]?.subject).toBe('Boxénergie\u00a0: Souci a, House');
    set({ a: false });
    run(1);
    expect(mailer.record(now()).unsent).toEqual([]);
  });

  test('an attempt nobody ends holds up nothing for ever', () => {
    const { set, run, letters, answer } = bench([rule('a')]);
    answer(undefined);
    set({ a: true });
    run(150);
    expect(letters).toHaveLength(1);
    answer(OK);
    run(61);
    expect(letters).toHaveLength(2);
  });

  test('acknowledged or over during the attempt: not told again as standing', () => {
    for (const change of ['acknowledge', 'end'] as const) {
      const { set, run, letters, answer, acknowledge, mailer, now } = bench([rule('a')]);
      answer(undefined);
      set({ a: true });
      run(31);
      if (change === 'acknowledge') acknowledge();
      else set({ a: false });
      run(1);
      mailer.done(letters[0]?.id ?? 0, LATER, now());
      answer(OK);
      run(100);
      expect(letters.slice(1).map(({ subject }) => subject)).toEqual(change === 'end' ? ['Boxénergie: over, Trouble a, House'] : []);
    }
  });
});

describe('critical overheating', () => {
  test('101 °C for ten minutes: ten mails, 60 s apart, through every limit and failure', () => {
    for (const result of [OK, LATER, NEVER]) {
      const { set, run, letters, answer } = bench([HOT], { perHour: 1, perDay: 1 });
      answer(result);
      set({ hot: 101 });
      run(600);
      expect(letters.map(({ second, lane }) => [second, lane])).toEqual(Array.from({ length: 10 }, (_, i) => [i * 60, 'urgent']));
    }
  });

  test('goes on while the value is unknown, ends with the acknowledgement', () => {
    const { set, run, letters, acknowledge } = bench([HOT]);
    set({ hot: 101 });
    run(1);
    set({ hot: null });
    run(300);
    expect(letters).toHaveLength(6);
    expect(letters[5]?.text).toContain('Value: 101.0\u00a0°C (at 2026-01-01 13:00:00)');
    acknowledge('hot');
    run(600);
    expect(letters).toHaveLength(6);
  });

  test('ends when it is cool again, and says so once', () => {
    const { set, run, letters } = bench([HOT]);
    set({ hot: 101 });
    run(61);
    set({ hot: 69 });
    run(600);
    expect(letters.map(({ lane }) => lane)).toEqual(['urgent', 'urgent', 'regular']);
    expect(letters[2]).toMatchObject({ second: 61, subject: 'Boxénergie: over, Overheating, Batterie de la cave (69.0\u00a0°C)' });
  });

  test('is not held up by another mail that hangs', () => {
    const { set, run, letters, answer } = bench([HOT, rule('a')]);
    answer(undefined);
    set({ a: true });
    run(40);
    set({ hot: 101 });
    run(1);
    expect(letters.map(({ lane }) => lane)).toEqual(['regular', 'urgent']);
  });

  test('in words', () => {
    const { set, run, letters } = bench([HOT], {}, 'fr');
    set({ hot: 104.25 });
    run(1);
    expect(letters[0]).toMatchObject({
      subject: 'Boxénergie\u00a0: urgent, Surchauffe, Batterie de la cave (104,3\u00a0°C)',
      text: [
        'Critique : Surchauffe, Batterie de la cave',
        'Valeur : 104,3 °C (à 01/01/2026 13:00:00)',
        'Depuis : 01/01/2026 13:00:00',
        "Que faire : Coupez l'alimentation, appelez le 18 en cas de fumée.",
        '',
        "Ce message est répété chaque minute jusqu'à ce que l'alarme soit acquittée dans Home Assistant ou terminée.",
        '',
        'Envoyé par Boxénergie depuis votre logement.',
        '',
      ]
        .join('\n')
        .replaceAll(' :', '\u00a0:')
        .replaceAll(' °C', '\u00a0°C'),
    });
  });
});

test('the test mail leaves at once, once a minute, and tells its failure', () => {
  const { mailer, run, letters, answer, now } = bench([], { perHour: 0 });
  mailer.test(now());
  run(1);
  mailer.test(now());
  run(10);
  expect(letters.map(({ lane, subject }) => `${lane} ${subject}`)).toEqual(['test Boxénergie: test message']);
  expect(mailer.state(now())).toMatchObject({ status: 'sent', atMs: START_MS });
  answer(NEVER);
  run(60);
  mailer.test(now());
  run(300);
  expect(letters).toHaveLength(2);
  expect(mailer.state(now())).toMatchObject({ status: 'failed', detail: 'refused' });
});

test('whatever happens: limits hold, and what stands unacknowledged is told in the end', () => {
  const rules = [...Array.from({ length: 5 }, (_, i) => rule(`r${i}`)), rule('x', { severity: 'critical' })];
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom(...rules.map(({ id }) => id)), value: fc.constantFrom<Value>(true, false, null) }),
    fc.constantFrom(OK, LATER, NEVER, undefined).map((result) => ({ result })),
    fc.constant('acknowledge' as const),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.integer({ min: 1, max: 900 })), { maxLength: 30 }), (steps) => {
      const { set, run, letters, answer, acknowledge, mailer, alarms, now } = bench(rules, { perHour: 3, perDay: 8 });
      for (const [what, seconds] of steps) {
        if (what === 'acknowledge') acknowledge();
        else if ('key' in what) set({ [what.key]: what.value });
        else answer(what.result);
        run(seconds);
      }
      answer(OK);
      run(100);
      set(Object.fromEntries(rules.map(({ id }) => [id, false])));
      run(1);
      set(Object.fromEntries(rules.map(({ id }) => [id, true])));
      const from = letters.length;
      run(40 * 3_600);
      const told = letters
        .slice(from)
        .map(({ text }) => text)
        .join();
      for (const { rule: standing } of alarms.active()) expect(told).toContain(standing.name.en);
      expect(mailer.state(now()).waiting).toBe(0);
      const counted = letters.filter(({ lane, result }) => lane === 'regular' && (result?.sent === true || result === NEVER));
      for (const [i, { second }] of counted.entries()) {
        expect(second - (counted[i - 3]?.second ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(3_600);
        expect(second - (counted[i - 8]?.second ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(86_400);
      }
    }),
    { numRuns: 8 },
  );
});
