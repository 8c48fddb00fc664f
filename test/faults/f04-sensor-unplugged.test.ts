/** F4: a guarding sensor goes away while the battery is being charged; each way in which sensors go. */
import { expect } from 'vitest';
import { w1Slave } from '../../src/ports/sim/ds18b20.ts';
import { fault } from './fault.ts';
import { type Program, program } from './house.ts';

const NEVER = new Promise<string>(() => undefined);
const TORN = w1Slave(20).replace('YES', 'NO');

interface Way {
  readonly what: string;
  readonly device: 'probe' | 'bat_01';
  readonly key: string;
  /** Within which the charge must have stopped, s. */
  readonly most: number;
  breaks(p: Program): void;
}
const WAYS: readonly Way[] = [
  { what: 'probe unplugged', device: 'probe', key: 'temperature', most: 30, breaks: ({ w1 }) => void (w1.text = () => undefined) },
  { what: 'probe hangs', device: 'probe', key: 'temperature', most: 30, breaks: ({ w1 }) => void (w1.text = () => NEVER) },
  { what: 'probe with a wrong checksum', device: 'probe', key: 'temperature', most: 30, breaks: ({ w1 }) => void (w1.text = () => TORN) },
  { what: 'voltage chip unplugged', device: 'bat_01', key: 'bus_voltage', most: 60, breaks: ({ chips }) => void chips.delete(0x40) },
  {
    ...{ what: 'voltage chip that reads ones', device: 'bat_01', key: 'bus_voltage', most: 60 },
    breaks: ({ chips }) => void chips.set(0x40, { read: () => 0xffff, write: () => undefined }),
  },
];

async function lose({ device, key, most, breaks }: Way): Promise<string> {
  const p = await program();
  await p.until('the charge', 200, () => p.on('rs_01'));
  // Right after a reading: the worst moment.
  const reading = p.clock.monotonicMs();
  while (p.heardMs(device) <= reading) await p.clock.advance(10);
  const from = p.brokers.sent.length;
  breaks(p);
  const brokenMs = p.clock.monotonicMs();
  let goneMs: number | undefined;
  const unknown = (): boolean => {
    const gone = p.available(device) === 'offline' || p.state(device)[key] === null;
    if (gone) goneMs ??= p.clock.monotonicMs();
    return gone;
  };
  await p.until('the stop', most + 1, () => [unknown(), !p.on('rs_01')][1] === true);
  const stopped = (Number(p.watched.journal.findLast(({ entry }) => entry.relayId === 'rs_01')?.atMs) - brokenMs) / 1000;
  expect(stopped).toBeLessThanOrEqual(most);
  await p.until('unavailable', 120, unknown);
  const gone = (Number(goneMs) - brokenMs) / 1000;
  await p.run(120);
  expect([unknown(), p.on('rs_01'), p.state('pack').interlock]).toEqual([true, false, true]);
  const told = p.brokers.sent.slice(from).filter(({ topic }) => topic.endsWith(`/${device}/state`));
  const values = told.map(({ payload }) => (JSON.parse(payload) as Record<string, unknown>)[key]);
  expect(values).not.toContain(0);
  await p.stop();
  const how = p.available(device) === 'offline' ? 'unavailable' : 'unknown';
  return `charge stopped after ${stopped} s, entity ${how} after ${gone} s, never 0 in ${values.length} messages`;
}

for (const way of WAYS) {
  fault('F4', `${way.what} while charging`, `stop ≤ ${way.most} s; entity unavailable, never 0`, () => lose(way));
}
