import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeRelay } from '../../src/control/relay-device.ts';
import { createAnnouncements } from '../../src/homeassistant/announcements.ts';
import { createThinner, readCommand } from '../../src/homeassistant/commands.ts';
import { createGate } from '../../src/homeassistant/gate.ts';
import { mask, statePayload } from '../../src/homeassistant/payload.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import type { AnnouncedDevice, Command, Identity } from '../../src/homeassistant/types.ts';
import type { Description } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';

const IDENTITY: Identity = {
  install: 'a1b2c3',
  version: '0',
  language: 'en',
  topicRoot: 'boxenergie',
  discoveryPrefix: 'homeassistant',
  statusTopic: 'homeassistant/status',
};
const topics = createTopics(IDENTITY);
const relays = new Map<string, AnnouncedDevice>([['rs_01', { id: 'rs_01', name: 'r', description: describeRelay('rs_01') }]]);
const SET = 'boxenergie/a1b2c3/rs_01/rs_01/set';
const NOW = Date.UTC(2026, 10, 21);
const read = (payload: string | Uint8Array, topic = SET, retained = false, nowMs = NOW) =>
  readCommand({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, retained }, topics, relays, nowMs);
const at = (seconds: number): string => JSON.stringify({ s: 'ON', t: NOW / 1000 + seconds });

describe('commands', () => {
  test.each([
    ['ON', true],
    ['OFF', false],
    [at(0), true],
    [at(-14), true],
    [at(9), true],
  ])('%s is taken', (payload, on) => {
    expect(read(payload)).toEqual({ deviceId: 'rs_01', key: 'rs_01', on });
  });
  test.each<[string, string | Uint8Array, string, boolean, string]>([
    ['retained', 'ON', SET, true, 'retained'],
    ['of 10 MB', 'O'.repeat(10_000_000), SET, false, 'too long'],
    ['in small letters', 'on', SET, false, 'malformed'],
    ['with a blank', 'ON ', SET, false, 'malformed'],
    ['toggling', 'TOGGLE', SET, false, 'malformed'],
    ['empty', '', SET, false, 'malformed'],
    ['binary', new Uint8Array([0xff, 0xfe, 0]), SET, false, 'malformed'],
    ['with more keys', '{"s":"ON","t":1,"x":1}', SET, false, 'malformed'],
    ['with __proto__', '{"__proto__":{"s":"ON"},"t":1}', SET, false, 'malformed'],
    ['with NaN', '{"s":"ON","t":null}', SET, false, 'malformed'],
    ['nested', '{"s":{"s":"ON"},"t":1}', SET, false, 'malformed'],
    ['old', at(-16), SET, false, 'stale'],
    ['for an unknown device', 'ON', 'boxenergie/a1b2c3/rs_09/rs_09/set', false, 'unknown'],
    ['for a sensor', 'ON', 'boxenergie/a1b2c3/rs_01/rs_01_reason/set', false, 'unknown'],
    ['for a member of Object', 'ON', 'boxenergie/a1b2c3/rs_01/constructor/set', false, 'unknown'],
    ['for another house', 'ON', 'boxenergie/ffffff/rs_01/rs_01/set', false, 'unknown'],
    ['too deep', 'ON', 'boxenergie/a1b2c3/rs_01/rs_01/set/set', false, 'unknown'],
  ])('one %s is refused', (_, payload, topic, retained, why) => expect(read(payload, topic, retained)).toBe(why));
  test.each<[string, unknown]>([
    ['55.5', 55.5],
    [JSON.stringify({ n: 20, t: NOW / 1000 - 14 }), 20],
    [JSON.stringify({ n: 80, t: NOW / 1000 }), 80],
    ['80.1', 'malformed'],
    ['-1', 'malformed'],
    ['1e1', 'malformed'],
    ['0x20', 'malformed'],
    ['ON', 'malformed'],
    ['', 'malformed'],
    ['{"n":"50","t":1790000000}', 'malformed'],
    ['{"s":"ON","t":1790000000}', 'malformed'],
    [JSON.stringify({ n: 50, t: NOW / 1000 - 16 }), 'stale'],
  ])('a number %s', (payload, expected) => {
    const entity = {
      name: { en: 'n', fr: 'n' },
      quantity: 'temperature',
      command: 'number',
      range: { min: 20, max: 80, step: 1 },
    } as const;
    const description = { manufacturer: 'x', model: 'x', periodMs: 1_000, entities: { cut_c: entity } };
    const known = new Map([['b', { id: 'b', name: 'b', description }]]);
    const message = { topic: 'boxenergie/a1b2c3/b/cut_c/set', payload: Buffer.from(payload), retained: false };
    const taken = readCommand(message, topics, known, NOW);
    expect(taken).toEqual(typeof expected === 'number' ? { deviceId: 'b', key: 'cut_c', on: true, value: expected } : expected);
  });
  test('with a clock that was never set, ages mean nothing', () =>
    expect(read(at(-9e8), SET, false, 86_400_000)).toMatchObject({ on: true }));
  test('whatever comes, Object stays as it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (payload) => {
          read(payload);
          expect(({} as Record<string, unknown>).s).toBeUndefined();
        },
      ),
    );
  });

  test('a flood of 10 000 is thinned: the first at once, then the newest, 5 a second', async () => {
    const clock = virtualClock();
    const passed: Command[] = [];
    const take = createThinner(clock, (command) => passed.push(command));
    for (let i = 0; i < 10_000; i += 1) {
      take({ deviceId: 'rs_01', key: 'rs_01', on: i % 2 === 0 });
      if (i % 100 === 99) await clock.advance(10);
    }
    await clock.advance(1000);
    expect(passed.length).toBeLessThanOrEqual(8);
    expect(passed.at(-1)?.on).toBe(false);
    expect(passed[0]?.on).toBe(true);
  });
});

