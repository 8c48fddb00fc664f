import { describe, expect, test } from 'vitest';
import { createGate } from '../../src/homeassistant/gate.ts';
import { outward } from '../../src/homeassistant/payload.ts';
import type { Description, Entity, Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';

const NAME = { en: 'x', fr: 'x' };
const DEVICE: Description = {
  manufacturer: 'x',
  model: 'y',
  periodMs: 1000,
  entities: {
    va: { name: NAME, quantity: 'apparentPower', deadBand: 20 },
    index: { name: NAME, quantity: 'energy' },
    alarm: { name: NAME, quantity: 'problem' },
  },
};
function gate(minIntervalMs = 2000) {
  const clock = virtualClock();
  const sent: Record<string, Value>[] = [];
  const made = createGate({ description: DEVICE, clock, minIntervalMs, send: (values) => sent.push(Object.fromEntries(values)) });
  return { ...made, clock, sent };
}

describe('what is sent', () => {
  test('noise inside a dead band does not travel with changes that are worth it, only with the refresh', async () => {
    const { offer, refresh, clock, sent } = gate();
    offer({ va: 1000, index: 1, alarm: false });
    await clock.advance(5000);
    offer({ va: 1019, index: 2 });
    offer({ va: 1007, alarm: true });
    expect(sent.slice(1)).toEqual([
      { va: 1000, index: 2, alarm: false },
      { va: 1000, index: 2, alarm: true },
    ]);
    refresh();
    expect(sent.at(-1)).toEqual({ va: 1007, index: 2, alarm: true });
  });
  test('a change as large as the dead band is worth it; drift adds up to it', async () => {
    const { offer, clock, sent } = gate();
    offer({ va: 1000 });
    for (let va = 1001; va <= 1020; va += 1) {
      await clock.advance(3000);
      offer({ va });
    }
    expect(sent.map(({ va }) => va)).toEqual([1000, 1020]);
  });
  test('with no interval every sample is sent in full, changed or not', () => {
    const { offer, sent } = gate(0);
    for (const va of [1000, 1001, 1001]) offer({ va });
    expect(sent).toEqual([{ va: 1000 }, { va: 1001 }, { va: 1001 }]);
  });
  test('a value that stays not-a-number is not news', async () => {
    const { offer, clock, sent } = gate();
    for (let i = 0; i < 5; i += 1) {
      offer({ va: Number.NaN });
      await clock.advance(3000);
    }
    expect(sent).toHaveLength(1);
  });
});

describe('a value of the wrong kind is unknown', () => {
  const enumeration: Entity = { name: NAME, quantity: 'enum', options: { a: NAME } };
  test.each<[string, Entity, Value, Value]>([
    ['a member of Object is no option', enumeration, 'constructor', null],
    ['an option is', enumeration, 'a', 'a'],
    ['a text for a number', { name: NAME, quantity: 'power' }, 'abc', null],
    ['a number for a yes/no', { name: NAME, quantity: 'flag' }, 1, null],
    ['a time without zone', { name: NAME, quantity: 'timestamp' }, '2026-01-01T00:00:00', null],
    ['a time with zone', { name: NAME, quantity: 'timestamp' }, '2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00+01:00'],
    ['no date at all', { name: NAME, quantity: 'timestamp' }, '2026-99-01T00:00:00Z', null],
    ['a meter id given as number is masked all the same', { name: NAME, quantity: 'text', personal: true }, 61234567890, '6123*****90'],
    ['a short id is masked whole', { name: NAME, quantity: 'text', personal: true }, '1234567', '*******'],
  ])('%s', (_, entity, value, shown) => expect(outward(entity, value, false)).toBe(shown));
});
