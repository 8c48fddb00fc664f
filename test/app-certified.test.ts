/** Days counted here, asked for there, compared: through restarts, set clocks and unwilling gateways. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startCertified } from '../src/app-certified.ts';
import { readBootstrap } from '../src/config/bootstrap.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import { drivers } from '../src/drivers/index.ts';
import { CERTIFIED_DESCRIPTION } from '../src/energy/certified-device.ts';
import { countDay, type DayCount } from '../src/energy/day-count.ts';
import { cachedBounds } from '../src/energy/operator-days.ts';
import { classesOf } from '../src/homeassistant/classes.ts';
import { withoutPrm } from '../src/main-record.ts';
import type { Language, Value } from '../src/model.ts';
import { simulatedCertified } from '../src/ports/sim/certified.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeStore } from './fakes.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];
const CONFIG = { meter: 'linky', prm: '12345678901234', url: 'https://gateway.example/api' };
const WATTS = 500;

interface Options {
  readonly kept?: { state: StoredState };
  /** Local midnight of 20 November by default. */
  readonly start?: string;
  readonly token?: string;
  readonly language?: Language;
  readonly gateway?: ReturnType<typeof simulatedCertified>;
}

function desk({ kept = { state: EMPTY_STATE }, start = '2026-11-19T23:00:00Z', token = 't', language = 'en', ...more }: Options = {}) {
  const clock = virtualClock(Date.parse(start), 1);
  const gateway = more.gateway ?? simulatedCertified(clock.wallMs);
  const store = fakeStore(kept);
  const ending = new AbortController();
  const logs: string[] = [];
  let shown: Readonly<Record<string, Value>> = {};
  const started = startCertified({
    ...{ house: { language, certified: CONFIG }, ports: { certified: gateway }, clock, store, signal: ending.signal, random: () => 0 },
    ...(token !== '' && { certifiedToken: token }),
    log: (level, message) => void logs.push(`${level} ${message}`),
    publish: (_id, values) => (shown = values),
  });
  const sample = (): void => {
    const wh = 5_000_000 + (WATTS * (clock.wallMs() - Date.UTC(2026, 0, 1))) / HOUR;
    started.sampled({ deviceId: 'linky', atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values: { energy_drawn: wh } });
  };
  return {
    ...{ clock, gateway, logs, started, sample, kept },
    shown: () => shown,
    async live(hours: number) {
      for (let s = 0; s < hours * 180; s += 1) {
        sample();
        await clock.advance(20_000);
      }
    },
    async stop() {
      ending.abort();
      await store.flush();
    },
  };
}
const hours = (at: readonly { readonly atMs: number }[]): string[] => at.map(({ atMs }) => new Date(atMs).toISOString().slice(5, 13));
const range = ({ gateway }: ReturnType<typeof desk>): string[] => gateway.asked.map(({ query }) => `${query.from} ${query.until}`);