const DEVICE: Description = {
  manufacturer: 'x',
  model: 'y',
  periodMs: 1000,
  entities: {
    va: { name: { en: 'a', fr: 'a' }, quantity: 'apparentPower', decimals: 0, deadBand: 20 },
    hot: { name: { en: 'b', fr: 'b' }, quantity: 'problem' },
    mode: { name: { en: 'c', fr: 'c' }, quantity: 'enum', options: { x: { en: 'x', fr: 'x' } } },
    id: { name: { en: 'd', fr: 'd' }, quantity: 'text', personal: true },
  },
};

describe('when values go out', () => {
  function gate(minIntervalMs = 2000) {
    const clock = virtualClock();
    const sent: number[] = [];
    const last: { va?: unknown } = {};
    const send = (values: ReadonlyMap<string, unknown>): void => {
      sent.push(clock.monotonicMs());
      last.va = values.get('va');
    };
    const g = createGate({ description: DEVICE, clock, minIntervalMs, send });
    return { clock, sent, g, last };
  }
  test('the first at once, chatter in the dead band only with the refresh', async () => {
    const { clock, sent, g } = gate();
    g.offer({ va: 1000 });
    for (let i = 0; i < 10; i += 1) {
      await clock.advance(1000);
      g.offer({ va: 1000 + (i % 20) });
    }
    expect(sent).toEqual([0]);
    g.refresh();
    g.refresh();
    expect(sent).toEqual([0, 10_000]);
  });
  test('a change after a quiet time goes at once, the next waits for the interval, the newest wins', async () => {
    const { clock, sent, g, last } = gate();
    g.offer({ va: 0 });
    await clock.advance(5000);
    g.offer({ va: 100 });
    g.offer({ va: 200 });
    g.offer({ va: 300 });
    await clock.advance(5000);
    expect(sent).toEqual([0, 5000, 7000]);
    expect(last.va).toBe(300);
  });
  test.each([
    ['a yes/no', { hot: true }, { hot: false }],
    ['a choice', { mode: 'x' }, { mode: 'y' }],
    ['a loss', { va: 5 }, { va: null }],
  ])('%s never waits', async (_, before, after) => {
    const { clock, sent, g } = gate();
    g.offer(before);
    await clock.advance(10);
    g.offer(after);
    expect(sent).toEqual([0, 10]);
  });
  test('an alarm among held values takes them along', async () => {
    const { clock, sent, g } = gate();
    g.offer({ va: 0, hot: false });
    g.offer({ va: 500 });
    g.offer({ hot: true });
    await clock.advance(10_000);
    expect(sent).toEqual([0, 0]);
  });
});

describe('payloads', () => {
  const pay = (values: Record<string, number | string | boolean | null>, personal = false): unknown =>
    JSON.parse(statePayload(DEVICE, new Map(Object.entries(values)), personal));
  test('rounded, finite, known options, masked ids, nothing undeclared', () => {
    expect(pay({ va: 12.7, hot: true, mode: 'z', id: '061234567890', other: 1 })).toEqual({
      va: 13,
      hot: true,
      mode: null,
      id: '0612******90',
    });
    expect(pay({ va: Number.NaN })).toEqual({ va: null });
    expect(pay({ va: Number.POSITIVE_INFINITY, id: '061234567890' }, true)).toEqual({ va: null, id: '061234567890' });
  });
  test('short ids are masked whole', () => expect(mask('12345')).toBe('*****'));
});

describe('what was announced is taken back', () => {
  const memory = () => {
    const facts = new Map<string, string>();
    return { load: (name: string) => facts.get(name), save: (name: string, value: string) => void facts.set(name, value) };
  };
  const doc = (...keys: string[]) => ({ components: Object.fromEntries(keys.map((key) => [key, { platform: 'sensor', unique_id: key }])) });
  test('an entity that left is first reduced to its stub, also after a restart', () => {
    const kept = memory();
    createAnnouncements(kept).announce('t', doc('a', 'b'));
    const [stub, final] = createAnnouncements(kept).announce('t', doc('a'));
    expect(JSON.parse(stub?.payload ?? '').components).toEqual({ a: { platform: 'sensor', unique_id: 'a' }, b: { platform: 'sensor' } });
    expect(JSON.parse(final?.payload ?? '').components).toEqual({ a: { platform: 'sensor', unique_id: 'a' } });
    expect(createAnnouncements(kept).announce('t', doc('a'))).toHaveLength(1);
  });
  test('a device that left gets an empty payload, once', () => {
    const kept = memory();
    const first = createAnnouncements(kept);
    first.announce('t1', doc('a'));
    first.announce('t2', doc('a'));
    expect(createAnnouncements(kept).withdraw(new Set(['t1']))).toEqual([{ topic: 't2', payload: '' }]);
    expect(createAnnouncements(kept).withdraw(new Set(['t1']))).toEqual([]);
  });
  test('a damaged memory is an empty one', () => {
    const announcements = createAnnouncements({ load: () => '{"t": ', save: () => undefined });
    expect(announcements.withdraw(new Set())).toEqual([]);
  });
});
