/** F20: what nobody should send, on a real session. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import { closed, leave, program, until } from './bench.ts';
import { fault } from './fault.ts';
import { collect } from './memory.ts';
import { other, withBroker } from './mqtt.ts';

const NAME = 'L1 + L2 # all / $SYS';
const HOUSE = `version: 1
devices:
  - id: plug
    type: mqtt
    name: "${NAME}"
    topic: zigbee/plug
    values:
      - {key: power, name: "+/#", path: power, quantity: power}
relays:
  - {id: rs_01, line: 5, name: "../../rs_01/#"}
  - {id: rs_02, line: 6}
`;
const KEPT = { ...EMPTY_STATE, facts: { install: 'a1b2c3', salt: 'ff' } };
const ROOT = 'boxenergie/a1b2c3';
const BIG = Buffer.alloc(10_000_000, 'ON');
const deep = (levels: number, inside: string): string => `${'{"a":'.repeat(levels)}${inside}${'}'.repeat(levels)}`;
const PAYLOADS: readonly (string | Buffer)[] = [
  ...[BIG, randomBytes(4096), Buffer.from([0, 1, 2, 255, 254])],
  ...[deep(5_000, '1'), `${'['.repeat(100_000)}`, deep(9, '{"power":5}')],
  ...[
    '{"__proto__":{"on":true,"s":"ON","power":9}}',
    '{"s":"ON","t":1795258900,"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"on":true}}}',
  ],
  ...[
    '{"power":"__proto__"}',
    '{"power":{"__proto__":7}}',
    '{"s":"ON"}',
    'on',
    ' ON',
    'ON\u0000',
    '{"s":"ON","t":"NaN"}',
    '1e999',
    '{"power":1e999}',
  ],
];
const TOPICS = [
  'rs_01/rs_01/x/set',
  '__proto__/__proto__/set',
  'rs_01/__proto__/set',
  'rs_01/constructor/set',
  '/rs_01/set',
  'rs_01//set',
  '../rs_01/set',
];

fault(
  'F20',
  'payload 10 MB, binary, deep JSON, `__proto__`, topic with `+ # /` in names',
  'rejected; no prototype change; no topic escape',
  () =>
    withBroker(async ({ url }) => {
      await using someone = await other(url);
      const p = await program({ text: HOUSE, url, kept: { state: KEPT } });
      await until('connected', () => p.view()?.headline().includes('MQTT connected') === true);
      await p.clock.advance(15_000);
      const told = (): Record<string, unknown> => JSON.parse(someone.last(`${ROOT}/plug/state`) ?? '{}');
      await until('heard', async () => {
        await someone.publish('zigbee/plug', '{"power":42}');
        await p.clock.advance(1_000);
        return told().power === 42;
      });
      const prototype = (): string =>
        JSON.stringify([Reflect.ownKeys(Object.prototype).map(String), Reflect.ownKeys(Array.prototype).length]);
      const untouched = prototype();
      const moves = p.simulated.gpio.levels(5).length;

      for (const payload of PAYLOADS) {
        await someone.publish(`${ROOT}/rs_01/rs_01/set`, payload);
        await someone.publish('zigbee/plug', payload);
      }
      for (const topic of TOPICS) await someone.publish(`${ROOT}/${topic}`, 'ON');
      await someone.echo();
      const counted = (): number => Number(JSON.parse(someone.last(`${ROOT}/bridge/state`) ?? '{}').refused_commands);
      await until('all counted', async () => {
        await p.clock.advance(5_000);
        return counted() >= PAYLOADS.length + TOPICS.length - 1;
      });
      const refused = counted();
      expect([told().power, closed(p.simulated, 5), p.simulated.gpio.levels(5).length]).toEqual([42, false, moves]);
      expect(prototype()).toBe(untouched);
      expect(({} as Record<string, unknown>).on).toBeUndefined();
      const kept = await keptByTheDriver(p, someone.publish);

      // Names may hold anything; no topic does, and none lies outside.
      const ours = [...new Set(someone.heard.map(({ topic }) => topic))].filter(
        (topic) => topic.includes('a1b2c3') && !topic.endsWith('/set'),
      );
      expect(
        ours.filter((topic) => /[+#]/.test(topic) || !/^(boxenergie\/a1b2c3\/\w+(\/\w+)?|homeassistant\/device\/\w+\/config)$/.test(topic)),
      ).toEqual([]);
      expect(someone.last('boxenergie_a1b2c3_plug/config')).toContain(NAME);
      const ids = ['a+b', 'a#', 'a/b', '__proto__', '$SYS'].filter((id) => refusedAsId(id));
      expect(ids.length).toBe(5);
      await someone.publish(`${ROOT}/rs_01/rs_01/set`, 'ON');
      await until('the right word is obeyed', () => closed(p.simulated, 5));
      const held = await leave(p);
      return `${PAYLOADS.length} payloads up to 10 MB on a command and on a sensor topic and ${TOPICS.length} odd topics: ${refused} commands refused, 0 relay changes, the sensor kept its last good value; ${kept}; prototypes untouched; ${ours.length} own topics, none with + or #; ids ${ids.join(' ')} refused; then ON was obeyed; ${held}`;
    }),
);

/** Sixty-four of them may wait for a driver: what it never reads must not be kept. */
async function keptByTheDriver(
  p: Awaited<ReturnType<typeof program>>,
  publish: (topic: string, payload: Buffer) => Promise<unknown>,
): Promise<string> {
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers / 1e6;
  };
  const before = held();
  for (let i = 0; i < 12; i += 1) await publish('zigbee/plug', BIG);
  await until('let go', () => held() - before < 25, 10_000);
  const grownMb = Math.max(0, held() - before);
  await p.clock.advance(1_000);
  return `12 more of 10 MB unread: ${grownMb.toFixed(0)} MB held`;
}

function refusedAsId(id: string): boolean {
  const { problems } = validateHouse(HOUSE.replace('id: plug', `id: "${id}"`), 'h', drivers);
  return problems.some(({ field }) => field === 'devices[0].id');
}
