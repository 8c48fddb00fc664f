import { expect, test } from 'vitest';
import { createHappenings } from '../../src/homeassistant/happenings.ts';
import type { OutMessage } from '../../src/homeassistant/outbox.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';

function bench() {
  const clock = virtualClock();
  const sent: OutMessage[] = [];
  let connected = true;
  let taken = true;
  const outbox = {
    send: () => undefined,
    reset: () => undefined,
    emptied: async () => undefined,
    published: 0,
    async sendInOrder(message: OutMessage) {
      sent.push(message);
      return taken;
    },
  };
  return {
    clock,
    sent: () => sent.map(({ payload }) => payload),
    messages: sent,
    happenings: createHappenings({ outbox, clock, connected: () => connected }),
    connect: (now: boolean) => {
      connected = now;
    },
    take: (now: boolean) => {
      taken = now;
    },
  };
}

test('waits until somebody listens, then in order, once, never kept', async () => {
  const b = bench();
  for (const word of ['a', 'b']) b.happenings.tell('t', word);
  await b.clock.advance(1_000);
  expect(b.sent()).toEqual([]);
  b.happenings.listening();
  await b.clock.advance(0);
  b.happenings.unheard();
  b.happenings.listening();
  await b.clock.advance(0);
  expect(b.messages).toEqual(['a', 'b'].map((payload) => ({ topic: 't', payload, qos: 1, retain: false })));
});

test('what was lost on the way is not told again: it could have arrived', async () => {
  const b = bench();
  b.happenings.listening();
  b.take(false);
  b.happenings.tell('t', 'a');
  await b.clock.advance(0);
  b.take(true);
  b.happenings.listening();
  await b.clock.advance(0);
  expect(b.sent()).toEqual(['a']);
});

test('a long absence of the broker: what is older than ten minutes is past, and no more than twenty wait', async () => {
  const b = bench();
  b.happenings.listening();
  b.connect(false);
  b.happenings.tell('t', 'old');
  await b.clock.advance(599_000);
  b.happenings.tell('t', 'young');
  await b.clock.advance(2_000);
  b.connect(true);
  b.happenings.listening();
  await b.clock.advance(0);
  expect(b.sent()).toEqual(['young']);
  b.connect(false);
  for (let i = 0; i < 30; i += 1) b.happenings.tell('t', String(i));
  b.connect(true);
  b.happenings.listening();
  await b.clock.advance(0);
  expect(b.sent().slice(1)).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 10)));
});