describe('the daily question', () => {
  test('without the section nothing runs', async () => {
    const clock = virtualClock();
    const store = fakeStore();
    const gateway = simulatedCertified(clock.wallMs);
    const parts = {
      ports: { certified: gateway },
      clock,
      store,
      signal: new AbortController().signal,
      random: () => 0,
      certifiedToken: 't',
    };
    const publish = (): void => expect.unreachable();
    const { devices } = startCertified({ ...parts, house: { language: 'en' }, log: publish, publish });
    await clock.advance(3 * DAY);
    await store.flush();
    expect([devices, gateway.asked, store.state()]).toEqual([[], [], EMPTY_STATE]);
  });

  test('without a token nobody is asked, and the screen says why', async () => {
    const d = desk({ token: '', language: 'fr' });
    await d.live(36);
    expect([d.gateway.asked, d.shown().verdict, d.shown().summary]).toEqual([[], 'unknown', 'jeton absent des options']);
    expect(d.logs.length).toBe(1);
  });

  test('asks at eight for yesterday; what is not published yet is asked for six hours later, and only that', async () => {
    const d = desk();
    d.gateway.published.set('2026-11-20', 12_000);
    await d.live(48 + 12);
    expect(range(d)).toEqual(['2026-11-20 2026-11-21', '2026-11-21 2026-11-22']);
    expect(d.shown()).toMatchObject({ day: '2026-11-21', local_energy: 12_000, certified_energy: null, verdict: 'incomplete' });
    d.gateway.published.set('2026-11-21', 12_070);
    await d.live(12);
    expect(hours(d.gateway.asked)).toEqual(['11-21T07', '11-22T07', '11-22T13']);
    expect(d.shown()).toMatchObject({ certified_energy: 12_070, verdict: 'trusted', summary: 'Both agree' });
  });

  test.each([
    ['a wrong token: once a day', { kind: 'refused', status: 401, reason: 'HTTP 401' }, ['11-21T07']],
    ['an address that is refused here', { kind: 'refused', reason: 'the answer is not in Wh' }, ['11-21T07']],
    [
      'a fault there: with growing pauses',
      { kind: 'retry', status: 500, reason: 'HTTP 500' },
      ['11-21T07', '11-21T07', '11-21T07', '11-21T08', '11-21T09', '11-21T12', '11-21T17'],
    ],
    [
      'too many questions, in a hurry',
      { kind: 'retry', status: 429, afterMs: 0, reason: 'HTTP 429' },
      ['11-21T07', '11-21T08', '11-21T10', '11-21T14', '11-21T22'],
    ],
  ] as const)('%s', async (_what, answer, expected) => {
    const d = desk();
    d.gateway.answer(answer);
    await d.live(47.9);
    expect(hours(d.gateway.asked)).toEqual(expected);
    expect(String(d.shown().summary)).toBe(`no answer (${answer.reason})`);
  });

  test('one question at a time, and a port that fails stops nothing', async () => {
    const d = desk();
    d.gateway.answer(new Promise(() => undefined));
    await d.live(47);
    expect(d.gateway.asked.length).toBe(1);
    const broken = { ...simulatedCertified(), daily: () => Promise.reject(new Error('boom')) };
    const e = desk({ gateway: broken });
    await e.live(33);
    expect(e.shown().summary).toBe('no answer (out of reach)');
  });

  test('the pause outlives restarts, and restarts do not ask more than twenty times a day', async () => {
    const kept = { state: EMPTY_STATE };
    const first = desk({ kept });
    first.gateway.answer({ kind: 'retry', status: 429, afterMs: 5 * HOUR, reason: 'HTTP 429' });
    await first.live(33);
    await first.stop();
    const second = desk({ kept, start: '2026-11-21T09:00:00Z' });
    await second.live(4);
    expect(hours(second.gateway.asked)).toEqual(['11-21T12']);
    await second.stop();
    const facts = JSON.parse(kept.state.facts.certified ?? '') as { asked: object; nextMs: number };
    const spent = { ...facts, asked: { day: '2026-11-21', count: 20 }, nextMs: 0 };
    const third = desk({ kept: { state: { ...kept.state, facts: { certified: JSON.stringify(spent) } } }, start: '2026-11-21T15:00:00Z' });
    third.gateway.answer({ kind: 'retry', reason: 'x' });
    await third.live(7);
    expect(third.gateway.asked).toEqual([]);
    await third.live(12);
    expect(third.gateway.asked.length).toBeGreaterThan(0);
  });

  test('at most seven days are asked for, eight are kept', async () => {
    const kept = { state: EMPTY_STATE };
    const d = desk({ kept });
    d.gateway.answer({ kind: 'retry', reason: 'x' });
    await d.live(10 * 24 - 6);
    expect(range(d).at(-1)).toBe('2026-11-22 2026-11-29');
    await d.stop();
    expect((JSON.parse(kept.state.facts.certified ?? '') as { days: unknown[] }).days.length).toBe(8);
  });
});

