import { describe, expect, test } from 'vitest';
import { createAnnouncements } from '../../src/homeassistant/announcements.ts';
import type { DiscoveryDocument } from '../../src/homeassistant/discovery.ts';
import { createEar } from '../../src/homeassistant/ear.ts';
import { createHerald } from '../../src/homeassistant/herald.ts';
import { guardInstance } from '../../src/homeassistant/instance.ts';
import { createOutbox } from '../../src/homeassistant/outbox.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import type { Command } from '../../src/homeassistant/types.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { BrokerConnection } from '../../src/ports/types.ts';
import { RELAY, remembers } from './cabin.ts';

const topics = createTopics({
  install: 'a1b2c3',
  version: '0',
  language: 'en',
  topicRoot: 'boxenergie',
  discoveryPrefix: 'homeassistant',
  statusTopic: 'homeassistant/status',
});
const SET = topics.command('rs_01', 'rs_01');

function ear(onCommand: (command: Command) => void = () => undefined) {
  const clock = virtualClock();
  const log: string[] = [];
  let births = 0;
  const made = createEar({
    devices: [RELAY],
    topics,
    clock,
    log: (_level, message) => void log.push(message),
    onBirth: () => {
      births += 1;
    },
    onCommand,
    onRetained: () => undefined,
    onOlderCopy: () => undefined,
  });
  const hear = (text: string, topic = SET, retained = false): void => made.hear({ topic, payload: Buffer.from(text), retained });
  return { hear, clock, log, births: () => births, refused: () => made.refused };
}

describe('the ear', () => {
  test('10 000 refused commands are counted one by one and logged in two lines', async () => {
    const { hear, clock, log, refused } = ear();
    for (let i = 0; i < 10_000; i += 1) hear('nonsense');
    expect(log).toHaveLength(1);
    await clock.advance(60_000);
    expect(refused()).toBe(10_000);
    expect(log).toHaveLength(2);
    expect(log[1]).toContain('and 9998 more');
  });
  test('clearing a retained command is not a command', () => {
    const { hear, refused, log } = ear();
    hear('');
    expect([refused(), log]).toEqual([0, []]);
  });
  test('a listener that fails does not break the session', () => {
    const { hear, log } = ear(() => {
      throw new Error('broken');
    });
    hear('ON');
    expect(log.join()).toContain('broken');
  });
  test('only a live birth counts', () => {
    const { hear, births } = ear();
    hear('online', 'homeassistant/status', true);
    hear('offline', 'homeassistant/status');
    expect(births()).toBe(0);
    hear('online', 'homeassistant/status');
    expect(births()).toBe(1);
  });
});

describe('a second copy', () => {
  const bytes = (text: string): Buffer => Buffer.from(text);
  test('what an earlier run left is not one', () => {
    const before = guardInstance(1000);
    const now = guardInstance(2000);
    expect([now.hear(bytes(before.claim)), now.hear(bytes(now.claim)), now.hear(bytes(now.claim))]).toEqual(['alone', 'alone', 'alone']);
  });
  test.each([
    ['the younger steps back at the third time', 2000, 1000, ['contested', 'contested', 'yield']],
    ['the older never does', 1000, 2000, ['contested', 'contested', 'contested']],
  ])('%s', (_, own, other, verdicts) => {
    const guard = guardInstance(own);
    const stranger = guardInstance(other);
    const heard = verdicts.map(() => {
      guard.hear(bytes(guard.claim));
      return guard.hear(bytes(stranger.claim));
    });
    expect(heard).toEqual(verdicts);
  });
  test('of two born in the same moment exactly one steps back', () => {
    const [a, b] = [guardInstance(1000), guardInstance(1000)];
    const last = [a, b].map((self, i) => {
      const other = i === 0 ? b : a;
      const meet = () => {
        self.hear(bytes(self.claim));
        return self.hear(bytes(other.claim));
      };
      return [meet(), meet(), meet()].at(-1);
    });
    expect(last.filter((verdict) => verdict === 'yield')).toHaveLength(1);
  });
  test.each(['', '{', 'null', '[]', '{"session":1}', 'x'.repeat(1000)])('%j is no claim', (text) => {
    const guard = guardInstance(1);
    guard.hear(bytes(guard.claim));
    expect(guard.hear(bytes(text))).toBe('alone');
  });
});

describe('the herald', () => {
  const memory = remembers();
  const document = (keys: readonly string[]) =>
    ({ components: Object.fromEntries(keys.map((key) => [key, { platform: 'sensor', unique_id: key }])) }) as unknown as DiscoveryDocument;
  async function round(deviceIds: readonly string[], keys: readonly string[], failFrom = Number.POSITIVE_INFINITY): Promise<string[]> {
    const sent: string[] = [];
    const link = {
      connected: true as boolean,
      backlogBytes: 0,
      subscribe: () => Promise.resolve(),
      unsubscribe: () => undefined,
      async publish(topic: string, payload: string) {
        if (sent.length >= failFrom) {
          link.connected = false;
          throw new Error('lost');
        }
        sent.push(`${topic.replace(/.*a1b2c3[_/]/, '')} ${payload}`);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } satisfies BrokerConnection & { connected: boolean };
    const herald = createHerald({
      deviceIds,
      topics,
      outbox: createOutbox(() => link),
      announcements: createAnnouncements(memory),
      connected: () => link.connected,
      document: () => document(keys),
      onAnnounced: () => undefined,
    });
    herald.announceAll();
    herald.announceAll();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return sent;
  }
  const A = '{"components":{"a":{"platform":"sensor","unique_id":"a"}}}';
  const AB = '{"components":{"a":{"platform":"sensor","unique_id":"a"},"b":{"platform":"sensor","unique_id":"b"}}}';
  const A_STUB = '{"components":{"a":{"platform":"sensor","unique_id":"a"},"b":{"platform":"sensor"}}}';

  test('what the line swallowed is taken back with the next connection, also after a restart', async () => {
    expect(new Set(await round(['one', 'two'], ['a', 'b']))).toEqual(new Set([`one/config ${AB}`, `two/config ${AB}`]));
    // The line breaks between the stub and the document without the entity, then before the withdrawal.
    expect(await round(['one'], ['a'], 1)).toEqual([`one/config ${A_STUB}`]);
    expect((await round(['one'], ['a'], 2)).slice(0, 2)).toEqual([`one/config ${A_STUB}`, `one/config ${A}`]);
    const rest = await round(['one'], ['a']);
    expect(rest.filter((line) => line.includes('two'))).toEqual(['two/config ', 'two/available ', 'two/state ']);
    expect(rest.filter((line) => line.includes('"b"'))).toEqual([]);
    expect((await round(['one'], ['a'])).filter((line) => line.includes('two'))).toEqual([]);
  });
  test('topics that are not ours have nothing beside them', () => {
    const foreign = [
      'homeassistant/device/zigbee_1/config',
      'homeassistant/device/boxenergie_ffffff_x/config',
      'homeassistant/device/boxenergie_a1b2c3_a/b/config',
    ];
    expect(foreign.flatMap(topics.besides)).toEqual([]);
  });
});