describe('the days here', () => {
  test('three of seven differ: said then, and not before', async () => {
    const d = desk({ language: 'fr' });
    // The first day has no known begin.
    for (const day of [20, 21, 22, 23, 24]) d.gateway.published.set(`2026-11-${day}`, 20_000);
    await d.live(4 * 24 - 6);
    expect([d.shown().verdict, d.shown().summary]).toEqual(['certified_only', 'Écart : la valeur certifiée fait foi']);
    await d.live(24);
    expect(d.shown().summary).toBe('3 jours sur 4 diffèrent');
    expect(JSON.stringify([d.logs, CERTIFIED_DESCRIPTION])).not.toMatch(/fraud/i);
  });

  test('a restart costs its pause; one over midnight costs both days', async () => {
    const kept = { state: EMPTY_STATE };
    const first = desk({ kept, start: '2026-11-19T22:00:00Z' });
    await first.live(13);
    await first.stop();
    const second = desk({ kept, start: '2026-11-20T11:05:00Z' });
    second.gateway.published.set('2026-11-19', 1).set('2026-11-20', 12_000);
    await second.live(24);
    expect(second.shown()).toMatchObject({ day: '2026-11-20', local_energy: 12_000, verdict: 'trusted' });
    await second.live(11);
    await second.stop();
    const third = desk({ kept, start: '2026-11-21T23:30:00Z' });
    await third.live(0.1);
    await third.clock.advance(60_000);
    expect(third.shown()).toMatchObject({ day: '2026-11-21', local_energy: null });
  });

  test.each(['{', '[]', '{"days":[{"day":"x"}]}', '{"days":[],"minute":"x"}', 'null'])('a damaged record begins anew: %s', async (text) => {
    const d = desk({ kept: { state: { ...EMPTY_STATE, facts: { certified: text } } } });
    await d.live(33);
    expect(d.shown()).toMatchObject({ day: '2026-11-20', verdict: 'incomplete' });
  });

  test('a clock that is set: the day of the change is nobody’s, and an old day does not come back', async () => {
    const d = desk({ start: '2026-11-19T22:00:00Z' });
    await d.live(6);
    d.clock.jumpWall(2 * HOUR);
    await d.live(18);
    d.sample();
    await d.clock.advance(60_000);
    expect(d.shown()).toMatchObject({ day: '2026-11-20', local_energy: null });
    d.clock.jumpWall(-3 * HOUR);
    await d.live(4);
    expect(d.shown()).toMatchObject({ day: '2026-11-20', local_energy: null });
  });

  test('covered is never more than the day, and energy is exact or unknown', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 200, maxLength: 400 }), fc.boolean(), (gaps, spring) => {
        const boundsOf = cachedBounds();
        const midnight = Date.parse(spring ? '2026-03-29T22:00:00Z' : '2026-11-19T23:00:00Z');
        let state: DayCount = { running: { day: spring ? '2026-03-29' : '2026-11-19', startWh: 0, coveredMs: 0 }, last: null };
        let atMs = midnight - 100 * 20_000;
        for (const gap of gaps) {
          const { over, ...next } = countDay(state, { wallMs: atMs, monotonicMs: atMs, wh: atMs / HOUR }, boundsOf);
          if (over !== undefined) {
            const wh = midnight / HOUR;
            expect(over.localWh === null || Math.abs(over.localWh - wh) <= 0.6).toBe(true);
            expect(over.coveredMs).toBeLessThanOrEqual(100 * 20_000);
          }
          expect(next.running?.coveredMs ?? 0).toBeLessThanOrEqual(Math.max(atMs - midnight, 100 * 20_000));
          state = next;
          atMs += gap * 1000;
        }
      }),
    );
  });

  test('an energy of yesterday stays out of statistics', () => {
    const { certified_energy: certified, local_energy: local } = CERTIFIED_DESCRIPTION.entities;
    for (const entity of [certified, local]) expect(entity && classesOf(entity)).not.toHaveProperty('state_class');
  });
});

describe('the section in the file', () => {
  const LINKY =
    'version: 1\ndevices:\n  - {id: linky, type: linky, port: /dev/x}\n  - {id: probe, type: ds18b20, sensor: 28-0000000000b1}\n';
  const read = (text: string) => validateHouse(`${LINKY}certified: ${text}`, 'h', drivers);

  test('the gateway has a default', () => {
    const { raw, problems } = read(`{meter: linky, prm: '01234567890123'}`);
    expect(problems).toEqual([]);
    expect(toHouse(raw).certified).toEqual({ meter: 'linky', prm: '01234567890123', url: 'https://conso.boris.sh/api' });
    expect(toHouse(validateHouse(LINKY, 'h', drivers).raw).certified).toBeUndefined();
  });

  test.each([
    [`{meter: linky}`, 'certified'],
    [`{meter: probe, prm: '01234567890123'}`, 'certified.meter'],
    [`{meter: linky, prm: 12345678901234}`, 'certified.prm'],
    [`{meter: linky, prm: '1234567890123'}`, 'certified.prm'],
    [`{meter: linky, prm: '01234567890123', url: 'http://gateway.example/api'}`, 'certified.url'],
    [`{meter: linky, prm: '01234567890123', url: 'https://me:secret@gateway.example'}`, 'certified.url'],
    [`{meter: linky, prm: '01234567890123', token: x}`, 'certified.token'],
  ])('refused: %s', (text, field) => {
    expect(read(text).problems.map((problem) => problem.field)).toEqual([field]);
  });

  test('http is for this machine', () => {
    expect(read(`{meter: linky, prm: '01234567890123', url: 'http://127.0.0.1:8000/api'}`).problems).toEqual([]);
  });

  test('a recording holds no delivery point, and can be read all the same', () => {
    for (const prm of [`'01234567890123'`, '"01234567890123"']) {
      const text = withoutPrm(`${LINKY}certified: {meter: linky, prm: ${prm}}`);
      expect(text).not.toContain('01234567890123');
      expect(validateHouse(text, 'h', drivers).problems).toEqual([]);
    }
  });

  test('the token stands in the options of the app; an empty one is none', () => {
    expect(readBootstrap('{"certified":{"token":" a.b.c "}}', 'options').options.certifiedToken).toBe('a.b.c');
    expect(readBootstrap('{"certified":{"token":""}}', 'options').options).not.toHaveProperty('certifiedToken');
  });
});
